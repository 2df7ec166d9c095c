"""What the detection page computes: what is left of each detector when the host does its worst."""

from __future__ import annotations

from lostipi.model.base import Platform
from lostipi.model.detector import Blinding, Detector, Power
from lostipi.render.book import View
from lostipi.render.detector import power_badge, powers
from lostipi.render.html import table
from lostipi.render.text import esc, link
from lostipi.render.words import PLATFORMS

_JUDGED = (Platform.TDX, Platform.SEV_SNP)


def power_at(entry: Detector, kernel: str, platform: Platform) -> Power | None:
    """What the host can do to a detector there; nothing when the kernel does not have it.

    A place that the entry does not speak of is unknown.
    """
    if not all(state.exists for state in entry.states if kernel in state.kernels):
        return None
    for blinded in entry.blinded:
        named = blinded.kernels is None or kernel in blinded.kernels
        if platform in blinded.platforms and named:
            return blinded.power
    return Power.UNKNOWN


def survivors(view: View) -> str:
    """Which detectors the host cannot blind, per kernel and platform."""
    rows = []
    for platform in _JUDGED:
        for kernel in view.book.kernels.kernels:
            if platform not in kernel.platforms:
                continue
            found = {
                name: power_at(entry, kernel.name, platform)
                for name, entry in sorted(view.book.detectors.items())
            }
            counted = [name for name, power in found.items() if power is not None]
            kept = [name for name in counted if found[name] in (Power.DELAY, Power.NOTHING)]
            cells = "<br>".join(f"{view.detector(n)} {_badge(found[n])}" for n in kept)
            blinded = sum(found[name] is Power.BLIND for name in counted)
            rows.append(
                [
                    f"{esc(PLATFORMS[platform])} <small>{esc(kernel.name)}</small>",
                    cells or "none",
                    f"{blinded} of {len(counted)}",
                ]
            )
    heads = ["Where", "The host cannot blind", "The host can blind"]
    return table(heads, rows, label="Detectors that the host cannot blind")


def _badge(power: Power | None) -> str:
    return "" if power is None else power_badge(power)


def needs_table(view: View) -> str:
    """All detectors: whether they are on by default, and what they need to fire."""
    rows = []
    for name, entry in sorted(view.book.detectors.items()):
        for state in entry.states:
            head = f"{view.detector(name)}<br><small>{esc(', '.join(state.kernels))}</small>"
            default = view.inline(state.default) if state.exists else "does not exist"
            rows.append([head, default, view.inline(state.needs)])
    return table(
        ["Detector", "By default", "Needs to fire"], rows, label="Defaults and needs", stack=True
    )


def blinding_table(view: View) -> str:
    """All detectors: how the host blinds or delays each of them."""
    rows = []
    for name, entry in sorted(view.book.detectors.items()):
        judged = [b for b in entry.blinded if set(b.platforms) & set(_JUDGED)]
        for blinded in judged:
            head = f"{view.detector(name)}<br>{_where(blinded)}"
            rows.append([head, power_badge(blinded.power), view.inline(blinded.how)])
    return table(
        ["Detector", "The host can", "How"], rows, label="How the host blinds detectors", stack=True
    )


def _where(blinded: Blinding) -> str:
    platforms = ", ".join(PLATFORMS[p] for p in blinded.platforms)
    kernels = "" if blinded.kernels is None else f", {', '.join(blinded.kernels)}"
    return f"<small>{esc(platforms + kernels)}</small>"


def serving_table(view: View) -> str:
    """All detectors by how many callers they serve, with what the host can do and the cost."""
    rows = []
    for name, entry in view.book.detectors.items():
        served = sum(
            any(name in assessment.noticed for assessment in caller.assessments)
            for caller in view.book.callers.values()
        )
        count = link(view.href(f"detectors/{name}#callers"), str(served))
        cells = [powers(view, entry, platform) for platform in _JUDGED]
        rows.append((-served, name, [view.detector(name), count, *cells, view.inline(entry.cost)]))
    heads = ["Detector", "Callers it sees", *(f"Host on {esc(PLATFORMS[p])}" for p in _JUDGED)]
    found = [cells for _, _, cells in sorted(rows)]
    return table([*heads, "Costs"], found, label="Detectors by the callers they see", stack=True)
