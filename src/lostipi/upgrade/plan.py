"""What becomes of each caller entry in another kernel. Pure: the source was looked up before."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lostipi.compare import STATUSES, Pair, Status, compare
from lostipi.coverage import ApiSites, is_required
from lostipi.draft import label_of
from lostipi.kernel.inventory import Name
from lostipi.kernel.shape import Site
from lostipi.lineage import Form, forms
from lostipi.load import Knowledge
from lostipi.model.base import CITATION, Evidence, Platform
from lostipi.model.caller import Assessment, Caller

Place = tuple[str, str]
"""A file and a symbol in it."""

Places = Mapping[Place, Name]
"""Symbols found in a kernel tree."""


Users = Mapping[str, frozenset[str]]
"""The files of a kernel tree that name a function."""


@dataclass(frozen=True)
class Code:
    """What was looked up in both trees."""

    was: Places
    """What was found of `places` in the old tree."""
    now: Places
    """The same in the new tree."""
    users_was: Users
    """The files of the old tree that name each of `functions`."""
    users_now: Users
    """The same of the new tree."""


class Step(NamedTuple):
    """From which kernel to which."""

    old: str
    new: str


class Difference(NamedTuple):
    """Code to read: what it was and what it is; one may be missing."""

    old: Place | None
    new: Place | None


@dataclass(frozen=True)
class Reason:
    """Why a judgement does not simply carry over."""

    text: str
    differences: tuple[Difference, ...] = ()


class Added(NamedTuple):
    """Calls that an entry has in the new kernel."""

    label: str
    form: Form
    known: bool
    """Whether the entry has an item of this label and form already, for other kernels."""
    was: tuple[str, ...]
    """The labels of the old kernel's calls that these became; none for calls that are new."""


@dataclass(frozen=True)
class EntryPlan:
    """What becomes of one caller entry."""

    identifier: str
    pairs: tuple[tuple[str, Pair], ...]
    """Its calls in the old kernel by label, and what each became."""
    added: tuple[Added, ...]
    """Its calls in the new kernel that it does not name yet."""
    carried: tuple[int, ...]
    """The assessments, by index, that hold in the new kernel as they hold in the old."""
    open: tuple[int, ...]
    """The assessments that somebody must read the difference for."""
    reasons: tuple[Reason, ...]
    """Why; none when all is carried or was judged before."""

    @property
    def is_gone(self) -> bool:
        """Whether the new kernel has none of its calls."""
        return all(pair.new is None for _, pair in self.pairs) and not self.added

    @property
    def is_done(self) -> bool:
        """Whether there is nothing to write and nothing to read."""
        return not (self.added or self.carried or self.open)


@dataclass(frozen=True)
class Plan:
    """What becomes of all caller entries."""

    step: Step
    entries: tuple[EntryPlan, ...]
    """By id; entries without a call in the old kernel are not in it."""
    new: tuple[tuple[Site, ...], ...]
    """Calls without an entry that need one, by function."""
    counts: Mapping[Status, int]
    """Of the required sites: kept, moved, renamed, changed, gone, new."""


class _Form(NamedTuple):
    file: str
    function: str | None
    api: str
    func: str | None
    wait: str


def _form(site: Site) -> _Form:
    return _Form(site.file, site.function, site.api, site.func, site.wait)


def _claims(callers: Mapping[str, Caller], kernel: str) -> dict[_Form, tuple[str, str]]:
    """Which entry, and which of its labels, has the calls of a form in a kernel."""
    return {
        _Form(site.file, site.function, site.api, site.func, site.wait.value): (name, site.label)
        for name, caller in callers.items()
        for site in caller.sites
        if kernel in site.kernels
    }


def cited(evidence: Iterable[Evidence], step: Step) -> tuple[Place, ...]:
    """The code that evidence shows, but for what only the new kernel has.

    Code cited in a kernel before the old one counts too: a judgement carried to the old kernel
    rests on it there.
    """
    found: dict[Place, None] = {}
    newest = max(order(step.old), order(step.new))
    for one in evidence:
        match = CITATION.match(one.at) if one.at else None
        if match and match["kernel"] != step.new and order(match["kernel"]) <= newest:
            found[match["path"], match["symbol"]] = None
    return tuple(found)


