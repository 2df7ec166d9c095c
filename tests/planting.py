"""Change one file of a kernel tree, and see whether coverage notices.

One try reads one file again and takes the sites of all others from a scan of the tree as it was.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple, Protocol

from lines import Text
from lostipi.coverage import Report, cover, drift
from lostipi.kernel.scan import scan
from lostipi.kernel.shape import ApiShape, GateOf, Site
from lostipi.model.api import Api, Callers
from lostipi.model.caller import Caller
from lostipi.review import Review
from plants import (
    DECOYS,
    FUNC,
    WAYS,
    Plant,
    every_shape,
    filled,
    write_call,
    write_plant,
)

SCOPE = re.compile(r"(?!arch/(?!x86/)|tools/|Documentation/|scripts/|samples/).*\.[ch]\Z")
BUILT = ("x86", "x86_64", "compile-test")


class TreeLike(Protocol):
    """What is asked of a tree."""

    path: Path
    release: str

    def files(self) -> Sequence[str]: ...
    def read(self, path: str) -> bytes: ...


class Overlay:
    """A tree with one file replaced; with `alone`, of that file only."""

    def __init__(self, tree: TreeLike, file: str, data: bytes, alone: bool = False) -> None:
        self.path, self.release = tree.path, tree.release
        self._tree, self._file, self._data, self._alone = tree, file, data, alone

    def files(self) -> Sequence[str]:
        return [self._file] if self._alone else self._tree.files()

    def exists(self, path: str) -> bool:
        return path in self.files()

    def read(self, path: str) -> bytes:
        return self._data if path == self._file else self._tree.read(path)


class Place(NamedTuple):
    """A call's file, function and API."""

    file: str
    function: str | None
    api: str


class Edit(NamedTuple):
    """A change of one file, and what must be noticed."""

    kind: str
    file: str
    data: bytes
    new: tuple[Place, ...] = ()
    """Calls that are new."""
    gone: tuple[Place, ...] = ()
    """Calls that are gone."""
    differs: tuple[tuple[Place, str], ...] = ()
    """Calls that differ in a field."""
    required: bool = False
    """Whether the new calls need an entry, unless the callers of their API are only listed."""
    facts: tuple[int, str | None, str] | None = None
    """Line, func and wait that the new call must be found with."""


