"""A draft of a caller entry: every fact the inventories know, and questions for the rest. Pure."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from lostipi.coverage import NOT_COMPILED, is_required
from lostipi.kernel.inventory import Name
from lostipi.kernel.shape import Site
from lostipi.lineage import Form, forms
from lostipi.load import Knowledge
from lostipi.model.base import OPEN
from lostipi.model.caller import (
    Adds,
    Confidence,
    Finding,
    Harm,
    NeverReason,
    Objective,
    Reach,
    Sender,
    Subsystem,
    Trigger,
    When,
)
from lostipi.model.precondition import KconfigCheck

_PLAIN = re.compile(r"[A-Za-z_][\w./()>-]*\Z")
_NOT_TEXT = frozenset({"yes", "no", "on", "off", "true", "false", "null", "y", "n"})
_NEVER = {"no": NeverReason.NOT_X86, "x86_32": NeverReason.X86_32_ONLY}


@dataclass(frozen=True)
class Draft:
    """A draft and where it goes."""

    identifier: str
    """The id that the entry will have: ``sched/kick_ilb``."""
    text: str
    """The file, with the questions as comments and `OPEN` for every answer that is missing."""
    questions: int
    """How many answers are missing."""


Names = Mapping[str, Iterable[Name]]
"""What is recorded of cited names, by kernel."""


def draft(
    knowledge: Knowledge,
    sites: Mapping[str, Sequence[Site]],
    names: Names,
    called: str | None = None,
    subsystem: Subsystem | None = None,
) -> Draft:
    """Write the draft of an entry.

    Args:
        knowledge: all entries, for API defaults, preconditions, seed rows and folders.
        sites: the caller's sites by kernel, oldest first, as `lostipi.lineage` gives them.
        names: the names recorded of each kernel, to cite caller and func by line.
        called: the caller's name to use, where it has had several; else its newest.
        subsystem: the folder; else the one that most entries of the same place are in.

    Returns:
        A text that the loader refuses until every `OPEN` is answered.
    """
    newest = sites[list(sites)[-1]][0]
    place = subsystem or subsystem_of(knowledge, newest.file)
    listed = forms(sites)
    labels = _labels(listed)
    lines = ["# yaml-language-server: $schema=../../../schema/caller.schema.json"]
    lines += _wrapped(
        f"A draft by `lostipi new`. Answer each question, put the answer for {OPEN} and take the "
        "question away; `lostipi lint` names what is still open.",
        0,
    )
    lines += ["# What is the caller, in a few words?", f"title: {OPEN}", "sites:"]
    for form, label in zip(listed, labels, strict=True):
        lines += _site(form, label)
    lines += ["assessments:", *_assessment(knowledge, sites, names)]
    lines += _seed(knowledge, {form.function for form in listed})
    text = "\n".join(lines) + "\n"
    questions = sum(line.count(OPEN) for line in lines if not line.lstrip().startswith("#"))
    return Draft(f"{place.value}/{called or newest.function}", text, questions)


def subsystem_of(knowledge: Knowledge, file: str) -> Subsystem:
    """The folder that most entries of the same place in the kernel are in.

    The entries with a site in this file decide, else those in its folder, else in the folder
    above, up to the top.
    """
    votes: dict[str, Counter[str]] = {}
    for identifier, loaded in knowledge.callers.items():
        for path in {site.file for site in loaded.entry.sites}:
            for part in (path, *map(str, PurePosixPath(path).parents)):
                votes.setdefault(part, Counter())[identifier.partition("/")[0]] += 1
    for part in (file, *map(str, PurePosixPath(file).parents)):
        if part in votes:
            return Subsystem(min(votes[part].items(), key=lambda item: (-item[1], item[0]))[0])
    return Subsystem.CORE


def site_lines(form: Form, label: str, indent: int = 2) -> list[str]:
    """Write one item of `sites`, to be put into an entry by hand or by a program."""
    pad = " " * indent
    return [pad + line for line in _item(form, label)]


def _site(form: Form, label: str) -> list[str]:
    return site_lines(form, label)


def _item(form: Form, label: str) -> Iterator[str]:
    yield f"- label: {label}"
    yield f"  kernels: [{', '.join(form.kernels)}]"
    yield f"  file: {form.file}"
    yield f"  function: {form.function}"
    yield f"  api: {form.api}"
    if form.func is not None:
        yield f"  func: {_scalar(form.func)}"
    yield f"  wait: {form.wait}"
    if form.calls > 1:
        yield f"  calls: {form.calls}"


def _scalar(text: str) -> str:
    """Write a text so that YAML reads it as one."""
    if _PLAIN.match(text) and text.lower() not in _NOT_TEXT:
        return text
    return json.dumps(text, ensure_ascii=False)


def label_of(form: Form, taken: Iterable[str] = ()) -> str:
    """Name a site within its entry: after its func, else its API; with a kernel if need be."""
    slug = re.sub(r"[^a-z0-9]+", "-", (form.func or form.api).lower()).strip("-") or "call"
    if slug in taken:
        slug = f"{slug}-{form.kernels[0].replace('.', '-')}"
    number, found = 2, slug
    while found in taken:
        found, number = f"{slug}-{number}", number + 1
    return found


def _labels(listed: Sequence[Form]) -> list[str]:
    labels: list[str] = []
    for form in listed:
        labels.append(label_of(form, labels))
    return labels


def _assessment(
    knowledge: Knowledge, sites: Mapping[str, Sequence[Site]], names: Names
) -> Iterator[str]:
    every = [site for here in sites.values() for site in here]
    never = _never(every)
    yield f"  - kernels: [{', '.join(sites)}]"
    if never is not None:
        yield f"    reach: {Reach.NEVER.value}"
        yield f"    never_reason: {never.value}"
    else:
        yield from _running(knowledge, every)
    if never is not None:
        yield "    verdict: not-applicable"
    else:
        yield from _ask(
            "What do you expect? Lint computes the verdict from the facts, and names the right "
            "one. With `excluded`, `otherwise` follows, the verdict without the preconditions."
        )
        yield f"    verdict: {OPEN}"
    yield "    consequence:"
    yield from _ask("What follows, in one sentence that names what is late, wrong or stuck?", 6)
    yield f"      sentence: {OPEN}"
    if never is None:
        yield from _ask(
            "Why, in 2 to 8 sentences that name functions and structures? With `fail-stop` and "
            "`tolerated` this may be left out.",
            6,
        )
        yield f"      analysis: {OPEN}"
        yield "    advice:"
        yield from _ask("What should the guest's owner set, or why is there nothing to set?", 6)
        yield f"      text: {OPEN}"
        yield from _ask(
            "With `concern`, alone or behind `excluded`: `fix`, what change in the kernel would "
            "cure it, and where that stands upstream."
        )
    yield "    confidence:"
    yield from _ask("Below `high`, `to_be_sure` says what it would take.", 6)
    yield f"      level: {OPEN} # {_values(Confidence)}"
    yield "    evidence:"
    yield from _citations(knowledge, sites, names)


def _running(knowledge: Knowledge, every: Sequence[Site]) -> Iterator[str]:
    """The facts of code that may run, each with what is known towards it."""
    yield from _ask("Can a confidential guest run it? " + " ".join(_gates(knowledge, every)))
    yield f"    reach: {OPEN} # {_values(Reach)}"
    yield from _ask(
        "With `conditional`: `preconditions`, alternatives that each exclude it, [[a], [b, c]]."
    )
    yield from _ask(_waiting(every))
    yield f"    sender: {OPEN} # {_values(Sender)}"
    yield "    harm:"
    yield from _ask("The worst effect if the IPI never comes, and if it comes late?", 6)
    yield f"      never: {OPEN} # {_values(Harm)}"
    yield f"      late: {OPEN}"
    yield from _ask(
        f"With `wrong-state` or `stall`: `objective`, of {_values(Objective)}; a stall breaks "
        "`availability`, wrong state one of the others."
    )
    yield from _ask(
        f"What else is silenced? The API says {_mutes(knowledge, every)}; `mutes` only where this "
        "call differs."
    )
    yield "    adds:"
    yield from _ask("What does it add over pausing a vCPU, which the host can always do?", 6)
    yield f"      what: {OPEN} # {_values(Adds)}"
    yield f"      why: {OPEN}"
    yield from _ask("`repair`: what does the work later, by name? Left out when nothing does.")
    seen = _detectors(knowledge, every)
    yield from _ask(f"`noticed`: which detectors see it? The API's entry names {seen}.")
    yield f"    when: [{OPEN}] # {_values(When)}"
    yield f"    trigger: [{OPEN}] # {_values(Trigger)}"


def _never(every: Sequence[Site]) -> NeverReason | None:
    """Why no site can run in an x86-64 guest, where the build alone tells."""
    reasons = set()
    for site in every:
        if site.x86 in _NEVER:
            reasons.add(_NEVER[site.x86])
        elif not is_required(site) and "0" not in NOT_COMPILED.intersection(site.guards):
            reasons.add(NeverReason.UNIPROCESSOR)
        else:
            return None
    return reasons.pop() if len(reasons) == 1 else None


def _gates(knowledge: Knowledge, every: Sequence[Site]) -> Iterator[str]:
    """What must be built for the sites, and the preconditions that speak of it."""
    objects: dict[str, None] = {}
    guards: dict[str, None] = {}
    enabled: dict[str, None] = {}
    for site in every:
        objects |= dict.fromkeys(" and ".join(together) for together in site.kconfig)
        guards |= dict.fromkeys(guard for guard in site.guards if guard != "defined(CONFIG_SMP)")
        enabled |= dict.fromkeys(site.is_enabled)
    built = " or ".join(name for name in objects if name) if "" not in objects else ""
    yield f"Its object needs {built}." if built else "Its object is always built."
    if guards:
        yield f"Around the call: {', '.join(f'`#if {guard}`' for guard in guards)}."
    if enabled:
        yield f"It runs only if {', '.join(f'`{condition}`' for condition in enabled)}."
    symbols = set(re.findall(r"\bCONFIG_\w+", " ".join([*objects, *guards, *enabled])))
    weak = any(site.weak for site in every)
    if weak:
        yield "The function is `__weak`: x86 may have its own."
    if any(site.x86 == "compile-test" for site in every):
        yield "x86 builds it with COMPILE_TEST only."
    hints = []
    for identifier, loaded in sorted(knowledge.preconditions.items()):
        checks = [c for c in loaded.entry.checks if isinstance(c, KconfigCheck)]
        hints += [f"{identifier} ({c.symbol}={c.value})" for c in checks if c.symbol in symbols]
    if hints:
        yield f"Preconditions that speak of these: {', '.join(hints)}."


def _waiting(every: Sequence[Site]) -> str:
    waits = {site.wait for site in every}
    if waits == {"waits"}:
        return "Does the sender go on? The call waits, so `blocked` unless something else ends it."
    if waits <= {"no-wait", "async"}:
        return "Does the sender go on? The call does not wait; does the caller wait on its own?"
    told = ", ".join(sorted({site.wait_expr or site.wait for site in every}))
    return f"Does the sender go on? Waiting is decided by {told}: judge the case without."


def _mutes(knowledge: Knowledge, every: Sequence[Site]) -> str:
    found: dict[str, None] = {}
    for api in dict.fromkeys(site.api for site in every):
        if loaded := knowledge.apis.get(api):
            found |= dict.fromkeys(mute.value for mute in loaded.entry.mutes)
    return ", ".join(found) or "nothing"


def _detectors(knowledge: Knowledge, every: Sequence[Site]) -> str:
    found: dict[str, None] = {}
    for api in dict.fromkeys(site.api for site in every):
        if loaded := knowledge.apis.get(api):
            found |= dict.fromkeys(loaded.entry.detectors)
    return ", ".join(found) or "none"


def _citations(
    knowledge: Knowledge, sites: Mapping[str, Sequence[Site]], names: Names
) -> Iterator[str]:
    """Cite caller and func, each in the newest kernel whose record has it, else in the newest.

    A func that comes in a csd may be defined in another file than the call; where no record tells
    which, that is asked.
    """
    recorded = {
        kernel: {(name.file, name.symbol): name for name in names.get(kernel, ())}
        for kernel in sites
    }
    wanted: dict[tuple[str, bool], list[tuple[str, Site]]] = {}
    for kernel, here in reversed(list(sites.items())):
        for site in here:
            wanted.setdefault((site.function or "", False), []).append((kernel, site))
            if site.func and site.fingerprints.func is not None:
                wanted.setdefault((site.func, True), []).append((kernel, site))
    for (symbol, is_func), places in wanted.items():
        at = _recorded(symbol, places, recorded)
        kernel, site = places[0]
        if at is None and is_func and _in_csd(knowledge, kernel, site):
            yield from _ask(f"Where is `{symbol}()`, the func, defined? Cite it, too.", 6)
        else:
            yield f"      - at: {at or f'{site.file}:{symbol}@{kernel}'}"
            yield f"        shows: {OPEN}"
            yield "        basis: source"


def _recorded(
    symbol: str,
    places: Sequence[tuple[str, Site]],
    recorded: Mapping[str, Mapping[tuple[str, str], Name]],
) -> str | None:
    """Cite a symbol by the record, at the line of the call where it is the caller."""
    for kernel, site in places:
        name = recorded[kernel].get((site.file, symbol))
        if name is not None:
            below = site.line - name.line if name.line < site.line <= name.end_line else 0
            return f"{site.file}:{symbol}{f'+{below}' if below else ''}@{kernel}"
    for kernel, _ in places:
        for name in recorded[kernel].values():
            if name.symbol == symbol and name.kind == "function":
                return f"{name.file}:{symbol}@{kernel}"
    return None


def _in_csd(knowledge: Knowledge, kernel: str, site: Site) -> bool:
    api = knowledge.apis.get(site.api)
    return api is not None and any(
        definition.csd is not None
        for definition in api.entry.definitions
        if kernel in definition.kernels
    )


def _seed(knowledge: Knowledge, functions: set[str]) -> Iterator[str]:
    rows = [row for row in knowledge.seed.rows if functions & set(row.callers)]
    if rows:
        yield "seed:"
    for row in rows:
        yield from _ask(f"Issue #151 says: {' '.join(row.claim.split())}", 2)
        yield f"  - row: {row.id}"
        yield f"    finding: {OPEN} # {_values(Finding)}"
        yield f"    why: {OPEN}"


def _values(kind: Iterable[str]) -> str:
    return ", ".join(str(getattr(member, "value", member)) for member in kind)


def _ask(question: str, indent: int = 4) -> list[str]:
    return _wrapped(question, indent)


def _wrapped(text: str, indent: int) -> list[str]:
    """Write a comment of several lines."""
    lines, width = [""], 96 - indent
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return [f"{' ' * indent}# {line}" for line in lines]