def order(kernel: str) -> tuple[int, ...]:
    """The place of a kernel among all: ``v6.12`` comes after ``v6.1``."""
    return tuple(map(int, kernel[1:].split(".")))


def places(
    knowledge: Knowledge, step: Step, old: Iterable[Site], new: Iterable[Site]
) -> tuple[set[Place], set[Place]]:
    """The symbols that must be looked up in the old and in the new tree to make a plan."""
    wanted: set[Place] = set()
    for caller in knowledge.callers.values():
        for one in caller.entry.assessments:
            if step.old in one.kernels:
                wanted |= {*cited(one.evidence, step)}
    for folder in (knowledge.preconditions, knowledge.detectors, knowledge.apis):
        for loaded in folder.values():
            wanted |= {*cited(loaded.entry.evidence, step)}
    for name, api in knowledge.apis.items():
        wanted |= {(d.file, name) for d in api.entry.definitions if step.old in d.kernels}
    return wanted | {*_of_sites(old)}, wanted | {*_of_sites(new)}


def functions(sites: Iterable[Site]) -> set[str]:
    """The functions whose users must be looked up in the tree that the sites are of."""
    return {site.function for site in sites if site.function is not None}


def _of_sites(sites: Iterable[Site]) -> Iterator[Place]:
    for site in sites:
        if site.function is not None:
            yield site.file, site.function
        if site.func is not None and site.fingerprints.func is not None:
            yield site.file, site.func


def plan(
    knowledge: Knowledge,
    step: Step,
    old: Sequence[Site],
    new: Sequence[Site],
    code: Code,
    *,
    across_platforms: bool = False,
) -> Plan:
    """Say what becomes of each caller entry.

    A judgement carries over when nothing that it rests on differs: each call is kept, moved or
    renamed with its function and func the same token by token; what builds it is the same; all code
    that the evidence cites is the same; no further file names the caller; the new kernel is judged
    for no platform that the old one is not; and the function makes no further call.

    Args:
        knowledge: all entries.
        step: the two kernels; the new one may be judged in part already.
        old: the sites of the old kernel.
        new: the sites of the new kernel.
        code: what was looked up in the trees.
        across_platforms: carry over to platforms that the old kernel is not judged for.
    """
    callers = {name: loaded.entry for name, loaded in knowledge.callers.items()}
    apis = {name: loaded.entry for name, loaded in knowledge.apis.items()}
    own = [ApiSites(apis, kernel) for kernel in step]
    pairs = compare(old, new)
    owned, taken = _claims(callers, step.old), _claims(callers, step.new)
    pairs_of: dict[str, list[tuple[str, Pair]]] = defaultdict(list)
    further: dict[tuple[str, str | None], list[Site]] = defaultdict(list)
    for pair in pairs:
        owner = owned.get(_form(pair.old)) if pair.old else None
        if owner:
            elsewhere = pair.new and taken.get(_form(pair.new), owner)[0] != owner[0]
            # What another entry judges in the new kernel is gone from this one.
            pairs_of[owner[0]].append((owner[1], Pair(pair.old, None, "") if elsewhere else pair))
        elif pair.new and _needs_entry(pair.new, own) and _form(pair.new) not in taken:
            further[pair.new.file, pair.new.function].append(pair.new)
    strange = () if across_platforms else _strange(knowledge, step)
    platforms = knowledge.kernels.platforms_of(step.new)
    entries = []
    for name in sorted(pairs_of):
        functions = {(p.new.file, p.new.function) for _, p in pairs_of[name] if p.new}
        functions |= {(s.file, s.function) for s in callers[name].sites if step.new in s.kernels}
        more = [site for place in functions for site in further.pop(place, ())]
        mine = pairs_of[name]
        reading = _Reading(step, name, callers[name], mine, more, code, strange, platforms)
        entries.append(reading.plan(taken))
    counted = Counter(
        pair.status
        for pair in pairs
        if any(site and _needs_entry(site, own) for site in (pair.old, pair.new))
    )
    counts = {status: counted[status] for status in STATUSES}
    groups = [tuple(sorted(sites)) for sites in further.values()]
    return Plan(step, tuple(entries), tuple(sorted(groups)), counts)


