"""Gathers what the site is made from: entries, inventories, coverage, reviews. I/O only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from lostipi import measure
from lostipi.benchmark import read_benchmark
from lostipi.compare import compare
from lostipi.kernel.inventory import read_names
from lostipi.kernel.shape import Site
from lostipi.lint import RULES
from lostipi.load import Knowledge, load
from lostipi.publish.files import files
from lostipi.render.book import Book, Change, Record, SiteKey
from lostipi.replay import read_replay
from lostipi.review import read_reviews, told


class NotSoundError(ValueError):
    """The data has problems, so that pages would silently be missing."""


@cache
def gather(data: Path) -> Book:
    """Read all that pages are made from, once per data directory.

    Args:
        data: the data directory, absolute.

    Raises:
        NotSoundError: when an entry cannot be read; names every problem.
    """
    knowledge = load(data)
    if knowledge.problems:
        lines = "\n".join(str(problem) for problem in knowledge.problems)
        raise NotSoundError(f"run `lostipi lint`; the data has problems:\n{lines}")
    return make_book(data, knowledge)


@cache
def published(data: Path) -> dict[str, bytes]:
    """The files for other programs by path, once per data directory."""
    return files(gather(data))


def forget() -> None:
    """Forget what was read, so that a live server shows edits."""
    gather.cache_clear()
    published.cache_clear()


def make_book(data: Path, knowledge: Knowledge) -> Book:
    """Put entries beside inventories, coverage and reviews."""
    reviews = read_reviews(data)
    inventories: dict[str, tuple[Record, ...]] = {}
    changes: dict[str, dict[SiteKey, Change]] = {}
    before: Sequence[Site] | None = None
    names: dict[str, dict[tuple[str, str], int]] = {}
    coverage: dict[str, Record] = {}
    occurrences: dict[str, Mapping[str, int]] = {}
    for kernel in knowledge.kernels.names:
        if not measure.inventory_path(data, kernel).is_file():
            continue
        inventory = measure.committed(knowledge, kernel)
        inventories[kernel] = tuple(site.to_json() for site in inventory.sites)
        if before is not None:
            changes[kernel] = _changes(before, inventory.sites)
        before = inventory.sites
        if inventory.occurrences:
            occurrences[kernel] = inventory.occurrences
        coverage[kernel] = measure.cover_kernel(knowledge, reviews, inventory).to_json()
        names[kernel] = {
            (name.file, name.symbol): name.line
            for name in read_names(measure.names_path(data, kernel))
        }
    return Book(
        kernels=knowledge.kernels,
        apis={key: loaded.entry for key, loaded in knowledge.apis.items()},
        callers={key: loaded.entry for key, loaded in knowledge.callers.items()},
        preconditions={key: loaded.entry for key, loaded in knowledge.preconditions.items()},
        detectors={key: loaded.entry for key, loaded in knowledge.detectors.items()},
        seed=knowledge.seed,
        paths={
            f"{folder}/{key}": loaded.path.as_posix()
            for folder, entries in (
                ("apis", knowledge.apis),
                ("callsites", knowledge.callers),
                ("preconditions", knowledge.preconditions),
                ("detectors", knowledge.detectors),
            )
            for key, loaded in entries.items()
        },
        inventories=inventories,
        names=names,
        coverage=coverage,
        changes=changes,
        reviewed={key: told(found) for key, found in reviews.items() if found},
        waivers=knowledge.waivers,
        first=knowledge.first_file.entry.entries if knowledge.first_file else (),
        notices=knowledge.changes_file.entry.changes if knowledge.changes_file else (),
        removed={
            one.entry: one
            for one in (knowledge.removed_file.entry.entries if knowledge.removed_file else ())
        },
        terms=knowledge.glossary_file.entry.terms if knowledge.glossary_file else (),
        occurrences=occurrences,
        benchmark=read_benchmark(data),
        replay=read_replay(data),
        rules=tuple((rule.code, rule.title, rule.why, rule.right) for rule in RULES),
    )


def _changes(old: Sequence[Site], new: Sequence[Site]) -> dict[SiteKey, Change]:
    """What became of each site of the newer kernel."""
    found: dict[SiteKey, Change] = {}
    for pair in compare(old, new):
        if pair.new is not None:
            key = (pair.new.file, pair.new.line, pair.new.api, pair.new.func)
            was = pair.old
            found[key] = (
                Change(pair.status)
                if was is None
                else Change(pair.status, pair.layers, was.file, was.function)
            )
    return found
