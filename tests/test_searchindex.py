"""The ends of names in the search index."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lostipi.searchindex import ends, enrich

WORDS = st.lists(st.from_regex(r"\A[a-z0-9]{2,6}\Z"), min_size=1, max_size=6)


def _index(*docs: tuple[str, str]) -> dict[str, Any]:
    return {
        "config": {"lang": ["en"]},
        "docs": [{"location": f"{n}/", "title": a, "text": b} for n, (a, b) in enumerate(docs)],
    }


def _hidden(html: str) -> list[str]:
    """What an index holds and no result shows."""
    found = html.split("<i hidden>")
    return [word for part in found[1:] for word in part.split("</i>")[0].split()]


def test_the_ends_of_a_name_begin_at_its_words() -> None:
    assert ends("CONFIG_X86_MCE") == ("X86_MCE", "MCE")
    assert ends("__kick_ilb") == ("kick_ilb", "ilb")
    assert ends("x") == ()


@given(WORDS)
def test_any_run_of_words_of_a_name_begins_one_of_its_ends_or_itself(words: list[str]) -> None:
    name = "_".join(words)
    for first in range(len(words)):
        for last in range(first + 1, len(words) + 1):
            typed = "_".join(words[first:last])
            assert any(one.startswith(typed) for one in (name, *ends(name)))


def test_what_is_shown_stays_as_it_was() -> None:
    index = _index(("Kicks", "<p>See <code>kick_ilb</code> &amp; <code>CONFIG_X86_MCE</code>.</p>"))
    before = index["docs"][0]["text"]
    enrich(index)
    text = index["docs"][0]["text"]
    assert _hidden(text) == ["ilb", "X86_MCE", "MCE"]
    for part in (" ilb", " X86_MCE MCE"):
        text = text.replace(f"<i hidden>{part}</i>", "")
    assert text == before
    assert index["docs"][0]["title"] == "Kicks"


def test_an_end_stands_once_in_a_text() -> None:
    index = _index(("T", "kick_ilb kick_ilb poke_ilb"))
    enrich(index)
    assert _hidden(index["docs"][0]["text"]) == ["ilb"]


def test_the_page_of_a_name_weighs_more_than_those_of_longer_names() -> None:
    index = _index(("call_one()", ""), ("call_one_async()", ""), ("other()", ""))
    enrich(index)
    first, second, other = (_hidden(doc["title"]) for doc in index["docs"])
    assert first.count("call_one") == 2
    assert "call_one_async" in first
    assert "call_one" not in second
    assert other == ["other", "other"]


def test_markup_in_a_text_stays_text() -> None:
    index = _index(("&lt;b_c onload=d_e&gt;", "&lt;script_x&gt;&quot;y_z&quot;"))
    enrich(index)
    assert "<" not in json.dumps(index["docs"]).replace("<i hidden>", "").replace("</i>", "")
