"""Makefiles that a careful author would not write, and the algebra of conditions."""

import itertools
import time
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lostipi.kernel.conditions import ALWAYS, NEVER, Condition, both, either, inverse, simplify
from lostipi.kernel.inclusion import inclusions
from lostipi.kernel.kbuild import Kbuild

MODULE = b"obj-$(CONFIG_A) += module.o\n"


class Texts:
    """A tree of files given as text."""

    def __init__(self, texts: Mapping[str, bytes]) -> None:
        self._texts = texts

    def files(self) -> Sequence[str]:
        return sorted(self._texts)

    def read(self, path: str) -> bytes:
        return self._texts[path]


def kbuild(**texts: bytes) -> Kbuild:
    """Build a tree; ``drivers__Makefile`` stands for ``drivers/Makefile``."""
    return Kbuild(Texts({name.replace("__", "/"): text for name, text in texts.items()}))


def condition(makefile: bytes, path: str = "drivers/module.c") -> Condition:
    return kbuild(Kbuild=b"obj-y += drivers/\n", drivers__Makefile=makefile).condition(path)


def test_tree_without_makefiles_builds_nothing() -> None:
    assert kbuild(drivers__module=b"").condition("drivers/module.c") == NEVER


def test_folder_that_no_makefile_enters_builds_nothing() -> None:
    tree = kbuild(Kbuild=b"obj-y += kernel/\n", drivers__Makefile=MODULE)
    assert tree.condition("drivers/module.c") == NEVER


def test_lists_of_the_top_makefile_count_as_in_old_kernels() -> None:
    tree = kbuild(
        Makefile=b"core-y := init/\ndrivers-$(CONFIG_B) += drivers/\n", drivers__Makefile=MODULE
    )
    assert tree.condition("drivers/module.c") == (("CONFIG_B", "CONFIG_A"),)


def test_a_symbol_whose_m_counts_as_y_is_told_where_nothing_else_asks_for_it() -> None:
    tree = kbuild(
        Kbuild=b"obj-$(subst m,y,$(CONFIG_A)) += drivers/\nobj-$(CONFIG_B) += lib/\n",
        drivers__Makefile=b"obj-y += part.o\nobj-$(CONFIG_A) += module.o other.o\n"
        b"other-y := inner.o\nobj-$(subst m,y,$(CONFIG_B)) += own.o\n",
        lib__Makefile=b"obj-$(subst m,y,$(CONFIG_B)) += part.o\n",
    )
    assert tree.condition("drivers/part.c") == (("CONFIG_A",),)
    assert tree.as_builtin("drivers/part.c") == ("CONFIG_A",)
    assert tree.as_builtin("drivers/own.c") == ("CONFIG_A", "CONFIG_B")
    for path in ("drivers/module.c", "drivers/inner.c", "lib/part.c"):
        assert tree.as_builtin(path) == ()


def test_unreadable_makefile_is_like_a_missing_one() -> None:
    class Unreadable(Texts):
        def read(self, path: str) -> bytes:
            if path == "drivers/Makefile":
                raise OSError("refused")
            return super().read(path)

    tree = Unreadable({"Kbuild": b"obj-y += drivers/\n", "drivers/Makefile": MODULE})
    assert Kbuild(tree).condition("drivers/module.c") == NEVER


def test_folders_that_enter_each_other_end() -> None:
    tree = kbuild(
        a__Makefile=b"obj-y += ../b/\n", b__Makefile=b"obj-y += ../a/\nobj-y += module.o\n"
    )
    assert tree.condition("b/module.c") == NEVER


def test_files_that_include_each_other_end() -> None:
    tree = kbuild(
        Kbuild=b"obj-y += drivers/\n",
        drivers__Makefile=MODULE,
        drivers__module_c=b"",
        **{"drivers__module.c": b'#include "x.h"\n'},
        **{"drivers__x.h": b'#include "y.h"\n'},
        **{"drivers__y.h": b'#include "x.h"\n'},
    )
    assert tree.condition("drivers/y.h") == (("CONFIG_A",),)
    assert tree.condition("drivers/x.h") == (("CONFIG_A",),)


