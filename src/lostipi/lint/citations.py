"""Rules on citations: every place of kernel source that an entry names is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from lostipi import guide
from lostipi.kernel.inventory import InventoryError, Name, read_inventory, read_names
from lostipi.lint.rule import Found
from lostipi.load.knowledge import Knowledge, Loaded
from lostipi.model.base import CITATION, Evidence

if TYPE_CHECKING:
    from lostipi.kernel.tree import Tree


class Cited(NamedTuple):
    """One citation in one entry or in a page of the guide."""

    loaded: Loaded[Any] | str
    """The entry, or the name of the page."""
    loc: tuple[str | int, ...]
    path: str
    symbol: str
    plus: int
    kernel: str


class Lines(Protocol):
    """Where a symbol stands in a file of a kernel."""

    @property
    def line(self) -> int:
        """Its first line."""

    @property
    def end_line(self) -> int:
        """Its last line."""


Names = Mapping[tuple[str, str], Name]
"""The cited names of a kernel, by file and symbol."""


def citations(knowledge: Knowledge) -> Iterator[Cited]:
    """Every citation of every entry, of seed.yaml and of the guide's hand-written pages."""
    top = knowledge.root.parent
    for page in guide.citations(top / "docs"):
        path, symbol, plus, kernel = page.at.parts
        name = page.path.relative_to(top).as_posix()
        yield Cited(name, (page.line,), path, symbol, plus, kernel)
    for api in knowledge.apis.values():
        for index, definition in enumerate(api.entry.definitions):
            for number, place in enumerate(definition.implementations):
                path, _, symbol = place.partition(":")
                inside = ("definitions", index, "implementations", number)
                for kernel in definition.kernels:
                    yield Cited(api, inside, path, symbol, 0, kernel)
    for loaded, loc, evidence in _evidence(knowledge):
        for index, one in enumerate(evidence):
            match = CITATION.match(one.at) if one.at else None
            if match:
                plus = int(match["plus"] or 0)
                at = (*loc, index, "at")
                yield Cited(loaded, at, match["path"], match["symbol"], plus, match["kernel"])


def _evidence(
    knowledge: Knowledge,
) -> Iterator[tuple[Loaded[Any], tuple[str | int, ...], Sequence[Evidence]]]:
    for caller in knowledge.callers.values():
        for index, assessment in enumerate(caller.entry.assessments):
            yield caller, ("assessments", index, "evidence"), assessment.evidence
    for api in knowledge.apis.values():
        yield api, ("evidence",), api.entry.evidence
    for precondition in knowledge.preconditions.values():
        yield precondition, ("evidence",), precondition.entry.evidence
    for detector in knowledge.detectors.values():
        yield detector, ("evidence",), detector.entry.evidence
    if knowledge.seed_file:
        for index, row in enumerate(knowledge.seed.rows):
            if row.answer:
                yield (
                    knowledge.seed_file,
                    ("rows", index, "answer", "evidence"),
                    row.answer.evidence,
                )


def names_file(knowledge: Knowledge, kernel: str) -> Path:
    """The file of the cited names of a kernel."""
    return knowledge.root / "inventory" / f"{kernel}.names.jsonl"


@lru_cache(maxsize=16)
def _recorded(path: Path, _content: bytes) -> Names:
    # Several rules ask for the same names in one run; the content is part of the key.
    return {(name.file, name.symbol): name for name in read_names(path)}


def _names(knowledge: Knowledge, kernel: str) -> Names | None:
    """The names of a kernel; None when there is no good record, which another rule tells."""
    path = names_file(knowledge, kernel)
    try:
        return _recorded(path, path.read_bytes())
    except (OSError, InventoryError):
        return None


def citation_is_of_a_tracked_kernel(knowledge: Knowledge) -> Iterator[Found]:
    """Only the source of tracked kernels is at hand to look a citation up.

    Right: `at: kernel/smp.c:csd_lock@v6.12` with v6.12 in kernels.yaml.
    """
    tracked = knowledge.kernels.names
    for cited in citations(knowledge):
        if tracked and cited.kernel not in tracked:
            message = (
                f"must cite a tracked kernel, one of {', '.join(tracked)} (got {cited.kernel})"
            )
            yield Found(cited.loaded, message, cited.loc)


def cited_names_are_recorded(knowledge: Knowledge) -> Iterator[Found]:
    """Without the record of a kernel's names, its citations cannot be checked without its source.

    Right: `data/inventory/v6.12.names.jsonl`, written by `lostipi scan TREE --update v6.12`.
    """
    cited = {one.kernel for one in citations(knowledge)}
    for kernel in knowledge.kernels.names:
        path = names_file(knowledge, kernel)
        name = path.relative_to(knowledge.root.parent).as_posix()
        make = f"`lostipi scan TREE --update {kernel}` writes it"
        try:
            _recorded(path, path.read_bytes())
        except FileNotFoundError:
            if kernel in cited:
                yield Found(name, f"must exist, because entries cite {kernel}; {make}")
        except OSError as error:
            yield Found(name, f"cannot be read ({error.strerror}); {make}")
        except InventoryError as error:
            line, _, message = str(error).removeprefix(f"{path}:").partition(": ")
            yield Found(name, f"{message}; {make}", (int(line),))


