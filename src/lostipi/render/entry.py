"""What every page of an entry ends with: references, its files, and how to change it."""

from __future__ import annotations

from lostipi.render.book import View
from lostipi.render.html import facts
from lostipi.render.text import code, esc, link


def references(view: View, entry: object) -> list[str]:
    """The references of an entry as a section; nothing when it has none."""
    found = getattr(entry, "references", ())
    if not found:
        return []
    items = "".join(f"<li>{link(r.url, view.inline(r.title))}</li>" for r in found)
    return ["## References {#references}", f"<ul>{items}</ul>"]


def this_entry(view: View, address: str) -> list[str]:
    """The last section: the entry's own files, its last change, and how to change or dispute it.

    Args:
        view: the book as the page sees it.
        address: the entry's page, such as `apis/on_each_cpu`.
    """
    path = view.book.paths.get(address, "")
    json = link(view.data(address), "JSON")
    yaml = link(f"{view.root}{address}/entry.yaml", "YAML as written")
    rows = [("Data", f"{json}, {yaml}")]
    if path:
        rows.append(("File", code(path)))
    if address.startswith("callsites/"):
        rows.append(("Last review", _reviewed(view, address.removeprefix("callsites/"))))
    doors = []
    if view.edit:
        doors.append(link(view.edit, "Edit this entry"))
    if view.repository:
        doors.append(link(_dispute(view, address), "Dispute this verdict"))
    doors.append(link(view.guide("contributing/"), "How entries are changed"))
    rows.append(("Change it", " · ".join(doors)))
    return ["## This entry {#entry}", facts(rows, label="This entry")]


def _reviewed(view: View, entry_id: str) -> str:
    date = view.book.reviewed.get(entry_id)
    return f'<time datetime="{esc(date)}">{esc(date)}</time>' if date else "none on record yet"


def _dispute(view: View, address: str) -> str:
    assert view.repository is not None
    return view.repository.issue(
        f"{address}: verdict disputed",
        f"Entry: {address}\n\nKernel and platform:\n\nWhat the entry says:\n\n"
        "What is true, and where in the source that can be seen (path:symbol@kernel):\n",
    )
