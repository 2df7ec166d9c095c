"""Which site of one kernel is which of another: kept, moved, renamed, changed, gone, new. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any, Literal, TypeAlias, get_args

from lostipi.kernel.shape import Site

Status: TypeAlias = Literal["kept", "moved", "renamed", "changed", "gone", "new"]
"""What became of a site.

``kept``: same file, function and API, and no layer differs. ``moved``: the same function, token by
token, in another file. ``renamed``: found again although its function or file is called otherwise.
``changed``: same file and function, and a layer differs. ``gone``, ``new``: only in the older, only
in the newer kernel.
"""

STATUSES: tuple[Status, ...] = get_args(Status)
"""All of them, in the order of reports."""

Layer: TypeAlias = Literal["call", "function", "func"]

LAYERS: tuple[Layer, ...] = get_args(Layer)
"""The fingerprint layers: the call and the conditions around it, the function, the func."""

_FACTS = (
    "api",
    "func",
    "wait",
    "wait_expr",
    "result",
    "weak",
    "guards",
    "is_enabled",
    "kconfig",
    "as_builtin",
    "x86",
)


@dataclass(frozen=True, slots=True)
class Pair:
    """A site of the older kernel and the one of the newer that it became; one may be missing."""

    old: Site | None
    new: Site | None
    why: str
    """By what the two were matched; empty for gone and new sites."""

    @property
    def status(self) -> Status:
        """What became of the site."""
        old, new = self.old, self.new
        if old is None:
            return "new"
        if new is None:
            return "gone"
        if (old.file, old.function) == (new.file, new.function):
            return "changed" if self.layers else "kept"
        same = old.function == new.function and "function" not in self.layers
        return "moved" if same and old.file != new.file else "renamed"

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers that differ; empty for gone and new sites."""
        if self.old is None or self.new is None:
            return ()
        was, now = self.old.fingerprints, self.new.fingerprints
        layers = [layer for layer in LAYERS if getattr(was, layer) != getattr(now, layer)]
        if not layers and self.old.func != self.new.func:
            # A csd was given another func, of another file, by code outside the function.
            layers.append("func")
        return tuple(layers)

    @property
    def facts(self) -> dict[str, tuple[Any, Any]]:
        """What the two records say differently of the call: what it was, what it is now."""
        if self.old is None or self.new is None:
            return {}
        both = ((name, getattr(self.old, name), getattr(self.new, name)) for name in _FACTS)
        return {name: (was, now) for name, was, now in both if was != now}

    def to_json(self) -> dict[str, Any]:
        """Give the record of ``compare --format json``."""
        return {
            "status": self.status,
            "why": self.why or None,
            "layers": list(self.layers),
            "facts": {name: list(values) for name, values in self.facts.items()},
            "old": None if self.old is None else self.old.to_json(),
            "new": None if self.new is None else self.new.to_json(),
        }


_Key: TypeAlias = Callable[[Site], Hashable | None]
_Test: TypeAlias = Callable[[Site, Site], bool]


@dataclass(frozen=True, slots=True)
class _Rule:
    """One way to know a site again."""

    why: str
    key: _Key
    """What the two must have in common; a site whose key is None takes no part."""
    test: _Test = lambda _old, _new: True
    """What must hold besides."""
    sole: bool = False
    """Whether there must be no other candidate on either side."""


def compare(old: Iterable[Site], new: Iterable[Site]) -> tuple[Pair, ...]:
    """Match the sites of two kernels.

    The rules go from sure to likely, and each looks only at the sites that no surer one has
    matched. Where several sites answer to one key, the two most alike are matched first.

    Args:
        old: the sites of the older kernel.
        new: the sites of the newer kernel.

    Returns:
        Every site of either, once, by file, line and function: those of the newer kernel where
        there is one.
    """
    olds, news = sorted(old, key=_sortable), sorted(new, key=_sortable)
    pairs: list[Pair] = []
    for rule in _RULES:
        pairs += _apply(rule, olds, news)
    pairs += _companions(pairs, olds, news)
    pairs += [Pair(site, None, "") for site in olds]
    pairs += [Pair(None, site, "") for site in news]
    return tuple(sorted(pairs, key=_order))


