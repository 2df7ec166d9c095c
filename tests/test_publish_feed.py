"""The feed is Atom, well-formed whatever the text, and the same every time."""

from __future__ import annotations

from xml.etree import ElementTree

from lostipi.model.reading import Notice
from lostipi.publish.feed import PATH, feed

ATOM = "{http://www.w3.org/2005/Atom}"

NOTICES = [
    Notice.model_validate(
        {
            "id": "two",
            "date": "2026-01-03",
            "title": "`x()` & <y>",
            "text": "A <script> and `code`.",
            "entries": ["callsites/core/thing_sync"],
        }
    ),
    Notice.model_validate({"id": "one", "date": "2026-01-02", "title": "One", "text": "One."}),
]


def test_an_entry_has_what_atom_asks_for() -> None:
    root = ElementTree.fromstring(feed(NOTICES, "https://example.org/"))
    assert root.findtext(f"{ATOM}updated") == "2026-01-03T00:00:00Z"
    assert root.findtext(f"{ATOM}id") == "urn:lostipi:changes"
    assert root.find(f"{ATOM}author/{ATOM}name") is not None
    links = {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")}
    assert links == {
        "self": f"https://example.org/{PATH}",
        "alternate": "https://example.org/changes/",
    }
    first, second = root.findall(f"{ATOM}entry")
    assert first.findtext(f"{ATOM}id") == "urn:lostipi:changes:two"
    assert first.findtext(f"{ATOM}updated") == "2026-01-03T00:00:00Z"
    link, category = first.find(f"{ATOM}link"), first.find(f"{ATOM}category")
    assert link is not None
    assert link.get("href") == "https://example.org/changes/#two"
    assert category is not None
    assert category.get("term") == "callsites/core/thing_sync"
    assert second.findtext(f"{ATOM}title") == "One"


def test_text_stays_text() -> None:
    root = ElementTree.fromstring(feed(NOTICES, ""))
    entry = root.find(f"{ATOM}entry")
    assert entry is not None
    assert entry.findtext(f"{ATOM}title") == "x() & <y>"
    content = entry.findtext(f"{ATOM}content") or ""
    assert "<script" not in content
    assert "<code>code</code>" in content


def test_without_an_address_links_are_relative() -> None:
    assert b'href="changes/#one"' in feed(NOTICES, "")


def test_a_feed_without_changes_is_a_feed() -> None:
    assert ElementTree.fromstring(feed([], "")).findall(f"{ATOM}entry") == []