@pytest.mark.parametrize(
    ("makefile", "expected"),
    [
        (b"endif\nelse\n" + MODULE, (("CONFIG_A",),)),
        (b"ifdef CONFIG_B\n" + MODULE, (("CONFIG_B", "CONFIG_A"),)),
        (b"ifeq ($(CONFIG_B),y\n" + MODULE, (("CONFIG_B", "CONFIG_A"),)),
        (b"ifeq garbage\n" + MODULE, (("CONFIG_A",),)),
        (b"obj-$(CONFIG_A += module.o\n", (("CONFIG_A",),)),
        (b"obj-y += module.o $(", ALWAYS),
        (b"obj-y += module.o\r\n", ALWAYS),
        (b"obj-y += \\\n\tmodule.o", ALWAYS),
        (b"include Kbuild\ninclude drivers/Makefile\n" + MODULE, (("CONFIG_A",),)),
        (b"\xff\xfe\x00\x80\n" + MODULE, (("CONFIG_A",),)),
        (b"X = $(X)\nobj-y += $(X) module.o\n", ALWAYS),
        (b"X = $(Y) $(Y)\nY = $(X) $(X)\nobj-y += $(X) module.o\n", ALWAYS),
        (b"obj-$($(CONFIG_B)) += module.o\n" + MODULE, (("CONFIG_A",),)),
        (b"obj-y := other.o\nobj-y := module.o\nobj-y := last.o\n", NEVER),
        (b"obj-n += module.o\nobj- += module.o\n", NEVER),
        (b'ifeq "$(CONFIG_B)" "y"\n' + MODULE + b"endif\n", (("CONFIG_B", "CONFIG_A"),)),
        (b"ifneq (,$(CONFIG_B))\n" + MODULE + b"endif\n", (("CONFIG_B", "CONFIG_A"),)),
        (b"obj-$(if $(CONFIG_B),y) += module.o\n", (("CONFIG_B",),)),
        (b"obj-$(and $(CONFIG_B),$(CONFIG_A)) += module.o\n", (("CONFIG_B", "CONFIG_A"),)),
        (b"obj-$(or $(CONFIG_B),$(CONFIG_A)) += module.o\n", (("CONFIG_A",), ("CONFIG_B",))),
    ],
)
def test_makefile_says_what_it_can(makefile: bytes, expected: Condition) -> None:
    assert condition(makefile) == expected


@pytest.mark.parametrize(
    "makefile",
    [
        b"obj-y += " + b"a.o " * 200_000,
        b"obj-y += " + b"$(" * 100_000,
        b"obj-y += " + b"$(X" * 3_000 + b")" * 3_000,
        b"ifdef CONFIG_A\n" * 20_000,
        b"X0 = a.o a.o\n"
        + b"".join(b"X%d = $(X%d) $(X%d)\n" % (n + 1, n, n) for n in range(60))
        + b"obj-y += $(X60)\n",
        b"obj-$(A)" + b"$(CONFIG_B)$(CONFIG_C)" * 2_000 + b" += a.o\n",
        b"obj-y += " + b"\\\n" * 200_000,
        b"".join(b"ifeq ($(CONFIG_%d)$(CONFIG_B%d),yy)\n" % (n, n) for n in range(300)),
        b"".join(b"ifneq ($(CONFIG_%d)$(CONFIG_B%d),yy)\n" % (n, n) for n in range(300)),
        b"obj-y += " + b"x" * 5_000_000,
    ],
    ids=lambda makefile: makefile[:24].decode() + f"... {len(makefile)}",
)
def test_monstrous_makefile_ends_in_seconds(makefile: bytes) -> None:
    start = time.process_time()
    condition(makefile + b"\nobj-y += module.o\n")
    assert time.process_time() - start < 10


_LINES = st.sampled_from(
    [
        "ifdef CONFIG_A",
        "ifndef B",
        "ifeq ($(CONFIG_A),y)",
        "ifneq ($(X)$(CONFIG_B),)",
        "else",
        "else ifeq ($(CONFIG_B),m)",
        "endif",
        "obj-y += module.o $(X)",
        "obj-$(CONFIG_A) := a/ b.o",
        "X := $(X) $(Y:.o=.c)",
        "Y += $(foreach n,$(X),$(n)$(Y))",
        "module-y += $(addprefix $(X),y.o)",
        "include $(X) drivers/Makefile",
        "define f",
        "endef",
        "obj-$(X)$(Y) += module.o",
        "\tobj-m = $(",
    ]
)


