"""`lostipi diff`: what a change to the base says otherwise, in the words of the base."""

from __future__ import annotations

import argparse
import dataclasses
import io
import json
import subprocess
import tarfile
import tempfile
from pathlib import Path

from lostipi import measure
from lostipi.cli import output
from lostipi.difference import Difference, State, difference
from lostipi.kernel.inventory import InventoryError
from lostipi.load import load
from lostipi.render.difference import markdown, text
from lostipi.review import ReviewError, read_reviews

MAIN = ("origin/HEAD", "origin/main", "origin/master", "main", "master")
"""What a main branch may be called, best first."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "base",
        nargs="?",
        metavar="BASE",
        help="the commit to compare with (default: where this branch left the main branch)",
    )
    parser.add_argument(
        "new",
        nargs="?",
        metavar="NEW",
        help="the commit that is compared (default: the files as they are)",
    )
    parser.add_argument(
        "--format",
        choices=("text", "json", "markdown"),
        default="text",
        help="how the report is written; markdown is for a comment on a pull request",
    )


def run(arguments: argparse.Namespace) -> int:
    """Compare; differences are no problem, files of the new state that cannot be read are."""
    data = arguments.data.resolve()
    base = _commit(data, arguments.base) if arguments.base else _left_main(data)
    with tempfile.TemporaryDirectory() as scratch:
        old = _state(_unpacked(data, base, Path(scratch) / "old"))
        if arguments.new:
            commit = _commit(data, arguments.new)
            new, name = _state(_unpacked(data, commit, Path(scratch) / "new")), commit[:12]
        else:
            new, name = _state(data), "the files as they are"
        found = difference(old, new)
    output.report(_written(found, arguments.format, f"What changes since {base[:12]}"))
    for state, where in ((old, base[:12]), (new, name)):
        problems = len(state.knowledge.problems)
        if problems:
            output.summary(
                f"{where}: {output.plural(problems, 'problem')} in files that could not be read, "
                f"so the difference is not whole; first {state.knowledge.problems[0]}"
            )
    output.summary(
        f"{base[:12]} to {name}: {output.plural(len(found.added), 'entry')} added, "
        f"{len(found.removed)} removed, {len(found.edited)} edited; "
        f"{output.plural(len(found.verdicts), 'change')} of verdict, "
        f"{len(found.evidence)} evidence and {len(found.reviews)} reviews fell away"
    )
    return 1 if new.knowledge.problems else 0


def _written(found: Difference, form: str, title: str) -> str:
    if form == "json":
        return json.dumps(dataclasses.asdict(found), indent=1, ensure_ascii=False)
    return markdown(found, title) if form == "markdown" else text(found)


def _state(data: Path) -> State:
    knowledge = load(data)
    inventories, reports = {}, {}
    try:
        reviews = read_reviews(data)
        for kernel in knowledge.kernels.names:
            if measure.inventory_path(data, kernel).is_file():
                inventories[kernel] = measure.committed(knowledge, kernel)
                report = measure.cover_kernel(knowledge, reviews, inventories[kernel])
                reports[kernel] = report
    except (InventoryError, ReviewError, measure.NoInventoryError) as error:
        raise output.CouldNotRunError(str(error)) from error
    return State(knowledge, reviews, inventories, reports)


def _git(data: Path, *words: str) -> bytes:
    """Run git in the folder of the data.

    Raises:
        CouldNotRunError: when git cannot do it; says what git said.
    """
    try:
        done = subprocess.run(["git", "-C", str(data), *words], capture_output=True, check=False)
    except OSError as error:
        raise output.CouldNotRunError(f"git cannot be run: {error.strerror}") from error
    if done.returncode != 0:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no reason given"]
        raise output.CouldNotRunError(f"git {words[0]}: {lines[-1]}")
    return done.stdout


def _commit(data: Path, name: str) -> str:
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    try:
        return _git(data, *words).decode().strip()
    except output.CouldNotRunError as error:
        _git(data, "rev-parse", "--git-dir")  # no repository at all is told first
        raise output.CouldNotRunError(f"{name!r} is no commit of this repository") from error


def _left_main(data: Path) -> str:
    """Where the branch at hand left the main branch; its own commit where there is none."""
    head = _commit(data, "HEAD")
    for name in MAIN:
        try:
            return _git(data, "merge-base", head, _commit(data, name)).decode().strip()
        except output.CouldNotRunError:
            continue
    return head


def _unpacked(data: Path, commit: str, folder: Path) -> Path:
    """Put the data folder of a commit beside, and give its place."""
    prefix = _git(data, "rev-parse", "--show-prefix").decode().strip()
    top = _git(data, "rev-parse", "--show-toplevel").decode().strip()
    content = _git(Path(top), "archive", "--format=tar", commit, "--", prefix or ".")
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        archive.extractall(folder, filter="data")
    found = folder / prefix
    if not (found / "kernels.yaml").is_file():
        raise output.CouldNotRunError(f"{commit[:12]} has no {prefix}kernels.yaml to compare with")
    return found
