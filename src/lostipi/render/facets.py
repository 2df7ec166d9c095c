"""The facets by which the explorer filters, and every caller's cases as numbers of their values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from lostipi.model.base import Kind, Platform
from lostipi.model.caller import Confidence, Mute, Objective, Subsystem, Trigger, Wait, When
from lostipi.model.meanings import meaning
from lostipi.render.book import Book
from lostipi.render.cases import Case, Group, cases, places, words
from lostipi.render.standing import Force, rank
from lostipi.render.text import plain
from lostipi.render.words import PLATFORMS, SCALE

FACETS: Mapping[str, tuple[str, Iterable[StrEnum]]] = {
    "verdict": ("Verdict", SCALE),
    "else": ("Verdict behind “excluded”", SCALE),
    "default": ("With distribution defaults", Force),
    "platform": ("Platform", Platform),
    "kernel": ("Kernel", ()),
    "subsystem": ("Subsystem", Subsystem),
    "kind": ("Kind of API", Kind),
    "api": ("API", ()),
    "wait": ("Wait", Wait),
    "precondition": ("Precondition", ()),
    "objective": ("Objective broken", Objective),
    "mutes": ("Mutes besides", Mute),
    "when": ("When", When),
    "trigger": ("Trigger", Trigger),
    "confidence": ("Confidence", Confidence),
}
"""The facets by name, with their heading and, where they have one, the enum of their values."""

_OF_PLACES = ("platform", "kernel")
"""The facets that must hold at one place together; a case gives its places instead."""

OWN = tuple(name for name in FACETS if name not in _OF_PLACES)
"""The facets whose values a case gives itself, in the order in which it gives them."""


def values(book: Book, entry_id: str, case: Case) -> dict[str, list[str]]:
    """What a case says for each of its own facets."""
    assessment = case.assessment
    entry = book.apis.get(case.api)
    return {
        "verdict": [assessment.verdict],
        "else": [assessment.otherwise] if assessment.otherwise else [],
        "default": [case.default] if case.default else [],
        "subsystem": [entry_id.split("/")[0]],
        "kind": [entry.kind] if entry else [],
        "api": [case.api],
        "wait": [case.wait],
        "precondition": list(dict.fromkeys(n for names in assessment.preconditions for n in names)),
        "objective": list(assessment.objective),
        "mutes": list(case.mutes(book)),
        "when": list(assessment.when),
        "trigger": list(assessment.trigger),
        "confidence": [assessment.confidence.level],
    }


def groups(found: Mapping[str, Sequence[Case]]) -> list[Group]:
    """Every verdict that some case has, worst first."""
    return sorted({c.group for own in found.values() for c in own}, key=lambda g: rank(*g))


def all_cases(book: Book) -> dict[str, list[Case]]:
    """The cases of every caller: worst verdict first, then by id."""
    found = {entry_id: cases(book, caller) for entry_id, caller in book.callers.items()}
    return dict(
        sorted(
            ((entry_id, own) for entry_id, own in found.items() if own),
            key=lambda item: (min(rank(*case.group) for case in item[1]), item[0]),
        )
    )


def data(book: Book, found: Mapping[str, Sequence[Case]]) -> dict[str, Any]:
    """What the script filters by.

    Args:
        book: the entries.
        found: the cases of each caller, in the order of the table's rows.

    Returns:
        `facets`: name, label, and values as `[value, label, explanation]`. `own`: the names of
        those whose values a case gives itself. `places`: `[kernel, platform]` as numbers of values
        of their facets. `rows`: id, title, further words, and cases as `[group, places, values of
        each own facet]`, all by number. The preconditions of a case are lists, its alternatives.
    """
    said = {
        entry_id: [values(book, entry_id, case) for case in own] for entry_id, own in found.items()
    }
    used: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
    for entry_id, own in found.items():
        for name in OWN:
            used[name].update({value for one in said[entry_id] for value in one[name]})
        used["kernel"].update({kernel for case in own for kernel, _ in case.places})
        used["platform"].update({platform for case in own for _, platform in case.places})
    ordered = {name: _ordered(book, name, used[name]) for name in FACETS}
    number = {name: {value: n for n, value in enumerate(ordered[name])} for name in FACETS}
    place_number = {place: n for n, place in enumerate(places(book))}
    group_number = {group: n for n, group in enumerate(groups(found))}

    def numbers(case: Case, one: Mapping[str, Sequence[str]]) -> list[Any]:
        own: list[Any] = [[number[name][value] for value in one[name]] for name in OWN]
        own[OWN.index("precondition")] = [
            [number["precondition"][name] for name in names]
            for names in case.assessment.preconditions
        ]
        return [group_number[case.group], [place_number[p] for p in case.places], *own]

    return {
        "facets": [
            {
                "name": name,
                "label": label,
                "values": [[value, *_explained(book, name, value)] for value in ordered[name]],
            }
            for name, (label, _) in FACETS.items()
        ],
        "own": OWN,
        "places": [
            [number["kernel"].get(kernel, -1), number["platform"].get(platform, -1)]
            for kernel, platform in place_number
        ],
        "rows": [
            {
                "id": entry_id,
                "title": plain(book.callers[entry_id].title),
                "words": " ".join(words(book.callers[entry_id])),
                "cases": [
                    numbers(case, one) for case, one in zip(own, said[entry_id], strict=True)
                ],
            }
            for entry_id, own in found.items()
        ],
    }


def _ordered(book: Book, name: str, used: Counter[str]) -> list[str]:
    """The values of a facet as they are listed: by their enum, else the most frequent first."""
    if name == "kernel":
        return [kernel for kernel in book.kernels.names if kernel in used]
    by_enum = [str(member.value) for member in FACETS[name][1] if member.value in used]
    return by_enum or sorted(used, key=lambda value: (-used[value], value))


def _explained(book: Book, name: str, value: str) -> tuple[str, str]:
    """How a value is shown, and what it means."""
    if name == "precondition":
        one = book.preconditions[value]
        return plain(one.title), plain(one.statement)
    if name == "api":
        entry = book.apis.get(value)
        return f"{value}()", plain(entry.summary) if entry else ""
    if name == "kernel":
        return value, f"Linux {book.kernel(value).release}"
    member = next(member for member in FACETS[name][1] if member.value == value)
    shown = PLATFORMS[Platform(value)] if name == "platform" else value
    return shown, plain(meaning(member))
