"""From facts to a verdict: design section 5 as one pure function."""

from __future__ import annotations

from typing import NamedTuple

from lostipi.model.caller import Confidence, Harm, Objective, Reach, Sender, Verdict


class Judgement(NamedTuple):
    """A verdict, and for `excluded` the verdict that would stand without the preconditions."""

    verdict: Verdict
    otherwise: Verdict | None


class Row(NamedTuple):
    """One row of the table for code that runs: the first that holds decides."""

    verdict: Verdict
    """What it decides."""
    asks: str
    """The question that it asks; Markdown."""
    settles: str
    """What the answer yes means; Markdown."""


ROWS = (
    Row(
        Verdict.CONCERN,
        "Does anybody rely on what is then not so?",
        "harm `wrong-state`, or an objective of integrity or confidentiality",
    ),
    Row(
        Verdict.UNKNOWN,
        "Is a deciding fact unknown?",
        "reach, sender or harm `unknown`, or confidence `low`",
    ),
    Row(
        Verdict.FAIL_STOP,
        "Is the sender held until func has run?",
        "sender `blocked`",
    ),
    Row(Verdict.DOS_ONLY, "Does anything stop?", "harm `stall`"),
    Row(Verdict.TOLERATED, "Is all that is left a delay, or nothing?", "harm `delay` or `none`"),
)
"""The table for code that runs, in the order in which its rows are looked at."""

_HARM_ORDER = (Harm.NONE, Harm.DELAY, Harm.STALL, Harm.WRONG_STATE)
_ACTIONABLE = frozenset({Objective.INTEGRITY, Objective.CONFIDENTIALITY})


def worse(never: Harm, late: Harm) -> Harm:
    """The worse of two harms; `unknown` counts only where nothing worse than a stall is known."""
    if Harm.WRONG_STATE in (never, late):
        return Harm.WRONG_STATE
    if Harm.UNKNOWN in (never, late):
        return Harm.UNKNOWN
    return max(never, late, key=_HARM_ORDER.index)


def judge(
    reach: Reach,
    sender: Sender,
    harm: Harm,
    objectives: frozenset[Objective],
    confidence: Confidence,
) -> Judgement:
    """Decide the verdict from the deciding facts.

    Args:
        reach: whether the code can run at all.
        sender: whether the sending CPU goes on without the IPI.
        harm: the worse of both harms, see `worse`.
        objectives: the security objectives broken.
        confidence: how sure the author is; `low` makes every reassuring verdict `unknown`.

    Returns:
        The verdict and, for `excluded`, the one it would have otherwise.
    """
    if reach is Reach.NEVER:
        sure = confidence is not Confidence.LOW
        return Judgement(Verdict.NOT_APPLICABLE if sure else Verdict.UNKNOWN, None)
    running = _judge_running(reach, sender, harm, objectives, confidence)
    if reach is not Reach.CONDITIONAL:
        return Judgement(running, None)
    if confidence is Confidence.LOW and running is not Verdict.CONCERN:
        return Judgement(Verdict.UNKNOWN, None)
    return Judgement(Verdict.EXCLUDED, running)


def _judge_running(
    reach: Reach,
    sender: Sender,
    harm: Harm,
    objectives: frozenset[Objective],
    confidence: Confidence,
) -> Verdict:
    return rows_asked(reach, sender, harm, objectives, confidence)[-1].verdict


def rows_asked(
    reach: Reach,
    sender: Sender,
    harm: Harm,
    objectives: frozenset[Objective],
    confidence: Confidence,
) -> tuple[Row, ...]:
    """The rows of the table that are looked at for code that runs; the last one decides.

    Args:
        reach: whether the code can run; anything but `never`.
        sender: whether the sending CPU goes on without the IPI.
        harm: the worse of both harms, see `worse`.
        objectives: the security objectives broken.
        confidence: how sure the author is.
    """
    holds = {
        Verdict.CONCERN: harm is Harm.WRONG_STATE or bool(objectives & _ACTIONABLE),
        Verdict.UNKNOWN: (
            harm is Harm.UNKNOWN
            or sender is Sender.UNKNOWN
            or reach is Reach.UNKNOWN
            or confidence is Confidence.LOW
        ),
        Verdict.FAIL_STOP: sender is Sender.BLOCKED,
        Verdict.DOS_ONLY: harm is Harm.STALL,
        Verdict.TOLERATED: True,
    }
    deciding = next(place for place, row in enumerate(ROWS) if holds[row.verdict])
    return ROWS[: deciding + 1]
