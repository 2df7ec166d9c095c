"""A caller through the kernels: what stands in each row of its timeline and of its sites."""

import re

import pytest

import smallbook
from lostipi.model.caller import Caller
from lostipi.render.book import Change, site_key
from lostipi.render.standing import standings
from lostipi.render.timeline import conditions, sites_table, timeline

HERE = "callsites/core/thing_sync"
SITE = smallbook.CALLER["sites"][0]


def _rows(caller: Caller, **changes: object) -> dict[str, str]:
    view = smallbook.view(HERE, callers={"core/thing_sync": caller}, **changes)
    text = timeline(view, caller, standings(view.book, caller))
    return dict(re.findall(r'<span class="when">(v[\d.]+)</span></th>(.*)', text))


def _changed(change: Change, **record: object) -> dict[str, object]:
    now = {**smallbook.RECORD, **record}
    return {"inventories": {"v6.12": (now,)}, "changes": {"v6.12": {site_key(now): change}}}


def _caller(**site: object) -> Caller:
    return Caller.model_validate({**smallbook.CALLER, "sites": [{**SITE, **site}]})


def test_every_tracked_kernel_has_a_row_oldest_first() -> None:
    assert list(_rows(_caller())) == ["v6.1", "v6.12"]


def test_a_kernel_without_the_call_says_so() -> None:
    assert "no call" in _rows(_caller(kernels=["v6.12"]))["v6.1"]


def test_a_call_that_went_away_is_marked() -> None:
    assert "gone" in _rows(_caller(kernels=["v6.1"]))["v6.12"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (Change("kept", (), "kernel/thing.c", "thing_sync"), "same code"),
        (Change("new"), "new call"),
        (Change("moved", (), "kernel/old.c", "thing_sync"), "from <code>kernel/old.c</code>"),
        (
            Change("renamed", (), "kernel/old.c", "sync_thing"),
            "was <code>sync_thing()</code> in <code>kernel/old.c</code>",
        ),
        (Change("renamed", (), "kernel/thing.c", "sync_thing"), "was <code>sync_thing()</code></s"),
        (Change("changed", ("func",), "kernel/thing.c", "thing_sync"), "<small>func</small>"),
    ],
)
def test_what_became_of_a_call_stands_in_the_row_of_the_newer_kernel(
    change: Change, told: str
) -> None:
    rows = _rows(_caller(), **_changed(change))
    assert told in rows["v6.12"]
    assert "oldest tracked" in rows["v6.1"]


def test_a_verdict_that_differs_from_the_kernel_before_is_marked() -> None:
    first = {**smallbook.ASSESSMENT, "kernels": ["v6.1"]}
    second = {**first, "kernels": ["v6.12"], "harm": {"never": "stall", "late": "none"}}
    second |= {"objective": ["availability"], "otherwise": "dos-only"}
    caller = Caller.model_validate({**smallbook.CALLER, "assessments": [first, second]})
    rows = _rows(caller)
    assert "verdict changed" in rows["v6.12"]
    assert "verdict changed" not in rows["v6.1"]
    assert "verdict changed" not in "".join(_rows(_caller()).values())


def test_whether_defaults_hold_it_off_stands_beside_the_verdict_per_platform() -> None:
    row = _rows(_caller())["v6.12"]
    assert re.search(r">TDX</span> .*?held off by default", row)
    assert re.search(r">SEV-SNP</span> .*?runs by default", row)


def test_a_site_has_a_column_of_lines_per_kernel() -> None:
    caller = _caller()
    text = sites_table(smallbook.view(HERE, callers={"core/thing_sync": caller}), caller)
    assert '<th scope="col">v6.1</th><th scope="col">v6.12</th>' in text
    assert 'href="https://example.org/v6.12/kernel/thing.c#n40"' in text
    assert "no line on record" in text  # v6.1 has no inventory


def test_what_must_be_on_is_told_alternative_by_alternative() -> None:
    record = {
        **smallbook.RECORD,
        "guards": [],
        "is_enabled": [],
        "kconfig": [["CONFIG_A", "CONFIG_B"], ["CONFIG_C"]],
    }
    assert conditions(record) == (
        "<code>CONFIG_A</code> and <code>CONFIG_B</code>, or <code>CONFIG_C</code>"
    )
    assert conditions({**record, "kconfig": [[]]}) == "always built"


def test_conditions_around_the_call_follow_those_of_its_object() -> None:
    record = {
        **smallbook.RECORD,
        "guards": ["defined(CONFIG_B)"],
        "is_enabled": ["IS_ENABLED(CONFIG_C)"],
        "kconfig": [["CONFIG_A"]],
    }
    assert conditions(record) == (
        "<code>CONFIG_A</code>, <code>defined(CONFIG_B)</code>, <code>IS_ENABLED(CONFIG_C)</code>"
    )
