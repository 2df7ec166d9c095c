"""The page of a caller entry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lostipi.model.caller import Caller, Verdict
from lostipi.model.meanings import meaning
from lostipi.render.advice import plain_scope, scope_words, what_to_set
from lostipi.render.book import UnknownNameError, View
from lostipi.render.decision import decision_path
from lostipi.render.entry import this_entry
from lostipi.render.facts import facts_table
from lostipi.render.html import badge, finding, page, table
from lostipi.render.related import related
from lostipi.render.standing import Standing, standings, worst
from lostipi.render.text import code, esc, inline, link, plain
from lostipi.render.timeline import sites_table, timeline


def caller_page(view: View, entry_id: str) -> str:
    """All that is known of one caller.

    Raises:
        UnknownNameError: when there is no such entry.
    """
    caller = view.book.callers.get(entry_id)
    if caller is None:
        raise UnknownNameError(f"{entry_id!r} is no caller entry")
    found = standings(view.book, caller)
    head = worst(found)
    return page(
        f"# `{entry_id.split('/')[1]}()`",
        f'<p class="lede">{view.inline(caller.title)}'
        f' <span class="where">{esc(entry_id)}</span></p>',
        "" if head is None else _in_short(view, caller, head),
        "## Through the kernels {#kernels}",
        timeline(view, caller, found),
        *what_to_set(view, found),
        *_assessments(view, caller),
        "## Call sites {#sites}",
        sites_table(view, caller),
        *_seed(view, caller),
        *related(view, entry_id, caller),
        *this_entry(view, f"callsites/{entry_id}"),
    )


def summary(caller: Caller, found: Sequence[Standing]) -> str:
    """The page's description: the worst verdict and its consequence, as plain text."""
    head = worst(found)
    if head is None:
        return plain(caller.title)
    return f"{head.assessment.verdict.value}: {plain(head.assessment.consequence.sentence)}"


def _in_short(view: View, caller: Caller, head: Standing) -> str:
    """The worst verdict, what it means, and what follows from a missing IPI, in one box."""
    assessment = head.assessment
    sentence = view.inline(assessment.consequence.sentence)
    where = ""
    if len({a.consequence.sentence for a in caller.assessments}) > 1:
        where = f'<p class="scope">Worst case: {scope_words(view, assessment)}</p>'
    meant = [_meant(assessment.verdict)]
    if assessment.otherwise is not None:
        meant.append(_meant(assessment.otherwise))
    scale = link(view.guide("method/#scale"), "The whole scale.")
    return (
        f'<div class="verdict-box edge-{head.effective.value}">'
        f"<details><summary>{view.verdict(assessment)} "
        '<span class="ask">what this means</span></summary>'
        f"{''.join(meant)}<p>{scale}</p></details>"
        f'<p class="consequence">{sentence}</p>{where}</div>'
    )


def _meant(verdict: Verdict) -> str:
    return f"<p>{badge(verdict)} {inline(meaning(verdict))}</p>"


def _assessments(view: View, caller: Caller) -> Iterable[str]:
    several = len(caller.assessments) > 1
    for number, assessment in enumerate(caller.assessments, start=1):
        scope = plain_scope(assessment)
        heading = f"Assessment: {scope}" if several else "Assessment"
        yield f"## {heading} {{#a{number}}}"
        sentence = assessment.consequence.sentence
        yield (
            f'<p>{view.verdict(assessment)}</p>\n<p class="consequence">{view.inline(sentence)}</p>'
            if several
            else ""
        )
        if assessment.consequence.analysis:
            yield f"<div>{view.block(assessment.consequence.analysis)}</div>"
        yield f"### How the verdict follows {{#path{number}}}"
        yield decision_path(view, assessment)
        further = facts_table(view, caller, assessment, scope)
        if further:
            yield f"### Further facts {{#facts{number}}}"
            yield further
        if assessment.fix:
            yield f"### Fix in the kernel {{#fix{number}}}"
            yield f"<div>{view.block(assessment.fix)}</div>"
        if assessment.evidence:
            yield f"### Evidence {{#evidence{number}}}"
            yield view.evidence(assessment.evidence)


def _seed(view: View, caller: Caller) -> Iterable[str]:
    if not caller.seed:
        return
    rows_by_id = {row.id: row for row in view.book.seed.rows}
    yield "## What issue #151 said {#issue-151}"
    rows = []
    for answer in caller.seed:
        row = rows_by_id.get(answer.row)
        if row is None:
            raise UnknownNameError(f"{answer.row!r} is no row of seed.yaml")
        where = link(view.guide(f"issue-151/#{row.id}"), code(row.id))
        rows.append([where, esc(row.claim), finding(answer.finding), view.inline(answer.why)])
    yield table(
        ["Row", "What the issue said", "Finding", "What is true"],
        rows,
        label="Issue #151",
        kind="claims",
    )
