"""`lostipi review`: record that entries were reviewed against the current inventories."""

from __future__ import annotations

import argparse
import datetime

from lostipi import measure
from lostipi.cli import output
from lostipi.kernel.inventory import InventoryError
from lostipi.load import load
from lostipi.review import (
    Review,
    ReviewBasis,
    ReviewError,
    path_of,
    read_reviews,
    reviews_of,
    text_of,
)
from lostipi.writing import replace


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "ids", nargs="+", metavar="ID", help="a caller entry, such as sched/kick_ilb"
    )
    parser.add_argument(
        "--kernel",
        action="append",
        metavar="V",
        help="only this kernel; may be given more than once (default: all that the entry names)",
    )
    parser.add_argument(
        "--since",
        metavar="V",
        help="what was read is the difference to this kernel, which was reviewed; recorded as "
        "such, for the kernels given with --kernel",
    )
    parser.add_argument(
        "--date",
        type=datetime.date.fromisoformat,
        default=None,
        metavar="YYYY-MM-DD",
        help="the day of the review (default: today)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the review files: all of them or none."""
    with output.editing(arguments.data):
        return _run(arguments)


def _run(arguments: argparse.Namespace) -> int:
    knowledge = load(arguments.data)
    unknown = [name for name in arguments.ids if name not in knowledge.callers]
    for path in (knowledge.root / "callsites" / f"{name}.yaml" for name in unknown):
        if path.is_file():
            raise output.CouldNotRunError(
                f"{path} cannot be read yet; `lostipi lint {path}` says why. Nothing was written"
            )
    if unknown:
        raise output.CouldNotRunError(
            f"no caller entry is called {', '.join(unknown)}; an id is its path below "
            "data/callsites without .yaml"
        )
    date = arguments.date or datetime.datetime.now(tz=datetime.UTC).date()
    kernels = arguments.kernel or knowledge.kernels.names
    for name in kernels:
        if name not in knowledge.kernels.names:
            raise output.CouldNotRunError(f"no kernel {name!r} is tracked")
    if arguments.since and not arguments.kernel:
        raise output.CouldNotRunError("--since goes with --kernel, the kernel that was reviewed")
    basis = ReviewBasis.DIFFERENCE_READ if arguments.since else ReviewBasis.READ
    try:
        existing = read_reviews(knowledge.root)
        inventories = {name: measure.committed(knowledge, name) for name in kernels}
    except (InventoryError, ReviewError, measure.NoInventoryError) as error:
        raise output.CouldNotRunError(str(error)) from error
    texts = {}
    for identifier in arguments.ids:
        entry = knowledge.callers[identifier].entry
        reviews: dict[str, Review] = {r.kernel: r for r in existing.get(identifier, ())}
        if arguments.since and arguments.since not in {*reviews} - {*kernels}:
            raise output.CouldNotRunError(
                f"{identifier} has no review of {arguments.since} to go on from; leave --since out "
                "where the code was read"
            )
        for name, inventory in inventories.items():
            made = reviews_of(
                identifier,
                entry,
                name,
                inventory.release,
                inventory.sites,
                date,
                basis,
                arguments.since,
            )
            if made is None:
                reviews.pop(name, None)
            else:
                reviews[name] = made
        if not reviews:
            raise output.CouldNotRunError(f"{identifier} has no site in {', '.join(kernels)}")
        texts[path_of(knowledge.root, identifier)] = text_of(reviews.values())
    replace(texts)
    for path in texts:
        output.report(str(path))
    output.summary(f"{output.plural(len(arguments.ids), 'entry')} reviewed on {date.isoformat()}")
    return 0
