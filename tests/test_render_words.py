"""The texts beside names: every value and field that a reader meets has one."""

from enum import StrEnum

import pytest

from lostipi.model.caller import Assessment, Verdict
from lostipi.model.meanings import meaning, meanings
from lostipi.render.method import field_tables, words
from lostipi.render.words import SCALE, fields


class Undocumented(StrEnum):
    A = "a"
    """Has one."""
    B = "b"


def test_the_meaning_of_a_member_is_its_docstring() -> None:
    assert meaning(Verdict.UNKNOWN) == "A deciding fact is not known yet."


def test_a_member_without_a_docstring_is_refused() -> None:
    with pytest.raises(ValueError, match="no docstring for b"):
        meanings(Undocumented)


def test_the_scale_holds_every_verdict_once() -> None:
    assert sorted(SCALE) == sorted(Verdict)


def test_a_field_is_told_by_its_name_need_and_docstring() -> None:
    found = {name: (required, text) for name, required, text in fields(Assessment)}
    assert found["kernels"] == (True, "The kernels judged.")
    assert not found["fix"][0]


def test_every_fact_and_field_has_a_text() -> None:
    assert "<td></td>" not in words()
    assert "<td></td>" not in field_tables()
