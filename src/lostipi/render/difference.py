"""A difference between two states of the base as lines, for a terminal or a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lostipi.difference import Covered, Difference, VerdictChange

LARGEST = 60_000
"""Characters of Markdown; a comment on a pull request may have about 65,000."""

_OPEN = 12
"""From how many items on a section of Markdown is folded."""


@dataclass(frozen=True)
class Section:
    """Things of one kind."""

    title: str
    items: tuple[tuple[str, tuple[str, ...]], ...]
    """Each a line, and lines below it. Ids and code stand in backquotes."""


def sections(found: Difference) -> tuple[Section, ...]:
    """Put a difference into sections; those without anything are left out."""
    made = (
        Section("Verdicts changed", tuple(map(_verdict, found.verdicts))),
        Section("Entries added", tuple((f"`{name}`", ()) for name in found.added)),
        Section("Entries removed", tuple((f"`{name}`", ()) for name in found.removed)),
        Section(
            "Evidence that fell away",
            tuple((f"`{one.entry}`: `{one.what}`", ()) for one in found.evidence),
        ),
        Section(
            "Reviews that fell away",
            tuple((f"`{one.entry}`: {one.what}", ()) for one in found.reviews),
        ),
        Section(
            "Preconditions affected",
            tuple(
                (f"`{one.precondition}`", tuple(_users(one.gained, one.lost)))
                for one in found.preconditions
            ),
        ),
        Section("Reviews added", tuple(_reviewed(found.reviewed))),
        Section(
            "Entries edited",
            tuple(
                (f"`{one.entry}`: {', '.join(f'`{name}`' for name in one.fields)}", ())
                for one in found.edited
            ),
        ),
        Section("Coverage", tuple(map(_covered, found.coverage))),
    )
    return tuple(section for section in made if section.items)


def text(found: Difference) -> str:
    """Write a difference for a terminal."""
    if found.is_empty:
        return "nothing that the base says has changed\n"
    lines = []
    for section in sections(found):
        lines.append(f"{section.title} ({len(section.items)})")
        for head, below in section.items:
            lines += [f"  {head}", *(f"      {line}" for line in below)]
        lines.append("")
    return "\n".join(lines).replace("`", "").rstrip("\n") + "\n"


def markdown(found: Difference, title: str) -> str:
    """Write a difference for a comment on a pull request.

    Args:
        found: the difference.
        title: the first line.

    Returns:
        Markdown of at most `LARGEST` characters; what does not fit is counted.
    """
    if found.is_empty:
        return f"## {title}\n\nNothing that the base says has changed.\n"
    parts = [f"## {title}\n"]
    made = sections(found)
    for number, section in enumerate(made):
        room = (LARGEST - sum(map(len, parts))) // (len(made) - number)
        parts.append(_section(section, room))
    return "\n".join(parts)


def _section(section: Section, room: int) -> str:
    lines: list[str] = []
    used = left = 0
    for head, below in section.items:
        item = "\n".join([f"- {head}", *(f"    - {line}" for line in below)])
        if left or used + len(item) > room - 200:
            left += 1
            continue
        lines.append(item)
        used += len(item) + 1
    if left:
        lines.append(f"- and {left} more; `lostipi diff` lists them")
    listed = "\n".join(lines)
    title = f"{section.title} ({len(section.items)})"
    if len(section.items) > _OPEN:
        return f"<details><summary>{title}</summary>\n\n{listed}\n\n</details>\n"
    return f"### {title}\n\n{listed}\n"


def _verdict(one: VerdictChange) -> tuple[str, tuple[str, ...]]:
    where = f"{', '.join(one.kernels)} on {', '.join(one.platforms)}"
    below = [f"in {', '.join(f'`{name}()`' for name in one.functions)}"]
    below += [f"was: {one.path_before}"] if one.path_before else []
    below += [f"now: {one.path_after}"] if one.path_after else []
    return f"`{one.entry}`: {one.before} -> {one.after} ({where})", tuple(below)


def _users(gained: Sequence[str], lost: Sequence[str]) -> Iterator[str]:
    for verb, names in (("now needed by", gained), ("no longer needed by", lost)):
        if names:
            yield f"{verb} {', '.join(f'`{name}`' for name in names)}"


def _reviewed(counted: Mapping[str, int]) -> Iterator[tuple[str, tuple[str, ...]]]:
    words = {
        "read": "of code that was read",
        "unchanged": "of code unchanged since a kernel that was reviewed",
        "difference-read": "by the difference to a kernel that was reviewed",
    }
    for basis, number in counted.items():
        yield f"{number} {words[basis]}", ()


def _covered(one: Covered) -> tuple[str, tuple[str, ...]]:
    below = []
    if one.sites is not None:
        told = ", ".join(f"{number} {status}" for status, number in one.sites.items())
        below.append(f"another inventory: {told}")
    if one.before is None or one.after is None:
        here = one.after or one.before or {}
        verb = "tracked now" if one.before is None else "no longer tracked"
        told = ", ".join(f"{number} {name}" for name, number in here.items())
        return f"{one.kernel}: {verb}: {told}", tuple(below)
    told = ", ".join(
        f"{name} {was}" if was == now else f"{name} {was} -> {now}"
        for (name, was), now in zip(one.before.items(), one.after.values(), strict=True)
    )
    return f"{one.kernel}: {told}", tuple(below)
