"""The page of a precondition entry: who holds it, and how to check it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lostipi.model.base import Platform
from lostipi.model.meanings import meaning
from lostipi.model.precondition import Held, Precondition
from lostipi.render.book import UnknownNameError, View
from lostipi.render.checks import check_command
from lostipi.render.entry import references, this_entry
from lostipi.render.html import command_block, page, table
from lostipi.render.standing import USELESS, Standing, held_at, order, standings, worst
from lostipi.render.text import esc, heading, link
from lostipi.render.words import PLATFORMS


def precondition_page(view: View, name: str) -> str:
    """All that is known of one precondition.

    Raises:
        UnknownNameError: when there is no such entry.
    """
    entry = view.book.preconditions.get(name)
    if entry is None:
        raise UnknownNameError(f"{name!r} is no precondition entry")
    return page(
        f"# {heading(entry.title)}",
        f'<p class="lede">{view.inline(entry.statement)}'
        f' <span class="where">{esc(name)}</span></p>',
        f"<div>{view.block(entry.why)}</div>",
        "## Who holds it {#held}",
        holders(view, entry),
        "## How to check it {#check}",
        *_checks(view, entry),
        "## What it costs {#cost}",
        f"<p>{view.inline(entry.cost)}</p>",
        "## What rests on it {#callers}",
        resting(view, name),
        "## Evidence {#evidence}",
        view.evidence(entry.evidence),
        *references(view, entry),
        *this_entry(view, f"preconditions/{name}"),
    )


def holders(view: View, entry: Precondition) -> str:
    """Per kernel and platform who holds it, how, and whether distributions do by default."""
    groups: dict[tuple[str, ...], dict[Platform, list[str]]] = {}
    for kernel in view.book.kernels.kernels:
        for platform in kernel.platforms:
            held = held_at(entry, kernel.name, platform)
            if held is None:
                continue
            how = f"{view.inline(held.how)}<br><small>{view.inline(held.default_why)}</small>"
            cells = (holder_words(held), default_badge(held), how)
            groups.setdefault(cells, {}).setdefault(platform, []).append(kernel.name)
    rows = [
        [
            "<br>".join(
                f"{esc(PLATFORMS[platform])} <small>{esc(', '.join(kernels))}</small>"
                for platform, kernels in sorted(where.items(), key=_platform_order)
            ),
            *cells,
        ]
        for cells, where in groups.items()
    ]
    rows.sort(key=lambda row: row[0], reverse=True)
    return table(["Where", "Held by", "By default", "How"], rows, label="Who holds it", stack=True)


def _platform_order(item: tuple[Platform, list[str]]) -> int:
    return list(Platform).index(item[0])


def holder_words(held: Held) -> str:
    """The holders as chips; those that exclude nothing are marked."""
    chips = "".join(
        f'<span class="chip {"warn" if by in USELESS else "good"}" title="{esc(meaning(by))}">'
        f"{esc(by.value)}</span> "
        for by in held.by
    )
    useless = set(held.by) <= USELESS
    return chips + ('<br><small class="dim">excludes nothing here</small>' if useless else "")


def default_badge(held: Held) -> str:
    """Whether distributions hold it, as a coloured word."""
    value = held.default
    return f'<span class="d d-{value.value}" title="{esc(meaning(value))}">{value.value}</span>'


def _checks(view: View, entry: Precondition) -> Iterable[str]:
    for check in entry.checks:
        command, wanted = check_command(check)
        yield f"<p>{wanted}</p>"
        yield command_block(command)
    if entry.checks_note:
        yield f"<p>{view.inline(entry.checks_note)}</p>"


def resting(view: View, name: str) -> str:
    """Every verdict that rests on a precondition: what it excludes, and what it is advised for."""
    rows = []
    for entry_id in view.book.callers_by.get(("precondition", name), ()):
        for how, found in _ways(view, entry_id, name).items():
            head = worst(found)
            if head is not None:
                rows.append(
                    (
                        (order(head.assessment), entry_id),
                        [
                            view.caller(entry_id),
                            link(
                                view.href(f"callsites/{entry_id}#a{head.number}"),
                                view.verdict(head.assessment),
                            ),
                            how,
                            _where(found),
                            view.inline(head.assessment.consequence.sentence),
                        ],
                    )
                )
    if not rows:
        return "<p>No caller entry names it yet.</p>"
    rows.sort(key=lambda row: row[0])
    heads = ["Caller", "Verdict", "How it rests on it", "Where", "Consequence when it runs"]
    listed = [cells for _, cells in rows]
    return table(heads, listed, label="Verdicts that rest on it", kind="wide resting", stack=True)


def _ways(view: View, entry_id: str, name: str) -> dict[str, list[Standing]]:
    """The standings of a caller that name a precondition, by the part that it plays."""
    ways: dict[str, list[Standing]] = {}
    for standing in standings(view.book, view.book.callers[entry_id]):
        assessment = standing.assessment
        mine = [names for names in assessment.preconditions if name in names]
        if mine:
            ways.setdefault(_part(view, name, assessment.preconditions, mine[0]), []).append(
                standing
            )
        elif assessment.advice and name in assessment.advice.preconditions:
            ways.setdefault("advised", []).append(standing)
    return ways


def _part(view: View, name: str, alternatives: Sequence[Sequence[str]], mine: Sequence[str]) -> str:
    """Whether a precondition excludes by itself, and what else would."""
    others = " and ".join(view.precondition(other) for other in mine if other != name)
    text = f"excludes it together with {others}" if others else "excludes it"
    rest = [
        " and ".join(view.precondition(other) for other in names)
        for names in alternatives
        if names is not mine
    ]
    return text + (f"; so would {', or '.join(rest)}" if rest else "")


def _where(found: Sequence[Standing]) -> str:
    """The kernels of some standings by platform, platforms with the same kernels together."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for platform in Platform:
        kernels = tuple(dict.fromkeys(s.kernel for s in found if s.platform is platform))
        if kernels:
            groups.setdefault(kernels, []).append(PLATFORMS[platform])
    return "<br>".join(
        f"{esc(', '.join(platforms))} <small>{esc(', '.join(kernels))}</small>"
        for kernels, platforms in groups.items()
    )


def preconditions_table(view: View) -> str:
    """All preconditions, with who holds them where and what rests on them."""
    rows = []
    for name, entry in sorted(view.book.preconditions.items()):
        cells = [f"{view.precondition(name)}<br><small>{esc(name)}</small>"]
        for platform in Platform:
            cells.append(platform_cell(view, entry, platform))
        count = sum(
            any(name in alt for a in view.book.callers[i].assessments for alt in a.preconditions)
            for i in view.book.callers_by.get(("precondition", name), ())
        )
        rows.append([*cells, str(count), view.inline(entry.cost)])
    heads = ["Precondition", *(esc(PLATFORMS[p]) for p in Platform), "Callers excluded", "Cost"]
    return table(heads, rows, label="Preconditions", kind="wide", stack=True)


def platform_cell(view: View, entry: Precondition, platform: Platform) -> str:
    """Who holds a precondition on a platform and by default, kernels with one answer together."""
    groups: dict[str, list[str]] = {}
    for kernel in view.book.kernels.kernels:
        if platform not in kernel.platforms:
            continue
        held = held_at(entry, kernel.name, platform)
        text = "" if held is None else f"{holder_words(held)}<br>default: {default_badge(held)}"
        if text:
            groups.setdefault(text, []).append(kernel.name)
    return "<br>".join(
        f"<small>{esc(', '.join(kernels))}</small> {text}" if len(groups) > 1 else text
        for text, kernels in groups.items()
    )