def count(pairs: Iterable[Pair]) -> dict[Status, int]:
    """Count the pairs of each status, all statuses in their order."""
    counted = Counter(pair.status for pair in pairs)
    return {status: counted[status] for status in STATUSES}


def _sortable(site: Site) -> tuple[str, int, int, str, str, str]:
    return (
        site.file,
        site.line,
        site.end_line,
        site.function or "",
        site.api,
        site.func or "",
    )


def _order(pair: Pair) -> tuple[str, int, bool, tuple[str, int, int, str, str, str]]:
    site = pair.new or pair.old
    assert site is not None
    return site.file, site.line, pair.new is None, _sortable(site)


def _apply(rule: _Rule, olds: list[Site], news: list[Site]) -> Iterator[Pair]:
    """Match what one rule can, and take it from the lists."""
    groups: dict[Hashable, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for side, sites in enumerate((olds, news)):
        for index, site in enumerate(sites):
            key = rule.key(site)
            if key is not None:
                groups[key][side].append(index)
    taken: tuple[set[int], set[int]] = set(), set()
    for here, there in groups.values():
        if rule.sole and (len(here), len(there)) != (1, 1):
            continue
        for i, j in _closest(rule.test, olds, news, here, there):
            taken[0].add(i)
            taken[1].add(j)
            yield Pair(olds[i], news[j], rule.why)
    for sites, gone in zip((olds, news), taken, strict=True):
        sites[:] = [site for index, site in enumerate(sites) if index not in gone]


def _closest(
    test: _Test,
    olds: Sequence[Site],
    news: Sequence[Site],
    here: Sequence[int],
    there: Sequence[int],
) -> Iterator[tuple[int, int]]:
    """Pair some sites, the two most alike first; among equals in the order of the files."""
    if len(here) * len(there) > _MANY:
        yield from ((i, j) for i, j in zip(here, there, strict=False) if test(olds[i], news[j]))
        return
    possible = [
        (-_likeness(olds[i], news[j]), abs(rank - other), i, j)
        for rank, i in enumerate(here)
        for other, j in enumerate(there)
        if test(olds[i], news[j])
    ]
    free, left = set(here), set(there)
    for _, _, i, j in sorted(possible):
        if i in free and j in left:
            free.remove(i)
            left.remove(j)
            yield i, j


_MANY = 40_000
"""How many candidates of one key are weighed; more than that are only made by machines."""


def _companions(pairs: Sequence[Pair], olds: list[Site], news: list[Site]) -> list[Pair]:
    """Match the other sites of functions that were found again under another name or file."""
    became = {
        ((pair.old.file, pair.old.function), (pair.new.file, pair.new.function))
        for pair in pairs
        if pair.old and pair.new and pair.status in ("moved", "renamed")
    }
    places = {place for both in became for place in both}

    def known(old: Site, new: Site) -> bool:
        both = (old.file, old.function), (new.file, new.function)
        return both in became and _resemblance(old.func, new.func) >= _COMPANION

    rule = _Rule(
        "in a function found again, func of a like name",
        lambda site: True if (site.file, site.function) in places else None,
        known,
    )
    return list(_apply(rule, olds, news))


def _likeness(old: Site, new: Site) -> float:
    """Tell how much two records have in common, to choose among candidates of one rule."""
    was, now = old.fingerprints, new.fingerprints
    return (
        4 * (was.function is not None and was.function == now.function)
        + 4 * (was.call == now.call)
        + 2 * (was.func is not None and was.func == now.func)
        + 2 * _resemblance(old.function, new.function)
        + 2 * _resemblance(old.func, new.func)
        + _resemblance(old.file, new.file)
        + (old.api == new.api)
        + 0.5 * (old.guards == new.guards)
        + 0.5 * (old.wait_expr == new.wait_expr)
        + 0.5 * (old.result == new.result)
        + 0.5 * (old.x86 == new.x86)
    )


def _resemblance(one: str | None, other: str | None) -> float:
    """Tell how alike two names are, from 0 to 1."""
    if not one or not other:
        return 0.0
    return _ratio(*sorted((one, other)))


@lru_cache(maxsize=65536)
def _ratio(one: str, other: str) -> float:
    if one == other:
        return 1.0
    short, long = sorted((one, other), key=len)
    if short.count("_") > 1 and f"_{short}_" in f"_{long}_":
        # A prefix or suffix was added, which says less than its length.
        return 0.9
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


_ALIKE = 0.62
"""From where on two names are taken for an older and a newer form of one."""

_COMPANION = 0.5
"""The same for the funcs of two functions that are known to be one."""


def _alike(one: str | None, other: str | None) -> bool:
    return _resemblance(one, other) >= _ALIKE


def _both_alike(old: Site, new: Site) -> bool:
    """Whether function and func together are alike; the one may make up for the other."""
    both = _resemblance(old.function, new.function), _resemblance(old.func, new.func)
    return sum(both) >= 2 * _ALIKE and min(both) >= _COMPANION


def _named(site: Site, *rest: Hashable) -> Hashable | None:
    """Make a key of a function and more; a site in no function has none."""
    return None if site.function is None else (site.function, *rest)


def _bodied(site: Site) -> Hashable | None:
    """Make a key of a function's tokens, and which call in it."""
    body = site.fingerprints.function
    return None if body is None else (body, site.fingerprints.call)


def _funced(site: Site, *rest: Hashable) -> Hashable | None:
    """Make a key of func and more; a parameter that is passed on tells nothing."""
    return None if site.func is None or site.wait == "forwarded" else (site.func, *rest)


def _place(site: Site) -> Hashable:
    return site.file, site.function, site.api


def _beside(old: Site, new: Site) -> bool:
    """Whether two files share their folder, or their name but for folder and suffix."""
    was, now = PurePosixPath(old.file), PurePosixPath(new.file)
    return was.parent == now.parent or was.stem == now.stem


_RULES = (
    _Rule("same place, same call", lambda s: (_place(s), s.fingerprints.call)),
    _Rule("same body under another name or in another file", _bodied),
    _Rule("same function and func", lambda s: _funced(s, s.file, s.function)),
    _Rule("same func and API in the same file", lambda s: _funced(s, s.file, s.api)),
    _Rule("same place", _place),
    _Rule(
        "same function and API in another file",
        lambda s: _named(s, s.api),
        lambda old, new: _beside(old, new) or _alike(old.func, new.func),
    ),
    _Rule(
        "same function in another file, another API, func of a like name",
        _named,
        lambda old, new: _beside(old, new) and _resemblance(old.func, new.func) >= _COMPANION,
    ),
    _Rule(
        "same func and API, function of a like name",
        lambda s: _funced(s, s.api),
        lambda old, new: _alike(old.function, new.function),
    ),
    _Rule(
        "same func in the same file, another API, function of a like name",
        lambda s: _funced(s, s.file),
        lambda old, new: _alike(old.function, new.function),
    ),
    _Rule(
        "same call and func body in another file",
        lambda s: s.fingerprints.func and _funced(s, s.fingerprints.func, s.fingerprints.call),
    ),
    _Rule(
        "same call in the same folder",
        lambda s: (
            None
            if s.wait == "forwarded"
            else (s.fingerprints.call, str(PurePosixPath(s.file).parent))
        ),
        lambda old, new: old.func is None or new.func is None or _alike(old.func, new.func),
        sole=True,
    ),
    _Rule(
        "same file and API, function and func of like names",
        lambda s: (s.file, s.api),
        _both_alike,
    ),
)
"""From sure to likely."""
