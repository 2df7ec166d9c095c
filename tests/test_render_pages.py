"""The pages of entries: what a reader must find on them."""

import re
from dataclasses import replace

import pytest

import smallbook
from lostipi.model.caller import Caller
from lostipi.model.precondition import Precondition
from lostipi.render.api import api_page
from lostipi.render.book import UnknownNameError
from lostipi.render.caller import caller_page
from lostipi.render.coverage import coverage_page
from lostipi.render.detector import detector_page, detectors_table
from lostipi.render.precondition import precondition_page, preconditions_table
from lostipi.render.repository import Repository
from lostipi.render.text import esc

HERE = "callsites/core/thing_sync"


def _caller(**changes: object) -> str:
    return caller_page(smallbook.view(HERE, **changes), "core/thing_sync")


def test_a_caller_page_begins_with_its_name_and_its_verdicts() -> None:
    page = _caller()
    assert page.startswith("# `thing_sync()`\n")
    assert page.index("v-excluded") < page.index("A CPU keeps the old")
    # Two kernels; TDX holds it by default and SEV-SNP does not, so each stands for itself.
    assert page.count('<a href="#a1">') == 4


def test_evidence_leads_to_the_line_on_record() -> None:
    page = _caller()
    assert 'href="https://example.org/v6.12/kernel/smp.c#n352"' in page
    assert "csd_lock+2" in page


def test_a_site_leads_to_its_line_and_says_what_must_be_on() -> None:
    page = _caller()
    assert 'href="https://example.org/v6.12/kernel/thing.c#n40"' in page
    assert "<code>CONFIG_THING</code>, <code>defined(CONFIG_THING_SYNC)</code>" in page
    assert "no line on record" in page  # v6.1 has no inventory


def test_defaults_checks_and_cost_stand_beside_what_to_set() -> None:
    page = _caller()
    section = page[page.index("## What to set") : page.index("## Assessment")]
    row = next(line for line in section.splitlines() if "preconditions/thing-off/" in line)
    assert re.findall(r"d d-(\w+)", row) == ["holds", "fails"]
    assert "grep -w CONFIG_THING" in row
    assert "The thing." in row


def test_the_meaning_of_a_verdict_is_one_tap_away_without_a_script() -> None:
    box = re.search(r"<details><summary>(.*?)</summary>(.*?)</details>", _caller())
    assert box is not None
    assert "v-excluded" in box[1]
    assert "The code does not run while you keep the preconditions" in box[2]
    assert "The guest goes on wrongly" in box[2]


def test_every_section_has_an_anchor_of_its_own() -> None:
    anchors = re.findall(r"^##+ .*\{#([\w-]+)\}$", _caller(), re.MULTILINE)
    headings = re.findall(r"^##+ ", _caller(), re.MULTILINE)
    assert len(anchors) == len(set(anchors)) == len(headings)


def test_entries_with_a_common_func_or_precondition_find_each_other() -> None:
    one = Caller.model_validate(smallbook.CALLER)
    site = {**smallbook.CALLER["sites"][0], "function": "other", "file": "kernel/o.c"}
    other = Caller.model_validate({**smallbook.CALLER, "sites": [{**site, "func": "g"}]})
    same = Caller.model_validate({**smallbook.CALLER, "sites": [site]})
    book = {"core/thing_sync": one, "mm/same": same, "mm/other": other}
    page = _caller(callers=book)
    rows = dict(re.findall(r'<th scope="row">([^<]*)</th><td>(.*?)</td>', page))
    assert "callsites/mm/same/" in rows["Same func"]
    assert "callsites/mm/other/" in rows["Same precondition"]
    assert "callsites/mm/same/" not in rows["Same precondition"]
    assert ">2 other callers</a>" in rows["Same API"]


def test_an_entry_that_names_another_is_listed_there() -> None:
    other = smallbook.caller(consequence={"sentence": "As in `thing_sync()`.", "analysis": "No."})
    changed = other.model_copy(
        update={"sites": (other.sites[0].model_copy(update={"function": "f", "func": "g"}),)}
    )
    book = {"core/thing_sync": Caller.model_validate(smallbook.CALLER), "mm/f": changed}
    page = _caller(callers=book)
    assert re.search(r'Named by</th><td><a href="[^"]*callsites/mm/f/"', page)


def test_edit_and_dispute_are_offered_only_where_there_is_a_repository() -> None:
    assert "Edit this entry" not in _caller()
    assert "Dispute" not in _caller()
    view = smallbook.view(HERE)
    told = caller_page(
        replace(
            view, edit="https://example.org/e", repository=Repository("https://github.com/a/b")
        ),
        "core/thing_sync",
    )
    assert '<a href="https://example.org/e">Edit this entry</a>' in told
    assert 'href="https://github.com/a/b/issues/new?title=callsites%2Fcore%2Fthing_sync' in told


def test_a_detector_that_the_host_can_blind_is_marked_where_it_can() -> None:
    page = _caller()
    assert "host can blind it on SEV-SNP" in page
    assert "host can blind it on TDX" not in page


def test_mutes_are_those_of_the_api_unless_the_assessment_says_otherwise() -> None:
    assert "sender-slot" in _caller()
    own = smallbook.caller(mutes=["nothing"])
    assert "sender-slot" not in _caller(callers={"core/thing_sync": own})


def test_prose_about_c_survives() -> None:
    page = _caller()
    assert "__thing_set() for &lt;linux/thing.h&gt; and foo_*_bar." in page
    assert "The thing &amp; its CPUs" in page


