"""A caller through the tracked kernels: verdicts, where the calls are, what became of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lostipi.model.base import Platform
from lostipi.model.caller import Caller, CallerSite, Verdict
from lostipi.model.meanings import meaning
from lostipi.render.book import Change, Record, View, breakable
from lostipi.render.html import chip, table
from lostipi.render.standing import Force, Standing, force
from lostipi.render.text import code, esc, link
from lostipi.render.words import PLATFORMS

_LAYERS = {
    "call": "the call or the conditions around it",
    "function": "the function around the call",
    "func": "the function run on the target",
}
"""What a fingerprint layer holds."""

_FORCES = {
    Force.IN_FORCE: ("fails", "runs by default"),
    Force.MAYBE: ("unknown", "default not known"),
    Force.HELD: ("holds", "held off by default"),
}


def timeline(view: View, caller: Caller, found: Sequence[Standing]) -> str:
    """One row per tracked kernel: what is judged, where the calls are, what changed."""
    rows: list[list[str]] = []
    before: set[tuple[Verdict, Verdict | None]] | None = None
    for kernel in view.book.kernels.kernels:
        here = [s for s in found if s.kernel == kernel.name]
        verdicts = {(s.assessment.verdict, s.assessment.otherwise) for s in here}
        marks = _changes(view, caller, kernel.name)
        if before and verdicts and before != verdicts:
            marks.append(chip("verdict changed", "warn"))
        rows.append(
            [
                f'<span class="when">{esc(kernel.name)}</span>',
                _verdicts(view, here) or '<span class="dim">no call</span>',
                _places(view, caller, kernel.name),
                " ".join(marks),
            ]
        )
        before = verdicts or before
    heads = ["Kernel", "Verdict", "Calls", "Since the kernel before"]
    return table(heads, rows, label="Verdict and calls per kernel", kind="timeline")


def _verdicts(view: View, here: Sequence[Standing]) -> str:
    """The verdicts in a kernel, platforms with one answer together; each leads to its reasons."""
    several = len({standing.labels for standing in here}) > 1
    groups: dict[str, list[Platform]] = {}
    for standing in here:
        shown = link(f"#a{standing.number}", view.verdict(standing.assessment))
        shown += _force(view, standing)
        if several:
            shown += f" <small>{esc(', '.join(standing.labels))}</small>"
        groups.setdefault(shown, []).append(standing.platform)
    return "".join(
        f'<div><span class="on">{esc(", ".join(PLATFORMS[p] for p in platforms))}</span> '
        f"<span>{shown}</span></div>"
        for shown, platforms in groups.items()
    )


def _force(view: View, standing: Standing) -> str:
    """Whether defaults keep the code from running, where that is open."""
    assessment = standing.assessment
    asks = assessment.verdict is Verdict.EXCLUDED or (
        assessment.verdict is Verdict.CONCERN
        and assessment.advice is not None
        and assessment.advice.preconditions
    )
    if not asks:
        return ""
    kind, words = _FORCES[force(view.book, standing)]
    if kind == "fails" and standing.effective is not Verdict.CONCERN:
        return " " + chip(words, "warn")
    if assessment.verdict is Verdict.CONCERN and kind == "fails":
        words = "in force by default"
    return f' <span class="d d-{kind}">{words}</span>'


def _changes(view: View, caller: Caller, kernel: str) -> list[str]:
    """What became of the calls since the tracked kernel before, each mark once."""
    names = view.book.kernels.names
    older = names[: names.index(kernel)]
    sites = view.book.sites_of(caller, kernel)
    if not older:
        return ['<span class="dim">oldest tracked</span>'] if sites else []
    if not sites:
        return [chip("gone")] if view.book.sites_of(caller, older[-1]) else []
    marks: dict[str, None] = {}
    for site in sites:
        for record in view.book.records(site, kernel):
            change = view.book.change(kernel, record)
            if change is not None:
                marks[_mark(change, record)] = None
    if len(marks) > 1:
        marks.pop(_SAME, None)
    return list(marks)


_SAME = '<span class="dim">same code</span>'


def _mark(change: Change, record: Record) -> str:
    match change.status:
        case "kept":
            return _SAME
        case "new":
            return chip("new call", "news")
        case "moved":
            return chip("moved", "news") + f" <small>from {code(change.file)}</small>"
    layers = " and ".join(_LAYERS[layer] for layer in change.layers)
    told = f"differs: {layers}" if layers else ""
    if change.status == "changed":
        return chip("changed", "news", told) + f" <small>{esc(', '.join(change.layers))}</small>"
    was = []
    if change.function != record["function"]:
        was.append(code(f"{change.function}()"))
    if change.file != record["file"]:
        was.append(code(change.file))
    return chip("renamed", "news", told) + f" <small>was {' in '.join(was)}</small>"


def _places(view: View, caller: Caller, kernel: str) -> str:
    """The lines of the calls, each a link to the exact release, lines of one file together."""
    files: dict[str, dict[int, None]] = {}
    unknown: dict[str, None] = {}
    for site in view.book.sites_of(caller, kernel):
        records = view.book.records(site, kernel)
        for record in records:
            files.setdefault(record["file"], {})[record["line"]] = None
        if not records:
            unknown[f"{view.source(kernel, site.file, None)} {_NO_LINE}"] = None
    shown = []
    for file, lines in files.items():
        first, *more = lines
        rest = [view.source(kernel, file, line, f"<code>{line}</code>") for line in more]
        shown.append(", ".join([view.source(kernel, file, first), *rest]))
    return "<br>".join([*shown, *unknown])


_NO_LINE = '<small class="dim">no line on record</small>'


def sites_table(view: View, caller: Caller) -> str:
    """Every call in its forms: what it runs, whether it waits, what must be on, and its lines."""
    kernels = [kernel.name for kernel in view.book.kernels.kernels]
    rows = [
        [
            f"{code(site.function + '()')}<br><small>{esc(site.label)}, in "
            f"{breakable(site.file)}{_times(site)}</small>",
            f"{view.api(site.api)}<br>{_func(site)}",
            _wait(view, site),
            _by_kernel(view, site, _built),
            *(_line(view, site, kernel) for kernel in kernels),
        ]
        for site in caller.sites
    ]
    heads = ["Site", "API and func", "wait", "Built when", *map(esc, kernels)]
    note = (
        '<p><small class="dim">Lines are those of the release named in the link; a distribution\'s '
        "patches may shift them.</small></p>"
    )
    return table(heads, rows, label="Call sites", kind="sites", search=False) + "\n\n" + note


def _times(site: CallerSite) -> str:
    return f", {site.calls} calls" if site.calls > 1 else ""


def _func(site: CallerSite) -> str:
    return f"runs {code(site.func)}" if site.func else '<span class="dim">func not found</span>'


def _wait(view: View, site: CallerSite) -> str:
    word = f'<span title="{esc(meaning(site.wait))}">{esc(site.wait.value)}</span>'
    if site.wait.value not in ("runtime", "forwarded"):
        return word
    expressions = dict.fromkeys(
        record["wait_expr"]
        for kernel in site.kernels
        for record in view.book.records(site, kernel)
        if record["wait_expr"]
    )
    return f"{word} {', '.join(code(text) for text in expressions)}"


def _by_kernel(view: View, site: CallerSite, tell: Callable[[Record], str]) -> str:
    """What the inventories say of a site, kernels with one answer together."""
    groups: dict[str, list[str]] = {}
    for kernel in site.kernels:
        told = dict.fromkeys(tell(record) for record in view.book.records(site, kernel))
        if told:
            groups.setdefault("<br>".join(told), []).append(kernel)
    return "<br>".join(
        text + (f" <small>{esc(', '.join(of))}</small>" if len(groups) > 1 else "")
        for text, of in groups.items()
    )


def conditions(record: Record) -> str:
    """What must be on for a site to be built: Kconfig symbols and conditions around the call."""
    guards = [code(guard) for guard in (*record["guards"], *record["is_enabled"])]
    alternatives = [
        " and ".join(code(symbol) for symbol in symbols) for symbols in record["kconfig"]
    ]
    built = "" if not all(alternatives) else ", or ".join(alternatives)
    return ", ".join(part for part in (built, *guards) if part) or "always built"


def _built(record: Record) -> str:
    """The conditions, and what of x86 can build it where that is not any configuration."""
    if record["x86"] == "x86" and not record["x86_reason"]:
        return conditions(record)
    reason = f", {record['x86_reason']}" if record["x86_reason"] else ""
    return f'{conditions(record)} <small class="dim">{esc(record["x86"] + reason)}</small>'


def _line(view: View, site: CallerSite, kernel: str) -> str:
    """The lines of a site in a kernel; the file stands in the row already."""
    if kernel not in site.kernels:
        return '<span class="dim">–</span>'
    records = view.book.records(site, kernel)
    if not records:
        return view.source(kernel, site.file, None, "file") + f" {_NO_LINE}"
    return "<br>".join(
        view.source(kernel, record["file"], record["line"], str(record["line"]))
        for record in records
    )
