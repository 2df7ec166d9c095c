"""What becomes of APIs, preconditions and detectors in another kernel. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lostipi.load import Knowledge
from lostipi.model.api import Api
from lostipi.model.base import Evidence, Platform
from lostipi.model.detector import Detector
from lostipi.model.precondition import Precondition
from lostipi.upgrade.plan import Difference, Places, Reason, Step, cited, cited_reason

Where = tuple[str | int, ...]
"""A list of kernels within an entry: ``("held", 0, "kernels")``."""


@dataclass(frozen=True)
class OtherPlan:
    """What becomes of one entry that names kernels in lists."""

    folder: str
    """``apis``, ``preconditions`` or ``detectors``."""
    identifier: str
    lists: tuple[Where, ...]
    """The lists that name the old kernel and not yet the new one."""
    reasons: tuple[Reason, ...]
    """Why somebody must read the difference first; none when the new kernel is put in at once."""

    @property
    def name(self) -> str:
        """Its folder and id."""
        return f"{self.folder}/{self.identifier}"


def others(knowledge: Knowledge, step: Step, was: Places, now: Places) -> tuple[OtherPlan, ...]:
    """Say what becomes of each API, precondition and detector that the new kernel lacks.

    What such an entry says of the old kernel holds in the new one when all code that its evidence
    cites is the same, token by token; for an API, its definition too.

    Args:
        knowledge: all entries.
        step: the two kernels.
        was: what was found of `lostipi.upgrade.plan.places` in the old tree.
        now: the same in the new tree.
    """
    found = []
    for name, api in sorted(knowledge.apis.items()):
        lists = tuple(_definitions(api.entry, step))
        reasons = [*_redefined(name, api.entry, step, was, now)]
        reasons += _differs(api.entry.evidence, step, was, now, name)
        found.append(OtherPlan("apis", name, lists, tuple(reasons)))
    for name, one in sorted(knowledge.preconditions.items()):
        lists = tuple(_held(one.entry, step, knowledge.kernels.platforms_of(step.new)))
        reasons = [*_differs(one.entry.evidence, step, was, now)]
        found.append(OtherPlan("preconditions", name, lists, tuple(reasons)))
    for name, seen in sorted(knowledge.detectors.items()):
        lists = tuple(_states(seen.entry, step))
        reasons = [*_differs(seen.entry.evidence, step, was, now)]
        found.append(OtherPlan("detectors", name, lists, tuple(reasons)))
    return tuple(one for one in found if one.lists)


def _definitions(api: Api, step: Step) -> Iterator[Where]:
    if not any(step.new in d.kernels for d in api.definitions):
        for index, definition in enumerate(api.definitions):
            if step.old in definition.kernels:
                yield "definitions", index, "kernels"


def _redefined(name: str, api: Api, step: Step, was: Places, now: Places) -> Iterator[Reason]:
    for definition in api.definitions:
        place = (definition.file, name)
        if step.old not in definition.kernels or place not in was:
            continue
        if place not in now:
            text = f"`{name}` is no longer defined in {definition.file}"
            yield Reason(text, (Difference(place, None),))
        elif was[place].fingerprint != now[place].fingerprint:
            text = f"the definition of `{name}` in {definition.file} differs"
            yield Reason(text, (Difference(place, place),))


def _held(one: Precondition, step: Step, platforms: Sequence[Platform]) -> Iterator[Where]:
    if not any(step.new in held.kernels for held in one.held):
        for index, held in enumerate(one.held):
            fits = held.platforms is None or set(held.platforms) & set(platforms)
            if step.old in held.kernels and fits:
                yield "held", index, "kernels"


def _states(one: Detector, step: Step) -> Iterator[Where]:
    if not any(step.new in state.kernels for state in one.states):
        for index, state in enumerate(one.states):
            if step.old in state.kernels:
                yield "states", index, "kernels"
        for index, blinding in enumerate(one.blinded):
            if blinding.kernels is not None and step.old in blinding.kernels:
                yield "blinded", index, "kernels"


def _differs(
    evidence: Sequence[Evidence], step: Step, was: Places, now: Places, own: str | None = None
) -> Iterator[Reason]:
    """Why an entry does not carry over: cited code that differs, but for its own definition."""
    for place in cited(evidence, step):
        if place[1] != own and (reason := cited_reason(place, was, now)):
            yield reason