def test_the_issue_stands_beside_what_is_true() -> None:
    row = next(line for line in _caller().splitlines() if "issue-151/#single-1" in line)
    assert "Thing &lt;off&gt;." in row
    assert "f-wrong" in row
    assert "It is not excluded." in row


def test_an_advice_for_one_platform_says_so() -> None:
    other = {
        **smallbook.ASSESSMENT,
        "platforms": ["sev-snp"],
        "advice": {"preconditions": ["thing-off"], "text": "Or pray."},
    }
    first = {**smallbook.ASSESSMENT, "platforms": ["tdx"]}
    caller = Caller.model_validate({**smallbook.CALLER, "assessments": [first, other]})
    page = _caller(callers={"core/thing_sync": caller})
    rows = [line for line in page.splitlines() if "Or pray." in line]
    assert "SEV-SNP" in rows[0]
    assert page.count("## Assessment:") == 2


def test_a_caller_that_can_never_run_needs_no_facts() -> None:
    never = {
        "kernels": ["v6.1", "v6.12"],
        "reach": "never",
        "never_reason": "dead-code",
        "verdict": "not-applicable",
        "consequence": {"sentence": "Nothing."},
        "confidence": {"level": "high"},
    }
    caller = Caller.model_validate({**smallbook.CALLER, "assessments": [never]})
    page = _caller(callers={"core/thing_sync": caller})
    assert "dead-code" in page
    assert "Sender" not in page


def test_a_reference_to_nothing_fails_the_page() -> None:
    caller = smallbook.caller(noticed=["no-such-detector"])
    with pytest.raises((UnknownNameError, KeyError), match="no-such-detector"):
        _caller(callers={"core/thing_sync": caller})
    caller = smallbook.caller(preconditions=[["no-such-thing"]])
    with pytest.raises((UnknownNameError, KeyError), match="no-such-thing"):
        _caller(callers={"core/thing_sync": caller})


@pytest.mark.parametrize(
    "render", [caller_page, api_page, precondition_page, detector_page, coverage_page]
)
def test_an_unknown_id_fails_the_page(render: object) -> None:
    with pytest.raises(UnknownNameError, match="no-such"):
        render(smallbook.view(), "no-such")  # type: ignore[operator]


def test_an_api_page_lists_its_callers_and_how_many_sites_have_no_entry() -> None:
    page = api_page(smallbook.view("apis/smp_call_function_single"), "smp_call_function_single")
    assert 'href="../../callsites/core/thing_sync/"' in page
    row = next(line for line in page.splitlines() if "coverage/v6.12" in line)
    assert re.findall(r"<td>([^<]*)</td>", row) == ["2", "2 no-wait", "1"]


def test_a_precondition_page_has_a_command_to_copy() -> None:
    page = precondition_page(smallbook.view("preconditions/thing-off"), "thing-off")
    assert "<pre><code>grep -w CONFIG_THING /boot/config-$(uname -r)\n</code></pre>" in page
    assert "# CONFIG_THING is not set" in page
    assert "excludes it" in page
    assert 'href="../../callsites/core/thing_sync/#a1"' in page


@pytest.mark.parametrize(
    ("check", "command"),
    [
        ({"kind": "cmdline", "parameter": "mce=off"}, "grep -xF 'mce=off'"),
        ({"kind": "sysctl", "name": "kernel.sysrq", "value": "0"}, "sysctl -n kernel.sysrq"),
        ({"kind": "boot-log", "text": "tdx:", "present": True}, "dmesg | grep -F 'tdx:'"),
        ({"kind": "file", "path": "/dev/mcelog", "present": False}, "ls -d /dev/mcelog"),
        (
            {"kind": "file", "path": "/proc/cpuinfo", "present": True, "lacks": "vmx"},
            "grep -E 'vmx' /proc/cpuinfo",
        ),
        (
            {"kind": "cpuid", "leaf": 6, "register": "ecx", "bit": 0, "value": 0},
            "cpuid -1 -r -l 0x6 -s 0",
        ),
    ],
)
def test_each_kind_of_check_is_a_command(check: dict[str, object], command: str) -> None:
    entry = Precondition.model_validate({**smallbook.PRECONDITION, "checks": [check]})
    page = precondition_page(smallbook.view(preconditions={"thing-off": entry}), "thing-off")
    assert esc(command) in page


def test_what_only_the_host_holds_is_said_to_exclude_nothing() -> None:
    held = [{**smallbook.PRECONDITION["held"][0], "platforms": None, "by": ["host"]}]
    entry = Precondition.model_validate({**smallbook.PRECONDITION, "held": held})
    assert "excludes nothing here" in preconditions_table(
        smallbook.view(preconditions={"thing-off": entry})
    )


def test_the_table_of_detectors_says_where_the_host_can_blind_them() -> None:
    assert re.findall(r"p p-(\w+)", detectors_table(smallbook.view())) == ["delay", "blind"]


def test_a_coverage_page_counts_and_lists_what_is_missing() -> None:
    page = coverage_page(smallbook.view("coverage/v6.12"), "v6.12")
    assert "1 of 2 sites" in page
    assert 'href="https://example.org/v6.12/kernel/lost.c#n7"' in page


def test_pages_of_an_empty_book_render() -> None:
    from lostipi.macros import BLOCKS

    empty = smallbook.view(
        apis={}, callers={}, preconditions={}, detectors={}, inventories={}, coverage={}, names={}
    )
    for name, render in BLOCKS.items():
        assert render(empty) is not None, name
