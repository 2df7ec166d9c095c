"""Hold entries against the sites of a kernel, in both directions. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from lostipi.compare import compare
from lostipi.kernel.shape import Site
from lostipi.model.api import Api, Callers
from lostipi.model.caller import Caller, CallerSite
from lostipi.review import Review

REQUIRED_CLASSES = frozenset({"x86", "x86_64", "compile-test"})
"""The `x86` classes of a site that needs an entry."""

NOT_COMPILED = frozenset(
    {"!(defined(CONFIG_SMP))", "!defined(CONFIG_SMP)", "!(CONFIG_SMP)", "0", "!(1)"}
)
"""Guards under which a kernel with SMP does not compile a site."""


class Place(NamedTuple):
    """What identifies the calls of one API in one function of one kernel."""

    file: str
    function: str | None
    api: str


class Form(NamedTuple):
    """The facts of one call that an entry states and a kernel must agree with."""

    func: str | None
    wait: str


@dataclass(frozen=True, order=True)
class Missing:
    """A site without an entry."""

    file: str
    line: int
    function: str | None
    api: str


@dataclass(frozen=True, order=True)
class Stale:
    """An entry's site that the kernel does not have."""

    entry: str
    file: str
    function: str
    api: str


@dataclass(frozen=True, order=True)
class Changed:
    """A site whose facts or code are not those of the entry or its review."""

    entry: str
    file: str
    line: int
    function: str | None
    api: str
    layers: tuple[str, ...]
    """`facts`, or the fingerprint layers that differ from the review's."""
    was: str
    """What the entry or its review says."""
    now: str
    """What the kernel has."""


@dataclass(frozen=True, order=True)
class Overlapping:
    """A site that two entries or more claim."""

    file: str
    function: str
    api: str
    entries: tuple[str, ...]


@dataclass(frozen=True, order=True)
class Drift:
    """A difference between a newer release of a tracked line and the committed inventory."""

    kind: str
    """`new`, `gone` or `changed`."""
    file: str
    line: int
    function: str | None
    api: str
    what: str
    """The fields that differ; empty for new and gone sites."""


@dataclass(frozen=True)
class Report:
    """The coverage of one kernel."""

    kernel: str
    release: str
    required: int
    """Sites that need an entry."""
    covered: int
    """Sites that need one and have one."""
    missing: tuple[Missing, ...] = ()
    stale: tuple[Stale, ...] = ()
    changed: tuple[Changed, ...] = ()
    overlapping: tuple[Overlapping, ...] = ()
    listed: int = 0
    """Sites that no x86 SMP kernel builds; they need no entry."""
    compared_with: str | None = None
    """The tracked kernel whose entries were used for a tree of no tracked line."""
    drift: tuple[Drift, ...] = ()
    """Differences from the committed inventory; a failure when the release is the same."""
    same_release: bool = True
    """Whether the drift is from the very release of the inventory."""

    def to_json(self) -> dict[str, Any]:
        """Give the record of ``coverage --format json``."""
        return {
            "kernel": self.kernel,
            "release": self.release,
            "compared_with": self.compared_with,
            "sites": self.required,
            "covered": self.covered,
            "listed": self.listed,
            "missing": [vars(item) for item in self.missing],
            "stale": [vars(item) for item in self.stale],
            "changed": [vars(item) | {"layers": list(item.layers)} for item in self.changed],
            "overlapping": [
                vars(item) | {"entries": list(item.entries)} for item in self.overlapping
            ],
            "drift": [vars(item) for item in self.drift],
            "same_release": self.same_release,
        }


def is_required(site: Site) -> bool:
    """Whether a site needs an entry: x86 can build it, and SMP compiles it."""
    return site.x86 in REQUIRED_CLASSES and not NOT_COMPILED.intersection(site.guards)


def of_callers(apis: Mapping[str, Api], sites: Iterable[Site]) -> tuple[Site, ...]:
    """Leave out the sites of APIs whose callers are only listed: no caller entry is about them."""
    listed = _listed(apis)
    return tuple(site for site in sites if site.api not in listed)


