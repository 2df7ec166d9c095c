"""The checklist: every precondition that some caller asks for, what it excludes first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lostipi.model.base import Platform
from lostipi.model.caller import Assessment, Verdict
from lostipi.model.precondition import Default, Precondition
from lostipi.render.book import Book, Place, View
from lostipi.render.checks import check_command
from lostipi.render.html import facts, table, unordered
from lostipi.render.precondition import platform_cell
from lostipi.render.standing import USELESS, Standing, default_at, held_at, rank, standings, worst
from lostipi.render.text import esc, heading, link
from lostipi.render.words import PLATFORMS

COUNTED = (Platform.TDX, Platform.SEV_SNP)
"""The platforms that the checklist is for; older ones are only named."""

_CONCERNS = (Verdict.CONCERN, Verdict.UNKNOWN)

_SHOWN = 4
"""How many callers are named where their consequence is not told."""

_STATES = (Default.FAILS, Default.UNKNOWN, Default.HOLDS)


class Effect(StrEnum):
    """What holding a precondition does for a caller."""

    EXCLUDES = "excludes"
    """The code does not run."""
    CURES = "cures"
    """The code runs, and is no concern then."""
    ADVISED = "advised"
    """It helps, and is not enough."""


@dataclass(frozen=True)
class Service:
    """What one precondition does for one caller."""

    caller: str
    """The caller's id."""
    head: Standing
    """The worst that it excludes or that it is advised for."""
    does: Effect
    """What holding it does."""
    needs: tuple[str, ...]
    """What else must hold for that; of several alternatives, in the one that asks for least."""
    elsewhere: bool
    """Whether it concerns no kernel of the platforms that count."""


@dataclass(frozen=True)
class Line:
    """One precondition of the checklist."""

    name: str
    """Its id."""
    entry: Precondition
    """Its entry."""
    services: tuple[Service, ...]
    """What it does, worst first; never empty."""
    default: Default
    """The worst default on any kernel where it is asked for."""
    kernels: tuple[str, ...]
    """The kernels where the worst verdict that it prevents stands, oldest first."""

    @property
    def verdict(self) -> Verdict:
        """The worst verdict that it prevents."""
        return self.services[0].head.effective


def lines(book: Book, place: Place | None = None) -> list[Line]:
    """All preconditions that serve a caller and that somebody else than the host can hold.

    Sorted by the worst verdict they prevent, then by default: what is open comes first.

    Args:
        book: the book.
        place: one kernel on one platform; without it, all of them.
    """
    counted = COUNTED if place is None else (place.platform,)
    found = [_line(book, name, asked, counted) for name, asked in _asking(book, place).items()]
    return sorted(
        (line for line in found if line.verdict is not Verdict.NOT_APPLICABLE),
        key=lambda line: (
            line.services[0].elsewhere,
            rank(line.verdict),
            _STATES.index(line.default),
            line.name,
        ),
    )


def _asking(book: Book, place: Place | None) -> dict[str, dict[str, list[Standing]]]:
    """By precondition and caller the standings that ask for it where it can be held."""
    found: dict[str, dict[str, list[Standing]]] = {}
    for entry_id in sorted(book.callers):
        for standing in standings(book, book.callers[entry_id]):
            if place not in (None, (standing.kernel, standing.platform)):
                continue
            assessment = standing.assessment
            names = {name for alternative in assessment.preconditions for name in alternative}
            names |= set(assessment.advice.preconditions) if assessment.advice else set()
            for name in sorted(names & book.preconditions.keys()):
                held = held_at(book.preconditions[name], standing.kernel, standing.platform)
                if held is not None and not set(held.by) <= USELESS:
                    found.setdefault(name, {}).setdefault(entry_id, []).append(standing)
    return found


def _line(
    book: Book,
    name: str,
    asked: Mapping[str, Sequence[Standing]],
    counted: Sequence[Platform],
) -> Line:
    services = [_service_of(name, *item, counted) for item in asked.items()]
    services.sort(key=_service_order)
    every = [standing for found in asked.values() for standing in found]
    places = [s for s in every if s.platform in counted] or every
    defaults = [default_at(book, name, s.kernel, s.platform) for s in places]
    default = min(defaults, key=_STATES.index)
    worst_there = {s.kernel for s in places if s.effective is services[0].head.effective}
    kernels = tuple(kernel for kernel in book.kernels.names if kernel in worst_there)
    return Line(name, book.preconditions[name], tuple(services), default, kernels)


def _service_of(
    name: str, entry_id: str, found: Sequence[Standing], counted: Sequence[Platform]
) -> Service:
    here = [s for s in found if s.platform in counted]
    head = worst(here or found)
    assert head is not None
    does, together = _effect(name, head.assessment)
    needs = tuple(other for other in together if other != name)
    return Service(entry_id, head, does, needs, not here)


def _effect(name: str, assessment: Assessment) -> tuple[Effect, Sequence[str]]:
    """What a precondition does in an assessment, and all that must hold for it."""
    alternatives = [a for a in assessment.preconditions if name in a]
    if alternatives:
        return Effect.EXCLUDES, min(alternatives, key=len)
    if assessment.verdict is Verdict.CONCERN and assessment.advice is not None:
        return Effect.CURES, assessment.advice.preconditions
    return Effect.ADVISED, ()


def _service_order(service: Service) -> tuple[bool, tuple[int, bool], int, str]:
    worst_first = rank(service.head.effective)
    return service.elsewhere, worst_first, list(Effect).index(service.does), service.caller


