"""The page of a caller entry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lostipi.model.base import Platform
from lostipi.model.caller import (
    Assessment,
    Caller,
    CallerSite,
    Mute,
    Reach,
)
from lostipi.model.detector import Power
from lostipi.model.precondition import Default
from lostipi.render.book import Record, UnknownNameError, View, platform_names
from lostipi.render.html import chip, facts, finding, page, table, term
from lostipi.render.standing import Standing, default_at, order, standings, to_set, worst
from lostipi.render.text import code, esc, link, plain
from lostipi.render.words import PLATFORMS, meaning


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
        matrix(view, found),
        "" if head is None else _in_short(view, caller, head),
        _what_to_set(view, found),
        *_assessments(view, caller),
        "## Call sites",
        sites_table(view, caller),
        *_seed(view, caller),
        *_related(view, entry_id, caller),
        "## This entry",
        downloads(view, f"callsites/{entry_id}", view.book.reviewed.get(entry_id)),
    )


def summary(caller: Caller, found: Sequence[Standing]) -> str:
    """The page's description: the worst verdict and its consequence, as plain text."""
    head = worst(found)
    if head is None:
        return plain(caller.title)
    return f"{head.assessment.verdict.value}: {plain(head.assessment.consequence.sentence)}"


def matrix(view: View, found: Sequence[Standing]) -> str:
    """Verdicts per kernel and platform; each leads to its assessment."""
    kernels = [kernel.name for kernel in view.book.kernels.kernels]
    platforms = [p for p in Platform if any(s.platform is p for s in found)]
    several = len({label for standing in found for label in standing.labels}) > 1
    rows = []
    for platform in platforms:
        cells = [esc(PLATFORMS[platform])]
        for kernel in kernels:
            here = [s for s in found if (s.kernel, s.platform) == (kernel, platform)]
            cells.append(
                "<br>".join(_cell(view, s, several and len(here) > 1) for s in here)
                or _nothing(view, kernel, platform)
            )
        rows.append(cells)
    heads = ["Platform", *(esc(kernel) for kernel in kernels)]
    return table(heads, rows, label="Verdicts per kernel and platform", kind="matrix")


def _cell(view: View, standing: Standing, named: bool) -> str:
    shown = link(f"#a{standing.number}", view.verdict(standing.assessment))
    return shown + (f" <small>{esc(', '.join(standing.labels))}</small>" if named else "")


def _nothing(view: View, kernel: str, platform: Platform) -> str:
    judged = platform in view.book.kernels.platforms_of(kernel)
    why = "this kernel has no such call" if judged else "this platform is not judged for it"
    return f'<span class="dim" title="{why}">{"no call" if judged else "–"}</span>'


def _in_short(view: View, caller: Caller, head: Standing) -> str:
    sentence = view.inline(head.assessment.consequence.sentence)
    others = {s.consequence.sentence for s in caller.assessments if s is not head.assessment}
    more = ""
    if others - {head.assessment.consequence.sentence}:
        more = f' <small class="dim">(worst case: {_scope(view, head.assessment)})</small>'
    return f'<p class="consequence">{sentence}{more}</p>'


def _scope(view: View, assessment: Assessment) -> str:
    """The kernels and platforms of an assessment, as prose."""
    kernels = ", ".join(assessment.kernels)
    platforms = assessment.platforms or tuple(
        p
        for p in Platform
        if any(p in view.book.kernels.platforms_of(kernel) for kernel in assessment.kernels)
    )
    text = f"{esc(kernels)} on {esc(platform_names(platforms))}"
    return text + (f", sites {esc(', '.join(assessment.sites))}" if assessment.sites else "")


