"""Where entries meet kernels: read inventories, and hold the entries against them and trees.

What reads C is imported by what needs a tree; the site, for one, is made of inventories alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from lostipi.coverage import Report, cover, drift, follow
from lostipi.kernel.inventory import Inventory, InventoryError, Name, read_inventory
from lostipi.kernel.shape import Site
from lostipi.load import Knowledge
from lostipi.review import Review
from lostipi.scanning import nearest_older, scan_tree, tracked_line

if TYPE_CHECKING:
    from lostipi.kernel.scan import ScanResult
    from lostipi.kernel.tree import Tree

Reviews = Mapping[str, Sequence[Review]]

Cited = tuple[str, str]
"""A file and a symbol in it."""


class NoInventoryError(ValueError):
    """A tracked kernel has no committed inventory."""


def inventory_path(data: Path, kernel: str) -> Path:
    """Where the inventory of a kernel is committed."""
    return data / "inventory" / f"{kernel}.jsonl"


def names_path(data: Path, kernel: str) -> Path:
    """Where the cited names of a kernel are committed."""
    return data / "inventory" / f"{kernel}.names.jsonl"


def words_path(data: Path, kernel: str) -> Path:
    """Where the words that entries take from a kernel are committed."""
    return data / "inventory" / f"{kernel}.words.txt"


def committed(knowledge: Knowledge, kernel: str) -> Inventory:
    """Read the committed inventory of a kernel.

    Raises:
        NoInventoryError: when there is none, a line of it is not as it was generated, or it is of
            another release than kernels.yaml says.
    """
    path = inventory_path(knowledge.root, kernel)
    make = f"`lostipi scan TREE --update {kernel}` makes it"
    if not path.is_file():
        raise NoInventoryError(f"{path}: {kernel} has no inventory; {make}")
    try:
        inventory = read_inventory(path)
    except InventoryError as error:
        raise NoInventoryError(f"{error}; {make}") from error
    recorded = next(k for k in knowledge.kernels.kernels if k.name == kernel)
    wanted = (kernel, recorded.release, recorded.source.version)
    got = (inventory.kernel, inventory.release, inventory.package_version)
    if got != wanted:
        raise NoInventoryError(
            f"{path}:1: must be the inventory of {' '.join(wanted)}, as kernels.yaml says "
            f"(got {' '.join(map(str, got))}); {make}"
        )
    return inventory


def inventory_of(kernel: str, release: str, package_version: str, result: ScanResult) -> Inventory:
    """Make the inventory of a kernel from a scan of its tree."""
    kinds: Counter[str] = Counter(item.kind for item in result.occurrences)
    return Inventory(kernel, release, package_version, tuple(result.sites), kinds)


def cover_kernel(knowledge: Knowledge, reviews: Reviews, inventory: Inventory) -> Report:
    """Hold the entries against one committed inventory."""
    return _cover(knowledge, reviews, inventory.kernel, inventory.release, inventory.sites)


def _cover(
    knowledge: Knowledge, reviews: Reviews, kernel: str, release: str, sites: Iterable[Site]
) -> Report:
    return cover(
        {identifier: loaded.entry for identifier, loaded in knowledge.callers.items()},
        {name: loaded.entry for name, loaded in knowledge.apis.items()},
        reviews,
        kernel,
        release,
        sites,
    )


@dataclass(frozen=True)
class Measured:
    """The coverage of a tree, and what the scan could not read."""

    report: Report
    problems: tuple[str, ...]


def cover_tree(
    knowledge: Knowledge,
    reviews: Reviews,
    tree: Tree,
    against: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Measured:
    """Hold the entries against a tree.

    A tree of a tracked line is compared with that line's inventory too: of the same release it
    must be identical, of another its differences are drift. A tree of no tracked line is held
    against the entries and reviews of the nearest older kernel, or of `against`; sites that only
    moved to another file or function count as covered.

    Raises:
        NoInventoryError: when the kernel compared with has no inventory.
    """
    from lostipi.kernel.fetch import package_version

    line = tracked_line(tree.release)
    tracked = line in knowledge.kernels.names and against in (None, line)
    kernel = line if tracked else against or nearest_older(knowledge.kernels.names, tree.release)
    if kernel is None:
        raise NoInventoryError("no kernel is tracked")
    inventory = committed(knowledge, kernel)
    result = scan_tree(knowledge, tree, kernel, progress)
    problems = tuple(map(str, result.problems))
    if not tracked:
        sites = follow(inventory.sites, result.sites)
        report = _cover(knowledge, reviews, kernel, tree.release, sites)
        return Measured(replace(report, kernel=line, compared_with=kernel), problems)
    version = package_version(tree.path)
    same = tree.release == inventory.release and version in (None, inventory.package_version)
    report = _cover(knowledge, reviews, kernel, tree.release, result.sites)
    differences = drift(inventory.sites, result.sites)
    return Measured(replace(report, drift=differences, same_release=same), problems)


def names_of_drafts(knowledge: Knowledge, kernel: str, sites: Iterable[Site]) -> set[Cited]:
    """The callers and funcs of sites without an entry, which the draft of one cites."""
    report = _cover(knowledge, {}, kernel, "", sites := tuple(sites))
    missing = {(item.file, item.line) for item in report.missing}
    found: set[Cited] = set()
    for site in sites:
        if (site.file, site.line) in missing:
            if site.function is not None:
                found.add((site.file, site.function))
            if site.func is not None and site.fingerprints.func is not None:
                found.add((site.file, site.func))
    return found


def resolve_names(tree: Tree, cited: Iterable[Cited]) -> tuple[list[Name], list[Cited]]:
    """Find cited symbols in a tree.

    Args:
        tree: the kernel.
        cited: pairs of file and symbol.

    Returns:
        What was found, and what the tree does not have.
    """
    from lostipi.kernel.symbols import find_symbol

    found: list[Name] = []
    missing: list[Cited] = []
    for path, symbol in sorted(set(cited)):
        try:
            text = tree.read(path).decode("utf-8", "replace")
        except OSError:
            missing.append((path, symbol))
            continue
        here = find_symbol(text, path, symbol)
        if here is None:
            missing.append((path, symbol))
            continue
        found.append(Name(path, symbol, here.kind, here.line, here.end_line, here.fingerprint))
    return found, missing
