"""The waivers on the site: what is let pass, why, and until when."""

from __future__ import annotations

from lostipi.model.waiver import GAPS
from lostipi.render.book import View, breakable
from lostipi.render.html import table
from lostipi.render.text import code, esc


def waivers_table(view: View) -> str:
    """The waivers that hold. A day is not looked at: two builds of one commit are the same bytes.

    Lint refuses expired waivers, so a site whose data is sound lists none.
    """
    tracked = view.book.kernels.names
    rows = []
    for waiver in view.book.waivers:
        if waiver.ended(tracked, None) is not None:
            continue
        rule = (
            code(waiver.rule)
            if waiver.rule in GAPS
            else f'<a href="{view.guide("lint/")}#{esc(waiver.rule)}">{code(waiver.rule)}</a>'
        )
        end = f"{waiver.until} is tracked" if waiver.until.startswith("v") else waiver.until
        rows.append(
            [
                f'<span id="waiver-{esc(waiver.id)}">{code(waiver.id)}</span>',
                rule,
                f"<code>{breakable(str(waiver.file or waiver.site))}</code>",
                view.inline(waiver.reason),
                esc(end),
            ]
        )
    if not rows:
        return "<p>No waiver is in force.</p>"
    return table(["Waiver", "Rule", "Where", "Why", "Until"], rows, label="Waivers in force")
