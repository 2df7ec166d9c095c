"""The pictures drawn from data: well formed, told in words and numbers, and every name leads on."""

import re
from collections import Counter
from collections.abc import Callable
from xml.etree import ElementTree

import pytest

import smallbook
from lostipi.model.caller import Caller
from lostipi.render.book import Change, View, site_key
from lostipi.render.fates import change_chart, change_counts
from lostipi.render.flows import Band, Node, alluvial
from lostipi.render.pictures import api_graph, flow_chart, subsystem_chart

SITE = smallbook.CALLER["sites"][0]


def _view(here: str = "pictures") -> View:
    """Three callers of one API, one of them harmless, and an inventory of either kernel."""
    mild = {"harm": {"never": "delay", "late": "none"}, "otherwise": "tolerated", "objective": []}
    callers = {}
    for entry_id, changes in (("core/thing_sync", {}), ("mm/a", {}), ("mm/b", mild)):
        name = entry_id.split("/")[1]
        callers[entry_id] = Caller.model_validate(
            {
                **smallbook.CALLER,
                "sites": [{**SITE, "function": name}],
                "assessments": [{**smallbook.ASSESSMENT, **changes}],
            }
        )

    def record(function: str, line: int, **changes: object) -> dict[str, object]:
        return {**smallbook.RECORD, "function": function, "line": line, **changes}

    old = [record(name, line) for line, name in enumerate(("keep", "edit", "was", "end"), 1)]
    new = [record(name, line) for line, name in enumerate(("keep", "edit", "now", "come"), 1)]
    arm = record("arm", 9, x86="no")
    file = smallbook.RECORD["file"]
    became = (
        Change("kept", (), file, "keep"),
        Change("changed", ("call",), file, "edit"),
        Change("renamed", (), file, "was"),
        Change("new"),
    )
    changes = {site_key(r): change for r, change in zip(new, became, strict=True)}
    return smallbook.view(
        here,
        callers=callers,
        inventories={"v6.1": (*old, arm), "v6.12": (*new, arm)},
        changes={"v6.12": changes},
        coverage={},
    )


def _figure(text: str) -> ElementTree.Element:
    found = re.search(r"<figure.*?</figure>", text, re.DOTALL)
    assert found is not None
    return ElementTree.fromstring(found[0].replace(" data-search-exclude", ""))


PICTURES: list[Callable[[View], str]] = [
    flow_chart,
    change_chart,
    lambda view: api_graph(view, "smp_call_function_single"),
]


@pytest.mark.parametrize("draw", PICTURES)
def test_a_picture_has_a_title_and_a_description(draw: Callable[[View], str]) -> None:
    svg = _figure(draw(_view())).find("svg")
    assert svg is not None
    named = str(svg.get("aria-labelledby")).split()
    texts = {e.get("id"): e.text for e in svg if e.tag in ("title", "desc")}
    assert [bool(texts[name]) for name in named] == [True, True]
    # What is in an image is hidden from a screen reader, links too.
    assert svg.get("role") == "group"


@pytest.mark.parametrize("draw", PICTURES)
def test_colours_come_from_the_style_sheet(draw: Callable[[View], str]) -> None:
    assert not re.search(r"#[0-9a-fA-F]{3}\b|\b(fill|stroke|style)=", draw(_view()))


@pytest.mark.parametrize("draw", PICTURES)
def test_nothing_is_drawn_outside_the_picture(draw: Callable[[View], str]) -> None:
    svg = _figure(draw(_view())).find("svg")
    assert svg is not None
    width, height = (float(number) for number in str(svg.get("viewBox")).split()[2:])
    for box in svg.iter("rect"):
        x, y, w, h = (float(box.get(name, "")) for name in ("x", "y", "width", "height"))
        assert x >= 0 and x + w <= width and y >= 0 and y + h <= height
    for path in svg.iter("path"):
        numbers = [float(n) for n in re.findall(r"-?[\d.]+", str(path.get("d")))]
        assert min(numbers) >= 0
        assert max(numbers) <= max(width, height)


def test_what_flows_into_a_column_flows_out_of_it() -> None:
    columns = [
        [Node("a", "a", "#a")],
        [Node("m", "m", "#m"), Node("n", "n", "#n")],
        [Node("z", "z", "#z"), Node("unused", "unused", "#u")],
    ]
    bands = [[Band("a", "m", 3), Band("a", "n", 1)], [Band("m", "z", 3), Band("n", "z", 1)]]
    shapes, height = alluvial(columns, bands, (0, 100, 200), unit=10)
    text = "\n".join(shapes)
    assert "unused" not in text
    assert dict(re.findall(r'>(\w) <tspan class="sum">(\d+)', text)) == {
        "a": "4", "m": "3", "n": "1", "z": "4",
    }  # fmt: skip
    assert len(re.findall(r'<path class="band"', text)) == 4
    assert height > 40


def test_the_flow_counts_each_caller_once_per_api_and_every_name_leads_on() -> None:
    text = flow_chart(_view())
    links = dict(re.findall(r'<a href="([^"]+)"><rect.*?>([^<>]+) <tspan', text))
    assert links == {
        "../apis/smp_call_function_single/": "smp_call_function_single()",
        "../callers/?subsystem=core": "core",
        "../callers/?subsystem=mm": "mm",
        "../callers/?verdict=concern": "concern",
        "../callers/?verdict=tolerated": "tolerated",
    }
    assert re.findall(r"<title>(.*?): (\d)</title>", text) == [
        ("smp_call_function_single(), core", "1"),
        ("smp_call_function_single(), mm", "2"),
        ("core, concern", "1"),
        ("mm, concern", "1"),
        ("mm, tolerated", "1"),
    ]
    assert text.index("<summary>The same as a table") > text.index("</figure>")


def test_the_callers_of_an_api_stand_worst_first_with_their_verdicts() -> None:
    text = api_graph(_view("apis/smp_call_function_single"), "smp_call_function_single")
    ids = re.findall(r'href="[./]*/callsites/([^"]+)/"', text)
    assert ids == ["core/thing_sync", "mm/a", "mm/b"]
    assert re.findall(r'>([\w-]+) <tspan class="sum">(\d)', text) == [
        ("concern", "2"),
        ("tolerated", "1"),
    ]
    assert text.count("hidden-by") == 3


def test_one_caller_needs_no_picture() -> None:
    assert api_graph(smallbook.view(), "smp_call_function_single") == ""


def test_callers_are_counted_by_what_became_of_them_and_only_where_x86_builds_them() -> None:
    assert change_counts(_view()) == [
        ("v6.1", "v6.12", Counter({"kept": 1, "changed": 1, "renamed": 1, "new": 1, "gone": 1}))
    ]


def test_the_chart_of_changes_says_the_numbers_in_words_too() -> None:
    text = change_chart(_view())
    assert "v6.1 to v6.12: 1 same code, 1 changed, 1 moved or renamed, 1 gone, 1 new" in text
    assert "−1" in text and "+1" in text
    row = next(line for line in text.splitlines() if line.startswith("<tr><th"))
    assert row.startswith("<tr><th scope")


def test_the_bars_of_subsystems_lead_to_the_filtered_list() -> None:
    text = subsystem_chart(_view())
    assert re.findall(r'href="([^"]+)"', text) == [
        "../callers/?subsystem=mm",
        "../callers/?subsystem=core",
    ]
    assert 'role="group"' in text


def test_a_book_of_one_kernel_has_nothing_to_compare() -> None:
    assert "no two kernels" in change_chart(smallbook.view())
