"""How the set of callers changes from kernel to kernel, as a picture and as numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from lostipi.render.book import Record, View
from lostipi.render.flows import band, figure
from lostipi.render.html import folded, table
from lostipi.render.parts import BUILT
from lostipi.render.text import esc

_FATES = (
    ("kept", "same code"),
    ("changed", "changed"),
    ("renamed", "moved or renamed"),
    ("gone", "gone"),
    ("new", "new"),
)
"""What becomes of a caller from one kernel to the next, as CSS class and word."""


def change_counts(view: View) -> list[tuple[str, str, Counter[str]]]:
    """Between each kernel and the next what became of the functions that call, by fate."""
    names = list(view.book.inventories)
    steps = []
    for older, newer in pairwise(names):
        old = set(_callers(view.book.inventories[older]))
        fates: dict[tuple[str, str | None], str] = {}
        matched = set()
        for place, records in _callers(view.book.inventories[newer]).items():
            found = [c for c in (view.book.change(newer, r) for r in records) if c is not None]
            matched |= {(c.file, c.function) for c in found if c.status != "new"}
            fates[place] = _fate([c.status for c in found])
        counts = Counter(fates.values())
        counts["gone"] = len(old - matched)
        steps.append((older, newer, counts))
    return steps


def _callers(records: Iterable[Record]) -> dict[tuple[str, str | None], list[Record]]:
    """The sites that x86 can build, by the function that holds them."""
    found: dict[tuple[str, str | None], list[Record]] = {}
    for record in records:
        if record["x86"] in BUILT:
            found.setdefault((record["file"], record["function"]), []).append(record)
    return found


def _fate(statuses: Sequence[str]) -> str:
    """What became of a caller, from what became of its sites."""
    known = [status for status in statuses if status != "new"]
    if not known:
        return "new"
    if {"moved", "renamed"} & set(known):
        return "renamed"
    return "kept" if set(statuses) == {"kept"} else "changed"


def change_chart(view: View) -> str:
    """How the set of callers changes from kernel to kernel."""
    steps = change_counts(view)
    if not steps:
        return "<p>There are no two kernels with an inventory to compare.</p>"
    kernels = [steps[0][0], *(newer for _, newer, _ in steps)]
    totals = [len(_callers(view.book.inventories[kernel])) for kernel in kernels]
    unit, top, width, margin = 300 / max(*totals, 1), 34, 14, 4
    span = (720 - 2 * margin - width) / len(steps)
    places = [margin + number * span for number in range(len(kernels))]
    body: list[str] = []
    for number, (_, newer, counts) in enumerate(steps):
        body += _step(counts, places[number] + width, places[number + 1], top, unit, newer)
    anchors = ["start", *("middle" for _ in kernels[2:]), "end"]
    ends = [margin, *(x + width / 2 for x in places[1:-1]), places[-1] + width]
    for x, end, anchor, kernel, total in zip(places, ends, anchors, kernels, totals, strict=True):
        body.append(
            f'<rect class="node" x="{x:.0f}" y="{top}" width="{width}" '
            f'height="{total * unit:.1f}"/>'
            f'<text x="{end:.0f}" y="22" text-anchor="{anchor}">'
            f'<tspan class="start">{esc(kernel)}</tspan> <tspan class="sum">{total}</tspan></text>'
        )
    key = "".join(
        f'<span class="key"><span class="swatch fate-{fate}"></span>{esc(word)}</span>\n'
        for fate, word in _FATES
    )
    text = "; ".join(
        f"{older} to {newer}: "
        + ", ".join(f"{counts[fate]} {word}" for fate, word in _FATES if counts[fate])
        for older, newer, counts in steps
    )
    title = f"Functions that call, from {kernels[0]} to {kernels[-1]}"
    shown = figure(720, top + 352, "change", title, text, body, key)
    numbers = table(
        ["From", "To", *(esc(word) for _, word in _FATES)],
        [
            [esc(older), esc(newer), *(str(counts[fate]) for fate, _ in _FATES)]
            for older, newer, counts in steps
        ],
        label=title,
        search=False,
    )
    return f"{shown}\n\n{folded(numbers)}"


def _step(
    counts: Counter[str], x0: float, x1: float, top: float, unit: float, newer: str
) -> Iterable[str]:
    """The bands between two kernels: what stays, and stubs for what goes and comes."""
    y0 = y1 = float(top)
    stub = (x1 - x0) * 0.3
    for fate, word in _FATES:
        count = counts[fate]
        if not count:
            continue
        height = count * unit
        told = f"<title>{esc(f'{newer}: {count} {word}')}</title>"
        if fate == "gone":
            shape = band(x0, y0, x0 + stub, y0 + 26, height)
            place, anchor, sign = (x0 + stub + 4, y0 + 26 + height / 2 + 4.5), "start", "−"
        elif fate == "new":
            shape = band(x1 - stub, y1 + 26, x1, y1, height)
            place, anchor, sign = (x1 - stub - 4, y1 + 26 + height / 2 + 4.5), "end", "+"
        else:
            shape = band(x0, y0, x1, y1, height)
            place, anchor, sign = ((x0 + x1) / 2, (y0 + y1 + height) / 2 + 4.5), "middle", ""
        yield f'<path class="band fate-{fate}" d="{shape}">{told}</path>'
        if height > 11 or sign:
            yield (
                f'<text class="halo" x="{place[0]:.0f}" y="{place[1]:.1f}" '
                f'text-anchor="{anchor}">{sign}{count}</text>'
            )
        y0 += height if fate != "new" else 0
        y1 += height if fate != "gone" else 0
