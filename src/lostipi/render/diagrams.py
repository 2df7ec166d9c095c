"""Diagrams as static SVG, drawn here. Colours come from the style sheet."""

from __future__ import annotations

from lostipi.render.text import esc


def _box(x: int, y: int, width: int, height: int, kind: str, *lines: str) -> str:
    middle = x + width / 2
    first = y + height / 2 + 5 - 9 * (len(lines) - 1)
    texts = "".join(
        f'<text x="{middle:g}" y="{first + 18 * number:g}">{esc(line)}</text>'
        for number, line in enumerate(lines)
    )
    return (
        f'<g class="d-{kind}"><rect x="{x}" y="{y}" width="{width}" height="{height}" rx="5"/>'
        f"{texts}</g>"
    )


def _arrow(points: str, kind: str = "") -> str:
    return (
        f'<polyline class="{f"d-arrow {kind}".strip()}" points="{points}" marker-end="url(#tip)"/>'
    )


def _note(x: int, y: int, text: str, anchor: str = "start") -> str:
    return f'<text class="d-note" x="{x}" y="{y}" text-anchor="{anchor}">{esc(text)}</text>'


def _figure(name: str, width: int, height: int, label: str, caption: str, body: list[str]) -> str:
    # On a phone it scrolls, which must work without a mouse too.
    # One page may hold several diagrams, and an id stands once in a page.
    marker = (
        f'<defs><marker id="tip-{name}" class="tip" viewBox="0 0 8 8" refX="7" refY="4" '
        'markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0 L8 4 L0 8 z"/></marker></defs>'
    )
    inner = "\n".join(body).replace("url(#tip)", f"url(#tip-{name})")
    return (
        f'<figure class="diagram" tabindex="0"><svg viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{esc(label)}">{marker}\n{inner}\n</svg>\n'
        f"<figcaption>{esc(caption)}</figcaption></figure>"
    )


def queue() -> str:
    """How one missing IPI holds up all later cross-calls to a CPU."""
    body = [
        _note(10, 16, "1  finds the queue empty: sends the IPI"),
        _box(10, 26, 170, 44, "guest", "sender A"),
        _arrow("180,48 262,48"),
        _note(10, 102, "2  find it non-empty: send none"),
        _box(10, 112, 170, 44, "guest", "sender B"),
        _arrow("180,134 262,134"),
        _box(10, 176, 170, 44, "guest", "a remote wakeup"),
        _arrow("180,198 262,198"),
        _note(10, 244, "3  spins in csd_lock_wait()"),
        _box(10, 254, 170, 44, "guest", "sender C, waits"),
        _arrow("180,276 262,276"),
        _note(352, 16, "call_single_queue of the target", "middle"),
        _box(262, 26, 180, 44, "memory", "csd of A"),
        _box(262, 112, 180, 44, "memory", "csd of B"),
        _box(262, 176, 180, 44, "memory", "task to wake"),
        _box(262, 254, 180, 44, "memory", "csd of C, locked"),
        _arrow("442,48 540,48"),
        _note(491, 40, "one IPI", "middle"),
        _box(540, 26, 170, 44, "host", "host: deliver?"),
        _arrow("625,70 625,176", "lost"),
        _note(634, 122, "dropped"),
        _box(540, 176, 170, 44, "guest", "target CPU runs on"),
        _arrow("540,198 442,198", "lost"),
        _note(491, 190, "never looks", "middle"),
        _note(452, 254, "4  Whatever else makes the"),
        _note(466, 272, "target drain its queue runs"),
        _note(466, 290, "all of it, then and late."),
    ]
    return _figure(
        "queue",
        720,
        306,
        "First, sender A queues a csd, finds the queue empty, and asks the host for an IPI, which "
        "is dropped. Second, sender B and a remote wakeup find the queue non-empty and send "
        "nothing. Third, sender C waits for its csd and spins. Fourth, whatever else makes the "
        "target drain its queue runs all of it, late.",
        "One missing IPI silences the whole queue of its target: only the first to queue sends.",
        body,
    )


