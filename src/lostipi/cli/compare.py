"""`lostipi compare`: what became of each site between two kernels."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lostipi import measure, scanning
from lostipi.cli import output
from lostipi.cli.trees import opened
from lostipi.compare import STATUSES, Pair, compare, count
from lostipi.kernel.inventory import InventoryError
from lostipi.kernel.shape import Site
from lostipi.load import Knowledge, load


@dataclass(frozen=True)
class _Side:
    """One of the two kernels."""

    name: str
    release: str
    path: str | None
    """The tree that was scanned; None for a committed inventory."""
    sites: Sequence[Site]

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "release": self.release, "path": self.path}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    what = "a tracked kernel, whose inventory is read, or a kernel tree, which is scanned"
    parser.add_argument("old", metavar="OLD", help=f"{what}; the older of the two")
    parser.add_argument("new", metavar="NEW", help="the same; the newer")
    parser.add_argument(
        "--only",
        action="append",
        choices=STATUSES,
        metavar="STATUS",
        help=f"list these only: {', '.join(STATUSES)}; may be given more than once",
    )
    output.add_format(parser)


def run(arguments: argparse.Namespace) -> int:
    """Compare and print; differences are no problem, so the exit code is 0."""
    knowledge = load(arguments.data)
    old, new = (_side(knowledge, word) for word in (arguments.old, arguments.new))
    pairs = compare(old.sites, new.sites)
    counts = count(pairs)
    wanted = arguments.only or STATUSES
    shown = [pair for status in STATUSES if status in wanted for pair in _of(pairs, status)]
    if arguments.format == "json":
        record = {
            "old": old.to_json(),
            "new": new.to_json(),
            "counts": counts,
            "sites": [pair.to_json() for pair in shown],
        }
        output.report(json.dumps(record, indent=1, ensure_ascii=False))
    else:
        for pair in shown:
            output.report(_line(pair))
    told = ", ".join(f"{number} {status}" for status, number in counts.items())
    output.summary(f"{old.name} ({old.release}) to {new.name} ({new.release}): {told}")
    return 0


def _of(pairs: Sequence[Pair], status: str) -> Iterator[Pair]:
    return (pair for pair in pairs if pair.status == status)


def _side(knowledge: Knowledge, word: str) -> _Side:
    if word in knowledge.kernels.names:
        try:
            inventory = measure.committed(knowledge, word)
        except (InventoryError, measure.NoInventoryError) as error:
            raise output.CouldNotRunError(str(error)) from error
        return _Side(word, inventory.release, None, inventory.sites)
    path = Path(word)
    if not path.exists():
        tracked = ", ".join(knowledge.kernels.names)
        raise output.CouldNotRunError(
            f"{word!r} is neither a tracked kernel ({tracked}) nor the path of a tree"
        )
    if not knowledge.apis:
        raise output.CouldNotRunError("no API entry could be read; `lostipi lint` says why")
    tree = opened(path, scanning.sought(knowledge))
    kernel = scanning.nearest_older(knowledge.kernels.names, tree.release)
    if kernel is None:
        raise output.CouldNotRunError("no kernel is tracked; `lostipi lint` says why")
    with output.progress(f"Scanning {word}") as advance:
        result = scanning.scan_tree(knowledge, tree, kernel, advance)
    for problem in result.problems:
        output.summary(f"{word}: {problem}")
    name = scanning.tracked_line(tree.release)
    return _Side(name, tree.release, str(tree.path), result.sites)


def _line(pair: Pair) -> str:
    site = pair.new or pair.old
    assert site is not None
    parts = [f"{pair.status}: {site.file}:{site.line}: {site.function or '?'}: {site.api}"]
    if pair.old is not None and pair.status in ("moved", "renamed"):
        old = pair.old
        parts.append(f"was {old.function or '?'} at {old.file}:{old.line} ({pair.why})")
    if pair.layers:
        parts.append(f"differs in {', '.join(pair.layers)}")
    parts += [f"{name} {_said(was)} -> {_said(now)}" for name, (was, now) in pair.facts.items()]
    return "; ".join(parts)


def _said(value: object) -> str:
    """Write a field of a record in one line."""
    if value is None:
        return "none"
    if isinstance(value, tuple):
        inner = [_said(item) if isinstance(item, tuple) else str(item) for item in value]
        return f"[{', '.join(inner)}]"
    return str(value).lower() if isinstance(value, bool) else str(value)
