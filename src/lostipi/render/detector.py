"""The page of a detector entry: what it sees, what it needs, how the host blinds it."""

from __future__ import annotations

from lostipi.model.base import Platform
from lostipi.model.detector import Blinding, Detector, Power
from lostipi.model.meanings import meaning
from lostipi.render.book import UnknownNameError, View
from lostipi.render.entry import references, this_entry
from lostipi.render.html import facts, page, table, term
from lostipi.render.standing import order, standings, worst
from lostipi.render.text import esc, heading, link
from lostipi.render.words import PLATFORMS


def detector_page(view: View, name: str) -> str:
    """All that is known of one detector.

    Raises:
        UnknownNameError: when there is no such entry.
    """
    entry = view.book.detectors.get(name)
    if entry is None:
        raise UnknownNameError(f"{name!r} is no detector entry")
    rows = [
        ("Misses", view.inline(entry.misses)),
        ("Does", "<br>".join(term(does.value, meaning(does)) for does in entry.does)),
        ("Costs", view.inline(entry.cost)),
    ]
    return page(
        f"# {heading(entry.title)}",
        f'<p class="lede">{view.inline(entry.sees)} <span class="where">{esc(name)}</span></p>',
        facts(rows, label="Facts"),
        "## What the host can do to it {#host}",
        _blinding(view, entry),
        "## Default and needs {#needs}",
        _states(view, entry),
        "## How to switch it on {#enable}",
        f"<div>{view.block(entry.enable)}</div>",
        "## Callers it sees {#callers}",
        seen_by(view, name),
        "## Evidence {#evidence}",
        view.evidence(entry.evidence),
        *references(view, entry),
        *this_entry(view, f"detectors/{name}"),
    )


def power_badge(power: Power) -> str:
    """What the host can do, as a coloured word."""
    return f'<span class="p p-{power.value}" title="{esc(meaning(power))}">{power.value}</span>'


def _scope(blinding: Blinding) -> str:
    names = ", ".join(PLATFORMS[platform] for platform in blinding.platforms)
    return names + (f"<br><small>{', '.join(blinding.kernels)}</small>" if blinding.kernels else "")


def _blinding(view: View, entry: Detector) -> str:
    rows = [[_scope(b), power_badge(b.power), view.inline(b.how)] for b in entry.blinded]
    return table(
        ["Platform", "The host can", "How"], rows, label="What the host can do to it", stack=True
    )


def _states(view: View, entry: Detector) -> str:
    rows = [
        [
            esc(", ".join(state.kernels)),
            "yes" if state.exists else "no",
            view.inline(state.default),
            view.inline(state.needs),
        ]
        for state in entry.states
    ]
    heads = ["Kernels", "Exists", "Default", "Needs to fire"]
    return table(heads, rows, label="Default and needs", stack=True)


def seen_by(view: View, name: str) -> str:
    """The callers that name a detector."""
    rows = []
    for entry_id in view.book.callers_by.get(("detector", name), ()):
        found = standings(view.book, view.book.callers[entry_id])
        head = worst(s for s in found if name in s.assessment.noticed)
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
                        view.inline(head.assessment.consequence.sentence),
                    ],
                )
            )
    if not rows:
        return "<p>No caller entry names it yet.</p>"
    rows.sort(key=lambda row: row[0])
    listed = [cells for _, cells in rows]
    return table(["Caller", "Verdict", "Consequence"], listed, label="Callers it sees", stack=True)


def powers(view: View, entry: Detector, platform: Platform) -> str:
    """What the host can do to a detector on a platform, kernels with one answer together."""
    groups: dict[str, list[str]] = {}
    kernels = [k.name for k in view.book.kernels.kernels if platform in k.platforms]
    for kernel in kernels:
        exists = all(state.exists for state in entry.states if kernel in state.kernels)
        found = [
            b.power
            for b in entry.blinded
            if platform in b.platforms and (b.kernels is None or kernel in b.kernels)
        ]
        if not exists:
            text = '<span class="dim">does not exist</span>'
        else:
            text = power_badge(found[0] if found else Power.UNKNOWN)
        groups.setdefault(text, []).append(kernel)
    return "<br>".join(
        text + (f" <small>{esc(', '.join(of))}</small>" if len(groups) > 1 else "")
        for text, of in groups.items()
    )


def detectors_table(view: View) -> str:
    """All detectors: what they see, what they do, and what the host can do to them."""
    rows = [
        [
            view.detector(name),
            view.inline(entry.sees),
            *(powers(view, entry, platform) for platform in Platform),
            "<br>".join(esc(does.value) for does in entry.does),
            view.inline(entry.misses),
        ]
        for name, entry in sorted(view.book.detectors.items())
    ]
    heads = [
        "Detector",
        "Sees",
        *(f"Host on {esc(PLATFORMS[platform])}" for platform in Platform),
        "Does",
        "Misses",
    ]
    return table(heads, rows, label="Detectors", kind="wide", stack=True)


def enabling_table(view: View) -> str:
    """All detectors: how to switch them on and what that costs."""
    rows = [
        [view.detector(name), view.block(entry.enable), view.inline(entry.cost)]
        for name, entry in sorted(view.book.detectors.items())
    ]
    return table(
        ["Detector", "Switch it on", "Cost"], rows, label="How to switch detectors on", stack=True
    )
