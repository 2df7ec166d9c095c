"""The page that answers issue #151, claim by claim."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from lostipi.model.caller import Finding, SeedAnswer
from lostipi.model.seed import RowKind, SeedRow
from lostipi.render.book import View
from lostipi.render.html import finding, table
from lostipi.render.standing import standings, worst
from lostipi.render.text import code, esc


def seed_table(view: View) -> str:
    """Every claim of the issue: what it said, what is true, and where that is worked out."""
    rows, attributes = [], []
    for row in view.book.seed.rows:
        rows.append(_row(view, row))
        attributes.append({"id": row.id})
    heads = ["Row", "What the issue said", "Finding", "What is true"]
    return table(
        heads, rows, label="Claims of issue #151", kind="claims", row_attributes=attributes
    )


def _row(view: View, row: SeedRow) -> list[str]:
    apis = ", ".join(view.api(name) for name in row.apis)
    names = "".join(f"<br>{code(f'{name}()')}" for name in row.callers) or "<br>a group"
    first = f'<a href="#{row.id}">{code(row.id)}</a>{names}<br><small>of {apis}</small>'
    if row.answer is not None:
        truth = view.block(row.answer.why)
        if row.answer.evidence:
            pieces = view.evidence(row.answer.evidence)
            truth += f"<details><summary>Evidence</summary>{pieces}</details>"
        return [first, esc(row.claim), finding(row.answer.finding), truth]
    found, truths = [], []
    for entry_id, answer in answers(view, row):
        head = worst(standings(view.book, view.book.callers[entry_id]))
        badge = "" if head is None else view.verdict(head.assessment)
        found.append(finding(answer.finding))
        truths.append(f"<p>{view.caller(entry_id)} {badge}<br>{view.inline(answer.why)}</p>")
    return [
        first,
        esc(row.claim),
        "<br>".join(dict.fromkeys(found)) or '<span class="dim">not answered yet</span>',
        "\n".join(truths) or '<span class="dim">no entry answers this row yet</span>',
    ]


def answers(view: View, row: SeedRow) -> Iterator[tuple[str, SeedAnswer]]:
    """The entries that answer a row, with their answers."""
    for entry_id, caller in sorted(view.book.callers.items()):
        for answer in caller.seed:
            if answer.row == row.id:
                yield entry_id, answer


def seed_counts(view: View) -> str:
    """How many claims were found right, wrong, outdated or imprecise, as one sentence."""
    counts: Counter[Finding] = Counter()
    open_rows = 0
    for row in view.book.seed.rows:
        if row.kind is RowKind.GROUP and row.answer is not None:
            counts[row.answer.finding] += 1
            continue
        findings = {answer.finding for _, answer in answers(view, row)}
        if not findings:
            open_rows += 1
        # A row of several callers counts once, by what least agrees with the issue.
        for value in (Finding.WRONG, Finding.OUTDATED, Finding.IMPRECISE, Finding.RIGHT):
            if value in findings:
                counts[value] += 1
                break
    parts = [f"{counts[value]} {value.value}" for value in Finding]
    rest = f", {open_rows} not answered yet" if open_rows else ""
    return f"<p>{len(view.book.seed.rows)} claims: {', '.join(parts)}{rest}.</p>"