def _listed(apis: Mapping[str, Api]) -> frozenset[str]:
    return frozenset(name for name, api in apis.items() if api.callers is Callers.LISTED)


class ApiSites:
    """What of a kernel's sites the API entries answer for."""

    def __init__(self, apis: Mapping[str, Api], kernel: str) -> None:
        self._listed = _listed(apis)
        self._inside = {
            place
            for name, api in apis.items()
            for definition in api.definitions
            if kernel in definition.kernels
            for place in (f"{definition.file}:{name}", *definition.implementations)
        }

    def answer_for(self, site: Site) -> bool:
        """Whether a site is inside a definition of an API, or of one whose callers are listed."""
        return site.api in self._listed or f"{site.file}:{site.function}" in self._inside


@dataclass
class _Claims:
    """What the entries say of one kernel, by place."""

    forms: dict[Place, list[tuple[str, Form]]] = field(default_factory=lambda: defaultdict(list))
    """One item per call claimed: the entry's id and the form."""

    @classmethod
    def of(cls, callers: Mapping[str, Caller], kernel: str) -> _Claims:
        claims = cls()
        for identifier, caller in sorted(callers.items()):
            for site in caller.sites:
                if kernel in site.kernels:
                    item = (identifier, Form(site.func, site.wait.value))
                    claims.forms[_place(site)].extend([item] * site.calls)
        return claims

    def overlapping(self) -> tuple[Overlapping, ...]:
        found = []
        for place, items in self.forms.items():
            owners: dict[Form, set[str]] = defaultdict(set)
            for identifier, form in items:
                owners[form].add(identifier)
            found += [
                Overlapping(place.file, place.function or "", place.api, tuple(sorted(ids)))
                for ids in owners.values()
                if len(ids) > 1
            ]
        return tuple(sorted(found))


def _place(site: CallerSite) -> Place:
    return Place(site.file, site.function, site.api)


def cover(
    callers: Mapping[str, Caller],
    apis: Mapping[str, Api],
    reviews: Mapping[str, Sequence[Review]],
    kernel: str,
    release: str,
    sites: Iterable[Site],
) -> Report:
    """Compare the entries for one kernel with its sites.

    Args:
        callers: the caller entries by id.
        apis: the API entries by name; sites inside their definitions are theirs.
        reviews: the recorded reviews by entry id.
        kernel: the kernel whose entries count, such as ``v6.12``.
        release: the release that the sites were read from.
        sites: all sites of that kernel.
    """
    claims = _Claims.of(callers, kernel)
    own = ApiSites(apis, kernel)
    by_place: dict[Place, list[Site]] = defaultdict(list)
    for site in sorted(sites):
        by_place[Place(site.file, site.function, site.api)].append(site)

    missing: list[Missing] = []
    stale: list[Stale] = []
    changed: list[Changed] = []
    required = covered = listed = 0
    for place in sorted({*by_place, *claims.forms}, key=_sortable):
        here = by_place.get(place, [])
        wanted = Counter(claims.forms.get(place, ()))
        unmatched: list[Site] = []
        for site in here:
            needs = is_required(site)
            required += needs
            listed += not needs
            form = Form(site.func, site.wait)
            owner = next((key for key in wanted if key[1] == form and wanted[key]), None)
            if owner is not None:
                wanted[owner] -= 1
                covered += needs
                changed += _reviewed(owner[0], reviews, kernel, site)
            else:
                unmatched.append(site)
        leftover = sorted(wanted.elements(), key=repr)
        for site, (identifier, form) in zip(unmatched, leftover, strict=False):
            covered += is_required(site)
            changed.append(_facts(identifier, site, form))
        # Of a call that a caller entry is about, an API entry does not take over what changed.
        for site in filter(is_required, unmatched[len(leftover) :]):
            if own.answer_for(site):
                covered += 1
            else:
                missing.append(Missing(site.file, site.line, site.function, site.api))
        stale += [
            Stale(identifier, place.file, place.function or "", place.api)
            for identifier, _ in leftover[len(unmatched) :]
        ]
    return Report(
        kernel=kernel,
        release=release,
        required=required,
        covered=covered,
        missing=tuple(sorted(missing)),
        stale=tuple(sorted(stale)),
        changed=tuple(sorted(changed)),
        overlapping=claims.overlapping(),
        listed=listed,
    )


