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
    # One page may hold several diagrams, and an id stands once in a page.
    marker = (
        f'<defs><marker id="tip-{name}" class="tip" viewBox="0 0 8 8" refX="7" refY="4" '
        'markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0 L8 4 L0 8 z"/></marker></defs>'
    )
    inner = "\n".join(body).replace("url(#tip)", f"url(#tip-{name})")
    return (
        f'<figure class="diagram"><svg viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{esc(label)}">{marker}\n{inner}\n</svg>\n'
        f"<figcaption>{esc(caption)}</figcaption></figure>"
    )


def queue() -> str:
    """How one missing IPI holds up all later cross-calls to a CPU."""
    body = [
        _box(10, 20, 150, 46, "guest", "sender A"),
        _box(10, 96, 150, 46, "guest", "sender B, later"),
        _box(10, 172, 150, 46, "guest", "remote wakeup"),
        _box(
            250, 20, 190, 198, "memory", "call_single_queue", "of the target CPU", "(guest memory)"
        ),
        _arrow("160,43 250,43"),
        _note(205, 36, "csd", "middle"),
        _arrow("160,119 250,119"),
        _note(205, 112, "csd", "middle"),
        _arrow("160,195 250,195"),
        _note(205, 188, "task", "middle"),
        _box(530, 20, 170, 46, "host", "host: deliver?"),
        _arrow("440,43 530,43"),
        _note(446, 14, "queue was empty: send the IPI"),
        _arrow("615,66 615,172", "lost"),
        _note(626, 122, "dropped"),
        _box(530, 172, 170, 46, "guest", "target CPU"),
        _arrow("440,195 530,195", "lost"),
        _note(10, 248, "The queue is not empty, so B and the wakeup send no IPI:"),
        _note(10, 266, "they are held up by A's missing one until the target drains its queue."),
    ]
    return _figure(
        "queue",
        720,
        272,
        "Sender A queues a csd on an empty queue and asks the host for an IPI, which is dropped. "
        "Sender B and a remote wakeup find the queue non-empty and send nothing.",
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