def delivery() -> str:
    """The way of an IPI from one vCPU to another, and who decides where."""
    body = [
        _box(10, 20, 150, 60, "guest", "vCPU 0", "writes the ICR"),
        _arrow("160,50 240,50"),
        _box(240, 20, 210, 60, "host", "host takes the request", "(#VE or #VC, then a call)"),
        _arrow("450,50 530,50", "lost"),
        _box(530, 20, 170, 60, "host", "host injects it", "into vCPU 1"),
        _note(490, 42, "if and", "middle"),
        _note(490, 66, "when", "middle"),
        _arrow("615,80 615,140", "lost"),
        _box(530, 140, 170, 60, "guest", "vCPU 1", "runs func"),
        _arrow("530,170 450,170"),
        _box(240, 140, 210, 60, "memory", "csd unlocked", "(guest private memory)"),
        _arrow("240,170 160,170"),
        _box(10, 140, 150, 60, "guest", "vCPU 0", "if it waits: goes on"),
    ]
    return _figure(
        "delivery",
        720,
        214,
        "vCPU 0 asks the host for an IPI. The host may inject it into vCPU 1 when it likes. The "
        "acknowledgement comes back through private guest memory.",
        "The host decides on delivery; it cannot forge the acknowledgement of a native wait.",
        body,
    )


def amplification() -> str:
    """How a sender that spins on one CPU's csd leaves other CPUs queued without an IPI."""
    body = [
        _box(10, 96, 170, 62, "guest", "sender A, a mask", "of CPUs 1, 2 and 3"),
        _arrow("180,112 215,112 215,43 250,43"),
        _arrow("180,127 250,127"),
        _arrow("180,142 215,142 215,211 250,211", "lost"),
        _box(250, 16, 190, 54, "memory", "queue of CPU 1", "was empty, now A's csd"),
        _box(250, 100, 190, 54, "memory", "queue of CPU 2", "was empty, now A's csd"),
        _box(250, 184, 190, 54, "host", "A's csd for CPU 3", "locked: an IPI is missing"),
        _note(452, 38, "no IPI yet: all are sent"),
        _note(452, 54, "after the loop"),
        _note(452, 122, "no IPI yet; later callers find"),
        _note(452, 138, "the queue non-empty: no IPI either"),
        _note(452, 206, "A spins here, in csd_lock(),"),
        _note(452, 222, "and never leaves the loop"),
    ]
    return _figure(
        "amplification",
        720,
        252,
        "A sender queues work on CPU 1 and CPU 2 and then spins on its csd for CPU 3, which an "
        "earlier missing IPI left locked. It sends the IPIs for CPU 1 and CPU 2 only after the "
        "loop, so they are never sent.",
        "One missing IPI to CPU 3 mutes CPUs 1 and 2 as well, with no further act of the host.",
        body,
    )


def secure_avic() -> str:
    """The way of an IPI under Secure AVIC: the request is private, only the nudge is the host's."""
    body = [
        _box(10, 84, 150, 60, "guest", "vCPU 0", "writes the ICR"),
        _arrow("160,100 205,100 205,47 250,47"),
        _note(198, 64, "1", "end"),
        _box(250, 16, 220, 62, "memory", "pending bit in the page", "of vCPU 1 (guest private)"),
        _arrow("160,128 205,128 205,185 250,185"),
        _note(198, 176, "2", "end"),
        _box(250, 154, 220, 62, "host", "host is asked", "to run vCPU 1"),
        _arrow("470,47 615,47 615,84"),
        _note(478, 38, "taken at its next entry"),
        _arrow("470,185 615,185 615,144", "lost"),
        _note(478, 204, "if and when"),
        _box(530, 84, 170, 60, "guest", "vCPU 1", "runs func"),
    ]
    return _figure(
        "secure-avic",
        720,
        228,
        "Under Secure AVIC vCPU 0 first sets the pending bit in vCPU 1's private page and then "
        "asks the host to run vCPU 1. The host can put that off, but it cannot clear the bit.",
        "With Secure AVIC the host decides when, no longer whether.",
        body,
    )
