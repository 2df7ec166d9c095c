"""Every kind of page: fit for assistive technology in both colour schemes, steady on a phone."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import SITE, Open

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

READ = {"exclude": [["svg text"]]}
"""Axe takes the `color` of words in pictures for theirs, not the `fill`; and the box of a curve for
the curve. tests/test_style.py holds these colours against their grounds."""


def test_every_kind_of_page_is_looked_at() -> None:
    for folder in GENERATED:
        assert any(address.startswith(f"{folder}/") for address in ADDRESSES), "one of its pages"
    assert {"", "404.html", "callers", "glossary", "lint"} <= set(ADDRESSES)


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_is_fit_for_everybody(open_page: Open, address: str) -> None:
    page = open_page(address if address.endswith(".html") else f"{address}/")
    grounds = []
    # Without motion: a colour on its way to another is neither.
    for scheme, options in (
        ("light", {"resultTypes": ["violations"]}),
        ("dark", {"runOnly": ["color-contrast", "link-in-text-block"]}),
    ):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        palette = {"light": "default", "dark": "slate"}[scheme]
        page.wait_for_selector(f"body[data-md-color-scheme={palette}]")
        page.wait_for_timeout(150)
        grounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        found = Axe().run(page, context=READ, options=options).response["violations"]
        serious = [
            f"{scheme}: {one['id']}: {node['html'][:160]} {node['failureSummary']}"
            for one in found
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"][:5]
        ]
        assert serious == []
    light, dark = (sum(map(int, re.findall(r"\d+", ground)[:3])) for ground in grounds)
    assert dark < 150 < 600 < light
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
