"""Tokens, lines and directives of C source."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lostipi.kernel.ctokens import Source, fingerprint


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("a->b", ["a", "->", "b"]),
        ("x=='\\'';", ["x", "==", "'\\''", ";"]),
        ('"a\\"b/*" c', ['"a\\"b/*"', "c"]),
        ("a/*x\n*/b//c\nd", ["a", "/*x\n*/", "b", "//c", "d"]),
        ("0x1fUL 1e-3 .5", ["0x1fUL", "1e-3", ".5"]),
        ("don't\nx", ["don", "'t", "x"]),
        ("on_each\\\n_cpu", ["on_each_cpu"]),
        ("// a \\\nb\nc", ["// a b", "c"]),
        ("/* never closed", ["/* never closed"]),
    ],
)
def test_text_is_split_as_a_compiler_splits_it(text: str, tokens: list[str]) -> None:
    assert Source(text).texts == tokens


def test_lines_are_those_of_the_file_whatever_is_spliced() -> None:
    source = Source("#define a \\\n  b \\\n  c\nd /* \n\n */ e")
    assert [(t, source.line(i)) for i, t in enumerate(source.texts) if len(t) == 1] == [
        ("#", 1),
        ("a", 1),
        ("b", 2),
        ("c", 3),
        ("d", 4),
        ("e", 6),
    ]


def test_a_directive_ends_with_its_line_but_not_within_a_comment() -> None:
    source = Source("x # y\n  # define A /* over\n lines */ 1\nb\n/* c */ #ifdef D\n#\n")
    found = [
        (item.name, source.texts[item.first], source.texts[item.last]) for item in source.directives
    ]
    assert found == [("define", "#", "1"), ("ifdef", "#", "D"), ("", "#", "#")]


def test_an_apostrophe_in_an_error_directive_hides_nothing_after_it() -> None:
    source = Source("#error it isn't there\nint a;")
    assert source.texts[-3:] == ["int", "a", ";"]
    assert source.directive_of(len(source.texts) - 1) is None


def test_spelling_makes_blanks_and_comments_one_space() -> None:
    source = Source("(void *)\n\t x /* really */ + y")
    assert source.spelled(source.code_between(0, len(source.kinds) - 1)) == "(void *) x + y"


def test_a_fingerprint_depends_on_tokens_and_their_borders_only() -> None:
    assert fingerprint(["ab", "c"]) == fingerprint(["ab", "c"])
    assert fingerprint(["ab", "c"]) != fingerprint(["a", "bc"])
    assert len(fingerprint([])) == 16


@given(st.text(alphabet=st.sampled_from("ab({[)}]\"'/*#\\\n \t\r\0é;,x_0.->"), max_size=200))
def test_any_text_gives_all_its_letters_in_order(text: str) -> None:
    source = Source(text)
    shown = "".join("".join(source.texts).split())
    assert shown == "".join(source.text.split())
    assert all(1 <= source.line(i) <= text.count("\n") + 1 for i in range(len(source.kinds)))