def is_concern(line: Line) -> bool:
    """Whether a line prevents a concern, or what may be one, on TDX or SEV-SNP."""
    return line.verdict in _CONCERNS and not line.services[0].elsewhere


def glance(view: View) -> str:
    """The lines that prevent a concern, one row each, with who has to act and what it costs."""
    rows = []
    for line in lines(view.book):
        if not is_concern(line):
            continue
        holders = dict.fromkeys(
            by.value for held in line.entry.held for by in held.by if by not in USELESS
        )
        told = sum(service.head.effective in _CONCERNS for service in line.services)
        rows.append(
            [
                link(f"#set-{line.name}", view.inline(line.entry.title)),
                ", ".join(esc(word) for word in holders),
                *(_default(view, line, platform) for platform in COUNTED),
                str(told),
                view.inline(line.entry.cost),
            ]
        )
    if not rows:
        return "<p>No precondition prevents a concern.</p>"
    platforms = [f"{esc(PLATFORMS[p])}, by default" for p in COUNTED]
    heads = ["Set", "Held by", *platforms, "Concerns", "Costs"]
    return table(heads, rows, label="The checklist at a glance", search=False, stack=True)


def _default(view: View, line: Line, platform: Platform) -> str:
    """Whether distributions hold a line, on the kernels of a platform where it is asked for."""
    here = [
        default_at(view.book, line.name, kernel.name, platform)
        for kernel in view.book.kernels.kernels
        if platform in kernel.platforms
        and (held := held_at(line.entry, kernel.name, platform)) is not None
        and not set(held.by) <= USELESS
    ]
    if not here:
        return '<span class="dim">not asked for</span>'
    worst_here = min(here, key=_STATES.index).value
    return f'<span class="d d-{worst_here}">{worst_here}</span>'


def concerns(view: View) -> str:
    """The lines that prevent a concern, each with its reason, cost, holders and commands."""
    parts = [_item(view, line) for line in lines(view.book) if is_concern(line)]
    return "\n\n".join(parts) if parts else "<p>No precondition prevents a concern.</p>"


def _item(view: View, line: Line) -> str:
    entry = line.entry
    rows = [
        ("Serves", _served(view, line.services)),
        ("Why it helps", view.inline(entry.why)),
        *((esc(PLATFORMS[p]), platform_cell(view, entry, p) or "not asked for") for p in COUNTED),
        ("Costs", view.inline(entry.cost)),
    ]
    head = f"### {heading(entry.title)} {{#set-{line.name}}}"
    page = link(view.href(f"preconditions/{line.name}"), esc(line.name))
    what = esc(f"{line.verdict.value} in {', '.join(line.kernels)}")
    lede = f"<p>{view.inline(entry.statement)} <small>{page}, {what}</small></p>"
    return "\n\n".join(
        [head, lede, facts(rows, label=f"Facts: {line.name}"), *_commands(view, line)]
    )


def _commands(view: View, line: Line) -> Iterator[str]:
    for check in line.entry.checks:
        command, wanted = check_command(check)
        yield f"<p>{wanted}</p>"
        yield f"```sh\n{command}\n```"
    if line.entry.checks_note:
        yield f"<p>{view.inline(line.entry.checks_note)}</p>"


def _served(view: View, services: Sequence[Service]) -> str:
    """The concerns with their sentence, and the rest by name."""
    told = [s for s in services if s.head.effective in _CONCERNS]
    items = [f"{_service(view, s)} {_sentence(view, s)}" for s in told]
    rest = [view.caller(s.caller) for s in services if s not in told]
    if rest:
        more = f" and {len(rest) - _SHOWN} more" if len(rest) > _SHOWN else ""
        items.append(f"and milder ones: {', '.join(rest[:_SHOWN])}{more}")
    return unordered(items)


def _sentence(view: View, service: Service) -> str:
    return view.inline(service.head.assessment.consequence.sentence)


def _service(view: View, service: Service) -> str:
    word = service.head.effective.value
    how = service.does.value
    if service.needs:
        how += " with " + ", ".join(view.precondition(name) for name in service.needs)
    where = service.head
    if service.elsewhere:
        how += f", only {esc(where.kernel)} on {esc(PLATFORMS[where.platform])}"
    return (
        f'{view.caller(service.caller)} <small>{how}</small> <span class="v v-{word}">{word}</span>'
    )


def others(view: View) -> str:
    """The lines that prevent hangs and lost work only, as one table."""
    rows = []
    for line in lines(view.book):
        if is_concern(line):
            continue
        checks = "<br>".join(f"<code>{esc(check_command(c)[0])}</code>" for c in line.entry.checks)
        if line.entry.checks_note and not checks:
            checks = view.inline(line.entry.checks_note)
        rows.append(
            [
                f"{view.precondition(line.name)}<br><small>{esc(line.name)}</small>",
                _few(view, line.services),
                *(platform_cell(view, line.entry, p) or "not asked for" for p in COUNTED),
                checks,
                view.inline(line.entry.cost),
            ]
        )
    if not rows:
        return "<p>Every precondition prevents a concern.</p>"
    platforms = [esc(PLATFORMS[p]) for p in COUNTED]
    heads = ["Precondition", "Serves", *platforms, "Check", "Costs"]
    return table(
        heads, rows, label="Preconditions against hangs and lost work", kind="wide", stack=True
    )


def _few(view: View, services: Sequence[Service]) -> str:
    shown = "<br>".join(_service(view, service) for service in services[:_SHOWN])
    rest = len(services) - _SHOWN
    return shown + (f"<br><small>and {rest} more</small>" if rest > 0 else "")
