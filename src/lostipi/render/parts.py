"""How callers are counted: by worst verdict, concerns behind a setting by themselves."""

from __future__ import annotations

from lostipi.model.caller import Caller, Verdict
from lostipi.render.book import View
from lostipi.render.standing import Standing, standings, worst

PARTS = (
    ("concern", "concern"),
    ("else-concern", "excluded, else concern"),
    ("unknown", "unknown"),
    ("excluded", "excluded, else something milder"),
    ("dos-only", "dos-only"),
    ("fail-stop", "fail-stop"),
    ("tolerated", "tolerated"),
    ("not-applicable", "not-applicable"),
)
"""The parts, what asks for action first: key, which is also a CSS class, and words."""

BUILT = ("x86", "x86_64", "compile-test")
"""What an inventory says of a site that some x86 configuration builds."""


def part(standing: Standing) -> str:
    """The key of the part in which a standing counts."""
    verdict = standing.assessment.verdict
    if verdict is Verdict.EXCLUDED and standing.effective is Verdict.CONCERN:
        return "else-concern"
    return verdict.value


def worst_part(view: View, caller: Caller) -> str:
    """The part in which a caller counts, over all kernels and platforms."""
    head = worst(standings(view.book, caller))
    return "unknown" if head is None else part(head)