def _what_to_set(view: View, found: Sequence[Standing]) -> str:
    ranked = sorted(found, key=lambda standing: order(standing.assessment))
    names = to_set(ranked)
    advices = _advices(view, ranked)
    if not names and not advices:
        return ""
    parts = ["## What to set {#what-to-set}"]
    if names:
        columns = _default_columns(view, found)
        rows = [
            [
                view.precondition(name),
                *(default_words(view, name, kernels, platform) for platform, kernels in columns),
            ]
            for name in names
        ]
        heads = [
            "Precondition",
            *(f"{esc(PLATFORMS[platform])}, by default" for platform, _ in columns),
        ]
        parts.append(table(heads, rows, label="Preconditions and whether defaults hold them"))
    if len(advices) == 1:
        parts.append(f"<div>{next(iter(advices))}</div>")
    elif advices:
        told = [("<br>".join(scopes), advice) for advice, scopes in advices.items()]
        parts.append(facts(told, label="Advice by kernel and platform"))
    return "\n\n".join(parts)


def _advices(view: View, ranked: Sequence[Standing]) -> dict[str, list[str]]:
    """The advice texts as HTML with what they hold for, worst first, equal ones together."""
    advices: dict[str, list[str]] = {}
    for standing in ranked:
        advice = standing.assessment.advice
        if advice is None or advice.text is None:
            continue
        listed = ", ".join(view.precondition(name) for name in advice.preconditions)
        text = (f"<p>{listed}</p>" if listed else "") + view.block(advice.text)
        scopes = advices.setdefault(text, [])
        scope = _scope(view, standing.assessment)
        if scope not in scopes:
            scopes.append(scope)
    if len(advices) == 1:
        # The table above names the preconditions already.
        only = next(s.assessment.advice for s in ranked if s.assessment.advice)
        return {view.block(only.text or ""): next(iter(advices.values()))}
    return advices


def _default_columns(view: View, found: Sequence[Standing]) -> list[tuple[Platform, list[str]]]:
    kernels = [kernel.name for kernel in view.book.kernels.kernels]
    pairs = {(s.platform, s.kernel) for s in found}
    return [
        (platform, [kernel for kernel in kernels if (platform, kernel) in pairs])
        for platform in Platform
        if any(p is platform for p, _ in pairs)
    ]


def default_words(view: View, name: str, kernels: Sequence[str], platform: Platform) -> str:
    """Whether distributions hold a precondition by default, kernels with one answer together."""
    groups: dict[Default, list[str]] = {}
    for kernel in kernels:
        groups.setdefault(default_at(view.book, name, kernel, platform), []).append(kernel)
    return "<br>".join(
        f'<span class="d d-{default.value}" title="{esc(meaning(default))}">{default.value}</span>'
        + (f" <small>{esc(', '.join(of))}</small>" if len(groups) > 1 else "")
        for default, of in groups.items()
    )


def _assessments(view: View, caller: Caller) -> Iterable[str]:
    several = len(caller.assessments) > 1
    for number, assessment in enumerate(caller.assessments, start=1):
        scope = ", ".join(assessment.kernels)
        if assessment.platforms:
            scope += f", {platform_names(assessment.platforms)}"
        if assessment.sites:
            scope += f", site {', '.join(assessment.sites)}"
        heading = f"Assessment: {scope}" if several else "Assessment"
        yield f"## {heading} {{#a{number}}}"
        yield f"<p>{view.verdict(assessment)}</p>"
        sentence = assessment.consequence.sentence
        yield f'<p class="consequence">{view.inline(sentence)}</p>' if several else ""
        if assessment.consequence.analysis:
            yield f"<div>{view.block(assessment.consequence.analysis)}</div>"
        yield facts(_facts(view, caller, assessment), label=f"Facts: {scope}")
        if assessment.fix:
            yield f"### Fix {{#fix{number}}}"
            yield f"<div>{view.block(assessment.fix)}</div>"
        if assessment.evidence:
            yield f"### Evidence {{#evidence{number}}}"
            yield view.evidence(assessment.evidence)


