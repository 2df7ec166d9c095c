"""`lostipi show`: print one entry as a reader sees it."""

from __future__ import annotations

import argparse
import difflib
import json
import sys

from lostipi.cli import output
from lostipi.load import Knowledge, load
from lostipi.model.base import Platform


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "name",
        metavar="NAME",
        help="an entry's id, or a caller, API, precondition or detector by name",
    )
    parser.add_argument(
        "--kernel", metavar="V", help="only what concerns this kernel, such as v6.12"
    )
    parser.add_argument(
        "--platform",
        choices=[platform.value for platform in Platform],
        help="only what concerns this platform",
    )
    output.add_format(parser)


def find(knowledge: Knowledge, name: str) -> list[tuple[str, str]]:
    """Find entries by id, by the last part of the id, or by any name that a caller has had.

    Returns:
        Pairs of folder and id; more than one when static functions share a name.
    """
    folders = {
        "callsites": knowledge.callers,
        "apis": knowledge.apis,
        "preconditions": knowledge.preconditions,
        "detectors": knowledge.detectors,
    }
    exact = [(folder, name) for folder, entries in folders.items() if name in entries]
    if exact:
        return exact
    return [
        ("callsites", identifier)
        for identifier, loaded in knowledge.callers.items()
        if name == identifier.rpartition("/")[2]
        or any(site.function == name for site in loaded.entry.sites)
    ]


def _suggest(knowledge: Knowledge, name: str) -> str:
    known = {identifier.rpartition("/")[2] for identifier in knowledge.callers}
    known |= {s.function for loaded in knowledge.callers.values() for s in loaded.entry.sites}
    known |= {*knowledge.apis, *knowledge.preconditions, *knowledge.detectors}
    near = difflib.get_close_matches(name, sorted(known), n=3)
    return (
        f"; did you mean {', '.join(near)}?"
        if near
        else "; `lostipi coverage` lists the sites without one"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the entry."""
    knowledge = load(arguments.data)
    found = find(knowledge, arguments.name)
    if not found:
        raise output.CouldNotRunError(
            f"no entry is called {arguments.name!r}{_suggest(knowledge, arguments.name)}"
        )
    if arguments.kernel and arguments.kernel not in knowledge.kernels.names:
        tracked = ", ".join(knowledge.kernels.names)
        raise output.CouldNotRunError(
            f"no kernel {arguments.kernel!r} is tracked; tracked are {tracked}"
        )
    if arguments.format == "json":
        folders = {
            "callsites": knowledge.callers,
            "apis": knowledge.apis,
            "preconditions": knowledge.preconditions,
            "detectors": knowledge.detectors,
        }
        records = [
            {"folder": folder, "id": identifier}
            | folders[folder][identifier].entry.model_dump(mode="json", by_alias=True)
            for folder, identifier in found
        ]
        output.report(json.dumps({"entries": records}, indent=2, ensure_ascii=False))
        return 0
    from lostipi.render import terminal

    platform = Platform(arguments.platform) if arguments.platform else None
    texts = [
        terminal.show(knowledge, identifier, arguments.kernel, platform) for _, identifier in found
    ]
    if not sys.stdout.isatty():
        output.report("\n".join(texts))
        return 0
    from rich.console import Console
    from rich.markdown import Markdown

    for text in texts:
        Console().print(Markdown(text))
    return 0
