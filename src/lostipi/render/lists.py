"""The table of all APIs."""

from __future__ import annotations

from lostipi.model.meanings import meaning
from lostipi.render.book import View
from lostipi.render.html import table
from lostipi.render.text import esc


def apis_table(view: View) -> str:
    """All APIs with their sites per kernel."""
    kernels = list(view.book.inventories)
    rows = []
    for name, api in sorted(view.book.apis.items()):
        waits = dict.fromkeys(meaning(shape.waits) for shape in api.definitions)
        entries = len(view.book.callers_by.get(("api", name), ()))
        counts = [str(len(view.book.records_of(kernel, name))) for kernel in kernels]
        rows.append(
            [
                view.api(name),
                view.inline(api.summary),
                esc(api.kind.value),
                "<br>".join(esc(wait) for wait in waits),
                str(entries),
                *counts,
            ]
        )
    heads = ["API", "Does", "Kind", "Waits", "Caller entries"]
    heads += [f"Sites in {esc(kernel)}" for kernel in kernels]
    return table(heads, rows, label="APIs", kind="wide")
