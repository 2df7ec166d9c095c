"""The pictures that are drawn from data, each with the same numbers as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from lostipi.model.caller import Subsystem, Verdict
from lostipi.model.meanings import meaning
from lostipi.render.book import View
from lostipi.render.charts import stacked_bars
from lostipi.render.flows import Band, Node, alluvial, figure
from lostipi.render.html import folded, table
from lostipi.render.parts import PARTS, worst_part
from lostipi.render.standing import Standing, order, standings, worst
from lostipi.render.text import esc, link
from lostipi.render.words import SCALE

_NOTHING = "<p>No caller entry yet.</p>"


def subsystem_chart(view: View) -> str:
    """The callers of each subsystem by worst verdict, most callers first."""
    counts: dict[str, Counter[str]] = {}
    for entry_id, caller in view.book.callers.items():
        counts.setdefault(entry_id.split("/")[0], Counter())[worst_part(view, caller)] += 1
    rows = sorted(counts.items(), key=lambda item: (-item[1].total(), item[0]))
    return stacked_bars(
        rows,
        PARTS,
        label="Callers by subsystem and worst verdict",
        links=[view.guide(f"callers/?subsystem={name}") for name, _ in rows],
    )


def flow_chart(view: View) -> str:
    """From the APIs over the subsystems that call them to the verdict when the code runs."""
    first: Counter[tuple[str, str]] = Counter()
    second: Counter[tuple[str, Verdict]] = Counter()
    for entry_id, caller in view.book.callers.items():
        head = worst(standings(view.book, caller))
        if head is None:
            continue
        subsystem = entry_id.split("/")[0]
        for api in sorted({site.api for site in caller.sites}):
            first[api, subsystem] += 1
            second[subsystem, head.effective] += 1
    if not first:
        return _NOTHING
    totals: Counter[str] = Counter()
    for (api, _), count in first.items():
        totals[api] += count
    apis = [
        Node(name, f"{name}()", _page(view, name))
        for name, _ in sorted(totals.items(), key=lambda item: (-item[1], item[0]))
    ]
    subsystems = [
        Node(s.value, s.value, view.guide(f"callers/?subsystem={s.value}")) for s in Subsystem
    ]
    verdicts = [
        Node(v.value, v.value, view.guide(f"callers/?verdict={v.value}"), f"bar-{v.value}")
        for v in SCALE
    ]
    body, height = alluvial(
        [apis, subsystems, verdicts],
        [
            [Band(api, subsystem, n) for (api, subsystem), n in sorted(first.items())],
            [
                Band(subsystem, verdict.value, n, f"bar-{verdict.value}")
                for (subsystem, verdict), n in sorted(second.items())
            ],
        ],
        (262, 520, 790),
        unit=max(1.2, min(6.0, 640 / totals.total())),
    )
    caption = (
        "From left to right: the API, the subsystem of the caller, the verdict when the code runs. "
        "A caller of two APIs counts twice. Every name leads on."
    )
    listed = [v for v in SCALE if any(verdict is v for _, verdict in second)]
    numbers = table(
        ["Subsystem", "APIs called", *(esc(v.value) for v in listed)],
        [
            [
                link(view.guide(f"callers/?subsystem={s.value}"), esc(s.value)),
                ", ".join(
                    f"{view.api(node.key)} {first[node.key, s.value]}"
                    for node in apis
                    if first[node.key, s.value]
                ),
                *(str(second[s.value, v] or "") for v in listed),
            ]
            for s in Subsystem
            if any(subsystem == s.value for _, subsystem in first)
        ],
        label="APIs, callers and verdicts",
        search=False,
    )
    shown = figure(
        930,
        height,
        "flow",
        "From API to caller to consequence",
        f"{totals.total()} pairs of an API and a caller flow from {len(apis)} APIs over the "
        "subsystems of the callers to the verdicts. The table below has the numbers.",
        body,
        caption,
    )
    return f"{shown}\n\n{folded(numbers)}"


def _page(view: View, api: str) -> str:
    if api in view.book.apis:
        return view.href(f"apis/{api}")
    return view.guide(f"callers/?api={api}")


def api_graph(view: View, name: str) -> str:
    """One API, each of its callers, and the verdicts they come to, worst first."""
    found: list[tuple[tuple[int, bool], str, Standing]] = []
    for entry_id in view.book.callers_by.get(("api", name), ()):
        caller = view.book.callers[entry_id]
        labels = {site.label for site in caller.sites if site.api == name}
        head = worst(s for s in standings(view.book, caller) if labels & set(s.labels))
        if head is not None:
            found.append((order(head.assessment), entry_id, head))
    if len(found) < 2:
        return ""
    found.sort(key=lambda item: (item[0][0], item[1]))
    row, left, middle, right = 21, 250, 330, 600
    height = row * len(found) + 12
    start = height / 2
    body = [
        f'<text class="start" x="{left - 8}" y="{start + 4.5:.1f}" text-anchor="end">'
        f"{esc(name)}()</text>"
    ]
    for number, (_, entry_id, head) in enumerate(found):
        y = 6 + row * number + row / 2
        hidden = " hidden-by" if head.assessment.verdict is Verdict.EXCLUDED else ""
        bend = (left + middle) / 2
        body.append(
            f'<path class="thread on-{head.effective.value}{hidden}" '
            f'd="M{left} {start:.1f}C{bend:.0f} {start:.1f} {bend:.0f} {y:.1f} {middle} {y:.1f}"/>'
        )
        text = f'<text x="{middle + 6}" y="{y + 4.5:.1f}">{esc(entry_id.split("/")[1])}()</text>'
        body.append(link(view.href(f"callsites/{entry_id}"), text))
    body += _groups(found, row, right)
    text = (
        f"{len(found)} callers of {name}(), grouped by the verdict when the code runs. The table "
        "below lists them."
    )
    caption = "A broken line: excluded while you keep the preconditions."
    shown = figure(860, height, "graph", f"Callers of {name}() by verdict", text, body, caption)
    if len(found) <= _FEW:
        return shown
    summary = f"Picture of the {len(found)} callers by verdict"
    return f"<details><summary>{summary}</summary>\n{shown}\n</details>"


_FEW = 30
"""How many callers a picture shows without being asked."""


def _groups(
    found: Sequence[tuple[tuple[int, bool], str, Standing]], row: int, x: int
) -> Iterable[str]:
    """A bar beside each run of callers with one verdict, with its name and meaning."""
    first = 0
    for number in range(1, len(found) + 1):
        verdict = found[first][2].effective
        if number < len(found) and found[number][2].effective is verdict:
            continue
        top, height = 6 + row * first + 2, row * (number - first) - 4
        middle = top + height / 2 + 4.5
        yield (
            f'<rect class="node bar-{verdict.value}" x="{x}" y="{top}" width="12" '
            f'height="{height}"><title>{esc(meaning(verdict))}</title></rect>'
            f'<text x="{x + 20}" y="{middle:.1f}">{esc(verdict.value)} '
            f'<tspan class="sum">{number - first}</tspan></text>'
        )
        first = number
