"""Rules on names: files, ids, labels, kernels, and what stands twice in a list."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from lostipi.lint.rule import Found
from lostipi.load.knowledge import Knowledge, Loaded
from lostipi.load.positions import Loc

_CALLER_FILE = re.compile(r"(?P<function>[A-Za-z_][A-Za-z0-9_]*)(-[a-z0-9]+(-[a-z0-9]+)*)?\Z")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")


def caller_of(entry_id: str) -> str:
    """The C name in the id of a caller entry: ``kick_ilb`` for ``sched/kick_ilb-late``."""
    return entry_id.rpartition("/")[2].partition("-")[0]


def caller_file_is_named_after_a_function_of_its_sites(knowledge: Knowledge) -> Iterator[Found]:
    """A reader who knows the function's name finds the file, and the id in every link says it.

    Right: `callsites/sched/kick_ilb.yaml` has a site whose `function` is `kick_ilb`; of two
    static functions of one name, one file is `kick_ilb-<word>.yaml`.
    """
    for entry_id, loaded in knowledge.callers.items():
        stem = entry_id.rpartition("/")[2]
        functions = sorted({site.function for site in loaded.entry.sites})
        match = _CALLER_FILE.match(stem)
        if match is None or match["function"] not in functions:
            right = " or ".join(f"{name}.yaml" for name in functions)
            message = f"the file must be named after a function of its sites: {right}"
            yield Found(loaded, f"{message} (got {stem}.yaml)")


def api_file_is_named_as_its_definitions_declare(knowledge: Knowledge) -> Iterator[Found]:
    """The scanner takes an API's name from its file, so a misnamed file would count other calls.

    Right: `apis/on_each_cpu.yaml` has `signature: void on_each_cpu(...)`.
    """
    for name, loaded in knowledge.apis.items():
        for index, definition in enumerate(loaded.entry.definitions):
            if definition.declares != name:
                got = definition.declares or definition.signature
                message = f"the signature must declare `{name}`, as the file is named (got `{got}`)"
                yield Found(loaded, message, ("definitions", index, "signature"))


def id_is_lower_case_words_joined_by_hyphens(knowledge: Knowledge) -> Iterator[Found]:
    """Ids of preconditions and detectors stand in entries, links and commands, all in one form.

    Right: `preconditions/mce-off.yaml`
    """
    for entries in (knowledge.preconditions, knowledge.detectors):
        for entry_id, loaded in entries.items():
            if not _SLUG.match(entry_id):
                message = "the file must be named with lower case words joined by hyphens"
                yield Found(loaded, f"{message} (got {entry_id}.yaml)")


def label_names_one_site(knowledge: Knowledge) -> Iterator[Found]:
    """An assessment names sites by label; with two of one label nobody knows which it judges.

    Right: `label: kick` once among the sites of an entry.
    """
    for loaded in knowledge.callers.values():
        labels = [site.label for site in loaded.entry.sites]
        for index, label in enumerate(labels):
            if label in labels[:index]:
                line, _ = loaded.at(("sites", labels.index(label), "label"))
                message = f"two sites are labelled {label!r}; the other is at line {line}"
                yield Found(loaded, message, ("sites", index, "label"))


def kernels_are_tracked(knowledge: Knowledge) -> Iterator[Found]:
    """A fact about a kernel that is not tracked is checked by nothing and shown nowhere.

    Right: a kernel of `kernels.yaml`, such as `v6.12`.
    """
    tracked = knowledge.kernels.names
    if not tracked:
        return
    for loaded, loc, kernels in kernel_lists(knowledge):
        for index, kernel in enumerate(kernels):
            if kernel not in tracked:
                message = f"must be a tracked kernel, one of {', '.join(tracked)} (got {kernel!r})"
                yield Found(loaded, message, (*loc, index))


def kernels_stand_once_and_oldest_first(knowledge: Knowledge) -> Iterator[Found]:
    """One order makes lists comparable at a glance and keeps changes small.

    Right: `kernels: [v5.10, v6.1, v6.12]`
    """
    tracked = knowledge.kernels.names
    for loaded, loc, kernels in kernel_lists(knowledge):
        if not set(kernels) <= set(tracked):
            continue  # told by another rule
        right = sorted(set(kernels), key=tracked.index)
        if list(kernels) != right:
            message = f"must name each kernel once, oldest first: [{', '.join(right)}]"
            yield Found(loaded, f"{message} (got [{', '.join(kernels)}])", loc)


def kernel_lists(knowledge: Knowledge) -> Iterator[tuple[Loaded[Any], Loc, Sequence[str]]]:
    """Every list of kernels in every entry, with its place."""
    for caller in knowledge.callers.values():
        for i, site in enumerate(caller.entry.sites):
            yield caller, ("sites", i, "kernels"), site.kernels
        for i, assessment in enumerate(caller.entry.assessments):
            yield caller, ("assessments", i, "kernels"), assessment.kernels
    for api in knowledge.apis.values():
        for i, definition in enumerate(api.entry.definitions):
            yield api, ("definitions", i, "kernels"), definition.kernels
    for precondition in knowledge.preconditions.values():
        for i, held in enumerate(precondition.entry.held):
            yield precondition, ("held", i, "kernels"), held.kernels
    for detector in knowledge.detectors.values():
        for i, state in enumerate(detector.entry.states):
            yield detector, ("states", i, "kernels"), state.kernels
        for i, blinding in enumerate(detector.entry.blinded):
            if blinding.kernels is not None:
                yield detector, ("blinded", i, "kernels"), blinding.kernels


def item_stands_once_in_its_list(knowledge: Knowledge) -> Iterator[Found]:
    """A repeated item is a slip of the pen: mostly another one was meant.

    Right: `trigger: [unprivileged, root]`
    """
    for loaded, loc, items in _word_lists(knowledge):
        seen: set[Any] = set()
        for index, item in enumerate(items):
            if item in seen:
                shown = " and ".join(map(str, item)) if isinstance(item, tuple) else str(item)
                message = f"stands in the list already (got {shown!r} again)"
                yield Found(loaded, message, (*loc, index))
            seen.add(item)


def _word_lists(knowledge: Knowledge) -> Iterator[tuple[Loaded[Any], Loc, Sequence[Any]]]:
    for caller in knowledge.callers.values():
        for i, one in enumerate(caller.entry.assessments):
            at = ("assessments", i)
            for name in ("platforms", "sites", "objective", "mutes", "noticed", "when", "trigger"):
                if items := getattr(one, name):
                    yield caller, (*at, name), items
            for j, alternative in enumerate(one.preconditions):
                yield caller, (*at, "preconditions", j), alternative
            yield (
                caller,
                (*at, "preconditions"),
                [tuple(sorted(each)) for each in one.preconditions],
            )
            if one.advice:
                yield caller, (*at, "advice", "preconditions"), one.advice.preconditions
    for api in knowledge.apis.values():
        for name in ("mutes", "replaced_by", "detectors"):
            yield api, (name,), getattr(api.entry, name)
        for i, definition in enumerate(api.entry.definitions):
            for name in ("forwards_to", "implementations"):
                yield api, ("definitions", i, name), getattr(definition, name)
    for precondition in knowledge.preconditions.values():
        for i, held in enumerate(precondition.entry.held):
            yield precondition, ("held", i, "by"), held.by
            yield precondition, ("held", i, "platforms"), held.platforms or ()
    for detector in knowledge.detectors.values():
        yield detector, ("does",), detector.entry.does
        for i, blinding in enumerate(detector.entry.blinded):
            yield detector, ("blinded", i, "platforms"), blinding.platforms


def nothing_stands_alone(knowledge: Knowledge) -> Iterator[Found]:
    """`nothing` beside something, or `cannot` beside a holder, says two things at once.

    Right: `mutes: [nothing]`, or `by: [cannot]`
    """
    for loaded, loc, items in _word_lists(knowledge):
        word = {"mutes": "nothing", "by": "cannot"}.get(str(loc[-1]))
        if word in items and len(items) > 1:
            others = ", ".join(repr(str(item)) for item in items if item != word)
            yield Found(loaded, f"{word!r} must stand alone (got it beside {others})", loc)