@settings(deadline=None, max_examples=60)
@given(st.lists(_LINES, max_size=25))
def test_any_order_of_lines_gives_an_answer(lines: list[str]) -> None:
    result = condition("\n".join(lines).encode())
    assert all(isinstance(literal, str) for alternative in result for literal in alternative)


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=400))
def test_any_bytes_give_an_answer(noise: bytes) -> None:
    result = condition(noise + b"\n" + MODULE)
    assert isinstance(result, tuple)
    assert isinstance(inclusions(noise + b'\n#if\n#include "x.c"\n'), list)


@settings(deadline=None, max_examples=60)
@given(st.text("()!&|<=> CONFIG_Adefin\n#", max_size=60))
def test_any_condition_around_an_inclusion_gives_an_answer(text: str) -> None:
    found = inclusions(b"#if " + text.replace("\n", " ").encode() + b'\n#include "x.c"\n#endif\n')
    assert [name for name, _ in found] in (["x.c"], [])


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("defined(CONFIG_A)", (("CONFIG_A",),)),
        ("defined CONFIG_A && !defined(CONFIG_B)", (("CONFIG_A", "!CONFIG_B"),)),
        ("IS_ENABLED(CONFIG_A) || IS_REACHABLE(CONFIG_B)", (("CONFIG_A",), ("CONFIG_B",))),
        ("!(defined(CONFIG_A) || defined(CONFIG_B))", (("!CONFIG_A", "!CONFIG_B"),)),
        ("CONFIG_HZ > 100", ALWAYS),
        ("CONFIG_A", (("CONFIG_A",),)),
        ("defined(CONFIG_A) && GCC_VERSION >= 5 /* why */", (("CONFIG_A",),)),
        ("defined(CONFIG_A) || GCC_VERSION >= 5", ALWAYS),
        ("0", ALWAYS),
    ],
)
def test_condition_around_an_inclusion_is_read(expression: str, expected: Condition) -> None:
    text = f'#if {expression}\n# include "x.c"\n#endif\n'
    assert inclusions(text.encode()) == [("x.c", expected)]


_SYMBOLS = ("CONFIG_A", "CONFIG_B", "CONFIG_C")
_ALTERNATIVES = st.lists(
    st.dictionaries(st.sampled_from(_SYMBOLS), st.booleans()).map(
        lambda values: tuple(name if on else f"!{name}" for name, on in values.items())
    ),
    max_size=5,
)


def _holds(condition: Sequence[tuple[str, ...]], on: set[str]) -> bool:
    return any(
        all((item[1:] not in on) if item.startswith("!") else (item in on) for item in alternative)
        for alternative in condition
    )


@given(_ALTERNATIVES, _ALTERNATIVES)
def test_conditions_combine_as_truth_tables_do(
    first: list[tuple[str, ...]], second: list[tuple[str, ...]]
) -> None:
    one, other = simplify(first), simplify(second)
    for count in range(len(_SYMBOLS) + 1):
        for chosen in itertools.combinations(_SYMBOLS, count):
            on = set(chosen)
            assert _holds(one, on) == _holds(first, on)
            assert _holds(both(one, other), on) == (_holds(first, on) and _holds(second, on))
            assert _holds(either((one, other)), on) == (_holds(first, on) or _holds(second, on))
            assert _holds(inverse(one), on) != _holds(first, on)


def test_redundant_alternatives_are_dropped() -> None:
    assert simplify([("CONFIG_A", "CONFIG_B"), ("CONFIG_A", "!CONFIG_B")]) == (("CONFIG_A",),)
    assert simplify([("CONFIG_A", "CONFIG_B"), ("CONFIG_A",)]) == (("CONFIG_A",),)
    assert simplify([("CONFIG_A",), ("!CONFIG_A",)]) == ALWAYS


def test_width_not_being_one_is_written_as_the_other() -> None:
    assert inverse((("CONFIG_X86_32",),)) == (("CONFIG_X86_64",),)
    assert both((("CONFIG_64BIT",),), (("CONFIG_X86_32",),)) == NEVER
