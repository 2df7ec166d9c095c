"""Charts as static SVG. Colours come from the style sheet, so that both schemes are legible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lostipi.render.text import esc, link

_WIDTH, _LEFT, _BAR, _GAP = 640, 130, 26, 12


def stacked_bars(
    rows: Sequence[tuple[str, Mapping[str, int]]],
    order: Sequence[tuple[str, str]],
    *,
    label: str,
    links: Sequence[str] = (),
) -> str:
    """Horizontal bars cut into parts, one bar per row, on one scale.

    Args:
        rows: the name of each bar and the size of its parts by key.
        order: the parts from left to right: key, which is also the CSS class, and word.
        label: what the chart shows, for readers who do not see it.
        links: where the name of each bar leads.
    """
    most = max((sum(parts.values()) for _, parts in rows), default=0)
    if most == 0:
        return ""
    scale = (_WIDTH - _LEFT - 46) / most
    lines = []
    for number, (name, parts) in enumerate(rows):
        top = number * (_BAR + _GAP)
        middle = top + _BAR / 2 + 5
        text = f'<text class="bar-name" x="0" y="{middle:g}">{esc(name)}</text>'
        lines.append(link(links[number], text) if links else text)
        left = float(_LEFT)
        for key, word in order:
            count = parts.get(key, 0)
            if not count:
                continue
            width = count * scale
            lines.append(
                f'<rect class="bar bar-{esc(key)}" x="{left:.1f}" y="{top}" '
                f'width="{width:.1f}" height="{_BAR}"><title>{esc(name)}: {count} {esc(word)}'
                "</title></rect>"
            )
            if width > 9 * len(str(count)) + 6:
                lines.append(
                    f'<text class="bar-count on-{esc(key)}" x="{left + width / 2:.1f}" '
                    f'y="{middle:g}">{count}</text>'
                )
            left += width
        lines.append(
            f'<text class="bar-sum" x="{left + 8:.1f}" y="{middle:g}">{sum(parts.values())}</text>'
        )
    height = len(rows) * (_BAR + _GAP)
    body = "\n".join(lines)
    legend = "".join(
        f'<span class="key"><span class="swatch bar-{esc(key)}"></span>{esc(word)}</span>\n'
        for key, word in order
        if any(parts.get(key) for _, parts in rows)
    )
    # What is in an image is hidden from those who do not see it, links too.
    role = "group" if links else "img"
    return (
        '<figure class="chart" data-search-exclude>'
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="{role}" '
        f'aria-label="{esc(label)}">\n{body}\n</svg>\n<figcaption>{legend}</figcaption></figure>'
    )
