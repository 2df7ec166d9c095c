"""The theme's search, asked for whole names and for parts of them."""

import pytest
from conftest import Open
from playwright.sync_api import expect

PARTS = {
    "smp_call_function_single": "apis/smp_call_function_single/",
    "smp_call_function_single_async()": "apis/smp_call_function_single_async/",
    "smp_call_func": "apis/smp_call_function",
    "call_function_single": "apis/smp_call_function_single",
    "call_function": "apis/",
    "function_many": "apis/smp_call_function_many",
    "call_single_queue": "apis/__smp_call_single_queue/",
    "csd_lock": "detectors/csd-lock-debugging/",
    "csd": "detectors/csd-lock-debugging/",
    "CONFIG_X86_MCE": "preconditions/mce",
    "X86_MCE": "preconditions/mce",
    "kick_ilb": "callsites/sched/kick_ilb/",
    "KICK_IL": "callsites/sched/kick_ilb/",
    "ilb": "callsites/sched/kick_ilb/",
    "rps_send": "callsites/net/net_rps_send_ipi/",
}
"""What is typed, and what must then be among the first ten results."""


def test_a_name_is_found_by_any_part(open_page: Open) -> None:
    # One page for all: a browser needs seconds to read the index.
    page = open_page("glossary/")
    box = page.get_by_role("textbox", name="Search")
    results = page.locator(".md-search-result__link")
    for typed, wanted in PARTS.items():
        box.fill("")
        expect(results).to_have_count(0)
        box.press_sequentially(typed)
        page.wait_for_function(
            """(wanted) => [...document.querySelectorAll(".md-search-result__link")]
                .slice(0, 10).some((one) => one.pathname.includes(wanted))""",
            arg=wanted,
        )


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [("MCE", "preconditions/mce-off/"), ("lock", "detectors/csd-lock-debugging/")],
)
def test_a_common_part_finds_its_name_among_others(
    open_page: Open, typed: str, wanted: str
) -> None:
    page = open_page("")
    page.get_by_role("textbox", name="Search").press_sequentially(typed)
    found = page.locator(f'.md-search-result__link[href*="{wanted}"]')
    found.first.wait_for(state="attached")


def test_results_show_names_and_not_what_the_index_adds(open_page: Open) -> None:
    page = open_page("")
    page.keyboard.press("/")
    page.keyboard.type("kick_ilb")
    result = page.locator(".md-search-result__item").first
    expect(result.get_by_role("heading").first).to_have_text("kick_ilb()", use_inner_text=True)
    page.keyboard.press("Enter")
    page.wait_for_url("**/callsites/sched/kick_ilb/**")
