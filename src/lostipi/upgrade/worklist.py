"""The worklist of an upgrade: what must be read, with the differences of the source. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import unified_diff

from lostipi.kernel.inventory import Name
from lostipi.upgrade.plan import Difference, Place, Places, Reason, Step

Lines = Callable[[Name], Sequence[str]]
"""Gives the source lines of a symbol, without line ends."""


@dataclass(frozen=True)
class Source:
    """Where the code of both kernels is read."""

    step: Step
    was: Places
    now: Places
    old: Lines
    """Reads the old tree."""
    new: Lines
    """Reads the new tree."""


@dataclass(frozen=True)
class Item:
    """One entry to be read."""

    name: str
    """``sched/kick_ilb``, ``apis/smp_call_function``."""
    path: str
    """Its file, from the folder that holds data/."""
    reasons: tuple[Reason, ...]


def differences(item: Item, source: Source) -> str:
    """Write the source differences of exactly the code that an entry asks to read again."""
    places = dict.fromkeys(d for reason in item.reasons for d in reason.differences)
    parts = ["\n".join(_diff(place, source)) for place in places]
    return "\n\n".join(part for part in parts if part) + "\n"


def _diff(difference: Difference, source: Source) -> Iterator[str]:
    before = _read(difference.old, source.was, source.old)
    after = _read(difference.new, source.now, source.new)
    was, now = (
        _name(place, places, kernel)
        for place, places, kernel in (
            (difference.old, source.was, source.step.old),
            (difference.new, source.now, source.step.new),
        )
    )
    # The whole function around each change: what did not change is what it is judged by.
    context = max(len(before), len(after), 1)
    found = list(unified_diff(before, after, was, now, n=context, lineterm=""))
    if found:
        yield from found
    else:
        yield f"--- {was}"
        yield f"+++ {now}"
        yield "(the text is the same; what is around it differs)"


def _read(place: Place | None, places: Places, lines: Lines) -> Sequence[str]:
    return lines(places[place]) if place in places and place is not None else ()


def _name(place: Place | None, places: Places, kernel: str) -> str:
    if place is None or place not in places:
        return f"nothing@{kernel}"
    found = places[place]
    return f"{found.file}:{found.line} {found.symbol}@{kernel}"


def index(
    step: Step,
    items: Iterable[Item],
    drafts: Sequence[tuple[str, str]],
    gone: Sequence[str],
    carried: int,
) -> str:
    """Write the first page of a worklist.

    Args:
        step: the two kernels.
        items: the entries to read.
        drafts: the files of drafts to answer, each with a hint or nothing.
        gone: entries whose calls the new kernel does not have.
        carried: how many entries carried over.
    """
    items = list(items)
    old, new = step
    lines = [
        f"# From {old} to {new}",
        "",
        f"Carried over: {carried}. Read the difference of each entry below. Where the "
        f"judgement stands, `lostipi upgrade {old} {new} --read ID` puts {new} into the entry and "
        "records the review; where it does not, edit the entry, then "
        f"`lostipi review ID --kernel {new} --since {old}`. This folder is made anew by each run "
        "and belongs into no commit.",
    ]
    lines += ["", f"## To read ({len(items)})", ""] if items else []
    for item in items:
        lines.append(f"- [ ] `{item.name}` ([difference]({item.name}.diff)), {item.path}")
        lines += [f"    - {reason.text}" for reason in item.reasons]
    lines += ["", f"## Drafts to answer ({len(drafts)})", ""] if drafts else []
    for path, hint in drafts:
        lines.append(f"- [ ] {path}")
        lines += [f"    - {hint}"] if hint else []
    lines += ["", f"## Gone ({len(gone)})", ""] if gone else []
    if gone:
        lines += [
            f"{new} has none of their calls, or another entry has them. Nothing to do, unless one "
            "lives on as a draft.",
            "",
        ]
        lines += [f"- `{name}`" for name in gone]
    return "\n".join(lines) + "\n"
