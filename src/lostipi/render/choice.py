"""The page of one guest, a kernel on a platform: what to set, what stands, what nothing cures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lostipi.model.base import Kind, Platform
from lostipi.model.caller import Assessment, Sender, Verdict
from lostipi.model.detector import Power
from lostipi.model.precondition import CmdlineCheck, Default, KconfigCheck, SysctlCheck
from lostipi.render.book import Book, Place, UnknownNameError, View
from lostipi.render.charts import stacked_bars
from lostipi.render.checklist import Line, is_concern, lines
from lostipi.render.checks import check_command
from lostipi.render.detection import power_at
from lostipi.render.fragments import is_free, kconfig_fragment, kconfig_setting, words
from lostipi.render.html import badge, folded, page, table, unordered
from lostipi.render.parts import PARTS, part
from lostipi.render.precondition import default_badge
from lostipi.render.standing import (
    USELESS,
    Force,
    Standing,
    force,
    held_at,
    rank,
    standings,
    worst,
)
from lostipi.render.text import code, esc, link
from lostipi.render.words import PLATFORMS

_ASKING = (Verdict.CONCERN, Verdict.UNKNOWN)


@dataclass(frozen=True)
class Case:
    """One caller that asks for action in a guest."""

    caller: str
    """Its id."""
    head: Standing
    """The worst that is judged of it there."""
    state: Force
    """Whether that stands with the defaults of common distributions."""
    cures: tuple[tuple[str, ...], ...]
    """Alternatives that take it away there, each the preconditions that must hold together."""
    helps: tuple[str, ...]
    """Preconditions that are advised besides."""
    paravirtual: bool
    """Whether the host's word takes an IPI's place in it."""


def cases(book: Book, place: Place) -> list[Case]:
    """All callers that are a concern or unknown when their code runs, in force first."""
    found = []
    for entry_id, caller in book.callers.items():
        here = [s for s in standings(book, caller) if (s.kernel, s.platform) == place]
        asking = [s for s in here if s.effective in _ASKING]
        if not asking:
            continue
        # What is in force decides, not what would be worst if it ran.
        head = min(asking, key=lambda s: (list(Force).index(force(book, s)), rank(s.effective)))
        kinds = {book.apis[site.api].kind for site in caller.sites if site.api in book.apis}
        found.append(
            Case(
                entry_id,
                head,
                force(book, head),
                *_to_hold(book, head.assessment, place),
                Kind.PARAVIRTUAL in kinds or head.assessment.sender is Sender.HOST_SAYS,
            )
        )
    return sorted(
        found,
        key=lambda case: (
            list(Force).index(case.state),
            rank(case.head.effective),
            not case.paravirtual,
            case.caller,
        ),
    )


def _to_hold(
    book: Book, assessment: Assessment, place: Place
) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """What takes a concern away at a place, and what else helps; without what nobody can hold."""
    advised = assessment.advice.preconditions if assessment.advice else ()
    excluded = assessment.verdict is Verdict.EXCLUDED
    named = assessment.preconditions if excluded else ((advised,) if advised else ())
    cures = tuple(
        names for names in named if all(_can_be_held(book, name, place) for name in names)
    )
    used = {name for names in cures for name in names}
    return cures, tuple(n for n in advised if n not in used and _can_be_held(book, n, place))


def _can_be_held(book: Book, name: str, place: Place) -> bool:
    held = held_at(book.preconditions[name], *place)
    return held is not None and not set(held.by) <= USELESS


def place_of(book: Book, address: str) -> Place:
    """The place whose page has an address such as `sev-snp/v6.12`.

    Raises:
        UnknownNameError: when no kernel is judged for such a platform.
    """
    for place in book.places:
        if place.address == address:
            return place
    raise UnknownNameError(f"{address!r} is no platform with a kernel judged for it")


def chooser(view: View, here: Place | None = None) -> str:
    """Links to the pages of all guests, a row for each platform."""
    rows = []
    for platform in Platform:
        tiles = "".join(
            _tile(view, place, place == here)
            for place in view.book.places
            if place.platform is platform
        )
        if tiles:
            rows.append(f"<li><span>{esc(PLATFORMS[platform])}</span><ul>{tiles}</ul></li>\n")
    return (
        '<nav class="choose" aria-label="Platform and kernel" data-search-exclude>'
        f"<ul>\n{''.join(rows)}</ul></nav>"
    )


def _tile(view: View, place: Place, current: bool) -> str:
    states = Counter(case.state for case in cases(view.book, place))
    count = states[Force.IN_FORCE]
    counts = f"{count or 'no'} concern{'' if count == 1 else 's'} in force"
    mark = ' aria-current="page"' if current else ""
    href = view.href(f"for/{place.address}")
    return (
        f'<li><a href="{esc(href)}"{mark}><strong>{esc(place.kernel)}</strong> '
        f"<small>{counts}</small></a></li>"
    )


def choice_page(view: View, address: str) -> str:
    """All that the owner of one guest should know, on one page.

    Raises:
        UnknownNameError: when no kernel is judged for such a platform.
    """
    place = place_of(view.book, address)
    found = cases(view.book, place)
    asked = lines(view.book, place)
    release = view.book.kernel(place.kernel).release
    return page(
        f"# Your guest: {place.words}",
        f'<p class="lede">What a missing IPI does to {_article(place)} guest that runs Linux '
        f'{esc(place.kernel)}, and what its owner can do. <span class="where">read in '
        f"{esc(release)}</span></p>",
        chooser(view, place),
        _tally(found),
        _to_copy(),
        "## 1. Set today {#set}",
        _settings(view, place, asked),
        _copies(view, place),
        _before_secrets(view, place),
        "## 2. The concerns {#concerns}",
        *_groups(view, found),
        "## 3. What no setting cures {#not-cured}",
        _not_cured(view, place, found),
        "## How the callers stand {#counts}",
        _verdicts(view, place),
    )


def _article(place: Place) -> str:
    return f"a{'n' if PLATFORMS[place.platform][0] in 'AEIOS' else ''} {PLATFORMS[place.platform]}"


def _tally(found: Sequence[Case]) -> str:
    """The four counts that the page opens with, each leading to its list."""
    states = Counter(case.state for case in found)
    boxes = (
        ("in-force", states[Force.IN_FORCE], "in force by default"),
        ("depends", states[Force.MAYBE], "depend on the distribution, or are not known"),
        ("held", states[Force.HELD], "kept from running by what distributions do"),
        (
            "not-cured",
            len(_without_setting(found)),
            f"of these {len(found)}, without a setting that prevents them",
        ),
    )
    items = "".join(
        f'<li><a href="#{anchor}"><strong>{count}</strong> <span>{words_}</span></a></li>'
        for anchor, count, words_ in boxes
    )
    return f'<ul class="tally" aria-label="Concerns">{items}</ul>'


def _to_copy() -> str:
    """What readers come back for, where the table of contents is out of sight, as on a phone."""
    places = {
        "cmdline": "words for the kernel command line",
        "kconfig": "kernel configuration",
        "check": "what to check before secrets are released",
    }
    return f"<p>To copy: {', '.join(link(f'#{at}', words_) for at, words_ in places.items())}.</p>"


def _without_setting(found: Iterable[Case]) -> list[Case]:
    return [case for case in found if not case.cures]


def _settings(view: View, place: Place, asked: Sequence[Line]) -> str:
    """What prevents a concern here: the setting, its cost, and what it serves."""
    serving = sorted((line for line in asked if is_concern(line)), key=_usefulness)
    if not serving:
        return "<p>No setting prevents a concern here.</p>"
    opened = [line for line in serving if line.default is not Default.HOLDS]
    kept = [line for line in serving if line.default is Default.HOLDS]
    parts = [
        "<p>A caller that several settings serve needs one of them, unless its entry joins them."
        "</p>"
    ]
    if opened:
        parts.append("### What distributions leave open {#open}")
        parts.append(_cards(view, place, opened))
    if kept:
        parts.append("### What they hold already: keep it so {#keep}")
        parts.append(_cards(view, place, kept))
    return "\n\n".join(parts)


def _usefulness(line: Line) -> tuple[bool, int]:
    """What costs nothing comes first, then what serves most concerns."""
    served = sum(service.head.effective in _ASKING for service in line.services)
    return not is_free(line), -served


def _cards(view: View, place: Place, found: Sequence[Line]) -> str:
    return f'<ul class="cards">\n{"".join(_card(view, place, line) for line in found)}</ul>'


def _card(view: View, place: Place, line: Line) -> str:
    held = held_at(line.entry, *place)
    told = [s for s in line.services if s.head.effective in _ASKING]
    served = ", ".join(view.caller(s.caller) for s in told)
    more = len(line.services) - len(told)
    milder = f" and {more} milder {'one' if more == 1 else 'ones'}" if more else ""
    default = "" if held is None else f" <small>by default: {default_badge(held)}</small>"
    how = "" if held is None else f"<p>{view.inline(held.how)}</p>"
    return (
        f"<li><h4>{view.precondition(line.name)}{default}</h4>{how}{_written(line)}"
        f"<p><strong>Costs</strong> {view.inline(line.entry.cost)}</p>"
        f"<p><strong>Serves</strong> {served}{milder}</p></li>\n"
    )


def _written(line: Line) -> str:
    """The setting as it is written, or the command that shows whether it holds."""
    shown = []
    for check in line.entry.checks:
        match check:
            case KconfigCheck():
                shown.append(("configuration", kconfig_setting(check)))
            case CmdlineCheck(parameter=parameter):
                shown.append(("command line", parameter))
            case SysctlCheck(name=name, value=value):
                shown.append(("sysctl", f"{name} = {value}"))
            case _:
                shown.append(("check", check_command(check)[0]))
    items = "".join(f"<li><small>{kind}</small> {code(text)}</li>" for kind, text in shown)
    return f'<ul class="written">{items}</ul>' if items else ""


def _copies(view: View, place: Place) -> str:
    """The settings to copy: the command line, then the configuration of this kernel."""
    found = list(words(view.book, place))
    free = [word for line, word in found if is_free(line)]
    costing = [(line, word) for line, word in found if not is_free(line)]
    parts = ["### On the kernel command line {#cmdline}"]
    if free:
        parts += [
            "<p>These words cost nothing. The command line must be measured, or the host writes "
            "it.</p>",
            f"```text\n{' '.join(free)}\n```",
        ]
    if costing:
        items = [
            f"{code(word)}: {view.inline(line.entry.cost)} "
            f"<small>{view.precondition(line.name)}</small>"
            for line, word in costing
        ]
        parts += ["<p>These cost something; weigh them:</p>", unordered(items)]
    if not found:
        parts.append("<p>No word for the command line keeps a concern from running here.</p>")
    detecting = link(view.guide("checklist/#detection"), "words that switch detection on")
    parts.append(f"<p>Beside them, the {detecting}.</p>")
    parts.append("### In the kernel configuration {#kconfig}")
    fragment = kconfig_fragment(view, place)
    if not fragment:
        parts.append("<p>No line of the configuration keeps a concern from running here.</p>")
    else:
        parts += [
            "<p>Each line with its reason and cost; merge what your guest does not need.</p>",
            f'<details markdown="1"><summary>The fragment for {esc(place.kernel)}</summary>\n\n'
            f"{fragment}\n\n</details>",
        ]
    return "\n\n".join(parts)


def _before_secrets(view: View, place: Place) -> str:
    """What to look at in the running guest, and what would notice a missing IPI there."""
    script = link(view.guide("checklist/#script"), "all checks as one script")
    answers = link(view.guide("checklist/#paravirtual"), "no paravirtual answer in the IPI's place")
    kept, blinded = [], []
    for name, entry in sorted(view.book.detectors.items()):
        power = power_at(entry, place.kernel, place.platform)
        if power in (Power.DELAY, Power.NOTHING):
            kept.append(view.detector(name) + (" (only delay)" if power is Power.DELAY else ""))
        elif power is not None:
            blinded.append(view.detector(name))
    return page(
        "### In the guest, before secrets are released {#check}",
        unordered(
            [
                f"Run {script}, from measured code.",
                f"See to it that there is {answers}.",
            ]
        ),
        "### What would notice a missing IPI {#noticed}",
        unordered(
            [
                "The host cannot blind: " + (", ".join(kept) or "none of the detectors."),
                "The host can blind: " + (", ".join(blinded) or "none of them."),
                f"How to switch them on: {link(view.guide('detection/'), 'Detection')}.",
            ]
        ),
    ).rstrip()


def _groups(view: View, found: Sequence[Case]) -> Iterator[str]:
    """The concerns, those in force first, each group under its own heading."""
    answers = link(view.guide("mechanism/#replaced"), "Paravirtual paths")
    told = f"{answers} are those in which the host says that an IPI is not needed, or that its work"
    look = link(view.guide("checklist/#paravirtual"), "the checklist says how to see them")
    marked = any(case.paravirtual for case in found)
    more = "they are marked." if marked else f"none has an entry for this guest; {look}."
    yield f"<p>{told} is done: {more}</p>"
    by_state = {state: [case for case in found if case.state is state] for state in Force}
    yield "### In force by default {#in-force}"
    yield _listed(view, by_state[Force.IN_FORCE], "No concern is in force by default.")
    yield "### Depending on the distribution, or not known {#depends}"
    yield _listed(view, by_state[Force.MAYBE], "Nothing is open in this way.")
    yield "### Kept from running by what distributions do {#held}"
    yield _listed(view, by_state[Force.HELD], "No concern is kept from running in this way.")


def _listed(view: View, found: Sequence[Case], nothing: str) -> str:
    if not found:
        return f"<p>{nothing}</p>"
    return f'<ul class="cases">\n{"".join(_case(view, case) for case in found)}</ul>'


def _case(view: View, case: Case) -> str:
    assessment = case.head.assessment
    mark = ' <span class="chip warn">paravirtual</span>' if case.paravirtual else ""
    # What stands is not called excluded, whatever somebody might set.
    held = case.state is Force.HELD
    shown = view.verdict(assessment) if held else badge(case.head.effective)
    return (
        f"<li><p>{view.caller(case.caller)} {shown}{mark}<br>"
        f"{view.inline(assessment.consequence.sentence)}</p>"
        f'<p class="do">{_to_do(view, case)}</p></li>\n'
    )


def _to_do(view: View, case: Case) -> str:
    besides = ", ".join(view.precondition(name) for name in case.helps)
    if case.cures:
        cures = [" and ".join(view.precondition(n) for n in names) for names in case.cures]
        act = "Keep" if case.state is Force.HELD else "Set"
        return f"{act}: {', or '.join(cures)}" + (f". Helps besides: {besides}" if besides else "")
    advice = case.head.assessment.advice
    text = "No setting takes it away."
    if besides:
        text += f" Helps: {besides}."
    return f"{text} {view.inline(advice.text)}" if advice and advice.text else text


def _not_cured(view: View, place: Place, found: Sequence[Case]) -> str:
    """Concerns that no setting takes away, and what stays true of every guest."""
    bare = _without_setting(found)
    counts = _own_counts(view.book, place)
    filtered = _filtered(place)
    hangs = link(
        view.guide(f"{filtered}&verdict=fail-stop"),
        f"{counts[Verdict.FAIL_STOP]} callers",
    )
    stalls = link(view.guide(f"{filtered}&verdict=dos-only"), f"{counts[Verdict.DOS_ONLY]} callers")
    items = [
        "<strong>The mute CPU.</strong> One lost call-function IPI leaves the target's queue "
        "non-empty, and no later cross-call, remote wakeup or remote irq_work sends another "
        f"({link(view.guide('mechanism/#queue'), 'why')}).",
        f"<strong>The hang.</strong> {hangs} wait, and wait for ever; what stands behind their "
        "locks waits with them. The host could have stopped the guest anyway.",
        f"<strong>The stall.</strong> {stalls} go on while a task, a queue or a grace period "
        "stops.",
        "<strong>The delay.</strong> The host decides when a vCPU runs, so no mechanism makes "
        f"delivery prompt ({link(view.guide('mitigation/'), 'what would help')}).",
    ]
    changes = link(view.guide("developers/"), "what would cure them in the kernel")
    head = (
        _listed(view, bare, "")
        if bare
        else "<p>Each concern above has a setting that takes it away. None takes away these:</p>"
    )
    return page(head, unordered(items), f"<p>See {changes}.</p>").rstrip()


def _own_counts(book: Book, place: Place) -> Counter[Verdict]:
    """How many callers have a verdict there that no setting excludes, each verdict once."""
    counts: Counter[Verdict] = Counter()
    for caller in book.callers.values():
        here = (s for s in standings(book, caller) if (s.kernel, s.platform) == place)
        counts.update({standing.assessment.verdict for standing in here})
    return counts


def _verdicts(view: View, place: Place) -> str:
    """All callers of the guest, by subsystem and worst verdict."""
    counts: dict[str, Counter[str]] = {}
    for entry_id, caller in view.book.callers.items():
        head = worst(s for s in standings(view.book, caller) if (s.kernel, s.platform) == place)
        if head is not None:
            counts.setdefault(entry_id.split("/")[0], Counter())[part(head)] += 1
    rows = sorted(counts.items(), key=lambda item: (-item[1].total(), item[0]))
    kept = [(key, word) for key, word in PARTS if any(found[key] for _, found in rows)]
    filtered = _filtered(place)
    links = [view.guide(f"{filtered}&subsystem={name}") for name, _ in rows]
    total = sum(found.total() for found in counts.values())
    every = link(view.guide(filtered), f"all {total} callers of this guest")
    numbers = table(
        ["Subsystem", *(esc(word) for _, word in kept)],
        [[esc(name), *(str(found[key] or "") for key, _ in kept)] for name, found in rows],
        label="Callers of this guest by subsystem and worst verdict",
        search=False,
    )
    return page(
        f"<p>By subsystem and worst verdict; see {every}, with filters.</p>",
        stacked_bars(rows, kept, label="Callers of this guest by subsystem", links=links),
        folded(numbers) if rows else "",
    ).rstrip()


def _filtered(place: Place) -> str:
    """The address of the callers of one guest."""
    return f"callers/?platform={place.platform.value}&kernel={place.kernel}"