def _facts(view: View, caller: Caller, assessment: Assessment) -> Iterable[tuple[str, str]]:
    yield "Reach", _reach(view, assessment)
    if assessment.reach is not Reach.NEVER or assessment.sender is not None:
        yield from _running(view, caller, assessment)
    level = assessment.confidence
    more = f"<br>To be sure: {view.inline(level.to_be_sure)}" if level.to_be_sure else ""
    yield "Confidence", term(level.level.value, meaning(level.level)) + more


def _reach(view: View, assessment: Assessment) -> str:
    text = term(assessment.reach.value, meaning(assessment.reach))
    if assessment.never_reason is not None:
        text += "<br>" + term(assessment.never_reason.value, meaning(assessment.never_reason))
    if assessment.preconditions:
        text += f"<br>Preconditions: {view.alternatives(assessment.preconditions)}"
    return text


def _running(view: View, caller: Caller, assessment: Assessment) -> Iterable[tuple[str, str]]:
    if assessment.sender is not None:
        limit = f"<br>{view.inline(assessment.after_timeout)}" if assessment.after_timeout else ""
        yield "Sender", term(assessment.sender.value, meaning(assessment.sender)) + limit
    if assessment.harm is not None:
        never, late = assessment.harm.never, assessment.harm.late
        yield "Harm if never delivered", term(never.value, meaning(never))
        yield "Harm if delivered late", term(late.value, meaning(late))
    if assessment.objective:
        yield (
            "Objective broken",
            "<br>".join(term(o.value, meaning(o)) for o in assessment.objective),
        )
    mutes = assessment.mutes or _inherited_mutes(view, caller)
    if mutes:
        source = "" if assessment.mutes else ' <small class="dim">(from the API)</small>'
        yield "Mutes besides", "<br>".join(term(m.value, meaning(m)) for m in mutes) + source
    if assessment.adds is not None:
        yield (
            "Adds over a paused vCPU",
            term(assessment.adds.what.value, meaning(assessment.adds.what))
            + f"<br>{view.inline(assessment.adds.why)}",
        )
    repair = view.inline(assessment.repair) if assessment.repair else "nothing"
    yield "Repaired by", repair
    yield "Noticed by", noticed(view, assessment)
    if assessment.when:
        yield "When", "<br>".join(term(w.value, meaning(w)) for w in assessment.when)
    if assessment.trigger:
        yield "Trigger", "<br>".join(term(t.value, meaning(t)) for t in assessment.trigger)


def _inherited_mutes(view: View, caller: Caller) -> tuple[Mute, ...]:
    """What the APIs of the sites mute, each once."""
    apis = dict.fromkeys(site.api for site in caller.sites)
    return tuple(
        dict.fromkeys(
            m for name in apis if name in view.book.apis for m in view.book.apis[name].mutes
        )
    )


def noticed(view: View, assessment: Assessment) -> str:
    """The detectors that see it, with those marked that the host can blind."""
    if not assessment.noticed:
        return "nothing"
    items = []
    for name in assessment.noticed:
        marks = blinded_on(view, name, assessment)
        items.append(view.detector(name) + "".join(f" {mark}" for mark in marks))
    return "<br>".join(items)


def blinded_on(view: View, name: str, assessment: Assessment) -> list[str]:
    """A mark for each platform of an assessment on which the host can blind a detector."""
    marks = []
    for platform in Platform:
        if assessment.platforms is not None and platform not in assessment.platforms:
            continue
        kernels = [
            kernel
            for kernel in assessment.kernels
            if platform in view.book.kernels.platforms_of(kernel)
            and any(
                blinding.power is Power.BLIND
                and platform in blinding.platforms
                and (blinding.kernels is None or kernel in blinding.kernels)
                for blinding in view.book.detectors[name].blinded
            )
        ]
        if kernels:
            of = "" if len(kernels) == len(assessment.kernels) else f" ({', '.join(kernels)})"
            marks.append(chip(f"host can blind it on {PLATFORMS[platform]}{of}", "warn"))
    return marks


