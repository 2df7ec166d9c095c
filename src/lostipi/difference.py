"""What one state of the base says otherwise than another, in the words of the base. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from lostipi.compare import Status, compare, count
from lostipi.coverage import Report
from lostipi.kernel.inventory import Inventory
from lostipi.load import Knowledge
from lostipi.model.caller import Assessment, Harm, Reach, Sender, Verdict
from lostipi.review import Review, ReviewBasis
from lostipi.verdict import rows_asked, worse

FOLDERS = ("callsites", "apis", "preconditions", "detectors")
"""The folders of entries, in the order of reports."""


@dataclass(frozen=True)
class State:
    """The base at one commit."""

    knowledge: Knowledge
    reviews: Mapping[str, Sequence[Review]]
    inventories: Mapping[str, Inventory]
    """Of each kernel that has one."""
    reports: Mapping[str, Report]
    """The coverage of each of them."""


@dataclass(frozen=True)
class VerdictChange:
    """Calls of one entry whose verdict became another."""

    entry: str
    kernels: tuple[str, ...]
    platforms: tuple[str, ...]
    functions: tuple[str, ...]
    before: str
    """The verdict, ``excluded, else concern``; ``not judged`` for calls that were not there."""
    after: str
    path_before: str
    """How it follows by the decision table."""
    path_after: str


@dataclass(frozen=True)
class Edit:
    """An entry of both states that says something else, its verdicts left aside."""

    entry: str
    """Folder and id."""
    fields: tuple[str, ...]
    """The fields that differ, by their names in the file."""


@dataclass(frozen=True)
class Lost:
    """Something that an entry rested on and no longer does."""

    entry: str
    what: str


@dataclass(frozen=True)
class Affected:
    """A precondition whose users became others."""

    precondition: str
    gained: tuple[str, ...]
    """The callers that rely on it now."""
    lost: tuple[str, ...]
    """The callers that no longer do."""


@dataclass(frozen=True)
class Covered:
    """The coverage of one kernel before and after; None where a state does not have the kernel."""

    kernel: str
    before: dict[str, int] | None
    after: dict[str, int] | None
    sites: dict[Status, int] | None
    """What became of the sites of the inventory, where it is another one."""


@dataclass(frozen=True)
class Difference:
    """All of it."""

    added: tuple[str, ...]
    """Entries, by folder and id."""
    removed: tuple[str, ...]
    verdicts: tuple[VerdictChange, ...]
    edited: tuple[Edit, ...]
    evidence: tuple[Lost, ...]
    """Evidence that fell away."""
    reviews: tuple[Lost, ...]
    """Reviews that fell away, or that the code is no longer as."""
    reviewed: Mapping[str, int]
    """How many reviews were added, by what they rest on."""
    preconditions: tuple[Affected, ...]
    coverage: tuple[Covered, ...]

    @property
    def is_empty(self) -> bool:
        """Whether both states say the same."""
        return not (
            self.added
            or self.removed
            or self.verdicts
            or self.edited
            or self.evidence
            or self.reviews
            or self.reviewed
            or self.preconditions
            or any(one.before != one.after or one.sites for one in self.coverage)
        )


def difference(old: State, new: State) -> Difference:
    """Say what the new state says otherwise than the old."""
    before, after = _entries(old.knowledge), _entries(new.knowledge)
    both = [name for name in after if name in before]
    return Difference(
        added=tuple(name for name in after if name not in {*before, *_broken(old.knowledge)}),
        removed=tuple(name for name in before if name not in {*after, *_broken(new.knowledge)}),
        verdicts=tuple(_verdicts(old.knowledge, new.knowledge)),
        edited=tuple(
            Edit(name, fields)
            for name in both
            if (fields := tuple(_fields(before[name], after[name])))
        ),
        evidence=tuple(
            Lost(name, what)
            for name in both
            for what in _evidence(before[name])
            if what not in _evidence(after[name])
        ),
        reviews=tuple(_reviews(old, new)),
        reviewed=_reviewed(old, new),
        preconditions=tuple(_preconditions(old.knowledge, new.knowledge)),
        coverage=tuple(_coverage(old, new)),
    )


def path(one: Assessment) -> str:
    """Say in one line how a verdict follows from the facts, row by row of the decision table."""
    if one.reach is Reach.NEVER:
        why = one.never_reason.value if one.never_reason else "?"
        return f"reach never ({why}) = {one.verdict.value}"
    assert one.sender is not None
    assert one.harm is not None
    harm, sure = worse(one.harm.never, one.harm.late), one.confidence.level
    asked = rows_asked(one.reach, one.sender, harm, frozenset(one.objective), sure)
    facts = {
        Verdict.CONCERN: f"harm {harm.value}"
        if harm is Harm.WRONG_STATE
        else "objective " + ", ".join(objective.value for objective in one.objective),
        Verdict.UNKNOWN: ", ".join(
            f"{name} {value}"
            for name, value, unknown in (
                ("reach", one.reach.value, one.reach is Reach.UNKNOWN),
                ("sender", one.sender.value, one.sender is Sender.UNKNOWN),
                ("harm", harm.value, harm is Harm.UNKNOWN),
                ("confidence", sure.value, sure.value == "low"),
            )
            if unknown
        ),
        Verdict.FAIL_STOP: f"sender {one.sender.value}",
        Verdict.DOS_ONLY: f"harm {harm.value}",
        Verdict.TOLERATED: f"harm {harm.value}",
    }
    passed = [f"no {row.verdict.value}" for row in asked[:-1]]
    found = " > ".join([*passed, f"{facts[asked[-1].verdict]} = {asked[-1].verdict.value}"])
    if one.reach is Reach.CONDITIONAL:
        alternatives = " or ".join(" and ".join(names) for names in one.preconditions)
        return f"{found}; reach conditional ({alternatives}) = {said(one)}"
    return f"reach {one.reach.value} > {found}"


def said(one: Assessment) -> str:
    """A verdict as it is always told: ``excluded, else concern``."""
    return one.verdict.value + (f", else {one.otherwise.value}" if one.otherwise else "")


def _entries(knowledge: Knowledge) -> dict[str, BaseModel]:
    folders = (
        knowledge.callers,
        knowledge.apis,
        knowledge.preconditions,
        knowledge.detectors,
    )
    return {
        f"{folder}/{name}": loaded.entry
        for folder, entries in zip(FOLDERS, folders, strict=True)
        for name, loaded in sorted(entries.items())
    }


def _broken(knowledge: Knowledge) -> set[str]:
    """The entries that are there and could not be read."""
    return {f"{folder}/{name}" for folder in FOLDERS for name in knowledge.broken[folder]}


_Cell = tuple[str, str, str, str, str | None]
"""Kernel, platform, function, API, func."""


def _cells(knowledge: Knowledge, name: str) -> dict[_Cell, Assessment]:
    """The assessment of each call on each platform of each kernel."""
    loaded = knowledge.callers.get(name)
    found: dict[_Cell, Assessment] = {}
    for one in loaded.entry.assessments if loaded else ():
        for site in loaded.entry.sites if loaded else ():
            if one.sites is not None and site.label not in one.sites:
                continue
            for kernel in one.kernels:
                if kernel in site.kernels:
                    for platform in knowledge.kernels.platforms_of(kernel):
                        if one.platforms is None or platform in one.platforms:
                            cell = kernel, platform.value, site.function, site.api, site.func
                            found[cell] = one
    return found


def _verdicts(old: Knowledge, new: Knowledge) -> Iterator[VerdictChange]:
    """The verdicts that changed, and the first ones of calls that entries of both states gained."""
    for name in sorted({*old.callers} & {*new.callers}):
        before, after = _cells(old, name), _cells(new, name)
        groups: dict[tuple[str, str, str, str], dict[_Cell, None]] = defaultdict(dict)
        for cell, was, now in _matched(before, after):
            told = (
                (said(was), path(was)) if was else ("not judged", ""),
                (said(now), path(now)) if now else ("not judged", ""),
            )
            if told[0][0] != told[1][0]:
                groups[told[0][0], told[1][0], told[0][1], told[1][1]][cell] = None
        for (was_said, now_said, was_path, now_path), cells in groups.items():
            yield VerdictChange(
                name,
                _in_order(new, {cell[0] for cell in cells}),
                tuple(sorted({cell[1] for cell in cells})),
                tuple(sorted({cell[2] for cell in cells})),
                was_said,
                now_said,
                was_path,
                now_path,
            )


def _matched(
    before: dict[_Cell, Assessment], after: dict[_Cell, Assessment]
) -> Iterator[tuple[_Cell, Assessment | None, Assessment | None]]:
    """Put the judgements of both states side by side, also where a func is told otherwise."""
    gone = [cell for cell in before if cell not in after]
    for cell, now in sorted(after.items(), key=str):
        was = cell if cell in before else next((c for c in gone if c[:4] == cell[:4]), None)
        if was in gone:
            gone.remove(was)
        yield cell, before[was] if was else None, now
    yield from ((cell, before[cell], None) for cell in gone)


def _in_order(knowledge: Knowledge, kernels: set[str]) -> tuple[str, ...]:
    known = [name for name in knowledge.kernels.names if name in kernels]
    return (*known, *sorted(kernels - {*known}))


def _fields(before: BaseModel, after: BaseModel) -> Iterator[str]:
    """The fields that differ; those of the items of a list by the item's own fields."""
    was, now = before.model_dump(mode="json"), after.model_dump(mode="json")
    for field in now:
        if was[field] == now[field]:
            continue
        one, other = was[field], now[field]
        if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
            inner = {
                key
                for left, right in zip(one, other, strict=True)
                if isinstance(left, dict) and isinstance(right, dict)
                for key in {*left, *right}
                if left.get(key) != right.get(key)
            }
            if inner:
                yield from (f"{field}.{key}" for key in sorted(inner))
                continue
        yield field


