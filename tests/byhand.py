"""Facts about sites that were read by hand, and what a scan says differently of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from ruamel.yaml import YAML

from lostipi.kernel.occurrences import Kind, Occurrence
from lostipi.kernel.shape import Site

FIELDS = ("function", "func", "wait", "result", "weak", "guards", "kconfig", "x86")
"""What was read of each site, by the names in its record."""

ODD_KINDS: dict[Kind, int] = {
    "unparsed": 9,
    "macro": 6,
    "other": 6,
    "string": 5,
    "address": 4,
    "stub": 4,
    "declaration": 3,
    "definition": 3,
    "text": 3,
    "field": 2,
    "comment": 1,
    "export": 1,
}
"""How much rather than a comment an occurrence that is no call is drawn."""

_T = TypeVar("_T", Site, Occurrence)


@dataclass(frozen=True, slots=True)
class Fact:
    """What somebody read at one place of one kernel."""

    file: str
    line: int
    name: str
    """The API."""
    read: dict[str, Any]
    """For a call each of `FIELDS`; else ``kind``, and ``column``."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What was read of one kernel."""

    release: str
    sites: tuple[Fact, ...]
    others: tuple[Fact, ...]


def read_facts(path: Path) -> Facts:
    """Read a file of facts.

    Raises:
        ValueError: A fact lacks a field or has one too many.
    """
    content = YAML(typ="safe", pure=True).load(path)
    sites, others = [], []
    for item in content["sites"]:
        file, line = item.pop("at").rsplit(":", 1)
        item.pop("why", None)
        fact = Fact(file, int(line), item.pop("api"), {"weak": False} | item)
        if set(fact.read) != set(FIELDS):
            raise ValueError(f"{path.name}: {file}:{line}: not the fields to be read: {item}")
        sites.append(fact)
    for item in content["others"]:
        file, line, column = item["at"].rsplit(":", 2)
        read = {"kind": item["kind"], "column": int(column)}
        others.append(Fact(file, int(line), item["name"], read))
    return Facts(content["release"], tuple(sites), tuple(others))


def site_differences(fact: Fact, sites: Iterable[Site]) -> list[str]:
    """List what a scan says differently of a call that was read."""
    found = [s for s in sites if (s.file, s.line, s.api) == (fact.file, fact.line, fact.name)]
    where = f"{fact.file}:{fact.line}: {fact.name}()"
    if len(found) != 1:
        return [f"{where}: read once, found {len(found)} times"]
    record = found[0].to_json()
    said = {name: record[name] for name in FIELDS} | {"kconfig": sorted(record["kconfig"])}
    return [
        f"{where}: {name}: read {fact.read[name]}, found {said[name]}"
        for name in FIELDS
        if fact.read[name] != said[name]
    ]


def kind_differences(fact: Fact, occurrences: Iterable[Occurrence]) -> list[str]:
    """List what a scan says differently of a name that is no call."""
    place = (fact.file, fact.line, fact.read["column"], fact.name)
    kinds = [o.kind for o in occurrences if (o.file, o.line, o.column, o.name) == place]
    if kinds == [fact.read["kind"]]:
        return []
    return [f"{fact.file}:{fact.line}: {fact.name}: read {fact.read['kind']}, found {kinds}"]


def oddness(site: Site) -> int:
    """Tell how far a site is from a plain call in a plain file."""
    literals = [literal for alternative in site.kconfig for literal in alternative]
    return sum(
        (
            4 * (not site.file.endswith(".c")),
            3 * (site.wait in ("runtime", "forwarded")),
            3 * site.weak,
            2 * min(2, len(site.guards)),
            {"x86": 0, "x86_64": 1, "x86_32": 4}.get(site.x86, 3),
            2 * (len(site.kconfig) > 1),
            max(map(len, site.kconfig), default=0) > 2,
            any(literal.startswith("!") for literal in literals),
            3 * (site.func is not None and site.wait == "async"),
            2 * (site.end_line > site.line),
            site.result != "ignored",
        )
    )


def draw(items: Sequence[_T], weight: Callable[[_T], int], count: int, seed: str) -> list[_T]:
    """Draw items at random without putting them back, the heavier ones rather."""
    chance = random.Random(seed)
    order = sorted(
        ((chance.random() ** (1 / weight(item)), place) for place, item in enumerate(items)),
        reverse=True,
    )
    return [items[place] for _, place in order[:count]]


def drawn(sites: Sequence[Site], occurrences: Sequence[Occurrence], seed: str) -> str:
    """Draw twenty calls and twenty names that are none; write their places, to be read.

    Nothing that a scan says of them is written, so that nobody reads it there.
    """
    others = [item for item in occurrences if item.kind != "call"]
    lines = ["sites:"]
    for site in sorted(
        draw(sites, lambda site: 1 + oddness(site) ** 2, 20, f"sites of {seed}"),
        key=lambda site: (-oddness(site), site),
    ):
        lines += [f"  - at: {site.file}:{site.line}", f"    api: {site.api}"]
    lines.append("others:")
    for item in sorted(draw(others, lambda item: ODD_KINDS[item.kind], 20, f"others of {seed}")):
        lines += [f"  - at: {item.file}:{item.line}:{item.column}", f"    name: {item.name}"]
    return "\n".join(lines) + "\n"