def citation_resolves(knowledge: Knowledge) -> Iterator[Found]:
    """Evidence that is not where it is said to be convinces nobody.

    Right: the symbol is defined in that file of that kernel, and `+N` stays within its lines.
    """
    by_kernel = {kernel: _names(knowledge, kernel) for kernel in knowledge.kernels.names}
    for cited in citations(knowledge):
        names = by_kernel.get(cited.kernel)
        if names is not None:
            name = names.get((cited.path, cited.symbol))
            message = _unresolved(cited, name) if name else _unrecorded(cited, names)
            if message:
                yield Found(cited.loaded, message, cited.loc)


def _unresolved(cited: Cited, lines: Lines | None) -> str | None:
    """What is wrong with a citation, given where its file defines its symbol; None if nothing."""
    if lines is None:
        return f"`{cited.symbol}` is not defined in {cited.path} of {cited.kernel}"
    below = lines.end_line - lines.line
    if cited.plus > below:
        name = f"`{cited.symbol}` ends {below} lines below its first"
        return f"{name} in {cited.kernel} (got +{cited.plus})"
    return None


def _unrecorded(cited: Cited, names: Names) -> str:
    message = f"`{cited.symbol}` of {cited.path} is not recorded for {cited.kernel}"
    others = sorted(path for path, symbol in names if symbol == cited.symbol)
    if others:
        return f"{message}; it is in {', '.join(others)}"
    make = f"`lostipi scan TREE --update {cited.kernel} --names-only`"
    return f"{message}; {make} records it if it is there"


def recorded_name_is_cited(knowledge: Knowledge) -> Iterator[Found]:
    """A recorded name that nothing cites shows that an entry changed and the record did not.

    Right: `lostipi scan TREE --update v6.12` after citations were removed. The callers and funcs of
    sites without an entry are recorded too, for the draft of one.
    """
    if knowledge.problems:
        return  # an entry that could not be read may be the one that cites it
    cited = {(one.kernel, one.path, one.symbol) for one in citations(knowledge)}
    for kernel in knowledge.kernels.names:
        path = names_file(knowledge, kernel)
        of_sites: frozenset[tuple[str, str]] | None = None
        for place, (file, symbol) in enumerate(_names(knowledge, kernel) or ()):
            if (kernel, file, symbol) not in cited:
                if of_sites is None:
                    of_sites = _of_sites(knowledge.root / "inventory" / f"{kernel}.jsonl")
                if (file, symbol) in of_sites:
                    continue
                name = path.relative_to(knowledge.root.parent).as_posix()
                message = f"nothing cites `{file}:{symbol}@{kernel}`"
                make = f"`lostipi scan TREE --update {kernel} --names-only` drops it"
                yield Found(name, f"{message}; {make}", (place + 1,))


def _of_sites(path: Path) -> frozenset[tuple[str, str]]:
    """The callers and funcs of a kernel's sites, each with the file of the site."""
    try:
        sites = read_inventory(path).sites
    except (OSError, InventoryError):
        return frozenset()  # which coverage tells
    return frozenset((s.file, name) for s in sites for name in (s.function, s.func) if name)


def citation_resolves_at_the_source(
    knowledge: Knowledge, trees: Sequence[Tree] = ()
) -> Iterator[Found]:
    """The record of names is generated; now and then it is held against the source itself.

    Right: with `lint --tree TREE`, every citation of that tree's release line is found in it.
    """
    if not trees:
        return
    # Reading C is needed with trees only, and lint runs on every save.
    from lostipi.kernel.symbols import find_symbol

    by_kernel: dict[str, Tree] = {}
    for tree in trees:
        kernel = "v" + ".".join(tree.release.split("-")[0].split(".")[:2])
        if kernel not in knowledge.kernels.names:
            tracked = ", ".join(knowledge.kernels.names)
            message = f"must be a tree of {tracked} (got release {tree.release})"
            yield Found(tree.path.as_posix(), message)
        by_kernel[kernel] = tree
    # By file, so that each is read once.
    for cited in sorted(citations(knowledge), key=lambda one: (one.kernel, one.path, one.symbol)):
        tree_of = by_kernel.get(cited.kernel)
        if tree_of is None:
            continue
        if not tree_of.exists(cited.path):
            message = f"{cited.path} does not exist in {tree_of.release}"
            yield Found(cited.loaded, message, cited.loc)
            continue
        text = tree_of.read(cited.path).decode("utf-8", "replace")
        unresolved = _unresolved(cited, find_symbol(text, cited.path, cited.symbol))
        if unresolved:
            message = f"{unresolved}, by the source of {tree_of.release}"
            yield Found(cited.loaded, message, cited.loc)
