"""What a reader who has only the site finds within three clicks, on the real data and pages."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest

from lostipi.publish.files import files
from lostipi.render.book import Book, View
from lostipi.render.choice import choice_page, chooser
from lostipi.sitedata import gather

ROOT = Path(__file__).parents[1]
FRONT = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")


@cache
def book() -> Book:
    return gather(ROOT / "data")


@cache
def stands() -> dict[tuple[str, str], dict[str, set[str]]]:
    """By kernel and platform the callers that ask for action, by whether they stand by default."""
    found: dict[tuple[str, str], dict[str, set[str]]] = {}
    for path, content in files(book()).items():
        if not path.startswith("callsites/"):
            continue
        record = json.loads(content)
        for one in record["computed"]["standings"]:
            if one["effective"] in ("concern", "unknown"):
                groups = found.setdefault((one["kernel"], one["platform"]), {})
                groups.setdefault(one["by_default"], set()).add(record["id"])
    return found


def section(text: str, anchor: str) -> str:
    start = text.index(f"{{#{anchor}}}")
    end = re.search(r"\n#{2,3} ", text[start:])
    return text[start : start + end.start()] if end else text[start:]


def listed(html: str) -> list[str]:
    """The callers that a list of cases is about."""
    return re.findall(r'<li><p><a href="[./]*callsites/([^"]*)/">', html)


@pytest.mark.parametrize("place", [p.address for p in book().places])
def test_a_guest_s_page_has_every_concern_in_its_group(place: str) -> None:
    platform, kernel = place.split("/")
    groups = stands()[kernel, platform]
    page = choice_page(View(book(), "../../../", f"for/{place}"), place)
    in_force = groups.get("in-force", set())
    depends = groups.get("unknown", set()) - in_force
    held = groups.get("held", set()) - in_force - depends
    for anchor, wanted in (("in-force", in_force), ("depends", depends), ("held", held)):
        assert sorted(listed(section(page, anchor))) == sorted(wanted), anchor


def test_the_front_page_leads_to_every_guest_before_any_table() -> None:
    assert FRONT.index("chooser()") < min(
        FRONT.index(macro) for macro in ("concern_table()", "coverage_lines()", "verdict_chart()")
    )
    html = chooser(View(book(), ""))
    assert all(f'href="for/{place.address}/"' in html for place in book().places)


@pytest.mark.parametrize(
    ("question", "address"),
    [
        ("whether a caller matters", "callers/"),
        ("what to put on the command line", "checklist/"),
        ("how sure we are", "reviewers/"),
        ("what would cure it", "developers/"),
        ("the data", "downloads/"),
        ("whether there is a timeout", "#detection"),
    ],
)
def test_the_front_page_answers_or_leads_to(question: str, address: str) -> None:
    first_screen = FRONT[: FRONT.index("\n## ")]
    assert f'href="{address}"' in first_screen, question


def test_ten_entries_to_read_first_have_their_reasons() -> None:
    assert "first_list()" in FRONT
    assert len(book().first) == 10
    assert len({item.entry for item in book().first}) == 10
    assert "callsites/net/net_rps_send_ipi" in {item.entry for item in book().first}


def test_the_front_page_says_what_has_to_be_known_first() -> None:
    first_screen = FRONT[: FRONT.index("\n## ")]
    for words in (
        "Lose one call-function IPI, and that CPU may hear no later cross-call.",
        "Callers that wait hang. Callers that do not, go on.",
        "There is no timeout",
    ):
        assert words in first_screen
