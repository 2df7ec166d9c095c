"""Rules on references: what an entry names exists, and what exists is named."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from typing import Any

from lostipi.lint.rule import Found
from lostipi.load.knowledge import Knowledge, Loaded
from lostipi.load.positions import Loc


def precondition_exists(knowledge: Knowledge) -> Iterator[Found]:
    """A verdict may rest on a precondition only if somebody has written down who holds it.

    Right: `preconditions: [[mce-off]]` with a file `preconditions/mce-off.yaml`.
    """
    known = {*knowledge.preconditions, *knowledge.broken["preconditions"]}
    for loaded, loc, name in _preconditions_named(knowledge):
        if name not in known:
            yield Found(loaded, _unknown("precondition", name, known), loc)


def detector_exists(knowledge: Knowledge) -> Iterator[Found]:
    """That somebody would notice counts only if it is known how the host can blind him.

    Right: `noticed: [rcu-stall]` with a file `detectors/rcu-stall.yaml`.
    """
    known = {*knowledge.detectors, *knowledge.broken["detectors"]}
    for loaded, loc, name in _detectors_named(knowledge):
        if name not in known:
            yield Found(loaded, _unknown("detector", name, known), loc)


def api_exists(knowledge: Knowledge) -> Iterator[Found]:
    """Defaults, the meaning of wait and the scanner's list of names come from the API's entry.

    Right: `api: on_each_cpu` with a file `apis/on_each_cpu.yaml`; so for `forwards_to` and for
    the `apis` of seed.yaml. `replaced_by` may name a function without an entry.
    """
    known = {*knowledge.apis, *knowledge.broken["apis"]}
    for loaded, loc, name in _apis_named(knowledge):
        if name not in known:
            yield Found(loaded, _unknown("API", name, known), loc)


def precondition_is_used(knowledge: Knowledge) -> Iterator[Found]:
    """A precondition that nothing names is misspelt somewhere, or forgotten.

    Right: some assessment names it in `preconditions` or in `advice`. A detector may stand alone:
    that it notices nothing is an answer, too.
    """
    if knowledge.broken["callsites"]:
        return  # an entry that could not be read may be the one that names it
    named = {name for _, _, name in _preconditions_named(knowledge)}
    for name, loaded in knowledge.preconditions.items():
        if name not in named:
            yield Found(loaded, f"no assessment names the precondition {name!r}")


def detector_exists_in_a_kernel_judged(knowledge: Knowledge) -> Iterator[Found]:
    """A detector that none of these kernels has notices nothing there.

    Right: a detector whose `states` have `exists: true` for a kernel of the assessment.
    """
    for loaded in knowledge.callers.values():
        for index, assessment in enumerate(loaded.entry.assessments):
            for place, name in enumerate(assessment.noticed):
                detector = knowledge.detectors.get(name)
                if detector is None:
                    continue
                there = {
                    kernel
                    for state in detector.entry.states
                    if state.exists
                    for kernel in state.kernels
                }
                if not there & set(assessment.kernels):
                    message = f"{name!r} must exist in a kernel judged here; it exists in"
                    yield Found(
                        loaded,
                        f"{message} {', '.join(sorted(there)) or 'none'}",
                        ("assessments", index, "noticed", place),
                    )


def _unknown(kind: str, name: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return f"must be {'an' if kind == 'API' else 'a'} {kind} that has an entry (got {name!r}){hint}"


def _preconditions_named(knowledge: Knowledge) -> Iterator[tuple[Loaded[Any], Loc, str]]:
    for loaded in knowledge.callers.values():
        for i, assessment in enumerate(loaded.entry.assessments):
            for j, alternative in enumerate(assessment.preconditions):
                for k, name in enumerate(alternative):
                    yield loaded, ("assessments", i, "preconditions", j, k), name
            if assessment.advice:
                for j, name in enumerate(assessment.advice.preconditions):
                    yield loaded, ("assessments", i, "advice", "preconditions", j), name


def _detectors_named(knowledge: Knowledge) -> Iterator[tuple[Loaded[Any], Loc, str]]:
    for caller in knowledge.callers.values():
        for i, assessment in enumerate(caller.entry.assessments):
            for j, name in enumerate(assessment.noticed):
                yield caller, ("assessments", i, "noticed", j), name
    for api in knowledge.apis.values():
        for i, name in enumerate(api.entry.detectors):
            yield api, ("detectors", i), name


def _apis_named(knowledge: Knowledge) -> Iterator[tuple[Loaded[Any], Loc, str]]:
    for caller in knowledge.callers.values():
        for i, site in enumerate(caller.entry.sites):
            yield caller, ("sites", i, "api"), site.api
    for api in knowledge.apis.values():
        for i, definition in enumerate(api.entry.definitions):
            for j, name in enumerate(definition.forwards_to):
                yield api, ("definitions", i, "forwards_to", j), name
    if knowledge.seed_file:
        for i, row in enumerate(knowledge.seed.rows):
            for j, name in enumerate(row.apis):
                yield knowledge.seed_file, ("rows", i, "apis", j), name