def _evidence(entry: BaseModel) -> list[str]:
    """The places and addresses that an entry cites, each once."""
    found: dict[str, None] = {}

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            for one in value.get("evidence") or ():
                found[one["at"] or one["url"]] = None
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(entry.model_dump(mode="json"))
    return list(found)


def _reviews(old: State, new: State) -> Iterator[Lost]:
    for name, loaded in sorted(new.knowledge.callers.items()):
        there = {kernel for site in loaded.entry.sites for kernel in site.kernels}
        before = {review.kernel for review in old.reviews.get(name, ())}
        after = {review.kernel for review in new.reviews.get(name, ())}
        for kernel in _in_order(new.knowledge, (before - after) & there):
            yield Lost(name, f"the review of {kernel} is no longer recorded")
    stood = {(kernel, c.entry) for kernel, report in old.reports.items() for c in report.changed}
    for kernel, report in new.reports.items():
        for name in sorted({change.entry for change in report.changed}):
            if (kernel, name) not in stood:
                yield Lost(name, f"the code or the facts of {kernel} are no longer as reviewed")


def _reviewed(old: State, new: State) -> dict[str, int]:
    known = {review for reviews in old.reviews.values() for review in reviews}
    fresh = [r for reviews in new.reviews.values() for r in reviews if r not in known]
    counted = {basis.value: sum(r.basis is basis for r in fresh) for basis in ReviewBasis}
    return {basis: number for basis, number in counted.items() if number}


