"""`lostipi new`: a draft entry, with every fact known and a question for every other."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from lostipi import measure
from lostipi.cli import output
from lostipi.coverage import of_callers
from lostipi.draft import draft, label_of, site_lines
from lostipi.kernel.inventory import InventoryError, Name, read_names
from lostipi.kernel.shape import Site
from lostipi.lineage import forms, lineage
from lostipi.load import Knowledge, load
from lostipi.model.caller import Subsystem
from lostipi.writing import replace


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "caller",
        metavar="FILE:FUNCTION",
        help="a caller in any tracked kernel, such as kernel/sched/fair.c:kick_ilb",
    )
    parser.add_argument(
        "--subsystem",
        choices=[member.value for member in Subsystem],
        metavar="NAME",
        help="the folder of the entry (default: that of most entries of the same place)",
    )
    parser.add_argument(
        "--print", action="store_true", help="print the draft, and write nothing", dest="show"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the draft, unless an entry has the caller already."""
    if arguments.show:
        return _run(arguments)
    with output.editing(arguments.data):
        return _run(arguments)


def _run(arguments: argparse.Namespace) -> int:
    knowledge = load(arguments.data)
    file, _, function = arguments.caller.rpartition(":")
    if not function:
        raise output.CouldNotRunError(
            f"must be FILE:FUNCTION, such as kernel/sched/fair.c:kick_ilb (got {arguments.caller})"
        )
    try:
        apis = {name: loaded.entry for name, loaded in knowledge.apis.items()}
        inventories = {
            kernel: of_callers(apis, measure.committed(knowledge, kernel).sites)
            for kernel in knowledge.kernels.names
        }
        names = {kernel: _names(knowledge, kernel) for kernel in inventories}
    except (InventoryError, measure.NoInventoryError) as error:
        raise output.CouldNotRunError(str(error)) from error
    sites = lineage(inventories, file, function) if file else {}
    if not sites:
        raise output.CouldNotRunError(_unknown(inventories, file, function))
    if owner := _owner(knowledge, sites, file, function):
        return _claimed(knowledge, owner, sites)
    subsystem = Subsystem(arguments.subsystem) if arguments.subsystem else None
    made = draft(knowledge, sites, names, function, subsystem)
    path = knowledge.root / "callsites" / f"{made.identifier}.yaml"
    if arguments.show:
        output.report(made.text)
        return 0
    if path.exists():
        raise output.CouldNotRunError(
            f"{path} exists, for another caller of that name; give another --subsystem"
            if made.identifier in knowledge.callers
            else f"{path} exists, but cannot be read: perhaps a draft with open questions; "
            f"`lostipi lint {path}` names them. Nothing was written"
        )
    replace({path: made.text})
    output.report(str(path))
    count = sum(map(len, sites.values()))
    output.summary(
        f"{output.plural(count, 'site')} in {', '.join(sites)}, "
        f"{output.plural(made.questions, 'question')} to answer; then `lostipi lint {path}` and "
        f"`lostipi review {made.identifier}`"
    )
    return 0


def _names(knowledge: Knowledge, kernel: str) -> tuple[Name, ...]:
    path = measure.names_path(knowledge.root, kernel)
    return read_names(path) if path.is_file() else ()


def _unknown(inventories: Mapping[str, Sequence[Site]], file: str, function: str) -> str:
    """Say what there is instead of a caller that no inventory has."""
    places = {
        f"{site.file}:{site.function}": site
        for sites in inventories.values()
        for site in sites
        if site.function
    }
    same = [place for place, site in places.items() if site.function == function]
    near = same or get_close_matches(f"{file}:{function}", places, n=4, cutoff=0.75)
    hint = f"; did you mean {', '.join(near[:4])}?" if near else ""
    if not same and (ran := [place for place, site in places.items() if site.func == function]):
        hint = f"; it is the func of a call in {', '.join(ran[:4])}"
    if not file:
        wanted = "kernel/sched/fair.c:kick_ilb"
        return f"must be FILE:FUNCTION, such as {wanted} (got {function}){hint}"
    return (
        f"no tracked kernel has a call of an API in {function} of {file}"
        f"{hint or '; `lostipi coverage` lists callers'}"
    )


def _owner(
    knowledge: Knowledge, sites: Mapping[str, Sequence[Site]], file: str, function: str
) -> str | None:
    """The entry that has the caller already, under the name given or else another."""
    owners: dict[str, bool] = {}
    for identifier, loaded in knowledge.callers.items():
        for one in loaded.entry.sites:
            if any(
                (site.file, site.function) == (one.file, one.function)
                for kernel in one.kernels
                for site in sites.get(kernel, ())
            ):
                exact = (one.file, one.function) == (file, function)
                owners[identifier] = owners.get(identifier, False) or exact
    return max(owners, key=lambda name: owners[name], default=None)


def _claimed(knowledge: Knowledge, owner: str, sites: Mapping[str, Sequence[Site]]) -> int:
    """Tell which entry has the caller, and print the sites that it lacks."""
    path = f"{knowledge.root / 'callsites' / owner}.yaml"
    claimed = {
        (kernel, one.file, one.function, one.api)
        for loaded in knowledge.callers.values()
        for one in loaded.entry.sites
        for kernel in one.kernels
    }
    left = {
        kernel: [
            site for site in here if (kernel, site.file, site.function, site.api) not in claimed
        ]
        for kernel, here in sites.items()
    }
    missing = forms({kernel: here for kernel, here in left.items() if here})
    if not missing:
        raise output.CouldNotRunError(f"{path} is the entry of this caller; nothing was written")
    labels = [one.label for one in knowledge.callers[owner].entry.sites]
    for form in missing:
        labels.append(label_of(form, labels))
        for line in site_lines(form, labels[-1]):
            output.report(line)
    output.summary(
        f"{path} is the entry of this caller in {', '.join(knowledge.kernels.names)} or some of "
        "them; put the sites above into it, and their kernels into the assessments that hold there"
    )
    return 1
