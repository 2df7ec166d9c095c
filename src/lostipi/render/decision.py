"""How the facts of an assessment lead to its verdict: the table of verdicts, walked row by row."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from lostipi.model.caller import Assessment, Harm, HarmTwice, Reach, Sender, Verdict
from lostipi.model.meanings import meaning
from lostipi.render.book import View
from lostipi.render.html import badge, table, term
from lostipi.render.text import esc, inline
from lostipi.verdict import Row, rows_asked, worse

_SO = {
    Reach.YES: "Judged as it runs.",
    Reach.CONDITIONAL: "Excluded while you keep them; the rest judges the case in which it runs.",
    Reach.UNKNOWN: "Judged as if it ran.",
}
"""What follows from each reach but `never`, which decides by itself."""


def decision_path(view: View, assessment: Assessment) -> str:
    """The questions asked of an assessment, in order, up to the one that decides."""
    rows = list(_steps(view, assessment))
    return table(
        ["Asked in this order", "Facts", "So"],
        rows,
        label="How the verdict follows",
        kind="path",
        row_attributes=[*({} for _ in rows[1:]), {"class": "decides"}],
    )


def asks_sender(assessment: Assessment) -> bool:
    """Whether the path comes to the row that looks at the sender, and so tells it."""
    return any(row.verdict is Verdict.FAIL_STOP for row in _asked(assessment))


def said(word: StrEnum) -> str:
    """A value of a fact with its meaning."""
    return term(word.value, meaning(word))


def sender_words(view: View, assessment: Assessment) -> str:
    """What the sender does, and what after its limit."""
    if assessment.sender is None:
        return ""
    limit = f"<br>{view.inline(assessment.after_timeout)}" if assessment.after_timeout else ""
    return said(assessment.sender) + limit


def _steps(view: View, assessment: Assessment) -> Iterator[list[str]]:
    never = assessment.reach is Reach.NEVER
    yield [
        "Can the code run in such a guest?",
        _reach(view, assessment),
        badge(assessment.verdict) if never else _SO[assessment.reach],
    ]
    asked = _asked(assessment)
    for row in asked:
        last = row is asked[-1]
        decided = f"{inline(row.settles)}<br>{badge(assessment.verdict, assessment.otherwise)}"
        yield [esc(row.asks), _facts(view, assessment, row.verdict), decided if last else "No."]


def _asked(assessment: Assessment) -> tuple[Row, ...]:
    if assessment.reach is Reach.NEVER or assessment.harm is None or assessment.sender is None:
        return ()
    return rows_asked(
        assessment.reach,
        assessment.sender,
        worse(assessment.harm.never, assessment.harm.late),
        frozenset(assessment.objective),
        assessment.confidence.level,
    )


def _reach(view: View, assessment: Assessment) -> str:
    parts = [said(assessment.reach)]
    if assessment.never_reason is not None:
        parts.append(said(assessment.never_reason))
    if assessment.preconditions:
        parts.append(f"Preconditions: {view.alternatives(assessment.preconditions)}")
    return "<br>".join(parts)


def _facts(view: View, assessment: Assessment, verdict: Verdict) -> str:
    """The facts that a row of the table looks at."""
    assert assessment.harm is not None
    if verdict is Verdict.CONCERN:
        broken = "".join(f"<br>objective {said(one)}" for one in assessment.objective)
        return _harms(assessment.harm) + broken
    if verdict is Verdict.UNKNOWN:
        unknown = [
            f"{name} {said(value)}"
            for name, value in (
                ("reach", assessment.reach),
                ("sender", assessment.sender),
                ("harm", worse(assessment.harm.never, assessment.harm.late)),
            )
            if value in (Reach.UNKNOWN, Sender.UNKNOWN, Harm.UNKNOWN)
        ]
        return "<br>".join([*unknown, f"confidence {said(assessment.confidence.level)}"])
    if verdict is Verdict.FAIL_STOP:
        return sender_words(view, assessment)
    return f"harm <strong>{worse(assessment.harm.never, assessment.harm.late).value}</strong>"


def _harms(harm: HarmTwice) -> str:
    return f"if never delivered: {said(harm.never)}<br>if late: {said(harm.late)}"
