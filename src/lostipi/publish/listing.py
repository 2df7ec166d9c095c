"""The table of published files, for the page that leads to them."""

from __future__ import annotations

from collections.abc import Mapping

from lostipi.publish.files import ARCHIVE, holdings
from lostipi.publish.shape import FILES
from lostipi.render.book import PUBLISHED, View
from lostipi.render.html import table
from lostipi.render.text import code, esc, link


def downloads_table(view: View, published: Mapping[str, bytes]) -> str:
    """Every file that holds many entries, with its size, and the schemas."""
    listed = {
        "index.json": "every file and entry with its digest, and the kernels by exact release",
        **holdings(view.book),
        "openapi.json": "OpenAPI 3.1 document of all addresses",
    }
    order = ["index.json", "all.json", "callsites.csv", ARCHIVE]
    paths = [*order, *(path for path in listed if path not in order)]
    rows = [[_link(view, path), esc(listed[path]), _size(len(published[path]))] for path in paths]
    schemas = ", ".join(
        link(f"{view.root}{PUBLISHED}/schema/{kind}.schema.json", code(kind)) for kind in FILES
    )
    rows.append([code("schema/"), f"JSON Schemas of {schemas}", ""])
    return table(["File", "Holds", "Size"], rows, label="Files that hold many entries")


def _link(view: View, path: str) -> str:
    return link(f"{view.root}{PUBLISHED}/{path}", code(path))


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(1, round(count / 1e3))} kB"
