"""The page of one guest: what to set there, what stands there, and what nothing cures."""

from __future__ import annotations

import re
from typing import Any

import pytest

import smallbook
from lostipi.model.base import Platform
from lostipi.render.book import Place, UnknownNameError
from lostipi.render.choice import cases, choice_page, chooser
from lostipi.render.standing import Force

TDX = Place("v6.12", Platform.TDX)
SNP = Place("v6.12", Platform.SEV_SNP)


def page(address: str, **changes: Any) -> str:
    return choice_page(smallbook.view(f"for/{address}", **changes), address)


def part(text: str, anchor: str) -> str:
    """A section, from its heading to the next one of any level."""
    start = text.index(f"{{#{anchor}}}")
    end = re.search(r"\n#{2,3} ", text[start:])
    return text[start : start + end.start()] if end else text[start:]


def test_every_guest_has_a_page_to_choose_without_a_script() -> None:
    html = chooser(smallbook.view())
    assert re.findall(r'href="([^"]*)"', html) == [
        "for/tdx/v6.1/",
        "for/tdx/v6.12/",
        "for/sev-snp/v6.1/",
        "for/sev-snp/v6.12/",
    ]
    assert "<script" not in html
    assert "1 concern in force" in html
    assert "no concerns in force" in html


def test_the_page_marks_the_guest_it_is_for() -> None:
    assert re.findall(r'aria-current="page"><strong>([^<]*)', page("sev-snp/v6.12")) == ["v6.12"]


def test_an_unknown_guest_has_no_page() -> None:
    with pytest.raises(UnknownNameError, match="sev-es/v6"):
        page("sev-es/v6.12")


def test_the_same_concern_is_in_force_on_one_platform_and_held_on_the_other() -> None:
    (held,) = cases(smallbook.book(), TDX)
    (stands,) = cases(smallbook.book(), SNP)
    assert (held.state, stands.state) == (Force.HELD, Force.IN_FORCE)
    assert stands.cures == (("thing-off",),)
    assert stands.helps == ()


def test_a_concern_stands_in_its_group_with_what_to_set() -> None:
    text = page("sev-snp/v6.12")
    assert "thing_sync" in part(text, "in-force")
    assert "preconditions/thing-off/" in part(text, "in-force")
    assert "thing_sync" not in part(text, "held")
    assert "thing_sync" in part(page("tdx/v6.12"), "held")


def test_a_setting_is_told_with_how_it_is_written_its_cost_and_what_it_serves() -> None:
    card = part(page("sev-snp/v6.12"), "open")
    assert "# CONFIG_THING is not set" in card
    assert "The thing." in card
    assert "callsites/core/thing_sync/" in card
    assert "thing-off" in part(page("tdx/v6.12"), "keep")


def test_the_configuration_is_offered_to_copy() -> None:
    text = page("sev-snp/v6.12")
    assert "```kconfig" in part(text, "kconfig")
    assert "No word for the command line" in part(text, "cmdline")


def test_a_concern_without_a_setting_is_what_nothing_cures() -> None:
    bare = smallbook.caller(
        reach="yes",
        preconditions=[],
        verdict="concern",
        otherwise=None,
        advice={"text": "Hope."},
    )
    text = page("sev-snp/v6.12", callers={"core/thing_sync": bare})
    assert "Hope." in part(text, "not-cured")
    assert "No setting prevents a concern here." in part(text, "set")
    assert "Each concern above has a setting" in part(page("tdx/v6.12"), "not-cured")


def test_what_the_host_says_in_place_of_an_ipi_is_marked() -> None:
    told = smallbook.caller(sender="host-says")
    assert "paravirtual</span>" in page("tdx/v6.12", callers={"core/thing_sync": told})
    assert "paravirtual</span>" not in page("tdx/v6.12")


def test_an_unknown_is_listed_as_depending() -> None:
    unknown = smallbook.caller(
        reach="yes",
        preconditions=[],
        harm={"never": "unknown", "late": "none"},
        objective=[],
        verdict="unknown",
        otherwise=None,
        advice={},
        fix=None,
    )
    text = page("tdx/v6.12", callers={"core/thing_sync": unknown})
    assert "thing_sync" in part(text, "depends")
    assert "No setting takes it away." in part(text, "depends")


def test_detectors_are_split_by_whether_the_host_can_blind_them() -> None:
    tdx, snp = part(page("tdx/v6.12"), "noticed"), part(page("sev-snp/v6.12"), "noticed")
    assert tdx.index("cannot blind") < tdx.index("csd-lock-debugging") < tdx.index("can blind")
    assert snp.index("can blind") < snp.index("csd-lock-debugging")


def test_the_counts_add_up_to_all_callers_of_the_guest() -> None:
    text = part(page("tdx/v6.12"), "counts")
    assert "bar-else-concern" in text
    assert "all 1 callers" in text
    assert "callers/?platform=tdx&amp;kernel=v6.12&amp;subsystem=core" in text


def test_alternatives_are_told_from_what_must_hold_together_and_from_what_helps() -> None:
    other = smallbook.Precondition.model_validate({**smallbook.PRECONDITION, "title": "Other off"})
    third = smallbook.Precondition.model_validate({**smallbook.PRECONDITION, "title": "Third off"})
    own = smallbook.book().preconditions
    caller = smallbook.caller(
        preconditions=[["thing-off"], ["other-off", "thing-off"]],
        advice={"preconditions": ["third-off"]},
    )
    text = page(
        "sev-snp/v6.12",
        callers={"core/thing_sync": caller},
        preconditions={**own, "other-off": other, "third-off": third},
    )
    plain = re.sub(r"<[^>]*>", "", part(text, "in-force"))
    assert "Set: Thing off, or Other off and Thing off. Helps besides: Third off" in plain


def test_what_only_the_host_holds_cures_nothing() -> None:
    held = {**smallbook.PRECONDITION["held"][1], "platforms": ["sev-snp"], "by": ["host"]}
    useless = smallbook.Precondition.model_validate(
        {**smallbook.PRECONDITION, "held": [smallbook.PRECONDITION["held"][0], held]}
    )
    (case,) = cases(smallbook.book(preconditions={"thing-off": useless}), SNP)
    assert case.cures == ()
    assert case.state is Force.IN_FORCE
