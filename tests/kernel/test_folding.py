"""Blocks that are left unread, and that leaving them out changes nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lostipi.kernel.ctokens import Source
from lostipi.kernel.folding import foldable
from lostipi.kernel.functions import read_structure
from lostipi.kernel.manywords import word_pattern
from lostipi.kernel.occurrences import Reading, read_file

PIECES = [
    "int f(void)\n{\n\tif (a) {\n\t\tb();\n\t}\n}\n",
    "int g(void)\n{\n\tcall(1);\n}\n",
    "static int x[] = {\n\tA(1),\n};\n",
    "struct s {\n\tint a;\n};\n",
    "int h(void)\n{\n#ifdef A\n\tif (a) {\n#else\n\tif (b) {\n#endif\n\t}\n}\n",
    "int i(void)\n{\n#ifdef A\n\tb();\n#endif\n}\n",
    "int j(void)\n{\n\tb('{');\n}\n",
    'int k(void)\n{\n\tb("}\\"");\n}\n',
    "int l(void)\n{\n\t/* it's } */\n\treturn a / b;\n}\n",
    "X(name, {\n\tcall(2);\n})\n",
    "X(name,\n{\n\tb();\n});\n",
    'extern "C" {\nint m(void);\n}\n',
    "int n(void) { return 0; }\nint o(void)\n{\n}\n",
    "/*\n{\n}\n",
    "*/\n",
    "{\n",
    "}\n",
    "(\n",
    ")\n",
    '"\n',
    "#if A\n",
    "#else\n",
    "#endif\n",
    "#define P call(3) \\\n",
    "\tcall(4);\n",
    "call",
    "__weak int q(struct s *s)\n{\n\treturn s->call(1);\n}\n",
]


def read(text: str, whole: frozenset[str] | None) -> Reading:
    return read_file("a.c", text.encode(), word_pattern(["call"]), whole=whole)


def told(reading: Reading) -> object:
    """All that is asked of a reading, without the numbers of tokens."""
    source = reading.source
    functions = [
        (
            f.name,
            f.weak,
            source.line(f.first),
            source.line(f.last),
            source.words_between(f.first, f.last),
        )
        for f in reading.structure.functions
    ]
    calls = [
        (
            source.line(found.call.first),
            source.end_line(found.call.close),
            [source.spelled(argument) for argument in found.call.arguments],
            found.function.name if found.function else None,
            found.guards,
        )
        for found in reading.calls
    ]
    return reading.occurrences, functions, calls


@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_a_file_reads_the_same_with_its_blocks_folded(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert told(read(text, frozenset())) == told(read(text, None))


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        (PIECES[0], 1),
        (PIECES[2], 1),
        (PIECES[4], 0),
        (PIECES[5], 1),
        (PIECES[6], 0),
        (PIECES[7], 0),
        ("int f(void)\n{\n\t/* never closed\n}\n", 0),
        ("int f(void)\n{\n\treturn 0; }\nint g(void)\n{\n\tx();\n}\n", 0),
        ("int f(void)\n{\n\ta((b);\n}\n", 0),
        ("int f(void)\n{\n#endif\n}\n", 0),
        ("int f(void)\n{\n#if A\n}\n", 0),
        ("int f(void)\n{\n#define OPEN {\n}\n", 0),
    ],
)
def test_only_what_is_closed_in_itself_is_folded(text: str, blocks: int) -> None:
    assert len(foldable(text, [])) == blocks


def test_a_block_that_holds_what_is_asked_for_is_read() -> None:
    text = PIECES[0] + PIECES[1]
    assert foldable(text, [text.index("call")]) == {text.index("{"): text.index("\n}") + 1}


def test_of_a_folded_block_its_two_braces_are_left() -> None:
    source = Source(PIECES[0], foldable(PIECES[0], []))
    assert source.texts == ["int", "f", "(", "void", ")", "{", "}"]
    words = source.words_between(5, 6)
    assert words == ["{", "if", "(", "a", ")", "{", "b", "(", ")", ";", "}", "}"]
    assert read_structure(source).functions[0].last == 6


def test_a_block_within_a_macro_s_argument_makes_the_file_be_read_again() -> None:
    text = "X(name,\n{\n\tb();\n});\n" + PIECES[1]
    source = Source(text, foldable(text, [text.index("call")]))
    assert read_structure(source).misfolded
    assert [found.function and found.function.name for found in read(text, frozenset()).calls] == [
        "g"
    ]
