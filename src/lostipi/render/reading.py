"""What guides a reader besides entries: the glossary, the changes, and pages of what is gone."""

from __future__ import annotations

from itertools import groupby

from lostipi.model.reading import Notice
from lostipi.render.book import FOLDERS, UnknownNameError, View
from lostipi.render.html import facts, page, unordered
from lostipi.render.text import code, esc, link


def glossary(view: View) -> str:
    """The words with their meanings, each under an id that pages link to."""
    if not view.book.terms:
        return "<p>No words yet.</p>"
    items = "".join(
        f'<dt id="{esc(term.id)}">{view.inline(term.term)}</dt>\n'
        f"<dd>{view.inline(term.means)}</dd>\n"
        for term in view.book.terms
    )
    return f'<dl class="glossary">\n{items}</dl>'


def changes(view: View) -> str:
    """What readers should know of, and what was reviewed when, newest first."""
    parts = []
    for day, notices in groupby(view.book.notices, key=lambda notice: notice.date):
        parts.append(f"## {day} {{#d{day}}}")
        parts += [_notice(view, notice) for notice in notices]
    return "\n\n".join(parts) if parts else "<p>No change is recorded yet.</p>"


def _notice(view: View, notice: Notice) -> str:
    ids = unordered(
        f"{entry_link(view, address)} <small>{esc(address)}</small>" for address in notice.entries
    )
    return page(
        f"### {notice.title} {{#{notice.id}}}",
        f"<div>{view.block(notice.text)}</div>",
        ids if notice.entries else "",
    ).rstrip()


def reviews(view: View) -> str:
    """The entries by the day of their last review, newest first."""
    by_day: dict[str, list[str]] = {}
    for entry_id, day in view.book.reviewed.items():
        by_day.setdefault(day, []).append(entry_id)
    parts = []
    for day, ids in sorted(by_day.items(), reverse=True):
        names = ", ".join(_or_name(view, entry_id) for entry_id in sorted(ids))
        parts.append(
            f"<details><summary>{esc(day)}: {len(ids)} entries</summary><p>{names}</p></details>"
        )
    return "\n".join(parts) if parts else "<p>No review is on record yet.</p>"


def _or_name(view: View, entry_id: str) -> str:
    known = entry_id in view.book.callers
    return view.caller(entry_id) if known else code(entry_id)


def entry_link(view: View, address: str) -> str:
    """A link to an entry of any kind, or to the page of one that is gone.

    Raises:
        UnknownNameError: when there is no such page.
    """
    folder, _, entry_id = address.partition("/")
    if address in view.book.removed or folder not in FOLDERS:
        return link(view.href(address), code(entry_id))
    by_folder = {
        "apis": (view.book.apis, view.api),
        "callsites": (view.book.callers, view.caller),
        "preconditions": (view.book.preconditions, view.precondition),
        "detectors": (view.book.detectors, view.detector),
    }
    entries, linked = by_folder[folder]
    if entry_id not in entries:
        raise UnknownNameError(f"{address!r} is no entry")
    return linked(entry_id)


def removed_page(view: View, address: str) -> str:
    """The page that stands in the place of an entry that is gone.

    Raises:
        UnknownNameError: when nothing of that address was removed.
    """
    entry = view.book.removed.get(address)
    if entry is None:
        raise UnknownNameError(f"{address!r} was not removed")
    instead = unordered(entry_link(view, name) for name in entry.instead)
    rows = [
        ("Removed", f'<time datetime="{esc(entry.date)}">{esc(entry.date)}</time>'),
        ("Why", view.inline(entry.why)),
        ("Read instead", instead if entry.instead else "nothing takes its place"),
        ("Data", link(view.data(address), "JSON")),
    ]
    return page(
        f"# `{address.partition('/')[2]}`: removed",
        '<p class="lede">This entry is no more. Its id is not used again, so that old links and '
        "records keep their meaning.</p>",
        facts(rows, label="This entry"),
    )
