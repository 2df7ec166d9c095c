"""All sites of the IPI APIs in a kernel tree. Knows nothing of entries or verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import NamedTuple, Protocol

from lostipi.kernel.at_once import in_two
from lostipi.kernel.csd import Carrier
from lostipi.kernel.csd_elsewhere import MARKS, CsdsElsewhere
from lostipi.kernel.manywords import holder_of, word_pattern
from lostipi.kernel.occurrences import (
    C_SUFFIXES,
    Occurrence,
    occurrences_in_text,
    read_file,
    ways_of,
)
from lostipi.kernel.packed import Sought
from lostipi.kernel.search import may_hold
from lostipi.kernel.shape import ApiShape, Gate, GateOf, ScanProblem, Site
from lostipi.kernel.sites import SiteReader
from lostipi.kernel.tree import listing_of

OUT_OF_SCOPE = ("Documentation/", "samples/", "scripts/", "tools/")
"""Top folders whose code is in no kernel image or module that is shipped."""

LARGEST = 2 << 20
"""Bytes of the largest file read. The largest C file that names an API has about 0.3 MiB."""

_MOST = 1000
"""Occurrences listed of a file larger than that."""


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


def sought(shapes: Iterable[ApiShape]) -> Sought:
    """Give what a scan for some APIs searches a tree for."""
    shapes = list(shapes)
    # What a csd runs may be said in the files beside a call.
    csds = sorted({shape.name for shape in shapes if shape.csd is not None})
    names = _anchors(sorted({shape.name for shape in shapes}))
    return Sought(tuple(names), tuple(csds), MARKS, in_scope)


def scan(
    tree: SourceTree,
    shapes: Sequence[ApiShape],
    gate: GateOf,
    progress: Callable[[int, int], None] | None = None,
    besides: Callable[[], object] | None = None,
) -> ScanResult:
    """Find all sites in a kernel tree.

    Args:
        tree: The kernel.
        shapes: The APIs, each in every shape it has in that kernel.
        gate: Gives what must be on for a file to be compiled.
        progress: Called with the number of files done or begun and of all that may name an API.
        besides: What the gate will need and can be got while files are read.

    Returns:
        Sites, occurrences and problems. A file that cannot be read is a problem; so is every
        occurrence that could not be understood.
    """
    reader = _FilesReader(tree, shapes)
    files = may_hold(tree, [*reader.anchors, *MARKS], in_scope)
    result = ScanResult()
    open_csds: list[tuple[int, Carrier]] = []
    with_csds: list[str] = []
    for part in in_two(reader.read, files, besides, progress):
        before = len(result.sites)
        open_csds += ((before + number, carrier) for number, carrier in part.open_csds)
        result.sites += part.sites
        result.occurrences += part.occurrences
        result.problems += part.problems
        with_csds += part.with_csds
    result.problems += [
        ScanProblem(folder, 0, f"cannot be looked into: {why}; what lies below is not known")
        for folder, why in listing_of(tree).unreadable.items()
        if in_scope(f"{folder}/")
    ]
    elsewhere = CsdsElsewhere(tree, tree.read, sorted(with_csds))
    gates: dict[str, Gate] = {}

    def find_gates() -> None:
        gates.update((site.file, gate(site.file)) for site in result.sites)

    def resolved(asked: Sequence[tuple[int, Carrier]]) -> list[tuple[int, Site]]:
        places = [place for place, _ in asked]
        sites = elsewhere.resolved([(result.sites[place], carrier) for place, carrier in asked])
        return list(zip(places, sites, strict=True))

    for told in in_two(resolved, open_csds, find_gates, fewest=2):
        for place, site in told:
            result.sites[place] = site
    if not gates:
        find_gates()
    result.sites = [_gated(site, gates[site.file]) for site in result.sites]
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


class _Part(NamedTuple):
    """What some files of a tree hold."""

    sites: list[Site]
    """Without gates."""
    occurrences: list[Occurrence]
    problems: list[ScanProblem]
    open_csds: list[tuple[int, Carrier]]
    """Which sites, by their number, have a csd that another file may tell the func of."""
    with_csds: list[str]
    """The files that may tell."""


class _FilesReader:
    """Reads the files of a tree for the APIs of some shapes."""

    def __init__(self, tree: SourceTree, shapes: Sequence[ApiShape]) -> None:
        self.tree = tree
        self.by_name = {
            name: tuple(group)
            for name, group in groupby(sorted(shapes, key=lambda shape: shape.name), _name)
        }
        self.anchors = _anchors(self.by_name)
        self.named, self.marked = holder_of(self.anchors), holder_of(MARKS)
        self.asked = holder_of([*self.anchors, *MARKS])
        self.pattern = word_pattern(self.by_name)
        self.ways = ways_of(shapes)
        # What a csd calls may be set anywhere in the file.
        self.whole = frozenset(shape.name for shape in shapes if shape.csd is not None)

    def read(self, paths: Sequence[str]) -> _Part:
        part = _Part([], [], [], [], [])
        for path in paths:
            try:
                data = self.tree.read(path)
            except OSError as error:
                message = f"cannot be read: {error.strerror or error}"
                part.problems.append(ScanProblem(path, 0, message))
                continue
            self._read_file(path, data, part)
        return part

    def _read_file(self, path: str, data: bytes, part: _Part) -> None:
        if not self.asked(data):
            return
        if self.marked(data):
            part.with_csds.append(path)
        if not self.named(data):
            return
        if not path.endswith(C_SUFFIXES):
            part.occurrences.extend(occurrences_in_text(path, data, self.pattern))
            return
        if len(data) > LARGEST:
            part.occurrences.extend(_unread(path, data, self.by_name))
            return
        if b"\0" in data:
            message = "is no text; how the names in it are classed means little"
            part.problems.append(ScanProblem(path, 0, message))
        reading = read_file(path, data, self.pattern, self.ways, self.whole)
        part.occurrences.extend(reading.occurrences)
        if reading.calls:
            reader = SiteReader(path, reading, self.by_name, _NO_GATE)
            before = len(part.sites)
            part.sites.extend(reader.sites())
            part.open_csds.extend((before + n, carrier) for n, carrier in reader.open_csds)
            part.problems.extend(reader.problems)


_NO_GATE = Gate((), "no", "not asked yet")


def _gated(site: Site, gate: Gate) -> Site:
    return replace(
        site,
        kconfig=gate.kconfig,
        as_builtin=gate.as_builtin,
        x86=gate.x86,
        x86_reason=gate.x86_reason,
    )


def _name(shape: ApiShape) -> str:
    return shape.name


def _anchors(names: Sequence[str] | dict[str, tuple[ApiShape, ...]]) -> list[str]:
    """Give the names that contain no other name: a file without any of them has none at all."""
    return [name for name in names if not any(o != name and o in name for o in names)]


def _unread(path: str, data: bytes, names: dict[str, tuple[ApiShape, ...]]) -> Iterator[Occurrence]:
    """Report the occurrences in a file too large to be read as C."""
    why = f"in a file of more than {LARGEST >> 20} MiB"
    for number, item in enumerate(occurrences_in_text(path, data, word_pattern(names)), 1):
        if number == _MOST:
            why += "; what comes after it there is not listed"
        elif number > _MOST:
            break
        yield Occurrence(item.file, item.line, item.column, item.name, "unparsed", why)
