"""Rules on the files that guide a reader: what they name exists, what is gone does not."""

from __future__ import annotations

from collections.abc import Iterator

from lostipi.lint.rule import Found
from lostipi.load.knowledge import Knowledge


def _addresses(knowledge: Knowledge) -> set[str]:
    """All entries by folder and id, those that could not be read as well."""
    groups = {
        "apis": knowledge.apis,
        "callsites": knowledge.callers,
        "preconditions": knowledge.preconditions,
        "detectors": knowledge.detectors,
    }
    found = {f"{folder}/{entry_id}" for folder, ids in groups.items() for entry_id in ids}
    broken = knowledge.broken.items()
    return found | {f"{folder}/{entry_id}" for folder, ids in broken for entry_id in ids}


def reader_is_led_to_entries_that_exist(knowledge: Knowledge) -> Iterator[Found]:
    """A reading list or a change that names no entry would be a dead link on the front page.

    Right: first.yaml and `instead` of removed.yaml name entries; changes.yaml names entries, or
    such as removed.yaml lists.
    """
    known = _addresses(knowledge)
    if knowledge.first_file:
        for index, item in enumerate(knowledge.first_file.entry.entries):
            if item.entry not in known:
                loc: tuple[str | int, ...] = ("entries", index, "entry")
                message = f"must be an entry (got {item.entry!r})"
                yield Found(knowledge.first_file, message, loc)
    gone: set[str] = set()
    if knowledge.removed_file:
        for index, removed in enumerate(knowledge.removed_file.entry.entries):
            gone.add(removed.entry)
            for place, name in enumerate(removed.instead):
                if name not in known:
                    loc = ("entries", index, "instead", place)
                    yield Found(knowledge.removed_file, f"must be an entry (got {name!r})", loc)
    if knowledge.changes_file:
        for index, change in enumerate(knowledge.changes_file.entry.changes):
            for place, name in enumerate(change.entries):
                if name not in known | gone:
                    loc = ("changes", index, "entries", place)
                    message = f"must be an entry, or stand in removed.yaml (got {name!r})"
                    yield Found(knowledge.changes_file, message, loc)


def removed_id_stays_unused(knowledge: Knowledge) -> Iterator[Found]:
    """Others keep links and records by id; one that comes back with another meaning misleads them.

    Right: an id stands in removed.yaml once, and there is no entry of that id.
    """
    if knowledge.removed_file is None:
        return
    known = _addresses(knowledge)
    seen: set[str] = set()
    for index, removed in enumerate(knowledge.removed_file.entry.entries):
        loc = ("entries", index, "entry")
        if removed.entry in known:
            message = f"{removed.entry!r} exists; an entry that comes back leaves this list"
            yield Found(knowledge.removed_file, message, loc)
        if removed.entry in seen:
            yield Found(knowledge.removed_file, f"{removed.entry!r} stands here already", loc)
        seen.add(removed.entry)
