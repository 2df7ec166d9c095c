"""The explorer as a reader uses it. What must be shown is worked out from the entries' JSON."""

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import SITE, Open
from playwright.sync_api import Page, expect

PLACES = {
    "v5.10": ["sev-es"],
    "v6.1": ["tdx", "sev-snp"],
    "v6.12": ["tdx", "sev-snp"],
    "v7.2": ["tdx", "sev-snp"],
}


def _entries() -> dict[str, Any]:
    found = {}
    for path in (SITE / "api" / "v1" / "callsites").rglob("*.json"):
        record = json.loads(path.read_text(encoding="utf-8"))
        found[record["id"]] = record["entry"]
    return found


def _judged(entry: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    """Each kernel, platform, assessment and site of an entry that belong together."""
    for kernel, platforms in PLACES.items():
        for platform in platforms:
            for assessment in entry["assessments"]:
                for site in entry["sites"]:
                    if (
                        kernel in assessment["kernels"]
                        and platform in assessment.get("platforms", platforms)
                        and kernel in site["kernels"]
                        and site["label"] in assessment.get("sites", [site["label"]])
                    ):
                        yield kernel, platform, assessment, site


def _matching(**wanted: str) -> set[str]:
    """The callers of which one call, judged at one place, has all that is wanted."""
    found = set()
    for entry_id, entry in ENTRIES.items():
        for kernel, platform, assessment, site in _judged(entry):
            has: dict[str, list[str]] = {
                "kernel": [kernel],
                "platform": [platform],
                "verdict": [assessment["verdict"]],
                "else": [assessment.get("otherwise", "")],
                "subsystem": [entry_id.split("/")[0]],
                "api": [site["api"]],
                "wait": [site["wait"]],
                "precondition": [n for names in assessment["preconditions"] for n in names],
                "objective": assessment["objective"],
                "when": assessment["when"],
                "trigger": assessment["trigger"],
                "confidence": [assessment["confidence"]["level"]],
            }
            if all(value in has[name] for name, value in wanted.items()):
                found.add(entry_id)
                break
    return found


ENTRIES = _entries()


def _shown(page: Page) -> list[str]:
    """The ids of the callers on the page, in their order."""
    links = page.locator(".explorer tbody:not([hidden]) tr:not(.group) > th > a")
    hrefs = links.evaluate_all("(all) => all.map((a) => a.getAttribute('href'))")
    return [href.split("callsites/")[1].strip("/") for href in hrefs]


def _box(page: Page, facet: str, value: str) -> Any:
    """The check box of a value; its facet is opened if need be."""
    field = page.locator(f'.explorer details:has([role="group"][aria-label="{facet}"])')
    if not field.evaluate("(one) => one.open"):
        field.locator("summary").click()
    return field.locator("label").filter(
        has=page.locator(".value", has_text=re.compile(f"^{re.escape(value)}$"))
    )


def _count(page: Page) -> int:
    text = page.locator(".explorer output").inner_text()
    return int(re.match(r"\d+", text)[0])  # type: ignore[index]


def test_all_callers_are_shown_at_first(open_page: Open) -> None:
    page = open_page("callers/")
    assert set(_shown(page)) == set(ENTRIES)
    assert _count(page) == len(ENTRIES)


@pytest.mark.parametrize(
    "wanted",
    [
        {"verdict": "excluded", "kernel": "v6.12", "platform": "sev-snp"},
        {"else": "concern", "kernel": "v6.12"},
        {"verdict": "dos-only", "kernel": "v5.10"},
        {"subsystem": "x86", "api": "on_each_cpu", "wait": "waits"},
        {"precondition": "no-kvm-host", "when": "teardown"},
        {"objective": "confidentiality", "trigger": "root"},
        {"confidence": "medium", "platform": "tdx"},
    ],
)
def test_an_address_shows_what_matches_it(open_page: Open, wanted: dict[str, str]) -> None:
    query = "&".join(f"{name}={value}" for name, value in wanted.items())
    page = open_page(f"callers/?{query}")
    assert set(_shown(page)) == _matching(**wanted)
    assert len(page.locator(".chips li").all()) == len(wanted) + 1


def test_what_a_click_filters_the_address_keeps_for_others(open_page: Open) -> None:
    page = open_page("callers/")
    _box(page, "Verdict", "excluded").click()
    _box(page, "Kernel", "v6.12").click()
    _box(page, "Subsystem", "kvm").click()
    expect(page).to_have_url(re.compile(r"\?verdict=excluded&kernel=v6\.12&subsystem=kvm$"))
    shown = _shown(page)
    assert set(shown) == _matching(verdict="excluded", kernel="v6.12", subsystem="kvm")
    assert 0 < len(shown) < len(ENTRIES)
    assert _shown(open_page(page.url)) == shown


def test_a_count_tells_what_choosing_the_value_would_leave(open_page: Open) -> None:
    page = open_page("callers/?verdict=excluded&platform=tdx")
    for facet, value in (
        ("Kernel", "v6.1"),
        ("Kernel", "v7.2"),
        ("Subsystem", "net"),
        ("Wait", "no-wait"),
        ("Verdict behind “excluded”", "concern"),
        ("Trigger", "root"),
        ("With distribution defaults", "held by default"),
    ):
        line = _box(page, facet, value)
        promised = int(line.locator(".n").inner_text())
        line.click()
        assert _count(page) == len(_shown(page)) == promised, (facet, value)
        line.click()
    # A second value of a facet adds to the first.
    line = _box(page, "Verdict", "fail-stop")
    assert int(line.locator(".n").inner_text()) == len(
        _matching(verdict="fail-stop", platform="tdx")
    )
    line.click()
    assert set(_shown(page)) == _matching(verdict="fail-stop", platform="tdx") | _matching(
        verdict="excluded", platform="tdx"
    )


def test_words_are_found_in_names_files_and_sentences(open_page: Open) -> None:
    page = open_page("callers/")
    find = page.get_by_role("searchbox", name="Find")
    find.fill("KICK_ilb")
    assert _shown(page)[0] == "sched/kick_ilb"
    find.fill("kernel/sched/ nohz")
    assert "sched/kick_ilb" in _shown(page)
    find.fill("no such thing anywhere")
    assert _shown(page) == []
    expect(page.get_by_text("No caller has all of this.")).to_be_visible()
    page.get_by_role("button", name="Clear all filters").click()
    assert _count(page) == len(ENTRIES)
    expect(find).to_be_focused()


def test_the_back_button_undoes_one_choice_at_a_time(open_page: Open) -> None:
    page = open_page("callers/")
    _box(page, "Platform", "TDX").click()
    first = _shown(page)
    page.get_by_role("searchbox", name="Find").press_sequentially("rcu", delay=5)
    second = _shown(page)
    _box(page, "Verdict", "excluded").click()
    assert len(_shown(page)) < len(second) < len(first)
    page.go_back()
    assert _shown(page) == second
    expect(page.get_by_role("searchbox", name="Find")).to_have_value("rcu")
    expect(_box(page, "Verdict", "excluded").locator("input")).not_to_be_checked()
    page.go_back()
    assert _shown(page) == first
    page.go_back()
    assert _count(page) == len(ENTRIES)
    page.go_forward()
    assert _shown(page) == first


def test_a_heading_sorts_both_ways_and_says_so(open_page: Open) -> None:
    page = open_page("callers/")
    by_verdict = _shown(page)
    heading = page.get_by_role("columnheader", name="Caller", exact=True)
    heading.get_by_role("button").click()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    names = [entry_id.split("/")[1] for entry_id in _shown(page)]
    assert names == sorted(names, key=lambda name: f"{name.lower()}()")
    ascending = _shown(page)
    heading.get_by_role("button").click()
    expect(heading).to_have_attribute("aria-sort", "descending")
    expect(page).to_have_url(re.compile(r"\?sort=-name$"))
    assert _shown(page)[0] == ascending[-1]
    assert _shown(open_page(page.url)) == _shown(page)
    page.get_by_role("columnheader", name="Verdict").get_by_role("button").click()
    assert page.locator(".explorer [aria-sort]").count() == 1
    assert _shown(page) == by_verdict


def test_rows_stand_under_the_verdict_that_the_filter_leaves(open_page: Open) -> None:
    page = open_page("callers/?kernel=v6.12&platform=tdx")
    for part in page.locator(".explorer tbody:not([hidden])").all():
        head = part.locator(".group .v").all_text_contents()
        rows = part.locator("tr:not(.group)").all()
        assert part.locator(".group .n").inner_text() == str(len(rows))
        for row in rows:
            first = row.locator(".stand:not([hidden])").first
            assert first.locator(".v").all_text_contents() == head


def test_the_view_can_be_taken_along_as_csv_and_json(open_page: Open) -> None:
    page = open_page("callers/?else=concern&kernel=v6.12")
    shown = _shown(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="JSON").click()
    assert waiting.value.suggested_filename == "lostipi-callers.json"
    taken = json.loads(waiting.value.path().read_text(encoding="utf-8"))
    assert taken["from"] == page.url
    assert [caller["id"] for caller in taken["callers"]] == shown
    for caller in taken["callers"]:
        for case in caller["cases"]:
            assert case["else"] == ["concern"]
            assert {place.split("/")[0] for place in case["places"]} == {"v6.12"}
            entry = ENTRIES[caller["id"]]
            assert case["precondition"] in [a["preconditions"] for a in entry["assessments"]]
            assert case["consequence"]
    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV").click()
    text = waiting.value.path().read_bytes().decode()
    lines = list(csv.DictReader(io.StringIO(text, newline="")))
    assert list(dict.fromkeys(line["id"] for line in lines)) == shown
    assert len(lines) == sum(len(caller["cases"]) for caller in taken["callers"])
    assert {line["else"] for line in lines} == {"concern"}


def test_a_spreadsheet_runs_nothing_from_a_csv(open_page: Open) -> None:
    page = open_page("callers/")
    text = page.evaluate(
        """() => window.lostipi.toCsv(
            { facets: [{ name: "kernel", values: [["v1"]] }, { name: "platform", values: [["p"]] }],
              places: [[0, 0]], own: [],
              rows: [{ id: "a", title: '=HYPERLINK("x"),y', cases: [[0, [0]]] }] },
            [{ row: 0, matches: [{ number: 0, places: [0] }] }],
            () => ({ page: "https://example.org/", consequence: () => "-1" }))"""
    )
    (line,) = csv.DictReader(io.StringIO(text, newline=""))
    assert line == {
        "id": "a",
        "title": '\'=HYPERLINK("x"),y',
        "places": "v1/p",
        "consequence": "'-1",
        "page": "https://example.org/",
    }


def test_the_keyboard_alone_is_enough(open_page: Open) -> None:
    page = open_page("callers/")
    press = page.keyboard.press

    def tab_to(selector: str) -> None:
        for _ in range(60):
            press("Tab")
            if page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
                outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                assert outline not in ("none", ""), f"nobody sees where the keyboard is: {selector}"
                return
        raise AssertionError(f"the keyboard does not come to {selector}")

    tab_to(".explorer input[type=search]")
    page.keyboard.type("msr")
    tab_to(".explorer summary")
    tab_to(".explorer input[type=checkbox]")
    tab_to(".explorer input[type=checkbox]")
    press("Space")
    expect(page).to_have_url(re.compile(r"verdict=excluded"))
    tab_to(".explorer summary")
    press("Enter")
    expect(page.locator(".explorer details").nth(1)).to_have_attribute("open", "")
    tab_to(".explorer .downloads button")
    tab_to(".explorer .chips button")
    press("Enter")
    expect(page).not_to_have_url(re.compile(r"verdict"))
    assert page.evaluate("document.activeElement.closest('.chips') !== null")
    tab_to(".explorer thead button")
    press("Enter")
    expect(page).to_have_url(re.compile(r"sort=name"))
    tab_to(".explorer tbody th a")
    first = _shown(page)[0]
    press("Enter")
    expect(page).to_have_url(re.compile(rf"/callsites/{re.escape(first)}/$"))
    page.go_back()
    expect(page).to_have_url(re.compile(r"find=msr"))
    assert _shown(page)[0] == first


def test_the_number_found_is_announced(open_page: Open) -> None:
    page = open_page("callers/")
    status = page.get_by_role("status").filter(has_text="callers")
    expect(status).to_have_text(f"{len(ENTRIES)} callers")
    _box(page, "Verdict", "fail-stop").click()
    expect(status).to_have_text(f"{len(_matching(verdict='fail-stop'))} of {len(ENTRIES)} callers")
    expect(page.get_by_role("table").first).to_be_visible()
    assert page.get_by_role("rowheader").count() >= len(_matching(verdict="fail-stop"))


def test_without_scripts_the_table_is_whole_and_grouped_by_verdict(open_page: Open) -> None:
    page = open_page("callers/", java_script_enabled=False)
    assert set(_shown(page)) == set(ENTRIES)
    assert page.locator(".explorer form, .explorer button").count() == 0
    groups = page.locator(".explorer tbody:not([hidden]) > .group").all()
    assert len(groups) > 3
    assert sum(int(group.locator(".n").inner_text()) for group in groups) == len(ENTRIES)
    expect(page.locator(".lede noscript")).to_be_visible()


def test_a_page_opened_as_a_file_filters_too(open_page: Open) -> None:
    page = open_page(f"{(SITE / 'callers' / 'index.html').as_uri()}?verdict=dos-only")
    assert set(_shown(page)) == _matching(verdict="dos-only")
    _box(page, "Platform", "TDX").click()
    assert page.url.endswith("?verdict=dos-only&platform=tdx")
    assert set(_shown(page)) == _matching(verdict="dos-only", platform="tdx")


def test_an_address_with_words_that_nobody_knows_shows_all(open_page: Open) -> None:
    page = open_page("callers/?verdict=%3Cscript%3E&sort=toString&nonsense=1&find=")
    assert _count(page) == len(ENTRIES)
    assert page.locator(".chips li").count() == 0


def test_what_is_looked_for_never_becomes_markup(open_page: Open) -> None:
    page = open_page("callers/?find=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")
    assert page.locator(".explorer img").count() == 0
    expect(page.get_by_role("searchbox", name="Find")).to_have_value("<img src=x onerror=alert(1)>")


def test_on_a_phone_filters_open_on_demand_and_nothing_moves_sideways(open_page: Open) -> None:
    page = open_page("callers/", viewport={"width": 390, "height": 844})
    expect(page.locator("#explorer-fields")).to_be_hidden()
    more = page.get_by_role("button", name="Filters", exact=True)
    more.click()
    expect(more).to_have_attribute("aria-expanded", "true")
    _box(page, "Verdict", "fail-stop").click()
    assert set(_shown(page)) == _matching(verdict="fail-stop")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_band_over_each_verdict_is_as_wide_as_the_table(open_page: Open) -> None:
    page = open_page("callers/")
    whole = page.locator(".explorer tbody").first.bounding_box()
    bands = page.locator(".explorer .group th:visible").all()
    assert whole and len(bands) > 3
    assert {round(band.evaluate("band => band.clientWidth")) for band in bands} == {
        round(whole["width"])
    }