def _preconditions(old: Knowledge, new: Knowledge) -> Iterator[Affected]:
    before, after = _users(old), _users(new)
    for name in sorted({*before, *after}):
        gained, lost = after[name] - before[name], before[name] - after[name]
        if gained or lost:
            yield Affected(name, tuple(sorted(gained)), tuple(sorted(lost)))


def _users(knowledge: Knowledge) -> defaultdict[str, set[str]]:
    """The callers that name each precondition, to be excluded or in their advice."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for name, loaded in knowledge.callers.items():
        for one in loaded.entry.assessments:
            for alternative in one.preconditions:
                for precondition in alternative:
                    found[precondition].add(name)
            for precondition in one.advice.preconditions if one.advice else ():
                found[precondition].add(name)
    return found


def _coverage(old: State, new: State) -> Iterator[Covered]:
    kernels = {*old.reports, *new.reports}
    for kernel in sorted(kernels, key=lambda name: tuple(map(int, name[1:].split(".")))):
        was, now = old.inventories.get(kernel), new.inventories.get(kernel)
        sites = None
        if was is not None and now is not None and was != now:
            sites = count(compare(was.sites, now.sites))
        before, after = (
            _numbers(state.reports[kernel]) if kernel in state.reports else None
            for state in (old, new)
        )
        yield Covered(kernel, before, after, sites)


def _numbers(report: Report) -> dict[str, int]:
    return {
        "sites": report.required,
        "covered": report.covered,
        "missing": len(report.missing),
        "stale": len(report.stale),
        "changed": len(report.changed),
        "overlapping": len(report.overlapping),
    }
