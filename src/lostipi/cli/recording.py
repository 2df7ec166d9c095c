"""Rewrites what is recorded of a tracked kernel: its inventory, cited names and words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lostipi import measure, scanning
from lostipi.cli import output
from lostipi.kernel.fetch import package_version
from lostipi.kernel.inventory import (
    InventoryError,
    inventory_text,
    names_text,
    words_text,
)
from lostipi.kernel.scan import ScanResult
from lostipi.kernel.shape import Site
from lostipi.kernel.tree import Tree
from lostipi.kernel.words import find_words
from lostipi.lint.citations import citations
from lostipi.lint.rule import Found
from lostipi.lint.words import folders, words
from lostipi.load import Knowledge, load
from lostipi.writing import replace


def _sites(knowledge: Knowledge, kernel: str, result: ScanResult | None) -> Sequence[Site]:
    """The sites that a scan found, else those of the inventory, which may not be there yet."""
    if result is not None:
        return result.sites
    try:
        return measure.committed(knowledge, kernel).sites
    except measure.NoInventoryError:
        return ()
    except InventoryError as error:
        raise output.CouldNotRunError(f"{error}. Nothing was written") from error


def check_readable(knowledge: Knowledge) -> None:
    """Refuse a base that cannot be read whole: what it cites would be dropped.

    Raises:
        CouldNotRunError: when a file of it has a problem.
    """
    if knowledge.problems:
        raise output.CouldNotRunError(
            f"{knowledge.problems[0].path} cannot be read, and what it names would be dropped; "
            "`lostipi lint` says what is wrong. Nothing was written"
        )


def record(data: Path, tree: Tree, kernel: str, result: ScanResult | None) -> int:
    """Write a kernel's names and words and, given a scan, its inventory.

    Returns:
        How many citations have no place.
    """
    with output.editing(data):
        # Entries may have been edited while the tree was scanned; what they cite now counts.
        knowledge = load(data)
        check_readable(knowledge)
        return _written(knowledge, tree, kernel, result)


def _written(knowledge: Knowledge, tree: Tree, kernel: str, result: ScanResult | None) -> int:
    line = scanning.tracked_line(tree.release)
    if line != kernel:
        raise output.CouldNotRunError(
            f"{tree.path} is {tree.release}, not a release of {kernel}; nothing was written"
        )
    recorded = next(k for k in knowledge.kernels.kernels if k.name == kernel)
    version = package_version(tree.path)
    if tree.release != recorded.release or version not in (None, recorded.source.version):
        raise output.CouldNotRunError(
            f"{tree.path} is {tree.release} ({version or 'of no package'}), but kernels.yaml "
            f"records {recorded.release} ({recorded.source.version}); change kernels.yaml first. "
            "Nothing was written"
        )
    cited = [c for c in citations(knowledge) if c.kernel == kernel]
    names, unresolved = measure.resolve_names(tree, {(c.path, c.symbol) for c in cited})
    without = measure.names_of_drafts(knowledge, kernel, _sites(knowledge, kernel, result))
    names += measure.resolve_names(tree, without)[0]
    try:
        known = find_words(tree, words(knowledge), folders(knowledge))
    except OSError as error:
        raise output.CouldNotRunError(
            f"{error.filename}: {error.strerror}; nothing was written"
        ) from error
    texts = {
        measure.names_path(knowledge.root, kernel): names_text(names),
        measure.words_path(knowledge.root, kernel): words_text(known),
    }
    if result is not None:
        inventory = measure.inventory_of(kernel, tree.release, recorded.source.version, result)
        texts[measure.inventory_path(knowledge.root, kernel)] = inventory_text(inventory)
    replace(texts)
    for citation in cited:
        if (citation.path, citation.symbol) in unresolved:
            message = f"`{citation.symbol}` is not defined in {citation.path} of {kernel}"
            found = Found(citation.loaded, message, citation.loc)
            output.summary(str(found.problem("citation-unresolved")))
    also = "" if result is None else "inventory, "
    output.summary(
        f"{kernel}: {also}{output.plural(len(names), 'cited name')} and "
        f"{output.plural(len(known), 'word')} written"
    )
    return len(unresolved)
