"""The way to a verdict: its last row is the verdict of the entry, whatever the facts are."""

import re

import pytest

import smallbook
from lostipi.model.caller import Assessment
from lostipi.render.decision import asks_sender, decision_path

# Facts, the verdict by the design's table, and how many questions it takes to get there.
CASES = [
    ({}, "excluded", "concern", 2),
    ({"reach": "yes", "preconditions": []}, "concern", None, 2),
    ({"reach": "unknown", "preconditions": [], "harm": "stall"}, "unknown", None, 3),
    ({"sender": "blocked", "harm": "stall"}, "excluded", "fail-stop", 4),
    ({"reach": "yes", "preconditions": [], "harm": "stall"}, "dos-only", None, 5),
    ({"reach": "yes", "preconditions": [], "harm": "delay"}, "tolerated", None, 6),
]


def _assessment(facts: dict[str, object], verdict: str, otherwise: str | None) -> Assessment:
    changed = {**smallbook.ASSESSMENT, **facts, "verdict": verdict, "otherwise": otherwise}
    if isinstance(facts.get("harm"), str):
        changed |= {"harm": {"never": facts["harm"], "late": "none"}, "objective": []}
    return Assessment.model_validate(changed)


@pytest.mark.parametrize(("facts", "verdict", "otherwise", "rows"), CASES)
def test_the_path_ends_at_the_question_that_decides(
    facts: dict[str, object], verdict: str, otherwise: str | None, rows: int
) -> None:
    assessment = _assessment(facts, verdict, otherwise)
    text = decision_path(smallbook.view("callsites/core/thing_sync"), assessment)
    lines = [line for line in text.splitlines() if line.startswith("<tr")]
    assert len(lines) == rows
    assert [line.startswith('<tr class="decides">') for line in lines] == [
        *[False] * (rows - 1),
        True,
    ]
    words = re.findall(r'class="v v-([\w-]+)', lines[-1])
    assert words == [word for word in (verdict, otherwise) if word]


def test_code_that_can_never_run_is_decided_by_the_first_question() -> None:
    never = Assessment.model_validate(
        {
            "kernels": ["v6.12"],
            "reach": "never",
            "never_reason": "dead-code",
            "verdict": "not-applicable",
            "consequence": {"sentence": "Nothing."},
            "confidence": {"level": "high"},
        }
    )
    text = decision_path(smallbook.view(), never)
    assert text.count('<th scope="row">') == 1
    assert "dead-code" in text
    assert not asks_sender(never)


def test_the_preconditions_stand_at_the_question_of_reach() -> None:
    view = smallbook.view("callsites/core/thing_sync")
    text = decision_path(view, _assessment({}, "excluded", "concern"))
    first = next(line for line in text.splitlines() if line.startswith("<tr>"))
    assert "preconditions/thing-off/" in first
