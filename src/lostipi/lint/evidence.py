"""Rules on evidence: what is sent and what should have run are both shown at the source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from lostipi.kernel.inventory import InventoryError, read_inventory
from lostipi.lint.assessments import each
from lostipi.lint.rule import Found
from lostipi.load.knowledge import Knowledge
from lostipi.model.base import CITATION
from lostipi.model.caller import Assessment, Caller, CallerSite, Reach


def evidence_cites_the_caller(knowledge: Knowledge) -> Iterator[Found]:
    """Whether the sender goes on is decided in the caller, so that is where a reader looks first.

    Right: at least one `at: path:function@kernel` of a function of the sites judged, in a kernel
    judged, unless the code can never run.
    """
    for loaded, index, one in each(knowledge):
        cited = _cited_symbols(one)
        if one.reach is Reach.NEVER or not cited:
            continue  # no evidence at all is told by another rule
        callers = dict.fromkeys(site.function for site in _judged(loaded.entry, one))
        if callers and not cited & set(callers):
            message = f"must cite the caller: {_either(list(callers))}"
            yield Found(loaded, message, ("assessments", index, "evidence"))


def evidence_cites_the_func(knowledge: Knowledge) -> Iterator[Found]:
    """What is lost with the IPI is what func would have done, and nobody knows that by its name.

    Right: at least one `at: path:func@kernel` of a func of the sites judged, in a kernel judged,
    unless the code can never run. A func is asked for when the inventory of a kernel judged has
    its definition; one that is a parameter, a member or defined in another file is not.
    """
    for loaded, index, one in each(knowledge):
        cited = _cited_symbols(one)
        if one.reach is Reach.NEVER or not cited:
            continue
        sites = _judged(loaded.entry, one)
        if cited & {site.func for site in sites}:
            continue
        funcs: dict[str, None] = {}
        for site in sites:
            for kernel in one.kernels:
                if site.func and kernel in site.kernels:
                    defined = _defined(knowledge.root / "inventory" / f"{kernel}.jsonl")
                    if (site.file, site.func) in defined:
                        funcs[site.func] = None
        if funcs:
            message = f"must cite the func: {_either(list(funcs))}"
            yield Found(loaded, message, ("assessments", index, "evidence"))


def _cited_symbols(assessment: Assessment) -> set[str]:
    """The symbols that an assessment cites of the kernels that it judges."""
    matches = (CITATION.match(one.at) for one in assessment.evidence if one.at)
    return {match["symbol"] for match in matches if match and match["kernel"] in assessment.kernels}


def _judged(caller: Caller, assessment: Assessment) -> list[CallerSite]:
    return [
        site
        for site in caller.sites
        if set(site.kernels) & set(assessment.kernels)
        and (assessment.sites is None or site.label in assessment.sites)
    ]


def _either(names: Sequence[str]) -> str:
    return " or ".join(f"`{name}`" for name in names)


def _defined(path: Path) -> frozenset[tuple[str, str]]:
    """The file of a site and its func, where the inventory has seen that func's definition."""
    try:
        return _read(path, path.stat().st_mtime_ns)
    except (OSError, InventoryError):
        return frozenset()  # coverage cannot do without an inventory, and says what is wrong


@lru_cache(maxsize=16)
def _read(path: Path, _time: int) -> frozenset[tuple[str, str]]:
    sites = read_inventory(path).sites
    return frozenset(
        (site.file, site.func) for site in sites if site.func and site.fingerprints.func
    )
