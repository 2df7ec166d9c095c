"""Where a caller stands: its verdict per kernel and platform, and whether a concern is in force."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lostipi.model.base import Platform
from lostipi.model.caller import Assessment, Caller, Verdict
from lostipi.model.precondition import Default, Held, Holder, Precondition
from lostipi.render.book import Book

_RANK = (
    Verdict.CONCERN,
    Verdict.UNKNOWN,
    Verdict.DOS_ONLY,
    Verdict.FAIL_STOP,
    Verdict.TOLERATED,
    Verdict.NOT_APPLICABLE,
)

USELESS = frozenset({Holder.HOST, Holder.CANNOT})
"""Holders that exclude nothing."""


class Force(StrEnum):
    """Whether a concern stands on a platform with the defaults of common distributions."""

    IN_FORCE = "in force"
    """The code runs there by default."""
    MAYBE = "unknown"
    """Distributions differ, nobody has looked, or a deciding fact is unknown."""
    HELD = "held by default"
    """A precondition that common distribution kernels hold keeps the code from running."""


@dataclass(frozen=True)
class Standing:
    """One assessment on one kernel and platform."""

    kernel: str
    platform: Platform
    number: int
    """The assessment's number in the entry, from 1."""
    assessment: Assessment
    labels: tuple[str, ...]
    """The sites judged there."""

    @property
    def effective(self) -> Verdict:
        """The verdict when the code runs."""
        return self.assessment.otherwise or self.assessment.verdict


def rank(verdict: Verdict, otherwise: Verdict | None = None) -> tuple[int, bool]:
    """The place of a verdict on a page, worst first; `excluded` stands just after what it hides."""
    return _RANK.index(otherwise or verdict), otherwise is not None


def order(assessment: Assessment) -> tuple[int, bool]:
    """The place of an assessment on a page, worst first."""
    return rank(assessment.verdict, assessment.otherwise)


def standings(book: Book, caller: Caller) -> Sequence[Standing]:
    """All that is judged of a caller, kernel by kernel; worked out once per caller of a book."""
    kept = book.worked_out.get(id(caller))
    if kept is None:
        found = tuple(
            Standing(kernel, platform, number, assessment, tuple(site.label for site in sites))
            for kernel, platform, number, assessment, sites in book.judged(caller)
        )
        # With the caller, so that its id is not given to another one.
        kept = book.worked_out[id(caller)] = (caller, found)
    return kept[1]


def worst(found: Iterable[Standing]) -> Standing | None:
    """The standing that asks most for action; the newest kernel's where several do."""
    best: Standing | None = None
    for one in found:
        if best is None or order(one.assessment) <= order(best.assessment):
            best = one
    return best


def held_at(precondition: Precondition, kernel: str, platform: Platform) -> Held | None:
    """Who holds a precondition on a kernel and platform, when that is written."""
    for held in precondition.held:
        if kernel in held.kernels and (held.platforms is None or platform in held.platforms):
            return held
    return None


def default_at(book: Book, name: str, kernel: str, platform: Platform) -> Default:
    """Whether distributions hold a precondition by default; a useless holder holds nothing."""
    held = held_at(book.preconditions[name], kernel, platform)
    if held is None:
        return Default.UNKNOWN
    if set(held.by) <= USELESS:
        return Default.FAILS
    return held.default


def force(book: Book, standing: Standing) -> Force:
    """Whether what an assessment says stands by default.

    An alternative holds when all its preconditions do; one that holds is enough. Where nothing
    excludes the code but holding what the advice names takes the concern away, that is the
    alternative.
    """
    assessment = standing.assessment
    if assessment.verdict is Verdict.UNKNOWN:
        return Force.MAYBE
    named = assessment.preconditions
    if assessment.verdict is not Verdict.EXCLUDED:
        advised = assessment.advice.preconditions if assessment.advice else ()
        if assessment.verdict is not Verdict.CONCERN or not advised:
            return Force.IN_FORCE
        named = (advised,)
    alternatives = [
        [default_at(book, name, standing.kernel, standing.platform) for name in names]
        for names in named
    ]
    if any(all(d is Default.HOLDS for d in states) for states in alternatives):
        return Force.HELD
    if all(any(d is Default.FAILS for d in states) for states in alternatives):
        return Force.IN_FORCE
    return Force.MAYBE


def to_set(found: Sequence[Standing]) -> list[str]:
    """The preconditions that some assessments ask for, most useful first, each once."""
    names: dict[str, None] = {}
    for standing in found:
        advice = standing.assessment.advice
        for name in advice.preconditions if advice else ():
            names[name] = None
    for standing in found:
        for alternative in standing.assessment.preconditions:
            names.update(dict.fromkeys(alternative))
    return list(names)
