"""From facts to a verdict: design section 5 as one pure function."""

from __future__ import annotations

from typing import NamedTuple

from lostipi.model.caller import Confidence, Harm, Objective, Reach, Sender, Verdict


class Judgement(NamedTuple):
    """A verdict, and for `excluded` the verdict that would stand without the preconditions."""

    verdict: Verdict
    otherwise: Verdict | None


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
    if harm is Harm.WRONG_STATE or objectives & _ACTIONABLE:
        return Verdict.CONCERN
    if (
        Harm.UNKNOWN is harm
        or sender is Sender.UNKNOWN
        or reach is Reach.UNKNOWN
        or confidence is Confidence.LOW
    ):
        return Verdict.UNKNOWN
    if sender is Sender.BLOCKED:
        return Verdict.FAIL_STOP
    return Verdict.DOS_ONLY if harm is Harm.STALL else Verdict.TOLERATED