def sites_table(view: View, caller: Caller) -> str:
    """Every call in every kernel, with its line where the inventory has it."""
    rows = []
    for kernel in view.book.kernels.kernels:
        for site in view.book.sites_of(caller, kernel.name):
            records = view.book.records(site, kernel.name)
            rows.append([esc(kernel.name), *_site_cells(view, kernel.name, site, records)])
    heads = ["Kernel", "Site", "Place", "Function", "API", "func", "wait", "Conditions", "x86"]
    note = (
        '<p><small class="dim">Lines are those of the release named in the link; a distribution\'s '
        "patches may shift them.</small></p>"
    )
    return table(heads, rows, label="Call sites", kind="sites", search=False) + "\n\n" + note


def _site_cells(view: View, kernel: str, site: CallerSite, records: Sequence[Record]) -> list[str]:
    places = "<br>".join(view.source(kernel, r["file"], r["line"]) for r in records)
    wait = f'<span title="{esc(meaning(site.wait))}">{esc(site.wait.value)}</span>'
    expressions = dict.fromkeys(r["wait_expr"] for r in records if r["wait_expr"])
    if expressions and site.wait.value in ("runtime", "forwarded"):
        wait += " " + ", ".join(code(text) for text in expressions)
    return [
        esc(site.label),
        places
        or view.source(kernel, site.file, None) + ' <small class="dim">no line on record</small>',
        code(f"{site.function}()"),
        view.api(site.api),
        code(site.func) if site.func else '<span class="dim">not found</span>',
        wait,
        "<br>".join(dict.fromkeys(conditions(r) for r in records)) or "",
        "<br>".join(dict.fromkeys(_x86(r) for r in records)) or "",
    ]


def conditions(record: Record) -> str:
    """What must be on for a site to be built: preprocessor conditions and Kconfig symbols."""
    guards = [code(guard) for guard in record["guards"]]
    alternatives = [
        " and ".join(code(symbol) for symbol in symbols) for symbols in record["kconfig"]
    ]
    built = "" if not all(alternatives) else ", or ".join(alternatives)
    return ", ".join(part for part in (built, *guards) if part) or "always built"


def _x86(record: Record) -> str:
    reason = (
        f' <small class="dim">{esc(record["x86_reason"])}</small>' if record["x86_reason"] else ""
    )
    return esc(record["x86"]) + reason


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


def _related(view: View, entry_id: str, caller: Caller) -> Iterable[str]:
    funcs = {site.func for site in caller.sites if site.func}
    apis = list(dict.fromkeys(site.api for site in caller.sites))
    files = {site.file for site in caller.sites}
    same_func, same_file = [], []
    for other_id, other in sorted(view.book.callers.items()):
        if other_id == entry_id:
            continue
        if funcs & {site.func for site in other.sites}:
            same_func.append(view.caller(other_id))
        elif files & {site.file for site in other.sites}:
            same_file.append(view.caller(other_id))
    yield "## Related {#related}"
    rows = [("APIs called", ", ".join(view.api(name) for name in apis))]
    if same_func:
        rows.append(("Same func", ", ".join(same_func)))
    if same_file:
        rows.append(("Same file", ", ".join(same_file)))
    if caller.references:
        links = "<br>".join(link(r.url, view.inline(r.title)) for r in caller.references)
        rows.append(("References", links))
    yield facts(rows, label="Related entries and references")


def downloads(view: View, address: str, reviewed: str | None = None) -> str:
    """Links to an entry's own files, and when it was last reviewed."""
    path = view.book.paths.get(address, "")
    rows = [
        ("Data", f"{link('entry.yaml', 'YAML')} as written, {link('entry.json', 'JSON')}"),
        ("File", code(path) if path else ""),
    ]
    if address.startswith("callsites/"):
        rows.append(("Last review", esc(reviewed) if reviewed else "none on record yet"))
    return facts([row for row in rows if row[1]], label="This entry")
