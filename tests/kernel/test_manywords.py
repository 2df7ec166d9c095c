"""Many words at once, against Python's own regular expressions, one word at a time."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lostipi.kernel.manywords import holder_of, word_pattern

IDENTIFIERS = st.text(alphabet="ab_1", min_size=1, max_size=4).filter(lambda w: not w[0].isdigit())
TEXTS = st.text(alphabet="ab_1 \n(.é☃", max_size=60)


@given(st.sets(IDENTIFIERS, max_size=6), TEXTS)
def test_whole_words_are_found_where_a_search_for_each_finds_them(
    names: set[str], text: str
) -> None:
    expected = sorted(
        (match.start(), name)
        for name in names
        for match in re.finditer(rf"\b{name}\b", text, re.ASCII)
    )
    found = [(match.start(), match.group()) for match in word_pattern(names).finditer(text)]
    assert found == expected


@given(st.sets(st.text(alphabet="ab.", min_size=1, max_size=3), max_size=5), st.binary())
def test_a_file_holds_one_of_the_texts_when_one_of_them_is_in_it(
    parts: set[str], data: bytes
) -> None:
    for content in (data, data + b"ab.a", b"\xff\xfe" + data):
        joined = re.sub(rb"\\[ \t]*\r?\n", b"", content)
        held = any(part.encode() in content or part.encode() in joined for part in parts)
        assert holder_of(parts)(content) == held


@pytest.mark.parametrize(
    "text", ["on_each\\\n_cpu", "on_each\\ \t\r\n_cpu", "on_e\\\na\\\nch_cpu", "on_each_cp\\\nu"]
)
def test_a_word_that_a_line_splice_cuts_in_two_is_held(text: str) -> None:
    assert holder_of(["on_each_cpu"])(f"\t{text}(g, NULL, 1);\n".encode())


def test_no_words_stand_nowhere() -> None:
    assert not list(word_pattern([]).finditer("on_each_cpu"))
    assert not holder_of([])(b"on_each_cpu")
