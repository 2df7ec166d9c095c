"""What the front page computes: the concern table, the counts, the chart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby

from lostipi.model.base import Platform
from lostipi.model.caller import Sender, Verdict, Wait
from lostipi.model.meanings import meaning
from lostipi.render.book import View
from lostipi.render.charts import stacked_bars
from lostipi.render.html import table
from lostipi.render.parts import BUILT, PARTS, part, worst_part
from lostipi.render.standing import Force, Standing, force, rank, standings, to_set, worst
from lostipi.render.text import esc, link
from lostipi.render.words import PLATFORMS, SCALE

_COUNTED = (Platform.TDX, Platform.SEV_SNP)


def first_list(view: View) -> str:
    """What to read first, each with the reason."""
    if not view.book.first:
        return "<p>No list yet.</p>"
    items = []
    for item in view.book.first:
        shown = _title(view, item.entry)
        items.append(f"<li>{shown}<p>{view.inline(item.reason)}</p></li>\n")
    return f'<ol class="first">\n{"".join(items)}</ol>'


def _title(view: View, address: str) -> str:
    """An entry as the reading list shows it: its link, and a caller's worst verdict."""
    folder, _, entry_id = address.partition("/")
    match folder:
        case "callsites":
            head = worst(standings(view.book, view.book.callers[entry_id]))
            badge = "" if head is None else f" {view.verdict(head.assessment)}"
            return view.caller(entry_id) + badge
        case "apis":
            return view.api(entry_id)
        case "preconditions":
            return view.precondition(entry_id)
        case _:
            return view.detector(entry_id)


def concern_table(view: View) -> str:
    """Every concern, known or not excluded for certain: whether in force, and what to set."""
    rows = []
    for entry_id, caller in view.book.callers.items():
        found = [s for s in standings(view.book, caller) if _asks_for_action(s)]
        head = worst(found)
        if head is None:
            continue
        tops = [s for s in found if s.effective is head.effective]
        forces = {platform: _forces(view, tops, platform) for platform in _COUNTED}
        names = to_set(tops)
        what = ", ".join(view.precondition(name) for name in names)
        rows.append(
            (
                (_worst_force(view, tops), rank(head.effective), entry_id),
                [
                    f"{view.caller(entry_id)}{_only_elsewhere(tops)}<br>"
                    f"{view.inline(head.assessment.consequence.sentence)}",
                    *(forces[platform] for platform in _COUNTED),
                    what or _see_advice(view, entry_id, tops),
                ],
            )
        )
    rows.sort(key=lambda row: row[0])
    if not rows:
        return "<p>No entry is a concern or unknown.</p>"
    heads = ["Concern", *(f"{esc(PLATFORMS[p])}, by default" for p in _COUNTED), "What to set"]
    return table(heads, [cells for _, cells in rows], label="Concerns", kind="concerns", stack=True)


def _asks_for_action(standing: Standing) -> bool:
    return standing.effective in (Verdict.CONCERN, Verdict.UNKNOWN)


def _worst_force(view: View, found: Sequence[Standing]) -> int:
    """The place of a row: in force first, what only older platforms have last."""
    order = list(Force)
    places = [order.index(force(view.book, s)) for s in found if s.platform in _COUNTED]
    return min(places, default=len(order))


def _only_elsewhere(found: Sequence[Standing]) -> str:
    if any(s.platform in _COUNTED for s in found):
        return ""
    where = dict.fromkeys(f"{s.kernel} on {PLATFORMS[s.platform]}" for s in found)
    return f" <small>only {esc(', '.join(where))}</small>"


def _forces(view: View, found: Sequence[Standing], platform: Platform) -> str:
    """Whether it is in force on a platform, kernels with one answer together."""
    groups: dict[str, dict[str, None]] = {}
    for standing in found:
        if standing.platform is platform:
            groups.setdefault(_force_badge(view, standing), {})[standing.kernel] = None
    if not groups:
        return '<span class="dim">no concern</span>'
    judged = {kernel for kernels in groups.values() for kernel in kernels}
    every = {k.name for k in view.book.kernels.kernels if platform in k.platforms}
    named = len(groups) > 1 or judged != every
    return "<br>".join(
        text + (f" <small>{esc(', '.join(kernels))}</small>" if named else "")
        for text, kernels in groups.items()
    )


def _force_badge(view: View, standing: Standing) -> str:
    if standing.effective is Verdict.UNKNOWN:
        return '<span class="v v-unknown">unknown</span>'
    state = force(view.book, standing)
    kind = {Force.IN_FORCE: "fails", Force.MAYBE: "unknown", Force.HELD: "holds"}[state]
    word = "depends" if state is Force.MAYBE else state.value
    return f'<span class="d d-{kind}">{esc(word)}</span>'


def _see_advice(view: View, entry_id: str, found: Sequence[Standing]) -> str:
    has_text = any(s.assessment.advice and s.assessment.advice.text for s in found)
    words = "see the entry's advice" if has_text else "nothing known yet"
    return link(view.href(f"callsites/{entry_id}#what-to-set"), words) if has_text else words


def verdict_counts(view: View) -> list[tuple[str, Counter[str]]]:
    """For each kernel and platform how many callers have which worst verdict."""
    rows = []
    for kernel in view.book.kernels.kernels:
        for platform in kernel.platforms:
            counts: Counter[str] = Counter()
            for caller in view.book.callers.values():
                head = worst(
                    s
                    for s in standings(view.book, caller)
                    if (s.kernel, s.platform) == (kernel.name, platform)
                )
                if head is not None:
                    counts[part(head)] += 1
            rows.append((f"{kernel.name} {PLATFORMS[platform]}", counts))
    return rows


