"""The explorer: the table that stands without scripts, and the facts by which they filter."""

import json
import re
from typing import Any

import smallbook
from lostipi.model.base import Platform
from lostipi.model.caller import Caller
from lostipi.render.cases import cases, where
from lostipi.render.explorer import explorer
from lostipi.render.facets import FACETS
from lostipi.render.words import PLATFORMS

TOLERATED = {
    **smallbook.ASSESSMENT,
    "kernels": ["v6.12"],
    "reach": "yes",
    "preconditions": [],
    "harm": {"never": "delay", "late": "none"},
    "objective": [],
    "mutes": ["nothing"],
    "verdict": "tolerated",
    "otherwise": None,
    "consequence": {"sentence": "The `thing` is [late](/preconditions/thing-off/)."},
}
"""What the caller becomes in the newer kernel."""


def _two() -> Caller:
    """A caller whose verdict has changed between the two kernels."""
    older = {**smallbook.ASSESSMENT, "kernels": ["v6.1"]}
    return Caller.model_validate({**smallbook.CALLER, "assessments": [older, TOLERATED]})


def _explorer(**changes: Any) -> str:
    return explorer(smallbook.view("callers", **changes))


def _data(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json">(.*?)</script>', page)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def _told(data: dict[str, Any], row: int, case: int) -> dict[str, list[str]]:
    """A case's facts as words again."""
    values = {facet["name"]: [v[0] for v in facet["values"]] for facet in data["facets"]}
    _, places, *own = data["rows"][row]["cases"][case]
    told = {}
    for name, numbers in zip(data["own"], own, strict=True):
        flat = [n for part in numbers for n in (part if isinstance(part, list) else [part])]
        told[name] = [values[name][n] for n in flat]
    told["places"] = [
        f"{values['kernel'][data['places'][place][0]]}/"
        f"{values['platform'][data['places'][place][1]]}"
        for place in places
    ]
    return told


def test_rows_stand_under_their_worst_verdict_and_links_lead_to_entries() -> None:
    page = _explorer(callers={"core/thing_sync": _two(), "core/other": smallbook.caller()})
    heads = re.findall(r'<tbody( hidden)?><tr class="group">.*?class="n">(\d+)<', page)
    assert heads == [("", "2"), (" hidden", "0")]
    assert page.index("callsites/core/other/") < page.index("callsites/core/thing_sync/")
    assert 'href="../apis/smp_call_function_single/"' in page


def test_a_case_gives_a_value_for_each_facet() -> None:
    data = _data(_explorer())
    assert _told(data, 0, 0) == {
        "verdict": ["excluded"],
        "else": ["concern"],
        "default": ["held by default"],
        "subsystem": ["core"],
        "kind": ["call-function"],
        "api": ["smp_call_function_single"],
        "wait": ["no-wait"],
        "precondition": ["thing-off"],
        "objective": ["integrity"],
        "mutes": ["call-queue", "sender-slot"],
        "when": ["runtime"],
        "trigger": ["root"],
        "confidence": ["high"],
        "places": ["v6.1/tdx", "v6.12/tdx"],
    }
    other = _told(data, 0, 1)
    assert other["default"] == ["in force"]
    assert other["places"] == ["v6.1/sev-snp", "v6.12/sev-snp"]


def test_every_facet_has_a_heading_and_every_value_a_meaning() -> None:
    data = _data(_explorer())
    assert [facet["name"] for facet in data["facets"]] == list(FACETS)
    for facet in data["facets"]:
        assert facet["label"]
        for value, label, explanation in facet["values"]:
            assert value
            assert label
            assert explanation
    (platform,) = [facet for facet in data["facets"] if facet["name"] == "platform"]
    assert [(value, label) for value, label, _ in platform["values"]] == [
        ("tdx", "TDX"),
        ("sev-snp", "SEV-SNP"),
    ]


def test_a_verdict_that_changed_is_told_with_its_kernels() -> None:
    page = _explorer(callers={"core/thing_sync": _two()})
    assert re.findall(r'class="stand">.*?<small>(.*?)</small>', page) == ["v6.1", "v6.12"]
    data = _data(page)
    assert _told(data, 0, 2)["verdict"] == ["tolerated"]
    assert _told(data, 0, 2)["else"] == []
    assert _told(data, 0, 2)["mutes"] == ["nothing"]


def test_a_sentence_names_the_cases_it_is_of_and_holds_no_link() -> None:
    page = _explorer(callers={"core/thing_sync": _two()})
    told = dict(re.findall(r'<p data-cases="([\d ]+)">(.*?)</p>', page))
    assert told == {
        "0 1": "A CPU keeps the old <code>thing</code>.",
        "2": "The <code>thing</code> is late.",
    }


def test_functions_funcs_and_files_are_found_too() -> None:
    assert _data(_explorer())["rows"][0]["words"] == "thing_sync __thing_set kernel/thing.c"


def test_what_nobody_can_make_run_has_no_standing_by_default_and_mutes_nothing() -> None:
    never = {
        "kernels": ["v6.1", "v6.12"],
        "reach": "never",
        "never_reason": "not-x86",
        "verdict": "not-applicable",
        "consequence": {"sentence": "It is not built."},
        "confidence": {"level": "high"},
    }
    caller = Caller.model_validate({**smallbook.CALLER, "assessments": [never]})
    (case,) = cases(smallbook.book(), caller)
    assert case.default is None
    assert case.mutes(smallbook.book()) == ()


def test_calls_of_two_apis_are_two_cases() -> None:
    sites = [
        smallbook.CALLER["sites"][0],
        {**smallbook.CALLER["sites"][0], "label": "other", "api": "on_each_cpu", "wait": "waits"},
    ]
    caller = Caller.model_validate({**smallbook.CALLER, "sites": sites})
    told = {(c.api, c.wait.value) for c in cases(smallbook.book(), caller)}
    assert told == {("smp_call_function_single", "no-wait"), ("on_each_cpu", "waits")}


def test_the_data_cannot_end_its_script() -> None:
    title = "</script><img src=x onerror=alert(1)>"
    caller = Caller.model_validate({**smallbook.CALLER, "title": title})
    page = _explorer(callers={"core/thing_sync": caller})
    assert "</script><img" not in page
    assert _data(page)["rows"][0]["title"] == title


def test_places_are_told_in_short() -> None:
    book = smallbook.book()
    tdx, snp = Platform.TDX, Platform.SEV_SNP
    every = [("v6.1", tdx), ("v6.1", snp), ("v6.12", tdx), ("v6.12", snp)]
    assert where(book, every, PLATFORMS) == "v6.1–v6.12"
    assert where(book, every[2:], PLATFORMS) == "v6.12"
    assert where(book, every[::2], PLATFORMS) == "v6.1–v6.12 on TDX"
    assert where(book, every[1:], PLATFORMS) == "v6.1 on SEV-SNP, v6.12"
