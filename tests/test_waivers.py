"""Waivers: their shape, their end, and how the site shows them."""

from __future__ import annotations

import datetime

import pytest
from pydantic import ValidationError

from lostipi.model.waiver import Waiver
from lostipi.render.waivers import waivers_table
from smallbook import view

MISSING = {
    "id": "poke-later",
    "rule": "missing",
    "site": "kernel/poke.c:poke:smp_call_function_single",
    "reason": "Its entry is being written.",
    "until": "2027-01-31",
}


def waiver(**changes: object) -> Waiver:
    return Waiver.model_validate(MISSING | changes)


@pytest.mark.parametrize(
    ("until", "today", "tracked", "ended"),
    [
        ("2027-01-31", "2027-01-31", ["v6.12"], None),
        ("2027-01-31", "2027-02-01", ["v6.12"], "today is 2027-02-01"),
        ("v7.4", "2099-01-01", ["v6.12", "v7.2"], None),
        ("v7.4", "2000-01-01", ["v6.12", "v7.4"], "v7.4 is tracked"),
        ("v7.4", "2000-01-01", ["v6.12", "v7.10"], "v7.10 is tracked"),
        ("v7.4", "2000-01-01", [], None),
    ],
)
def test_a_waiver_ends_after_its_day_or_with_its_kernel(until, today, tracked, ended):
    day = datetime.date.fromisoformat(today)
    assert waiver(until=until).ended(tracked, day) == ended


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"until": "2027-02-30"}, "must be a day that exists"),
        ({"until": "soon"}, "pattern"),
        ({"until": "7.4"}, "pattern"),
        ({"rule": "verdict"}, "one of any other rule a `file`"),
        ({"file": "data/x.yaml"}, "names a `site`"),
        ({"site": "poke"}, "pattern"),
    ],
)
def test_a_waiver_of_wrong_shape_is_refused(changes, says):
    with pytest.raises(ValidationError, match=says):
        waiver(**changes)


def test_the_site_lists_those_in_force_with_reason_and_end():
    held = waiver(reason="Waits for `kick_ilb()`.")
    shown = waivers_table(view(waivers=(held, waiver(id="over", until="v6.12"))))
    assert "poke-later" in shown
    assert "<code>kick_ilb()</code>" in shown
    assert "2027-01-31" in shown
    assert "over" not in shown.replace("overflow", "")
    assert waivers_table(view()) == "<p>No waiver is in force.</p>"
