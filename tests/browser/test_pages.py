"""Every kind of page: fit for assistive technology in both colour schemes, steady on a phone."""

import re
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import SITE, Open
from playwright.sync_api import Page, expect

GENERATED = ("apis", "callsites", "preconditions", "detectors", "coverage")


def _addresses() -> list[str]:
    """Every page written by hand, and of the generated ones the largest of each folder."""
    largest: dict[str, Path] = {}
    found = ["404.html"]
    for path in sorted(SITE.rglob("index.html")):
        folder, *rest = path.relative_to(SITE).parts
        if folder in GENERATED and len(rest) > 1:
            size = path.stat().st_size
            if folder not in largest or size > largest[folder].stat().st_size:
                largest[folder] = path
        else:
            found.append(path.relative_to(SITE).parent.as_posix().removeprefix("."))
    return [*found, *(path.relative_to(SITE).parent.as_posix() for path in largest.values())]


ADDRESSES = _addresses()

SCHEMES = {"light": "default", "dark": "slate"}
"""The colour schemes and what the theme calls them."""

CONTRAST = ["color-contrast", "link-in-text-block"]
"""The rules about colours: axe needs longer for them than for all others together."""

LOOKS = (Path(__file__).parent / "looks.js").read_text()
"""Marks one element of each look, and says how many there are of how many."""

UNREAD = [["svg text"]]
"""Axe takes the `color` of words in pictures for theirs, not the `fill`; and the box of a curve for
the curve. tests/test_style.py holds these colours against their grounds."""


def turn(page: Page, scheme: str) -> str:
    """Show a page in a colour scheme, and give its ground."""
    # Without motion: a colour on its way to another is neither.
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.wait_for_selector(f"body[data-md-color-scheme={SCHEMES[scheme]}]")
    page.wait_for_timeout(150)
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


def serious(page: Page, context: dict[str, Any], rules: dict[str, Any]) -> list[str]:
    """What axe finds that would keep somebody out."""
    options = {"resultTypes": ["violations"], **rules}
    found = Axe().run(page, context=context, options=options).response["violations"]
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary']}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"][:5]
    ]


def unreadable(page: Page) -> list[str]:
    """What has too little contrast, or is a link by its colour alone, in the scheme shown."""
    looks, words = page.evaluate(LOOKS)
    assert 3 < looks <= words
    context = {"include": [["[data-look]"]], "exclude": UNREAD}
    return serious(page, context, {"runOnly": CONTRAST})


def test_every_kind_of_page_is_looked_at() -> None:
    for folder in GENERATED:
        assert any(address.startswith(f"{folder}/") for address in ADDRESSES), "one of its pages"
    assert {"", "404.html", "callers", "glossary", "lint"} <= set(ADDRESSES)


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_is_fit_for_everybody(open_page: Open, address: str) -> None:
    page = open_page(address if address.endswith(".html") else f"{address}/")
    grounds = [turn(page, "light")]
    others = {rule: {"enabled": False} for rule in CONTRAST}
    assert serious(page, {"exclude": UNREAD}, {"rules": others}) == []
    assert unreadable(page) == []
    grounds.append(turn(page, "dark"))
    assert unreadable(page) == []
    light, dark = (sum(map(int, re.findall(r"\d+", ground)[:3])) for ground in grounds)
    assert dark < 150 < 600 < light
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize(
    ("style", "rule"),
    [
        ("color: #8a8", "color-contrast"),
        ("background: #456", "color-contrast"),
        ("opacity: 0.3", "color-contrast"),
    ],
)
def test_one_pale_word_in_a_long_table_is_found(open_page: Open, style: str, rule: str) -> None:
    page = open_page("callers/")
    turn(page, "light")
    assert unreadable(page) == []
    cell = page.locator("article tbody tr:visible td:visible").nth(500)
    cell.evaluate(f"cell => cell.setAttribute('style', '{style}')")
    cell.evaluate("cell => cell.append('word')")
    found = unreadable(page)
    assert found and all(one.startswith(rule) for one in found)


def test_one_link_by_its_colour_alone_is_found(open_page: Open) -> None:
    page = open_page("method/")
    turn(page, "light")
    link = page.locator("article p a:not(.headerlink)").nth(5)
    link.evaluate("link => link.style.textDecoration = 'none'")
    link.evaluate("link => link.style.color = '#333'")
    assert any(one.startswith("link-in-text-block") for one in unreadable(page))


TORN = """() => {
  const torn = [];
  for (const cell of document.querySelectorAll(".t tbody :is(th, td)")) {
    if (!cell.checkVisibility()) continue;
    const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
      if (node.parentElement.closest("code, small")) continue;
      for (const word of node.data.matchAll(/[A-Za-z]+/g)) {
        const range = document.createRange();
        range.setStart(node, word.index);
        range.setEnd(node, word.index + word[0].length);
        if (range.getClientRects().length > 1) torn.push(word[0]);
      }
    }
  }
  return torn;
}"""
"""The words that are on two lines."""


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("address", ["checklist", "preconditions", "detection", "apis", "callers"])
def test_no_word_in_a_table_is_torn(open_page: Open, address: str, width: int) -> None:
    page = open_page(f"{address}/", viewport={"width": width, "height": 844})
    assert page.locator(".t tbody td:visible").count() > 20
    assert page.evaluate(TORN) == []
    page.locator(".t tbody th").first.evaluate("cell => cell.textContent = 'longword'")
    page.locator(".t tbody th").first.evaluate(
        "cell => { cell.style.wordBreak = 'break-all'; cell.style.minWidth = 0;"
        " cell.style.display = 'block'; cell.style.width = '2rem'; }"
    )
    assert page.evaluate(TORN) == ["longword"]


@pytest.mark.parametrize("address", ["checklist", "apis/on_each_cpu", "callsites/x86/do_boot_cpu"])
def test_on_a_phone_cells_of_prose_stand_below_each_other(open_page: Open, address: str) -> None:
    page = open_page(f"{address}/", viewport={"width": 390, "height": 844})
    boxes = page.locator(".box:has(> .stack):visible")
    assert boxes.count() >= 1
    for box in boxes.all():
        assert box.evaluate("box => box.scrollWidth <= box.clientWidth")
        lefts = box.locator("tr").nth(1).locator("th, td").all()
        assert len({round(cell.bounding_box()["x"]) for cell in lefts if cell.is_visible()}) == 1
        told = box.locator("td:not(:empty)").first.evaluate(
            "cell => getComputedStyle(cell, '::before').content"
        )
        assert box.locator("thead th").nth(1).inner_text() in told


def test_the_menu_names_every_page_of_a_section(open_page: Open) -> None:
    page = open_page("glossary/")
    menu = page.locator(".md-sidebar--primary")
    for name in ("APIs", "Preconditions", "Detectors", "Coverage", "Downloads", "Changes"):
        expect(menu.get_by_role("link", name=name, exact=True)).to_be_visible()
