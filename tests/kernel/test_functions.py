"""Where functions begin and end, and what could not be understood."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lostipi.kernel.ctokens import Source
from lostipi.kernel.functions import parameters, read_structure


def functions(text: str) -> list[tuple[str, int, int]]:
    source = Source(text)
    return [
        (item.name, source.line(item.first), source.line(item.last))
        for item in read_structure(source).functions
    ]


def test_a_function_reaches_from_its_name_to_its_closing_brace() -> None:
    text = "static int\nfirst(int a)\n{\n\tif (a) {\n\t}\n}\nint second(void) { return 1; }\n"
    assert functions(text) == [("first", 2, 6), ("second", 7, 7)]


def test_types_tables_and_prototypes_are_no_functions() -> None:
    text = "struct a { int (*f)(int); };\nint x[] = { f(1) };\nint p(int);\nenum e { A, B };\n"
    assert functions(text) == []


def test_both_branches_of_an_if_hold_functions() -> None:
    text = "#ifdef A\nint a(void)\n{\n}\n#else\nint b(void)\n{\n}\n#endif\nint c(void)\n{\n}\n"
    assert functions(text) == [("a", 2, 4), ("b", 6, 8), ("c", 10, 12)]


def test_a_function_closed_in_both_branches_reaches_to_the_last() -> None:
    text = "int a(int x)\n{\n#ifdef A\n\treturn x;\n}\n#else\n\treturn 1;\n}\n#endif\n"
    text += "int b(void)\n{\n}\n"
    assert functions(text) == [("a", 1, 8), ("b", 10, 12)]


@pytest.mark.parametrize("macro", ["", "MODULE_X(a)\n", "DEFINE_A(a, b)\nstatic "])
@pytest.mark.parametrize(
    "head",
    [
        "typeof(x)(name(int a))",
        "typeof(x)(name(args))",
        "__typeof__(*x)(name(struct s *a, int b))",
        "typeof(x) name(int b) __releases(c)",
        "typeof(x) (name)(int b)",
        "typeof(x) (*name(int b))(int)",
        "int (name)(int b)",
    ],
)
def test_a_head_after_a_macro_without_semicolon_is_named_by_itself(macro: str, head: str) -> None:
    found = read_structure(Source(f"{macro}{head}\n{{\n}}\n")).functions
    assert [item.name for item in found] == ["name"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("int f(struct a *b, int c[4], ...) {}", ("b", "c", "")),
        ("int f(void) {}", ("",)),
        ("int f(void (*g)(int x), unsigned h) {}", ("g", "h")),
    ],
)
def test_parameters_are_named_in_order(text: str, names: tuple[str, ...]) -> None:
    source = Source(text)
    assert parameters(source, read_structure(source).functions[0]) == names


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("int f(void) {", "a brace that nothing closes"),
        ("int f(void) {}\n}", "a closing brace too many"),
        ("int f(", "a parenthesis that nothing closes"),
        ("#if A\nint a;", "an #if without its #endif"),
        ("#endif\n", "an #endif without its #if"),
        ("#else\n", "an #else without its #if"),
        ("/* a", "a comment that nothing closes"),
        ("struct x y = { (1 };", "a parenthesis open at the end of its block"),
        ("#if A\n" * 300, "more than 256 conditions within each other"),
    ],
)
def test_what_does_not_match_is_told(text: str, reason: str) -> None:
    assert reason in [item.reason for item in read_structure(Source(text)).unbalanced]


def test_what_is_never_compiled_does_not_upset_the_rest() -> None:
    text = "#if 0\nint a(void) {{{\n#endif\nint b(void)\n{\n}\n"
    source = Source(text)
    structure = read_structure(source)
    assert [item.name for item in structure.functions][-1] == "b"
    assert structure.unbalanced == []


PIECES = ["f(int a)", "{", "}", "(", ")", ";", "=", "struct s", "#if A", "#else", "#elif 0",
          "#endif", "#error x", "\n", "*", "extern \"C\"", "MACRO(x)", ",", "/* c */"]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=60))
def test_no_order_of_pieces_upsets_the_reader(pieces: list[str]) -> None:
    source = Source("\n".join(pieces))
    structure = read_structure(source, set(range(len(source.kinds))))
    for function in structure.functions:
        assert 0 <= function.first < len(source.kinds)
        assert function.last >= function.first