def _needs_entry(site: Site, own: Sequence[ApiSites]) -> bool:
    return is_required(site) and not any(one.answer_for(site) for one in own)


def _strange(knowledge: Knowledge, step: Step) -> tuple[str, ...]:
    """The platforms that the new kernel is judged for and the old one is not."""
    before = knowledge.kernels.platforms_of(step.old)
    return tuple(p.value for p in knowledge.kernels.platforms_of(step.new) if p not in before)


@dataclass(frozen=True)
class _Reading:
    """One entry and what is known of it in both kernels."""

    step: Step
    name: str
    caller: Caller
    pairs: Sequence[tuple[str, Pair]]
    more: Sequence[Site]
    """Further calls of its functions in the new kernel."""
    code: Code
    strange: Sequence[str]
    platforms: Sequence[Platform]
    """Those that the new kernel is judged for."""

    def plan(self, taken: Mapping[_Form, object]) -> EntryPlan:
        added = tuple(self._added(taken))
        carried: list[int] = []
        unread: list[int] = []
        reasons: dict[Reason, None] = {}
        for index, one in enumerate(self.caller.assessments):
            if self.step.old not in one.kernels or self.step.new in one.kernels:
                continue
            mine = [
                (label, pair)
                for label, pair in self.pairs
                if (one.sites is None or label in one.sites) and pair.new is not None
            ]
            if not mine or self._is_judged(one, added):
                continue
            found = list(self._reasons(one, mine))
            reasons |= dict.fromkeys(found)
            (unread if found else carried).append(index)
        if added and not carried and not unread and not self._judges_all(added):
            reasons[Reason("nothing judges these calls yet", tuple(self._calls()))] = None
        return EntryPlan(
            self.name,
            tuple(self.pairs),
            added,
            tuple(carried),
            tuple(unread),
            tuple(reasons),
        )

    def _added(self, taken: Mapping[_Form, object]) -> Iterator[Added]:
        became: dict[_Form, dict[str, None]] = defaultdict(dict)
        for label, pair in self.pairs:
            if pair.new is not None:
                became[_form(pair.new)][label] = None
        sites = [pair.new for _, pair in self.pairs if pair.new is not None] + [*self.more]
        labels = [site.label for site in self.caller.sites]
        for form in forms({self.step.new: [s for s in sites if _form(s) not in taken]}):
            key = _Form(form.file, form.function, form.api, form.func, form.wait)
            before = tuple(became.get(key, ()))
            known = next((s.label for s in self.caller.sites if self._is(s.label, form)), None)
            if known is not None:
                yield Added(known, form, True, before)
                continue
            label = before[0] if before else label_of(form)
            if label in labels:
                label = label_of(form, [*labels, label_of(form)])
            if label in labels:
                label = f"{label}-{self.step.new.replace('.', '-')}"
            labels.append(label)
            yield Added(label, form, False, before)

    def _is(self, label: str, form: Form) -> bool:
        """Whether the item of a label has a form already, with as many calls."""
        told = (form.file, form.function, form.api, form.func, form.wait, form.calls)
        return any(
            (s.file, s.function, s.api, s.func, s.wait.value, s.calls) == told
            for s in self.caller.sites
            if s.label == label
        )

    def _is_judged(self, one: Assessment, added: Sequence[Added]) -> bool:
        """Whether others judge the entry's calls in the new kernel, on all platforms of one."""
        if self.step.new not in {k for site in self.caller.sites for k in site.kernels} or added:
            return False
        others = [a for a in self.caller.assessments if self.step.new in a.kernels]
        there = {s.label for s in self.caller.sites if self.step.new in s.kernels}
        for platform in self.platforms:
            if one.platforms is not None and platform not in one.platforms:
                continue
            judged: set[str] = set()
            for other in others:
                if other.platforms is None or platform in other.platforms:
                    judged |= there if other.sites is None else {*other.sites}
            if not there <= judged:
                return False
        return True

    def _judges_all(self, added: Sequence[Added]) -> bool:
        others = [a for a in self.caller.assessments if self.step.new in a.kernels]
        if any(other.sites is None for other in others):
            return True
        judged = {label for other in others for label in other.sites or ()}
        return all(item.label in judged for item in added)

    def _calls(self) -> Iterator[Difference]:
        for site in self.more:
            if site.function is not None:
                yield Difference(None, (site.file, site.function))

    def _reasons(self, one: Assessment, mine: Sequence[tuple[str, Pair]]) -> Iterator[Reason]:
        if self.strange:
            names = ", ".join(self.strange)
            yield Reason(f"{self.step.new} is judged for {names}, {self.step.old} is not")
        if self.more and one.sites is None:
            funcs = ", ".join(dict.fromkeys(f"{s.api}({s.func or '?'})" for s in self.more))
            yield Reason(f"the function makes further calls: {funcs}", tuple(self._calls()))
        compared: set[Place] = set()
        for _, pair in mine:
            yield from _differing(pair)
            yield from self._named(pair)
            compared |= _compared(pair)
        for place in cited(one.evidence, self.step):
            if place not in compared and (
                reason := cited_reason(place, self.code.was, self.code.now)
            ):
                yield reason

    def _named(self, pair: Pair) -> Iterator[Reason]:
        """Whether more files name the caller: who calls it decides when it runs, and for whom."""
        old, new = pair.old, pair.new
        if old is None or new is None or old.function is None or new.function is None:
            return
        before = self.code.users_was.get(old.function, frozenset())
        more = self.code.users_now.get(new.function, frozenset()) - before - {new.file}
        if more:
            files = sorted(more)
            told = ", ".join(files[:4]) + (f" and {len(files) - 4} more" if len(files) > 4 else "")
            yield Reason(f"`{new.function}` is named where it was not: {told}")


