"""Rules on the claims of issue #151 and the entries that answer them."""

from __future__ import annotations

from collections.abc import Iterator

from lostipi.lint.names import caller_of
from lostipi.lint.rule import Found
from lostipi.load.knowledge import Knowledge
from lostipi.model.caller import Caller
from lostipi.model.seed import RowKind


def names_of(entry_id: str, caller: Caller) -> set[str]:
    """All names of a caller: that in its id and those of the functions of its sites."""
    return {caller_of(entry_id), *(site.function for site in caller.sites)}


def every_claim_is_answered(knowledge: Knowledge) -> Iterator[Found]:
    """The guide began as the answer to this issue, and each of its claims deserves one.

    Right: for each caller that a row names, an entry of that name answers the row in `seed`.
    """
    if knowledge.seed_file is None:
        return
    names = {key: names_of(key, found.entry) for key, found in knowledge.callers.items()}
    answers = {
        (name, answer.row)
        for key, found in knowledge.callers.items()
        for answer in found.entry.seed
        for name in names[key]
    }
    known = {name for found in names.values() for name in found}
    broken = knowledge.broken["callsites"]
    broken_names = {caller_of(entry_id) for entry_id in broken}
    for index, row in enumerate(knowledge.seed.rows):
        if row.kind is not RowKind.CALLER:
            continue
        for place, name in enumerate(row.callers):
            if (name, row.id) in answers or name in broken_names:
                continue
            if name not in known and broken:
                continue  # an entry that could not be read may have it under another name
            loc = ("rows", index, "callers", place)
            if name not in known:
                yield Found(knowledge.seed_file, f"`{name}` must have an entry (got none)", loc)
            else:
                owners = " or ".join(f"`{key}`" for key in names if name in names[key])
                message = (
                    f"{owners} must answer row {row.id!r} in `seed`, because it names `{name}`"
                )
                yield Found(knowledge.seed_file, message, loc)


def answer_belongs_to_its_claim(knowledge: Knowledge) -> Iterator[Found]:
    """An answer to a claim about another function would stand beside the wrong words.

    Right: `seed` names rows of seed.yaml whose `callers` hold a name of this entry, each once.
    """
    if knowledge.seed_file is None:
        return
    rows = {row.id: row for row in knowledge.seed.rows}
    for entry_id, loaded in knowledge.callers.items():
        names = names_of(entry_id, loaded.entry)
        seen: set[str] = set()
        for index, answer in enumerate(loaded.entry.seed):
            loc = ("seed", index, "row")
            row = rows.get(answer.row)
            if row is None:
                message = f"must be a row of seed.yaml (got {answer.row!r})"
                yield Found(loaded, message, loc)
            elif not names & set(row.callers):
                whom = ", ".join(f"`{name}`" for name in row.callers) or "a group"
                message = f"row {answer.row!r} speaks of {whom}, not of this caller"
                yield Found(loaded, message, loc)
            if answer.row in seen:
                yield Found(loaded, f"row {answer.row!r} is answered already", loc)
            seen.add(answer.row)


def claim_has_its_own_id(knowledge: Knowledge) -> Iterator[Found]:
    """Entries answer rows by id, so that two rows of one id would share an answer.

    Right: `id: single-3` once in seed.yaml.
    """
    if knowledge.seed_file is None:
        return
    seen: set[str] = set()
    for index, row in enumerate(knowledge.seed.rows):
        if row.id in seen:
            yield Found(
                knowledge.seed_file, f"a row has the id {row.id!r} already", ("rows", index, "id")
            )
        seen.add(row.id)
