"""The checklist: what is on it, in which order, and what a reader finds at each line."""

from typing import Any

import smallbook
from lostipi.model.caller import Caller
from lostipi.model.precondition import Default, Precondition
from lostipi.render.checklist import Effect, concerns, glance, is_concern, lines, others

STALL: dict[str, Any] = {
    "harm": {"never": "stall", "late": "none"},
    "objective": ["availability"],
    "otherwise": "dos-only",
    "fix": None,
}


def _precondition(title: str, **changes: Any) -> Precondition:
    return Precondition.model_validate({**smallbook.PRECONDITION, "title": title, **changes})


def _held(by: list[str], default: str) -> list[dict[str, Any]]:
    held = {"by": by, "how": "So.", "default": default, "default_why": "So."}
    return [{"kernels": ["v6.1", "v6.12"], **held}]


def test_what_prevents_a_concern_stands_before_what_prevents_a_stall() -> None:
    book = smallbook.book(
        callers={
            "core/a_stalls": smallbook.caller(preconditions=[["a-off"]], advice={}, **STALL),
            "core/z_goes_wrong": smallbook.caller(preconditions=[["z-off"]], advice={}),
        },
        preconditions={"a-off": _precondition("A off"), "z-off": _precondition("Z off")},
    )
    assert [(line.name, is_concern(line)) for line in lines(book)] == [
        ("z-off", True),
        ("a-off", False),
    ]


def test_among_concerns_what_distributions_leave_open_comes_first() -> None:
    book = smallbook.book(
        callers={
            f"core/{name}": smallbook.caller(preconditions=[[f"{name}-off"]], advice={})
            for name in ("a", "b", "c")
        },
        preconditions={
            "a-off": _precondition("A", held=_held(["build"], "holds")),
            "b-off": _precondition("B", held=_held(["build"], "unknown")),
            "c-off": _precondition("C", held=_held(["build"], "fails")),
        },
    )
    assert [(line.name, line.default) for line in lines(book)] == [
        ("c-off", Default.FAILS),
        ("b-off", Default.UNKNOWN),
        ("a-off", Default.HOLDS),
    ]


def test_what_only_the_host_holds_is_on_no_checklist() -> None:
    one = _precondition("Thing off", held=_held(["host"], "holds"))
    assert lines(smallbook.book(preconditions={"thing-off": one})) == []


def test_what_nobody_asks_for_is_on_no_checklist() -> None:
    extra = {"thing-off": _precondition("Thing off"), "unused-off": _precondition("Unused off")}
    assert [line.name for line in lines(smallbook.book(preconditions=extra))] == ["thing-off"]


def test_a_line_says_what_else_must_hold() -> None:
    book = smallbook.book(
        callers={"core/both": smallbook.caller(preconditions=[["a-off", "b-off"], ["c-off"]])},
        preconditions={f"{n}-off": _precondition(n) for n in ("a", "b", "c", "thing")},
    )
    found = {line.name: line.services[0] for line in lines(book)}
    assert found["a-off"].needs == ("b-off",)
    assert found["c-off"].needs == ()
    assert found["c-off"].does is Effect.EXCLUDES
    assert found["thing-off"].does is Effect.ADVISED


def test_advice_cures_a_concern_whose_code_still_runs() -> None:
    caller = smallbook.caller(reach="yes", preconditions=[], verdict="concern", otherwise=None)
    (line,) = lines(smallbook.book(callers={"core/thing_sync": caller}))
    assert line.services[0].does is Effect.CURES


def test_a_concern_of_old_platforms_alone_stands_last() -> None:
    kernels: Any = {"kernels": [dict(k) for k in smallbook.KERNELS["kernels"]]}
    sites: Any = smallbook.CALLER["sites"]
    kernels["kernels"][0]["platforms"] = ["sev-es"]
    old = smallbook.caller(kernels=["v6.1"], preconditions=[["a-off"]], advice={})
    old = Caller.model_validate(
        {
            **old.model_dump(mode="json", exclude_none=True),
            "sites": [{**sites[0], "kernels": ["v6.1"]}],
        }
    )
    new = smallbook.caller(kernels=["v6.12"], preconditions=[["b-off"]], advice={}, **STALL)
    book = smallbook.book(
        kernels=type(smallbook.book().kernels).model_validate(kernels),
        callers={"core/old": old, "core/new": new},
        preconditions={
            name: _precondition(name, held=_held(["build"], "fails")) for name in ("a-off", "b-off")
        },
    )
    assert [(line.name, is_concern(line)) for line in lines(book)] == [
        ("b-off", False),
        ("a-off", False),
    ]


def test_an_item_has_reason_cost_holders_and_a_command_to_copy() -> None:
    page = concerns(smallbook.view("checklist"))
    assert page.startswith("### Thing off {#set-thing-off}\n")
    assert "The code is not built then." in page
    assert "A CPU keeps the old <code>thing</code>." in page
    assert 'href="../callsites/core/thing_sync/"' in page
    assert "concern in v6.1, v6.12" in page
    assert page.index("d-holds") < page.index("d-fails")
    assert "<td>The thing.</td>" in page
    assert "```sh\ngrep -w CONFIG_THING /boot/config-$(uname -r)\n```" in page


def test_the_table_of_the_rest_has_the_command_and_leaves_concerns_out() -> None:
    assert "thing-off" not in others(smallbook.view())
    view = smallbook.view(callers={"core/thing_sync": smallbook.caller(**STALL)})
    assert concerns(view) == "<p>No precondition prevents a concern.</p>"
    assert "<code>grep -w CONFIG_THING /boot/config-$(uname -r)</code>" in others(view)
    assert "dos-only" in others(view)


def test_the_glance_says_who_acts_and_whether_distributions_do() -> None:
    html = glance(smallbook.view("checklist"))
    row = next(line for line in html.splitlines() if "set-thing-off" in line)
    assert "build, measured-boot" in row
    assert row.index("d-holds") < row.index("d-fails")
    assert row.endswith('<td data-head="Concerns">1</td><td data-head="Costs">The thing.</td></tr>')
