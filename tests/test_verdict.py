"""`verdict`: every combination of deciding facts, against the table of the design."""

from __future__ import annotations

from itertools import chain, combinations, product

import pytest

from lostipi.model.caller import Confidence, Harm, Objective, Reach, Sender, Verdict
from lostipi.verdict import Judgement, judge, worse

# What a reader of the design's section 5 expects while the code runs, by worse harm and sender.
# `-` is refused by lint: a sender that never goes on is a stall.
TABLE = """
             blocked    bounded    goes-on    host-says  unknown
none         -          tolerated  tolerated  tolerated  unknown
delay        -          tolerated  tolerated  tolerated  unknown
stall        fail-stop  dos-only   dos-only   dos-only   unknown
wrong-state  concern    concern    concern    concern    concern
unknown      unknown    unknown    unknown    unknown    unknown
"""


def read(table: str) -> dict[tuple[Harm, Sender], str]:
    head, *rows = table.strip().splitlines()
    senders = [Sender(word) for word in head.split()]
    return {
        (Harm(row.split()[0]), sender): cell
        for row in rows
        for sender, cell in zip(senders, row.split()[1:], strict=True)
    }


RUNNING = read(TABLE)
OBJECTIVES = [
    frozenset(chosen)
    for chosen in chain.from_iterable(combinations(Objective, n) for n in range(4))
]
BROKEN_OBJECTIVES = {Objective.INTEGRITY, Objective.CONFIDENTIALITY}


def test_table_has_every_harm_and_sender() -> None:
    assert set(RUNNING) == set(product(Harm, Sender))


@pytest.mark.parametrize("objectives", OBJECTIVES, ids=lambda o: "+".join(sorted(o)) or "none")
@pytest.mark.parametrize("confidence", Confidence)
def test_verdict_is_that_of_the_table(
    objectives: frozenset[Objective], confidence: Confidence
) -> None:
    low = confidence is Confidence.LOW
    for (harm, sender), cell in RUNNING.items():
        expected = "concern" if objectives & BROKEN_OBJECTIVES else cell
        if expected == "-":
            continue
        if low and expected != "concern":
            expected = "unknown"
        running = Verdict(expected)
        facts = (sender, harm, objectives, confidence)
        assert judge(Reach.YES, *facts) == (running, None)
        excluded = Judgement(Verdict.EXCLUDED, running)
        if low and running is not Verdict.CONCERN:
            excluded = Judgement(Verdict.UNKNOWN, None)
        assert judge(Reach.CONDITIONAL, *facts) == excluded
        unless_known = running if running is Verdict.CONCERN else Verdict.UNKNOWN
        assert judge(Reach.UNKNOWN, *facts) == (unless_known, None)
        never = Verdict.UNKNOWN if low else Verdict.NOT_APPLICABLE
        assert judge(Reach.NEVER, *facts) == (never, None)


def test_no_combination_is_undecided() -> None:
    combos = product(Reach, Sender, Harm, OBJECTIVES, Confidence)
    for reach, sender, harm, objectives, confidence in combos:
        verdict, otherwise = judge(reach, sender, harm, objectives, confidence)
        assert (otherwise is not None) == (verdict is Verdict.EXCLUDED)


def test_blocked_sender_is_never_tolerated() -> None:
    for harm in (Harm.NONE, Harm.DELAY):
        found = judge(Reach.YES, Sender.BLOCKED, harm, frozenset(), Confidence.HIGH)
        assert found.verdict is not Verdict.TOLERATED


@pytest.mark.parametrize(
    ("never", "late", "expected"),
    [
        ("none", "none", "none"),
        ("none", "delay", "delay"),
        ("delay", "none", "delay"),
        ("delay", "stall", "stall"),
        ("stall", "none", "stall"),
        ("stall", "wrong-state", "wrong-state"),
        ("wrong-state", "unknown", "wrong-state"),
        ("unknown", "wrong-state", "wrong-state"),
        ("unknown", "stall", "unknown"),
        ("none", "unknown", "unknown"),
    ],
)
def test_worse_harm_counts_and_unknown_hides_nothing_known(
    never: str, late: str, expected: str
) -> None:
    assert worse(Harm(never), Harm(late)) is Harm(expected)
