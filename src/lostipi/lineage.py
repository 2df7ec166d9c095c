"""One caller through the tracked kernels: its sites in each, whatever it was called there. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from lostipi.compare import compare
from lostipi.kernel.shape import Site


@dataclass(frozen=True)
class Form:
    """Calls of one API that one function holds alike in some kernels."""

    kernels: tuple[str, ...]
    """The kernels, oldest first."""
    file: str
    function: str
    api: str
    func: str | None
    wait: str
    calls: int
    """How many calls of this form the function holds in each of the kernels."""


def lineage(
    inventories: Mapping[str, Sequence[Site]], file: str, function: str
) -> dict[str, tuple[Site, ...]]:
    """Follow a function from kernel to kernel, by what its calls became.

    Args:
        inventories: the sites of each kernel, oldest kernel first.
        file: a file of the function in some kernel.
        function: its name there.

    Returns:
        Its sites by kernel, for the kernels that have any. All calls of a function belong
        together, so a call that only one kernel has is there too. A name found again beside what
        the function became (the old name lives on with another call) is another function.
    """
    kernels = list(inventories)
    links: dict[tuple[str, Site], list[tuple[str, Site]]] = defaultdict(list)
    for older, newer in pairwise(kernels):
        for pair in compare(inventories[older], inventories[newer]):
            if pair.old is not None and pair.new is not None:
                links[older, pair.old].append((newer, pair.new))
                links[newer, pair.new].append((older, pair.old))
    functions: dict[tuple[str, str, str | None], list[Site]] = defaultdict(list)
    for kernel, sites in inventories.items():
        for site in sites:
            functions[kernel, site.file, site.function].append(site)
    waiting = [(kernel, file, function) for kernel in kernels]
    found: dict[str, dict[Site, None]] = defaultdict(dict)
    done: set[tuple[str, str, str | None]] = set()
    while waiting:
        place = waiting.pop()
        if place in done:
            continue
        done.add(place)
        kernel = place[0]
        for site in functions.get(place, ()):
            found[kernel][site] = None
            waiting += [
                (other, became.file, became.function or "")
                for other, became in links[kernel, site]
                if became.function is not None
            ]
    return {kernel: tuple(sorted(found[kernel])) for kernel in kernels if found[kernel]}


def forms(sites: Mapping[str, Iterable[Site]]) -> tuple[Form, ...]:
    """Put the calls of a function together as an entry lists them.

    Args:
        sites: by kernel, oldest first, as `lineage` gives them.

    Returns:
        One form for each file, function, API, func, wait and number of calls, in the order in
        which the calls stand in the first kernel that has them.
    """
    kernels: dict[tuple[str, str, str, str | None, str, int], list[str]] = {}
    for kernel, here in sites.items():
        counted = Counter(
            (site.file, site.function or "", site.api, site.func, str(site.wait))
            for site in sorted(here)
        )
        for form, calls in counted.items():
            kernels.setdefault((*form, calls), []).append(kernel)
    return tuple(
        Form(tuple(names), file, function, api, func, wait, calls)
        for (file, function, api, func, wait, calls), names in kernels.items()
    )
