"""What a reader finds from the front page by clicking only, on a desk and on a phone.

What must stand on the pages is held by tests/test_paths.py; here it is the way there.
"""

import re

import pytest
from conftest import Open
from playwright.sync_api import Page, expect

GUEST = (".choose", "v6.12")
WAYS = {
    "every concern in force": (GUEST, (".tally", "in force by default")),
    "every one that the distribution decides": (GUEST, (".tally", "depend on the distribution")),
    "every one behind a precondition": (GUEST, (".tally", "kept from running")),
    "what goes on the kernel command line": (GUEST, ("article p", "kernel command line")),
    "whether net_rps_send_ipi() matters": ((".first", "net_rps_send_ipi()"),),
    "how sure the project is": ((".doors", "How sure are we?"),),
}
"""What is looked for, and the links to it: where each stands on its page, and its words."""

SEEN = {
    "every concern in force": r"In force by default[\s\S]*flush_tlb_multi\(\)",
    "every one that the distribution decides": r"Depending on the distribution",
    "every one behind a precondition": r"Kept from running[\s\S]*Keep: ",
    "what goes on the kernel command line": r"command line must be measured",
    "whether net_rps_send_ipi() matters": r"else dos-only[\s\S]*queue up and are then dropped",
    "how sure the project is": r"How sure are we\?[\s\S]*evidence",
}
"""What must then be in sight without another step."""


def in_sight(page: Page) -> str:
    """The words on the part of the page that the window shows."""
    return str(
        page.evaluate(
            """() => [...document.querySelectorAll(
                "article :is(h1, h2, h3, p, li, td, dt, dd, summary)")]
              .filter((one) => one.checkVisibility())
              .filter((one) => {
                const { top, bottom } = one.getBoundingClientRect();
                return bottom > 60 && top < innerHeight;
              }).map((one) => one.innerText).join("\\n")"""
        )
    )


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("wanted", WAYS)
def test_three_clicks_are_enough(open_page: Open, wanted: str, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 844}, reduced_motion="reduce")
    clicks = WAYS[wanted]
    assert len(clicks) <= 3
    for place, words in clicks:
        links = page.locator(place).get_by_role("link", name=re.compile(re.escape(words)))
        if (place, words) == GUEST:
            links = links.and_(page.locator("[href*='sev-snp']"))
        expect(links.first).to_be_visible()
        links.first.click()
    assert not re.search(SEEN[wanted], "")
    page.wait_for_function("() => document.readyState === 'complete'")
    page.wait_for_timeout(200)
    assert re.search(SEEN[wanted], in_sight(page)), in_sight(page)
