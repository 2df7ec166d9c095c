"""Rules on the tables of preconditions and detectors: each kernel and platform stands once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from lostipi.lint.rule import Found
from lostipi.load.knowledge import Knowledge, Loaded
from lostipi.model.base import Platform


def precondition_covers_each_kernel_and_platform_once(knowledge: Knowledge) -> Iterator[Found]:
    """Whether a setting helps depends on who holds it there; a hole would be read as "held".

    Right: `held` names each tracked kernel x platform in exactly one item.
    """
    for loaded in knowledge.preconditions.values():
        rows = [(held.kernels, held.platforms) for held in loaded.entry.held]
        yield from _cover(knowledge, loaded, "held", rows, set(knowledge.kernels.names))


def detector_covers_each_kernel_once(knowledge: Knowledge) -> Iterator[Found]:
    """Defaults change between kernels; a kernel left out would silently have no detector.

    Right: `states` names each tracked kernel in exactly one item, with `exists: false` where it
    has no such detector.
    """
    tracked = knowledge.kernels.names
    for loaded in knowledge.detectors.values():
        seen: dict[str, int] = {}
        for index, state in enumerate(loaded.entry.states):
            for place, kernel in enumerate(state.kernels):
                if seen.setdefault(kernel, index) != index:
                    line, _ = loaded.at(("states", seen[kernel]))
                    message = f"{kernel} stands in the item at line {line} already"
                    yield Found(loaded, message, ("states", index, "kernels", place))
        missing = [kernel for kernel in tracked if kernel not in seen]
        if missing:
            yield Found(loaded, f"`states` must name {', '.join(missing)}, too", ("states",))


def blinding_covers_each_kernel_and_platform_once(knowledge: Knowledge) -> Iterator[Found]:
    """A detector counts only where it is known that the host cannot blind it.

    Right: `blinded` names, for each kernel that has the detector, each platform in exactly one
    item.
    """
    for loaded in knowledge.detectors.values():
        there = {k for state in loaded.entry.states if state.exists for k in state.kernels}
        in_order = [kernel for kernel in knowledge.kernels.names if kernel in there]
        rows = [
            (blinding.kernels or in_order, blinding.platforms) for blinding in loaded.entry.blinded
        ]
        yield from _cover(knowledge, loaded, "blinded", rows, there)


def _cover(
    knowledge: Knowledge,
    loaded: Loaded[Any],
    field: str,
    rows: Sequence[tuple[Sequence[str], Sequence[Platform] | None]],
    needed: set[str],
) -> Iterator[Found]:
    kernels = knowledge.kernels
    seen: dict[tuple[str, Platform], int] = {}
    for index, (names, platforms) in enumerate(rows):
        tracked = {platform for name in names for platform in kernels.platforms_of(name)}
        for place, platform in enumerate(platforms or ()):
            if tracked and platform not in tracked:
                message = f"no kernel named here is judged for {platform.value!r} in kernels.yaml"
                yield Found(loaded, message, (field, index, "platforms", place))
        twice: dict[int, list[str]] = {}
        for name in dict.fromkeys(names):
            for platform in kernels.platforms_of(name):
                if platforms is None or platform in platforms:
                    first = seen.setdefault((name, platform), index)
                    if first != index:
                        twice.setdefault(first, []).append(f"{name} on {platform.value}")
        for first, cells in twice.items():
            line, _ = loaded.at((field, first))
            message = f"stands in the item at line {line} already: {', '.join(cells)}"
            yield Found(loaded, message, (field, index))
    missing = [
        f"{name} on {platform.value}"
        for name in kernels.names
        if name in needed
        for platform in kernels.platforms_of(name)
        if (name, platform) not in seen
    ]
    if missing:
        yield Found(loaded, f"`{field}` must name {', '.join(missing)}, too", (field,))