def _sortable(place: Place) -> tuple[str, str, str]:
    return place.file, place.function or "", place.api


def _facts(identifier: str, site: Site, form: Form) -> Changed:
    return Changed(
        identifier,
        site.file,
        site.line,
        site.function,
        site.api,
        ("facts",),
        was=_say(form),
        now=_say(Form(site.func, site.wait)),
    )


def _say(form: Form) -> str:
    return f"func {form.func or 'not found'}, wait {form.wait}"


def _reviewed(
    identifier: str, reviews: Mapping[str, Sequence[Review]], kernel: str, site: Site
) -> list[Changed]:
    """Compare a site's fingerprints with those of the entry's review, if it has one."""
    found = [
        reviewed
        for review in reviews.get(identifier, ())
        if review.kernel == kernel
        for reviewed in review.sites
        if (reviewed.file, reviewed.function, reviewed.api) == (site.file, site.function, site.api)
    ]
    if not found:
        return []
    now = (site.fingerprints.call, site.fingerprints.function, site.fingerprints.func)
    was = [(r.fingerprints.call, r.fingerprints.function, r.fingerprints.func) for r in found]
    if now in was:
        return []
    nearest = max(was, key=lambda old: sum(a == b for a, b in zip(old, now, strict=True)))
    layers = tuple(
        layer
        for layer, old, new in zip(("call", "function", "func"), nearest, now, strict=True)
        if old != new
    )
    return [
        Changed(
            identifier,
            site.file,
            site.line,
            site.function,
            site.api,
            layers,
            was=" ".join(text or "-" for text in nearest),
            now=" ".join(text or "-" for text in now),
        )
    ]


def drift(inventory: Iterable[Site], tree: Iterable[Site]) -> tuple[Drift, ...]:
    """List the differences between a committed inventory and the sites of a tree.

    Sites are matched by place, then by order in the file; every field of a site counts.
    """
    old, new = _ordered(inventory), _ordered(tree)
    found = []
    for key in sorted(old.keys() | new.keys(), key=repr):
        was, now = old.get(key), new.get(key)
        if now is None and was is not None:
            found.append(Drift("gone", was.file, was.line, was.function, was.api, ""))
        elif was is None and now is not None:
            found.append(Drift("new", now.file, now.line, now.function, now.api, ""))
        elif was is not None and now is not None and was.to_json() != now.to_json():
            before, after = was.to_json(), now.to_json()
            what = ", ".join(name for name in before if before[name] != after[name])
            found.append(Drift("changed", now.file, now.line, now.function, now.api, what))
    return tuple(sorted(found, key=lambda item: (item.file, item.line, item.api, item.kind)))


def _ordered(sites: Iterable[Site]) -> dict[tuple[Place, int], Site]:
    seen: Counter[Place] = Counter()
    found = {}
    for site in sorted(sites):
        place = Place(site.file, site.function, site.api)
        found[place, seen[place]] = site
        seen[place] += 1
    return found


def follow(known: Iterable[Site], sites: Iterable[Site]) -> list[Site]:
    """Give sites found again the place they had, so that the entries of an older kernel find them.

    A site that was moved or renamed and still calls the same API gets its old file and function;
    whether its func and wait are still those of the entry is for `cover` to say.

    Args:
        known: the sites of the older kernel.
        sites: the sites of the tree at hand.
    """
    followed = []
    for pair in compare(known, sites):
        old, new = pair.old, pair.new
        if new is None:
            continue
        if old is not None and old.api == new.api and pair.status in ("moved", "renamed"):
            new = replace(new, file=old.file, function=old.function)
        followed.append(new)
    return followed
