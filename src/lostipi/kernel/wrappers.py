"""Who decides behind wrappers: callers of what leaves the wait, the func or the CPU to them.

A wrapper is a function or macro that hands its own parameter to an API, or that has one statement,
a call of an API. It is followed to its callers through as many levels as there are.
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple, TypeAlias

from lostipi.kernel.ctokens import WORD, Source
from lostipi.kernel.inclusion import Inclusions, inclusions
from lostipi.kernel.listing import Listing
from lostipi.kernel.macro_flags import MacroFlags
from lostipi.kernel.manywords import word_pattern
from lostipi.kernel.naming import address_of, is_static
from lostipi.kernel.occurrences import FoundCall, Occurrence, Reading, read_file
from lostipi.kernel.passing import (
    Passed,
    Passes,
    Roles,
    api_roles,
    is_one_statement,
    passed_on,
)
from lostipi.kernel.scan import LARGEST, SourceTree, in_scope
from lostipi.kernel.search import may_hold
from lostipi.kernel.shape import ApiShape, ScanProblem, Site, WaitClass

End: TypeAlias = Literal["call", "followed", "address", "unused"]
"""Where one link of a chain leads. ``call``: this caller, or the wrapper itself, decides.
``followed``: the caller is a wrapper in turn, and its callers are listed. ``address``: the wrapper
is put into an ops member or function pointer, or is named by a macro, and cannot be followed by
name. ``unused``: no file in scope names it."""

_C = (".c", ".h")
_BLANKED = bytes(
    c if chr(c).isascii() and (chr(c).isalnum() or c == 95) else 32 for c in range(256)
)
_WITHOUT_SMP = frozenset({"!(defined(CONFIG_SMP))", "!defined(CONFIG_SMP)", "!(CONFIG_SMP)"})


@dataclass(frozen=True, slots=True, order=True)
class Wrapper:
    """A function or macro that leaves something to its callers."""

    name: str
    """Its C name."""
    file: str
    """Where it is defined."""
    line: int
    """The line of the call that it wraps."""
    api: str
    """The API at the end of the chain."""
    passes: Passes
    """What it leaves to its callers."""
    level: int
    """1 when it calls the API itself."""
    calls: str
    """What it calls: the API, or the wrapper of the level below."""


@dataclass(frozen=True, slots=True, order=True)
class Link:
    """One place that calls a wrapper or takes its address."""

    wrapper: Wrapper
    """The wrapper."""
    file: str
    """The place; of a wrapper that nobody names, its own."""
    line: int
    """Its line."""
    function: str | None
    """The function or macro around the place."""
    end: End
    """Where it leads."""
    wait: WaitClass
    """Whether the call waits; ``forwarded`` when that is not decided here."""
    wait_expr: str | None
    """The wait expression, the arguments of this call put in."""
    func: str | None
    """The text of the func argument."""
    place: str | None
    """For an address: what it is put into, or handed to."""

    def to_json(self) -> dict[str, Any]:
        """Give the record of ``scan --wrappers --format json``."""
        wrapper = self.wrapper
        return {
            "wrapper": wrapper.name,
            "file": wrapper.file,
            "line": wrapper.line,
            "api": wrapper.api,
            "calls": wrapper.calls,
            "passes": wrapper.passes,
            "level": wrapper.level,
            "caller": {"file": self.file, "line": self.line, "function": self.function},
            "end": self.end,
            "wait": self.wait,
            "wait_expr": self.wait_expr,
            "func": self.func,
            "address": self.place,
        }


@dataclass(slots=True)
class Chains:
    """All wrappers of a tree and who calls them."""

    links: list[Link]
    """Sorted by wrapper, then by place."""
    problems: list[ScanProblem]
    """Places that name a wrapper and could not be understood."""


class _Open(NamedTuple):
    """A wrapper whose callers are looked for."""

    wrapper: Wrapper
    roles: Roles
    local: bool
    inside: frozenset[tuple[str, str]]


class _Use(NamedTuple):
    """One place that names some wrappers."""

    name: str
    file: str
    reading: Reading
    occurrence: Occurrence
    call: FoundCall | None
    token: int
    own: frozenset[str]


def wrappers(
    tree: SourceTree,
    shapes: Sequence[ApiShape],
    sites: Iterable[Site],
    progress: Callable[[int, int], None] | None = None,
) -> Chains:
    """Find the wrappers of a tree and follow them to their callers.

    Args:
        tree: The kernel.
        shapes: The APIs, each in every shape it has in that kernel.
        sites: The sites of the tree, which tell the files to begin with.
        progress: Called with the number of files read and to be read.
    """
    return _Follower(tree, shapes, progress).follow({site.file for site in sites})


class _Follower:
    """Goes from wrappers to callers, level by level."""

    def __init__(
        self,
        tree: SourceTree,
        shapes: Sequence[ApiShape],
        progress: Callable[[int, int], None] | None,
    ) -> None:
        self.tree = tree
        self.apis: dict[str, list[ApiShape]] = defaultdict(list)
        for shape in shapes:
            self.apis[shape.name].append(shape)
        self.progress = progress
        self.files = [path for path in tree.files() if path.endswith(_C) and in_scope(path)]
        self.inclusions = Inclusions(Listing.of(self.files), self._read)
        self.flags = MacroFlags(self.files, self._read)
        self.links: list[Link] = []
        self.problems: list[ScanProblem] = []
        self.seen: set[tuple[object, ...]] = set()

    def follow(self, files: Iterable[str]) -> Chains:
        opened = [item for path in sorted(files) for item in self._around_apis(path)]
        while opened:
            opened = self._next(opened)
        return Chains(sorted(set(self.links), key=_order), sorted(set(self.problems)))

    def _around_apis(self, path: str) -> Iterator[_Open]:
        """Give the wrappers around the APIs that one file calls."""
        reading = self._reading(path, self.apis)
        for found in reading.calls if reading else ():
            shapes = self.apis[found.api]
            count = len(found.call.arguments)
            shape = next((s for s in shapes if s.params == count), None)
            if reading is None or shape is None or _WITHOUT_SMP & set(found.guards):
                continue
            passed = passed_on(reading.source, found.call, found.function, api_roles(shape))
            opened = self._wrapper(path, reading.source, found, passed, None)
            if opened is not None and self._is_new(opened):
                yield opened

    def _wrapper(
        self, path: str, source: Source, found: FoundCall, passed: Passed, callee: _Open | None
    ) -> _Open | None:
        """Take the caller of an API, or of a wrapper, for a wrapper, if it is one.

        A static function that only chooses the CPU is none: its callers stand beside it. Nor is,
        behind another that only chooses the CPU, a function that does more than that.
        """
        function, passes = found.function, passed.passes
        if function is None or passes is None or self._is_api(function.name, path):
            return None
        local = path.endswith(".c") and is_static(source, function)
        if passes == "target" and (
            local or (callee is not None and not is_one_statement(source, function))
        ):
            return None
        api, level = (
            (found.api, 1) if callee is None else (callee.wrapper.api, callee.wrapper.level + 1)
        )
        line = source.line(found.call.name)
        wrapper = Wrapper(function.name, path, line, api, passes, level, found.api)
        inside = frozenset() if callee is None else callee.inside
        if (function.name, path) in inside:
            return None
        return _Open(wrapper, passed.roles, local, inside | {(function.name, path)})

    def _is_new(self, opened: _Open) -> bool:
        wrapper = opened.wrapper
        key = (wrapper.name, wrapper.file, wrapper.api, wrapper.passes, opened.roles)
        if key in self.seen:
            return False
        self.seen.add(key)
        return True

    def _is_api(self, name: str, path: str) -> bool:
        return any(path in shape.defined_in for shape in self.apis.get(name, ()))

    def _next(self, opened: list[_Open]) -> list[_Open]:
        """Look for those who call some wrappers; give the wrappers among them."""
        found: list[_Open] = []
        by_name: dict[str, list[_Open]] = defaultdict(list)
        for item in opened:
            by_name[item.wrapper.name].append(item)
        used: set[Wrapper] = set()
        for path, names in self._files_with(by_name):
            for use in self._uses(path, names):
                for item in by_name[use.name]:
                    if self._reaches(item, use):
                        used.add(item.wrapper)
                        found += self._link(item, use)
        for item in opened:
            wrapper, roles = item.wrapper, item.roles
            if wrapper not in used:
                self.links.append(
                    Link(
                        wrapper,
                        wrapper.file,
                        wrapper.line,
                        None,
                        "unused",
                        roles.wait,
                        roles.wait_expr,
                        None,
                        None,
                    )
                )
        return found

    def _files_with(self, by_name: Mapping[str, list[_Open]]) -> Iterator[tuple[str, list[str]]]:
        """Give the files that name a wrapper, each with those names; of a static one, its own."""
        near: dict[str, set[str]] = defaultdict(set)
        everywhere: set[bytes] = set()
        for name, items in by_name.items():
            for item in items:
                if item.local:
                    for path in self._reach(item.wrapper.file):
                        near[path].add(name)
                else:
                    everywhere.add(name.encode())
        words = map(bytes.decode, everywhere)
        named = frozenset(may_hold(self.tree, words, in_scope) if everywhere else ())
        for number, path in enumerate(self.files):
            if self.progress is not None:
                self.progress(number, len(self.files))
            names = set(near.get(path, ()))
            if path in named:
                text = self._read(path).replace(b"\\\n", b"").translate(_BLANKED).split()
                names |= {word.decode() for word in everywhere.intersection(text)}
            if names:
                yield path, sorted(names)
        if self.progress is not None:
            self.progress(len(self.files), len(self.files))

    def _reach(self, path: str) -> set[str]:
        """Give the files that can name a static function of a file."""
        reached = {path}
        waiting = [path]
        while waiting:
            includers = {name for name, _ in self.inclusions.includers(waiting.pop())} - reached
            reached |= includers
            waiting += includers
        known = set(self.files)
        for includer in list(reached):
            folder = posixpath.dirname(includer)
            for name, _ in inclusions(self._read(includer)):
                beside = posixpath.normpath(posixpath.join(folder, name))
                if beside in known and name.count("/") == 0:
                    reached.add(beside)
        return reached

    def _uses(self, path: str, names: list[str]) -> Iterator[_Use]:
        reading = self._reading(path, names)
        if reading is None:
            return
        calls = {found.call.name: found for found in reading.calls}
        source, matches = reading.source, word_pattern(names).finditer(reading.source.text)
        tokens = [source.token_at(match.start()) for match in matches]
        own = frozenset(
            item.name
            for item, token in zip(reading.occurrences, tokens, strict=True)
            if item.kind in ("definition", "stub") and _hides_others(reading, token)
        )
        for item, token in zip(reading.occurrences, tokens, strict=True):
            if item.kind == "unparsed":
                message = f"{item.name} could not be classed: {item.why}"
                self.problems.append(ScanProblem(path, item.line, message))
            elif item.kind in ("call", "address") or (
                item.kind == "macro" and _is_value_of_define(source, token)
            ):
                yield _Use(item.name, path, reading, item, calls.get(token), token, own)

    def _reaches(self, item: _Open, use: _Use) -> bool:
        """Tell whether a name at a place means this wrapper and no other of that name."""
        if use.file == item.wrapper.file:
            return True
        if item.local:
            return use.file in self._reach(item.wrapper.file)
        return not (use.file.endswith(".c") and use.name in use.own)

    def _link(self, item: _Open, use: _Use) -> Iterator[_Open]:
        """Record one place; give the wrapper that it is in, if it goes on there."""
        wrapper, roles = item.wrapper, item.roles
        source, found = use.reading.source, use.call
        around = use.reading.structure.function_at(use.token)
        link = Link(
            wrapper,
            use.file,
            use.occurrence.line,
            around.name if around else None,
            "address",
            roles.wait,
            roles.wait_expr,
            None,
            address_of(source, use.token),
        )
        if found is None:
            self.links.append(link)
            return
        if _WITHOUT_SMP & set(found.guards):
            return
        passed = passed_on(source, found.call, found.function, roles)
        wait: WaitClass = passed.wait
        truth = None
        if wait == "runtime" and passed.wait_expr is not None:
            truth = self.flags.truth(passed.wait_expr, use.file)
        if truth is not None:
            wait = "waits" if truth else "no-wait"
        opened = None
        if passed.passes == wrapper.passes or passed.passes == "wait":
            opened = self._wrapper(use.file, source, found, passed, item)
        if opened is not None and self._is_new(opened):
            yield opened
        self.links.append(
            replace(
                link,
                function=found.function.name if found.function else None,
                end="followed" if opened else "call",
                wait=wait,
                wait_expr=passed.wait_expr,
                func=passed.func,
                place=None,
            )
        )

    def _reading(self, path: str, names: Iterable[str]) -> Reading | None:
        data = self._read(path)
        return read_file(path, data, word_pattern(names)) if len(data) <= LARGEST else None

    def _read(self, path: str) -> bytes:
        try:
            return self.tree.read(path)
        except OSError:
            return b""  # the scan itself has reported it


def _order(link: Link) -> tuple[object, ...]:
    return (link.wrapper, link.file, link.line, link.function or "", link.place or "")


def _is_value_of_define(source: Source, token: int) -> bool:
    directive = source.directive_of(token)
    return directive is not None and directive.name == "define" and source.kinds[token] == WORD


def _hides_others(reading: Reading, token: int) -> bool:
    """Tell whether a definition takes the place of another file's, under any configuration."""
    source = reading.source
    directive = source.directive_of(token)
    place = reading.structure.places.get(token if directive is None else directive.first)
    if place is None or place.guards:
        return False
    return directive is not None or any(
        function.first == token and is_static(source, function)
        for function in reading.structure.functions
    )
