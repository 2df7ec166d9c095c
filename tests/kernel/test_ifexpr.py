"""An ``#if`` is true, false, or open when a configuration does not decide it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lostipi.kernel.config import parse_config
from lostipi.kernel.ifexpr import MAX_DEPTH, Compiled, evaluate

CONFIG = parse_config(
    b"CONFIG_X86_64=y\nCONFIG_ON=y\nCONFIG_MOD=m\n# CONFIG_OFF is not set\nCONFIG_NUM=64\n"
    b'CONFIG_HEX=0x40\nCONFIG_TEXT="y"\n',
    Path(".config"),
)
BUILTIN = Compiled(CONFIG, module=False)
MODULE = Compiled(CONFIG, module=True)


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        # what a configuration says, as the generated header has it
        ("defined(CONFIG_ON)", True),
        ("defined CONFIG_ON", True),
        ("!defined(CONFIG_ON)", False),
        ("defined(CONFIG_OFF)", False),
        ("defined(CONFIG_NEVER_HEARD_OF)", False),
        ("defined(CONFIG_MOD)", False),
        ("defined(CONFIG_MOD_MODULE)", True),
        ("defined(CONFIG_ON_MODULE)", False),
        ("defined(CONFIG_NUM)", True),
        ("defined(CONFIG_TEXT)", True),
        ("CONFIG_ON", True),
        ("CONFIG_OFF", False),
        ("CONFIG_MOD", False),
        ("CONFIG_MOD_MODULE", True),
        ("IS_ENABLED(CONFIG_ON)", True),
        ("IS_ENABLED(CONFIG_MOD)", True),
        ("IS_ENABLED(CONFIG_OFF)", False),
        ("IS_BUILTIN(CONFIG_MOD)", False),
        ("IS_BUILTIN(CONFIG_ON)", True),
        ("IS_MODULE(CONFIG_MOD)", True),
        ("IS_MODULE(CONFIG_ON)", False),
        ("IS_REACHABLE(CONFIG_ON)", True),
        ("IS_REACHABLE(CONFIG_MOD)", False),
        ("!(IS_ENABLED(CONFIG_OFF))", True),
        # figures
        ("CONFIG_NUM > 63", True),
        ("CONFIG_NUM >= 0x41", False),
        ("CONFIG_HEX == CONFIG_NUM", True),
        ("CONFIG_NUM * 2 - 1 == 127", True),
        ("CONFIG_OFF + 1", True),
        ("1 << 3 == 8", True),
        ("010 == 8UL", True),
        ("BITS_PER_LONG == 64", True),
        ("0", False),
        ("1", True),
        # what C files of the kernel are compiled with
        ("defined(MODULE)", False),
        ("!defined(__ASSEMBLY__) && defined(__KERNEL__)", True),
        ("defined(__i386__)", False),
        ("defined(__x86_64__)", True),
        # precedence
        ("defined(CONFIG_ON) || defined(CONFIG_ON) && defined(CONFIG_OFF)", True),
        ("(defined(CONFIG_ON) || defined(CONFIG_ON)) && defined(CONFIG_OFF)", False),
        ("!defined(CONFIG_OFF) && defined(CONFIG_ON)", True),
        ("!CONFIG_ON == 0", True),
        ("6 & 3 == 3", False),
        ("defined(CONFIG_OFF) ? 0 : 1", True),
        # open
        ("defined(ARCH_APICTIMER_STOPS_ON_C3)", None),
        ("!defined(SOMETHING)", None),
        ("SOMETHING", None),
        ("SOMETHING > 3", None),
        ("GCC_VERSION >= KERNEL_VERSION(1, (2), 3)", None),
        ("__has_attribute(x)", None),
        ("IS_ENABLED(SOMETHING)", None),
        ("CONFIG_TEXT", None),
        ("defined(SOMETHING) && defined(CONFIG_ON)", None),
        ("defined(SOMETHING) || defined(CONFIG_OFF)", None),
        # open in part, decided all the same
        ("defined(SOMETHING) && defined(CONFIG_OFF)", False),
        ("defined(SOMETHING) || defined(CONFIG_ON)", True),
        ("!(defined(CONFIG_ON) || SOMETHING(1))", False),
        ("SOMETHING ? 1 : 1", True),
        # no expression at all
        ("", None),
        ("defined(", None),
        ("(defined(CONFIG_ON)", None),
        ("defined(CONFIG_ON) defined(CONFIG_ON)", None),
        ("1 / 0", None),
        ("'a' == 97", None),
        ("08", None),
        ("SOMETHING(1", None),
    ],
)
def test_an_expression_is_true_false_or_open(expression, holds):
    assert evaluate(expression, BUILTIN) is holds


@pytest.mark.parametrize(
    ("expression", "holds"),
    [("defined(MODULE)", True), ("IS_REACHABLE(CONFIG_MOD)", True), ("MODULE", None)],
)
def test_in_a_module_module_is_defined_and_other_modules_are_in_reach(expression, holds):
    assert evaluate(expression, MODULE) is holds


def test_without_64_bit_the_word_has_32():
    small = Compiled(parse_config(b"CONFIG_X86_32=y\n", Path(".config")), module=False)
    assert evaluate("BITS_PER_LONG == 32 && defined(__i386__)", small) is True


def test_deep_nesting_is_left_open_instead_of_read_without_end():
    assert evaluate("(" * (MAX_DEPTH - 1) + "1" + ")" * (MAX_DEPTH - 1), BUILTIN) is True
    assert evaluate("(" * 100_000 + "1" + ")" * 100_000, BUILTIN) is None
    assert evaluate("9" * 100_000, BUILTIN) is None
    assert evaluate("!" * 100_000 + "1", BUILTIN) is True


@given(st.text(alphabet="()!&|<>=?:+-*/ 01dA_\"'\\\n", max_size=60))
def test_any_text_gives_an_answer(text):
    assert evaluate(text, BUILTIN) in (True, False, None)


ATOMS = st.sampled_from(
    [
        ("defined(CONFIG_ON)", 1),
        ("defined(CONFIG_OFF)", 0),
        ("CONFIG_NUM", 64),
        ("0x10", 16),
        ("010", 8),
        ("3", 3),
        ("1", 1),
        ("0", 0),
    ]
)

DOES = {
    "&&": lambda a, b: int(bool(a and b)),
    "||": lambda a, b: int(bool(a or b)),
    "==": lambda a, b: int(a == b),
    "!=": lambda a, b: int(a != b),
    "<": lambda a, b: int(a < b),
    ">=": lambda a, b: int(a >= b),
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
}
"""What C means by each operator between two numbers."""


def _larger(inner):
    return st.one_of(
        st.tuples(inner, st.sampled_from(sorted(DOES)), inner).map(
            lambda x: (f"({x[0][0]} {x[1]} {x[2][0]})", DOES[x[1]](x[0][1], x[2][1]))
        ),
        inner.map(lambda x: (f"(!{x[0]})", int(not x[1]))),
        inner.map(lambda x: (f"(-{x[0]})", -x[1])),
        st.tuples(inner, inner, inner).map(
            lambda x: (f"({x[0][0]} ? {x[1][0]} : {x[2][0]})", x[1][1] if x[0][1] else x[2][1])
        ),
    )


@given(st.recursive(ATOMS, _larger, max_leaves=12))
def test_bracketed_expressions_are_as_arithmetic_has_them(case):
    text, value = case
    assert evaluate(text, BUILTIN) is (value != 0)
    assert evaluate(f"{text} == {value}" if value >= 0 else "1", BUILTIN) is True