@dataclass
class Bed:
    """A tree to change, and all that coverage of it takes."""

    tree: TreeLike
    kernel: str
    apis: Mapping[str, Api]
    callers: Mapping[str, Caller]
    reviews: Mapping[str, Sequence[Review]]
    shapes: Sequence[ApiShape]
    gate: GateOf
    sites: Sequence[Site] = ()
    """All sites of the tree as it is."""
    before: Report = field(init=False)
    _told: dict[str, dict[tuple[str, str], Site]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.sites:
            self.sites = scan(self.tree, self.shapes, self.gate).sites
        self.before = self.covered(self.sites)
        self.files = [file for file in self.tree.files() if SCOPE.match(file)]
        self.listed = {n for n, api in self.apis.items() if api.callers is Callers.LISTED}
        self.claims = Counter(
            Place(site.file, site.function, site.api)
            for caller in self.callers.values()
            for site in caller.sites
            if self.kernel in site.kernels
        )

    def covered(self, sites: Iterable[Site]) -> Report:
        """Hold the entries against some sites."""
        return cover(self.callers, self.apis, self.reviews, self.kernel, self.tree.release, sites)

    def after(self, edit: Edit) -> list[Site]:
        """Give all sites of the tree with a change made."""
        others = [site for site in self.sites if site.file != edit.file]
        return others + self._elsewhere(edit.file, self._alone(edit.file, edit.data))

    def _alone(self, file: str, data: bytes) -> list[Site]:
        return scan(Overlay(self.tree, file, data, alone=True), self.shapes, self.gate).sites

    def _elsewhere(self, file: str, sites: list[Site]) -> list[Site]:
        """Give sites the func of a csd that only other files tell, which are as they were."""
        if file not in self._told:
            alone = self._alone(file, self.tree.read(file))
            before = sorted(site for site in self.sites if site.file == file)
            self._told[file] = {
                (new.api, new.fingerprints.call): old
                for old, new in zip(before, sorted(alone), strict=True)
                if old.func != new.func
            }
        return [
            replace(
                site,
                func=old.func,
                fingerprints=replace(site.fingerprints, func=old.fingerprints.func),
            )
            if site.func is None
            and (old := self._told[file].get((site.api, site.fingerprints.call)))
            else site
            for site in sites
        ]

    def missed(self, edit: Edit) -> list[str]:
        """Say what coverage did not notice of a change; nothing when it noticed all."""
        sites = self.after(edit)
        report = replace(self.covered(sites), drift=drift(self.sites, sites))
        return [*self.unnoticed(edit, report), *_unread(edit, sites)]

    def unnoticed(self, edit: Edit, report: Report) -> list[str]:
        """Say what a report of the changed tree does not tell."""
        said = {
            kind: Counter(Place(d.file, d.function, d.api) for d in report.drift if d.kind == kind)
            for kind in ("new", "gone")
        }
        misses = []
        for kind, wanted in (("new", edit.new), ("gone", edit.gone)):
            misses += [f"no {kind} {place}" for place in (Counter(wanted) - said[kind])]
            misses += [f"{kind}, but is not: {p}" for p in (said[kind] - Counter(wanted))]
        missing = _more(report.missing, self.before.missing)
        stale = _more(report.stale, self.before.stale)
        changed = _more(report.changed, self.before.changed)
        for place in edit.new:
            needed = edit.required and place.api not in self.listed
            if needed and not missing[place] and not changed[place]:
                misses.append(f"not missing: {place}")
        for place in edit.gone:
            if self.claims[place] and not stale[place] and not changed[place]:
                misses.append(f"not stale: {place}")
        for place, what in edit.differs:
            fields = [
                d.what.split(", ")
                for d in report.drift
                if d.kind == "changed" and Place(d.file, d.function, d.api) == place
            ]
            if not any(what in names for names in fields):
                misses.append(f"{what} not changed: {place}")
            told = self.claims[place] and what in ("func", "wait")
            if told and not changed[place] and not missing[place]:
                misses.append(f"facts not changed: {place}")
        if not (edit.new or edit.gone or edit.differs):
            if edit.kind.startswith("decoy"):
                # It makes no site, but it is code of the function around it, which says so, and
                # of every caller that has this function run.
                around = {"function", "func"}
                of_code = (item for item in report.changed if around.issuperset(item.layers))
                changed -= _more(of_code, ())
            misses += [f"more than before: {place}" for place in missing + stale + changed]
        return misses


def _more(after: Iterable[object], before: Iterable[object]) -> Counter[Place]:
    def places(items: Iterable[object]) -> Counter[Place]:
        return Counter(Place(i.file, i.function, i.api) for i in items)  # type: ignore[attr-defined]

    return places(after) - places(before)


def _unread(edit: Edit, sites: Iterable[Site]) -> list[str]:
    """Say whether the new call is found on its line, with its func and wait."""
    if edit.facts is None:
        return []
    line, func, wait = edit.facts
    here = [site for site in sites if (site.file, site.line) == (edit.file, line)]
    if not any(s.wait == wait and (func is None or func in (s.func or "")) for s in here):
        found = ", ".join(f"{site.func} {site.wait}" for site in here) or "nothing"
        return [f"line {line}: wants {func} {wait} (got {found})"]
    return []


class Planter:
    """Makes changes, one after the other, each from its own dice."""

    def __init__(self, bed: Bed, seed: str) -> None:
        self.bed = bed
        self.seed = seed
        shapes, dice = every_shape(), random.Random(seed)
        dice.shuffle(shapes)
        self._shapes = shapes
        self._makers: list[Callable[[random.Random, int], Edit | None]] = [
            *[self._plant] * 5,
            self._decoy,
            self._delete,
            self._duplicate,
            self._func,
            self._wait,
            self._guard,
            self._rename,
            self._api,
            self._body,
            self._cosmetic,
        ]

    def edit(self, number: int) -> Edit:
        """Make one change. The same seed and number make the same."""
        dice = random.Random(f"{self.seed}:{number}")
        turn, maker = divmod(number, len(self._makers))
        while True:
            slot = turn * 5 + maker if maker < 5 else turn
            made = self._makers[maker](dice, slot)
            if made is not None:
                return made

    def _text(self, file: str) -> Text:
        return Text(file, self.bed.tree.read(file))

    def _file(self, dice: random.Random) -> str | None:
        """Choose a file, most often one that x86 builds, now and then one that calls already."""
        if dice.random() < 0.2:
            return dice.choice(self.bed.sites).file
        file = dice.choice(self.bed.files)
        built = self.bed.gate(file).x86 in BUILT
        return file if built or dice.random() < 0.1 else None

    def _required(self, text: Text, line: int, function: str | None) -> bool:
        own = f"{text.file}:{function}" in {
            place
            for name, api in self.bed.apis.items()
            for d in api.definitions
            if self.bed.kernel in d.kernels
            for place in (f"{d.file}:{name}", *d.implementations)
        }
        return self.bed.gate(text.file).x86 in BUILT and not text.smp_off(line) and not own

    def _plant(self, dice: random.Random, turn: int) -> Edit | None:
        shape = self.bed.shapes[turn % len(self.bed.shapes)]
        where, what = self._shapes[turn % len(self._shapes)]
        way = WAYS[turn % len(WAYS)] if dice.random() < 0.5 else dice.choice(WAYS)
        file = self._file(dice)
        if file is None:
            return None
        text = self._text(file)
        plant = write_plant(shape, what, way, f"planted_fn_{turn}", dice)
        function: str | None
        if where == "statement":
            places = text.statement_places()
            if not places:
                return None
            function, line = dice.choice(places)
        else:
            lines = text.scope_places()
            if not lines:
                return None
            function, line = None, dice.choice(lines)
        return self._planted(text, plant, plant.function or function, line)

    def _planted(self, text: Text, plant: Plant, function: str | None, line: int) -> Edit:
        call = plant.call
        spelled = plant.text.find(call.name)
        at = line + 1 + plant.text.count("\n", 0, spelled)
        place = Place(text.file, function, call.api)
        return Edit(
            f"plant: {plant.shape}, {call.way}",
            text.file,
            text.with_line(line, plant.text),
            new=(place,),
            required=self._required(text, line, function),
            facts=(at, call.func, call.wait),
        )

    def _decoy(self, dice: random.Random, turn: int) -> Edit | None:
        file = self._file(dice)
        if file is None:
            return None
        text = self._text(file)
        places = text.statement_places()
        if not places:
            return None
        shape = dice.choice([s for s in self.bed.shapes if s.through == "name"])
        what = sorted(DECOYS)[turn % len(DECOYS)]
        way = "lines" if what == "in a comment of several lines" else "one line"
        call = write_call(shape, way, dice)
        simple = call._replace(arguments=f"({FUNC}, 0)")
        planted = filled(DECOYS[what], simple)
        _, line = dice.choice(places)
        return Edit(f"decoy: {what}", file, text.with_line(line, planted))

    def _real(
        self, dice: random.Random
    ) -> tuple[Site, Text, Place, tuple[int, list[tuple[int, int]], int]] | None:
        """Choose a call that stands in its file as a plain ``name(...)``."""
        site = dice.choice(self.bed.sites)
        text = self._text(site.file)
        found = text.call(site.line, site.api)
        near = [
            other
            for other in self.bed.sites
            if other.file == site.file
            and other.line <= site.end_line
            and other.end_line >= site.line
        ]
        if found is None or len(near) != 1:
            return None
        return site, text, Place(site.file, site.function, site.api), found

    def _shape(self, api: str) -> ApiShape:
        """The shape of an API that is called by its name."""
        return next(s for s in self.bed.shapes if s.name == api and s.through == "name")

    def _delete(self, dice: random.Random, _: int) -> Edit | None:
        real = self._real(dice)
        if real is None:
            return None
        _site, text, place, (start, _arguments, end) = real
        data = text.with_text(start, end, "planted()")
        return Edit("delete", text.file, data, gone=(place,))

    def _duplicate(self, dice: random.Random, _: int) -> Edit | None:
        real = self._real(dice)
        if real is None:
            return None
        site, text, place, (start, _arguments, end) = real
        call = text.text[start:end]
        if "#" in call or "//" in call:
            return None
        data = text.with_text(start, end, f"({call}, {call})")
        required = self._required(text, site.line - 1, site.function)
        return Edit("same call twice", text.file, data, new=(place,), required=required)

    def _func(self, dice: random.Random, _: int) -> Edit | None:
        real = self._real(dice)
        if real is None:
            return None
        site, text, place, (_start, arguments, _end) = real
        shape = self._shape(site.api)
        index = shape.func if shape.func is not None else shape.csd
        if index is None or len(arguments) != shape.params:
            return None
        first, last = arguments[index]
        field_name = "func" if shape.func is not None else "fingerprints"
        data = text.with_text(first, last, f" {FUNC}")
        return Edit("other func", text.file, data, differs=((place, field_name),))

    def _wait(self, dice: random.Random, _: int) -> Edit | None:
        real = self._real(dice)
        if real is None:
            return None
        site, text, place, (_start, arguments, _end) = real
        shape = self._shape(site.api)
        if shape.wait is None or len(arguments) != shape.params:
            return None
        off, on = ("0", shape.wait_flag or "1")
        first, last = arguments[shape.wait]
        word = off if site.wait == "waits" else on
        data = text.with_text(first, last, f" {word}")
        return Edit("other wait", text.file, data, differs=((place, "wait"),))

    def _guard(self, dice: random.Random, _: int) -> Edit | None:
        real = self._real(dice)
        if real is None:
            return None
        site, text, place, _found = real
        stretch = range(site.line - 1, site.end_line)
        code = "\n".join(text.bare[line] for line in stretch)
        if any(text.continued(line) for line in stretch) or code.count("{") != code.count("}"):
            return None
        opened = dice.choice(("#ifdef CONFIG_PLANTED", "#if !defined(CONFIG_SMP)", "#if 0"))
        lines = text.lines
        data = "\n".join(
            [
                *lines[: site.line - 1],
                opened,
                *lines[site.line - 1 : site.end_line],
                "#endif",
                *lines[site.end_line :],
            ]
        ).encode("latin-1")
        return Edit("guard around", text.file, data, differs=((place, "guards"),))

    def _rename(self, dice: random.Random, _: int) -> Edit | None:
        real = self._real(dice)
        if real is None:
            return None
        site, text, _place, _found = real
        name = site.function
        if name is None or name in self.bed.apis or not re.search(rf"\b{name}\b", text.quiet):
            return None
        other = f"planted_{name}"
        data = re.sub(rf"\b{name}\b", other, text.text).encode("latin-1")
        mine = [s for s in self.bed.sites if (s.file, s.function) == (site.file, name)]
        return Edit(
            "function renamed",
            text.file,
            data,
            new=tuple(Place(s.file, other, s.api) for s in mine),
            gone=tuple(Place(s.file, name, s.api) for s in mine),
            required=all(s.x86 in BUILT for s in mine)
            and self._required(text, site.line - 1, other),
        )

    def _api(self, dice: random.Random, _: int) -> Edit | None:
        real = self._real(dice)
        if real is None:
            return None
        site, text, place, (start, _arguments, end) = real
        shape = dice.choice([s for s in self.bed.shapes if s.name != site.api])
        call = write_call(shape, "one line", dice)
        data = text.with_text(start, end, call.reached + call.arguments)
        return Edit(
            "other API",
            text.file,
            data,
            new=(place._replace(api=shape.name),),
            gone=(place,),
            required=self._required(text, site.line - 1, site.function),
            facts=(site.line, call.func, call.wait),
        )

    def _body(self, dice: random.Random, _: int) -> Edit | None:
        real = self._real(dice)
        if real is None:
            return None
        site, text, place, _found = real
        if text.continued(site.line - 1):
            return None
        statement = dice.choice(("planted();", "if (planted)", "cpu = 0;", "return;"))
        data = text.with_line(site.line - 1, f"\t{statement}")
        return Edit("function changed", text.file, data, differs=((place, "fingerprints"),))

    def _cosmetic(self, dice: random.Random, turn: int) -> Edit | None:
        real = self._real(dice)
        if real is None:
            return None
        site, text, _place, (start, _arguments, _end) = real
        if text.continued(site.line - 1):
            return None
        match turn % 3:
            case 0:
                kind, data = "comment added", text.with_text(start, start, "/* it's ( */ ")
            case 1:
                kind, data = "lines added", text.with_line(0, "\n/* planted */\n")
            case _:
                lines = [re.sub(r"^\t+", "    ", line) for line in text.lines]
                kind, data = "indented anew", "\n".join(lines).encode("latin-1")
        return Edit(f"cosmetic: {kind}", text.file, data)


def kind_of(edit: Edit) -> str:
    """The kind of a change without its particulars: ``plant``, ``delete``, ``other wait``."""
    return edit.kind.partition(":")[0]


def shape_of(edit: Edit) -> str:
    """The shape planted, without the statement in it and the way its arguments are written."""
    return re.split(r": |, ", edit.kind.removeprefix("plant: "))[0]
