"""All sites of the IPI APIs in a kernel tree. Knows nothing of entries or verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Protocol

from lostipi.kernel.csd import Carrier
from lostipi.kernel.csd_elsewhere import CsdsElsewhere
from lostipi.kernel.ctokens import without_splices
from lostipi.kernel.occurrences import (
    C_SUFFIXES,
    Occurrence,
    occurrences_in_text,
    read_file,
    ways_of,
    word_pattern,
)
from lostipi.kernel.search import may_hold
from lostipi.kernel.shape import ApiShape, GateOf, ScanProblem, Site
from lostipi.kernel.sites import SiteReader
from lostipi.kernel.tree import listing_of

OUT_OF_SCOPE = ("Documentation/", "samples/", "scripts/", "tools/")
"""Top folders whose code is in no kernel image or module that is shipped."""

LARGEST = 2 << 20
"""Bytes of the largest file read. The largest C file that names an API has about 0.3 MiB."""


class SourceTree(Protocol):
    """What the scanner needs of a kernel tree."""

    @property
    def path(self) -> Path:
        """Where it is."""

    @property
    def release(self) -> str:
        """The kernel's release."""

    def files(self) -> Sequence[str]:
        """The sorted relative paths of its files."""

    def read(self, path: str) -> bytes:
        """The content of one of them."""


@dataclass(slots=True)
class ScanResult:
    """What a scan found."""

    sites: list[Site] = field(default_factory=list)
    """Sorted by file and line."""
    occurrences: list[Occurrence] = field(default_factory=list)
    """Every occurrence of a name, sorted, calls included."""
    problems: list[ScanProblem] = field(default_factory=list)
    """What could not be read or understood, sorted."""


def in_scope(path: str) -> bool:
    """Tell whether a file belongs to what an x86 kernel may be built of.

    All but other architectures' ``arch/``, ``tools/``, ``Documentation/``, ``scripts/`` and
    ``samples/``.
    """
    if path.startswith("arch/"):
        return path.startswith("arch/x86/") or path.count("/") == 1
    return not path.startswith(OUT_OF_SCOPE)


def scan(
    tree: SourceTree,
    shapes: Sequence[ApiShape],
    gate: GateOf,
    progress: Callable[[int, int], None] | None = None,
) -> ScanResult:
    """Find all sites in a kernel tree.

    Args:
        tree: The kernel.
        shapes: The APIs, each in every shape it has in that kernel.
        gate: Gives what must be on for a file to be compiled.
        progress: Called with the number of files done and of all files.

    Returns:
        Sites, occurrences and problems. A file that cannot be read is a problem; so is every
        occurrence that could not be understood.
    """
    by_name = {
        name: tuple(group)
        for name, group in groupby(sorted(shapes, key=lambda shape: shape.name), _name)
    }
    pattern = word_pattern(by_name)
    ways = ways_of(shapes)
    # What a csd calls may be set anywhere in the file.
    whole = frozenset(shape.name for shape in shapes if shape.csd is not None)
    anchors = _anchors(by_name)
    result = ScanResult()
    open_csds: list[tuple[int, Carrier]] = []
    files = may_hold(tree, [anchor.decode() for anchor in anchors], in_scope)
    for number, path in enumerate(files):
        if progress is not None:
            progress(number, len(files))
        try:
            data = tree.read(path)
        except OSError as error:
            message = f"cannot be read: {error.strerror or error}"
            result.problems.append(ScanProblem(path, 0, message))
            continue
        # A splice may stand within a name.
        joined = without_splices(data)
        if not any(anchor in joined for anchor in anchors):
            continue
        if not path.endswith(C_SUFFIXES):
            result.occurrences += occurrences_in_text(path, data, pattern)
            continue
        if len(data) > LARGEST:
            result.occurrences += _unread(path, data, by_name)
            continue
        reading = read_file(path, data, pattern, ways, whole)
        result.occurrences += reading.occurrences
        if reading.calls:
            reader = SiteReader(path, reading, by_name, gate(path))
            before = len(result.sites)
            result.sites += reader.sites()
            open_csds += ((before + number, carrier) for number, carrier in reader.open_csds)
            result.problems += reader.problems
    result.problems += [
        ScanProblem(folder, 0, f"cannot be looked into: {why}; what lies below is not known")
        for folder, why in listing_of(tree).unreadable.items()
        if in_scope(f"{folder}/")
    ]
    elsewhere = CsdsElsewhere(tree, in_scope, tree.read)
    for place, carrier in open_csds:
        result.sites[place] = elsewhere.resolved(result.sites[place], carrier)
    if progress is not None:
        progress(len(files), len(files))
    result.problems += [
        ScanProblem(item.file, item.line, f"{item.name} could not be classed: {item.why}")
        for item in result.occurrences
        if item.kind == "unparsed"
    ]
    result.sites.sort(key=lambda site: (site.file, site.line, site.end_line))
    result.occurrences.sort()
    result.problems.sort()
    return result


def _name(shape: ApiShape) -> str:
    return shape.name


def _anchors(names: Sequence[str] | dict[str, tuple[ApiShape, ...]]) -> list[bytes]:
    """Give the names that contain no other name: a file without any of them has none at all."""
    shortest = [name for name in names if not any(o != name and o in name for o in names)]
    return [name.encode() for name in shortest]


def _unread(path: str, data: bytes, names: dict[str, tuple[ApiShape, ...]]) -> Iterator[Occurrence]:
    """Report the occurrences in a file too large to be read as C."""
    for item in occurrences_in_text(path, data, word_pattern(names)):
        why = f"in a file of more than {LARGEST >> 20} MiB"
        yield Occurrence(item.file, item.line, item.column, item.name, "unparsed", why)
