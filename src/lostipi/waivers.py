"""Applies waivers to what lint and coverage found. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from lostipi.load.knowledge import Knowledge
from lostipi.model.waiver import Waiver
from lostipi.problem import Problem

if TYPE_CHECKING:
    # Lint runs on every save and needs nothing of it.
    from lostipi.coverage import Report

CODES = {
    "waiver-expired": (
        "a waiver ends",
        "What is let pass for ever is a rule that nobody keeps.",
        "the problem is mended and the waiver taken away; or, with a reason for it, a later "
        "`until`.",
    ),
    "waiver-unused": (
        "a waiver lets something pass",
        "One that is left behind would hide the next problem at the same place.",
        "a waiver goes together with what it waives.",
    ),
}
"""The rules that are held here: the rule as a sentence, why it exists, and what is right."""


@dataclass(frozen=True)
class InForce:
    """The waivers that hold on a day, and which of them let something pass."""

    waivers: tuple[Waiver, ...] = ()
    used: set[str] = field(default_factory=set)
    """Their ids; filled while they are applied."""

    @classmethod
    def on(cls, knowledge: Knowledge, today: datetime.date) -> InForce:
        """Give the waivers of a knowledge base that have not ended."""
        tracked = knowledge.kernels.names
        return cls(tuple(w for w in knowledge.waivers if w.ended(tracked, today) is None))

    def of_problem(self, problem: Problem) -> Waiver | None:
        """The waiver that lets a problem of lint pass, if there is one."""
        return self._first(lambda w: (w.rule, w.file) == (problem.code, problem.path))

    def of_gap(self, rule: str, file: str, function: str | None, api: str) -> Waiver | None:
        """The waiver that lets a gap in the coverage pass, if there is one."""
        return self._first(lambda w: (w.rule, w.site) == (rule, f"{file}:{function or '?'}:{api}"))

    def _first(self, fits: Callable[[Waiver], bool]) -> Waiver | None:
        found = next((waiver for waiver in self.waivers if fits(waiver)), None)
        if found is not None:
            self.used.add(found.id)
        return found


def split(
    problems: Iterable[Problem], waivers: InForce
) -> tuple[list[Problem], list[tuple[Problem, Waiver]]]:
    """Part problems into those that stand and those that are waived."""
    stand: list[Problem] = []
    waived: list[tuple[Problem, Waiver]] = []
    for problem in problems:
        waiver = waivers.of_problem(problem)
        if waiver is None:
            stand.append(problem)
        else:
            waived.append((problem, waiver))
    return stand, waived


def without(report: Report, waivers: InForce) -> Report:
    """Give a coverage report without the gaps that are waived; its counts stay."""

    def standing(rule: str, items: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(i for i in items if waivers.of_gap(rule, i.file, i.function, i.api) is None)

    return replace(
        report,
        missing=standing("missing", report.missing),
        stale=standing("stale", report.stale),
        changed=standing("changed", report.changed),
        overlapping=standing("overlapping", report.overlapping),
    )


def expired(knowledge: Knowledge, today: datetime.date) -> list[Problem]:
    """Tell of the waivers that have ended."""
    return _told(
        knowledge,
        "waiver-expired",
        "until",
        lambda waiver: (
            f"`{waiver.id}` ended, because {why}; mend what it let pass and remove it"
            if (why := waiver.ended(knowledge.kernels.names, today))
            else None
        ),
    )


def unused(knowledge: Knowledge, waivers: InForce, rules: Collection[str]) -> list[Problem]:
    """Tell of waivers in force of the given rules that let nothing pass."""
    held = {waiver.id for waiver in waivers.waivers if waiver.rule in rules} - waivers.used
    return _told(
        knowledge,
        "waiver-unused",
        "id",
        lambda waiver: (
            f"nothing at {waiver.file or waiver.site} breaks the rule {waiver.rule!r} any more; "
            f"remove `{waiver.id}`"
            if waiver.id in held
            else None
        ),
    )


def _told(
    knowledge: Knowledge, code: str, key: str, say: Callable[[Waiver], str | None]
) -> list[Problem]:
    loaded = knowledge.waivers_file
    if loaded is None:
        return []
    return [
        loaded.problem(code, message, "waivers", number, key)
        for number, waiver in enumerate(knowledge.waivers)
        if (message := say(waiver)) is not None
    ]