def verdict_chart(view: View) -> str:
    """The counts as a chart, with a table of the same numbers folded below it."""
    rows = verdict_counts(view)
    kept = [(key, word) for key, word in PARTS if any(counts.get(key) for _, counts in rows)]
    chart = stacked_bars(rows, kept, label="Callers by worst verdict, per kernel and platform")
    if not chart:
        return "<p>No caller entry yet.</p>"
    numbers = table(
        ["Where", *(esc(word) for _, word in kept)],
        [[esc(name), *(str(counts.get(key, 0)) for key, _ in kept)] for name, counts in rows],
        label="Callers by worst verdict",
        search=False,
    )
    return f"{chart}\n\n<details><summary>The same as numbers</summary>\n{numbers}\n</details>"


def coverage_lines(view: View) -> str:
    """Per kernel how many sites need an entry and how many still have none."""
    if not view.book.coverage:
        return "<p>No inventory is recorded yet, so nothing can be said of what is missing.</p>"
    rows = []
    for kernel, report in view.book.coverage.items():
        missing = report["missing"]
        callers = {(m["file"], m["function"]) for m in missing}
        share = 100 * report["covered"] / report["sites"] if report["sites"] else 100.0
        meter = (
            f'<meter min="0" max="100" value="{share:.0f}" title="{share:.0f} %">{share:.0f} %'
            "</meter>"
        )
        rows.append(
            [
                link(view.href(f"coverage/{kernel}"), esc(kernel)),
                str(report["sites"]),
                f"{report['covered']} {meter}",
                f"{len(missing)} in {len(callers)} callers",
                str(len(report["stale"])),
                str(len(report["changed"])),
            ]
        )
    heads = ["Kernel", "Sites", "Covered", "Missing", "Stale", "Changed"]
    return table(heads, rows, label="Coverage per kernel", search=False)


def waits_per_kernel(view: View) -> str:
    """How the sites that x86 can build wait, per kernel, and how many of each lack an entry."""
    rows = []
    for kernel, records in view.book.inventories.items():
        missing = {(m["file"], m["line"], m["api"]) for m in view.book.coverage[kernel]["missing"]}
        built = [record for record in records if record["x86"] in BUILT]
        cells = [link(view.href(f"coverage/{kernel}"), esc(kernel))]
        for wait in Wait:
            mine = [record for record in built if record["wait"] == wait.value]
            open_ = sum((r["file"], r["line"], r["api"]) in missing for r in mine)
            more = f" <small>{open_} without an entry</small>" if open_ else ""
            cells.append(f"{len(mine)}{more}")
        rows.append(cells)
    heads = [
        "Kernel",
        *(f'<span title="{esc(meaning(wait))}">{esc(wait.value)}</span>' for wait in Wait),
    ]
    return table(heads, rows, label="Sites by wait", search=False) if rows else ""


def not_waiting(view: View) -> str:
    """How many callers go on without the IPI, and where that leads, in one sentence each."""
    groups: dict[Verdict, list[str]] = {}
    for entry_id, caller in sorted(view.book.callers.items()):
        head = worst(s for s in standings(view.book, caller) if _goes_on(s))
        if head is not None:
            groups.setdefault(head.effective, []).append(entry_id)
    items = []
    for verdict in SCALE:
        ids = groups.get(verdict, [])
        if ids:
            names = ", ".join(view.caller(entry_id) for entry_id in ids[:12])
            rest = f" and {len(ids) - 12} more" if len(ids) > 12 else ""
            badge = f'<span class="v v-{verdict.value}">{verdict.value}</span>'
            items.append(f"<li>{badge} {len(ids)}: {names}{rest}</li>")
    if not items:
        return "<p>No caller entry yet.</p>"
    return "<ul>\n" + "\n".join(items) + "\n</ul>"


def _goes_on(standing: Standing) -> bool:
    return standing.assessment.sender in (Sender.GOES_ON, Sender.BOUNDED, Sender.HOST_SAYS)


def numbers(view: View) -> dict[str, int]:
    """The counts that prose may use."""
    book = view.book
    effective = [{s.effective for s in standings(book, caller)} for caller in book.callers.values()]
    return {
        "apis": len(book.apis),
        "callers": len(book.callers),
        "preconditions": len(book.preconditions),
        "detectors": len(book.detectors),
        "kernels": len(book.kernels.kernels),
        "concerns": sum(Verdict.CONCERN in found for found in effective),
        "going_on": sum(
            any(_goes_on(s) for s in standings(book, caller)) for caller in book.callers.values()
        ),
        "rules": len(book.rules),
        "seed_rows": len(book.seed.rows),
        "reviewed": sum(entry_id in book.callers for entry_id in book.reviewed),
        "evidence": sum(
            len(assessment.evidence)
            for caller in book.callers.values()
            for assessment in caller.assessments
        ),
        "missing": sum(len(report["missing"]) for report in book.coverage.values()),
    }


def by_subsystem(view: View) -> str:
    """The callers by subsystem and worst verdict, as a table of counts that lead to the list."""
    found = sorted(view.book.callers.items())
    rows = []
    for subsystem, group in groupby(found, key=lambda item: item[0].split("/")[0]):
        counts = Counter(worst_part(view, caller) for _, caller in group)
        rows.append(
            [
                link(view.guide(f"callers/?subsystem={subsystem}"), esc(subsystem)),
                str(sum(counts.values())),
                *(str(counts.get(key, "")) for key, _ in PARTS),
            ]
        )
    heads: Iterable[str] = ("Subsystem", "Callers", *(esc(word) for _, word in PARTS))
    return table(list(heads), rows, label="Callers by subsystem", search=False) if rows else ""
