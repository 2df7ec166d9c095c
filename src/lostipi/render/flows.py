"""Flow pictures as static SVG: nodes in columns, bands between them. Knows shapes, no entries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lostipi.render.text import esc, link

_GAP, _LEAST, _NODE = 7, 15, 12


@dataclass(frozen=True)
class Node:
    """One node of a column."""

    key: str
    """What bands name it by."""
    label: str
    """Its words, plain."""
    href: str
    """Where it leads."""
    kind: str = ""
    """A CSS class that gives its colour."""


@dataclass(frozen=True)
class Band:
    """How much goes from a node to one of the next column."""

    source: str
    target: str
    count: int
    kind: str = ""
    """A CSS class that gives its colour."""


def band(x0: float, y0: float, x1: float, y1: float, height: float) -> str:
    """The outline of a band of one height between two upper corners, as path data."""
    middle = (x0 + x1) / 2
    return (
        f"M{x0:.0f} {y0:.1f}C{middle:.0f} {y0:.1f} {middle:.0f} {y1:.1f} {x1:.0f} {y1:.1f}"
        f"V{y1 + height:.1f}C{middle:.0f} {y1 + height:.1f} {middle:.0f} {y0 + height:.1f} "
        f"{x0:.0f} {y0 + height:.1f}Z"
    )


def figure(
    width: int, height: float, name: str, title: str, text: str, body: Sequence[str], after: str
) -> str:
    """A picture with its title and description, for readers who do not see it.

    Args:
        width: its width in its own units.
        height: its height.
        name: tells its ids apart from those of other pictures on a page.
        title: what it is.
        text: what it shows.
        body: the elements of the SVG.
        after: the caption, HTML.
    """
    inner = "\n".join(body)
    return (
        f'<figure class="flow {name}" data-search-exclude><svg viewBox="0 0 {width} {height:.0f}" '
        f'role="group" aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{esc(title)}</title><desc id="{name}-desc">{esc(text)}</desc>\n'
        f"{inner}\n</svg>\n<figcaption>{after}</figcaption></figure>"
    )


def alluvial(
    columns: Sequence[Sequence[Node]],
    bands: Sequence[Sequence[Band]],
    places: Sequence[int],
    *,
    unit: float,
) -> tuple[list[str], float]:
    """Columns of nodes, each as tall as what goes through it, and the bands between them.

    Args:
        columns: the nodes from left to right; a node through which nothing goes is left out.
        bands: between each column and the next.
        places: where each column stands, from the left.
        unit: how tall one is.

    Returns:
        The elements of the SVG, and its height.
    """
    sums = [_through(number, columns, bands) for number in range(len(columns))]
    used = [
        [node for node in column if total[node.key]]
        for column, total in zip(columns, sums, strict=True)
    ]
    heights = [
        sum(max(total[node.key] * unit, _LEAST) + _GAP for node in column)
        for column, total in zip(used, sums, strict=True)
    ]
    tallest = max(heights, default=0.0)
    tops: list[dict[str, float]] = []
    shapes: list[str] = []
    for number, (column, total) in enumerate(zip(used, sums, strict=True)):
        y = (tallest - heights[number]) / 2 + _GAP
        tops.append({})
        for node in column:
            inside = total[node.key] * unit
            height = max(inside, _LEAST)
            tops[number][node.key] = y + (height - inside) / 2
            shapes.append(_node(node, total[node.key], places[number], y, height, number == 0))
            y += height + _GAP
    flows = [
        shape
        for number, between in enumerate(bands)
        for shape in _bands(between, used, tops, places, number, unit)
    ]
    return [*flows, *shapes], tallest + _GAP


def _through(
    number: int, columns: Sequence[Sequence[Node]], bands: Sequence[Sequence[Band]]
) -> Mapping[str, int]:
    totals = {node.key: 0 for node in columns[number]}
    for one in bands[number] if number < len(bands) else bands[number - 1]:
        totals[one.source if number < len(bands) else one.target] += one.count
    return totals


def _bands(
    between: Sequence[Band],
    columns: Sequence[Sequence[Node]],
    tops: Sequence[Mapping[str, float]],
    places: Sequence[int],
    number: int,
    unit: float,
) -> list[str]:
    rows = [{node.key: row for row, node in enumerate(column)} for column in columns]
    labels = [{node.key: node.label for node in column} for column in columns]
    ordered = [b for b in between if b.count]
    starts, ends = dict(tops[number]), dict(tops[number + 1])
    arrive: dict[tuple[str, str, str], float] = {}
    for one in sorted(ordered, key=lambda b: (rows[number + 1][b.target], rows[number][b.source])):
        arrive[one.source, one.target, one.kind] = ends[one.target]
        ends[one.target] += one.count * unit
    shapes = []
    for one in sorted(ordered, key=lambda b: (rows[number][b.source], rows[number + 1][b.target])):
        shape = band(
            places[number] + _NODE,
            starts[one.source],
            places[number + 1],
            arrive[one.source, one.target, one.kind],
            one.count * unit,
        )
        starts[one.source] += one.count * unit
        told = f"{labels[number][one.source]}, {labels[number + 1][one.target]}: {one.count}"
        shapes.append(
            f'<path class="{f"band {one.kind}".strip()}" d="{shape}"><title>{esc(told)}</title>'
            "</path>"
        )
    return shapes


def _node(node: Node, count: int, x: int, y: float, height: float, left: bool) -> str:
    middle = y + height / 2 + 4.5
    place = (x - 6, "end") if left else (x + _NODE + 6, "start")
    shape = (
        f'<rect class="{f"node {node.kind}".strip()}" x="{x}" y="{y:.1f}" width="{_NODE}" '
        f'height="{height:.1f}"/><text x="{place[0]}" y="{middle:.1f}" text-anchor="{place[1]}">'
        f'{esc(node.label)} <tspan class="sum">{count}</tspan></text>'
    )
    return link(node.href, shape)