def cited_reason(place: Place, was: Places, now: Places) -> Reason | None:
    """Why cited code is to be read again: it differs, or is gone. None where it is the same.

    What the old tree does not have there, such as code cited in a kernel before it, tells nothing.
    """
    if place not in was:
        return None
    name = f"`{place[1]}` of {place[0]}, which is cited,"
    if place not in now:
        return Reason(f"{name} is no longer there", (Difference(place, None),))
    if was[place].fingerprint != now[place].fingerprint:
        return Reason(f"{name} differs", (Difference(place, place),))
    return None


def _compared(pair: Pair) -> set[Place]:
    """What the fingerprints of a pair have compared: the caller, and the func where it is known."""
    old = pair.old
    assert old is not None
    found = set()
    if old.function is not None:
        found.add((old.file, old.function))
    if old.func is not None and old.fingerprints.func is not None:
        found.add((old.file, old.func))
    return found


def _differing(pair: Pair) -> Iterator[Reason]:
    """Why the judgement of one call does not carry over by itself."""
    old, new = pair.old, pair.new
    assert old is not None and new is not None
    caller = Difference((old.file, old.function or ""), (new.file, new.function or ""))
    func = Difference((old.file, old.func or ""), (new.file, new.func or ""))
    name = f"{new.function}()"
    if pair.layers:
        layers = {"call": "the call", "function": "the caller", "func": "the func"}
        told = ", ".join(layers[layer] for layer in pair.layers)
        differences = [caller] if {"call", "function"} & {*pair.layers} else []
        differences += [func] if "func" in pair.layers else []
        yield Reason(f"{told} of {name} differs ({pair.status})", tuple(differences))
    for fact, (before, after) in pair.facts.items():
        if fact != "func" or not pair.layers:
            yield Reason(
                f"{fact} of the call in {name}: {_say(before)} -> {_say(after)}", (caller,)
            )


def _say(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_say(item) for item in value) + "]"
    return "none" if value is None else str(value)
