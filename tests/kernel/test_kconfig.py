"""What the Kconfig language says about one symbol at a time, and text that is no Kconfig."""

import time
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lostipi.kernel.kconfig import ALL, PLAIN_32, PLAIN_64, TEST_32, TEST_64, Kconfig
from lostipi.kernel.kconfig_parse import MACRO, expression

BITS_64 = PLAIN_64 | TEST_64
BITS_32 = PLAIN_32 | TEST_32
TEST = TEST_64 | TEST_32

#: What every case starts with: the symbols whose values are fixed, and some that are free.
BASE = """
config 64BIT
	bool "64 bit"
config X86_64
	def_bool y
	depends on 64BIT
config X86_32
	def_bool y
	depends on !64BIT
config COMPILE_TEST
	bool "Compile test"
config SMP
	bool "SMP"
config FREE
	bool "Free"
config THREE
	tristate "Three values"
config FORCED
	def_bool y
"""


def load(text: str, more: Mapping[str, str] | None = None) -> Kconfig:
    texts = {"Kconfig": BASE + text, **(more or {})}
    contents = {name: value.encode() for name, value in texts.items()}
    return Kconfig.load(contents.get, sorted(contents))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('bool "P"', ALL),
        ("bool", 0),
        ("bool\n\tdefault y", ALL),
        ("def_bool y", ALL),
        ("def_bool n", 0),
        ("def_tristate m", ALL),
        ("def_bool FREE", ALL),
        ("def_bool ABSENT", 0),
        ("def_bool y if ABSENT", 0),
        ('bool "P" if ABSENT', 0),
        ('bool "P" if COMPILE_TEST\n\tdefault y if ABSENT', TEST),
        ('bool\n\tprompt "P"', ALL),
        ('bool "P"\n\tdepends on ABSENT', 0),
        ('bool "P"\n\tdepends on ABSENT || FREE', ALL),
        ('bool "P"\n\tdepends on ABSENT && FREE', 0),
        ('bool "P"\n\tdepends on !ABSENT', ALL),
        ('bool "P"\n\tdepends on !FORCED', 0),
        ('bool "P"\n\tdepends on !FREE', ALL),
        ('bool "P"\n\tdepends on !SMP', 0),
        ('bool "P"\n\tdepends on 64BIT', BITS_64),
        ('bool "P"\n\tdepends on !X86_64', BITS_32),
        ('bool "P"\n\tdepends on X86_32 && !COMPILE_TEST', PLAIN_32),
        ('bool "P"\n\tdepends on ABSENT || COMPILE_TEST', TEST),
        ('bool "P"\n\tdepends on FREE\n\tdepends on 64BIT', BITS_64),
        ('bool "P"\n\tdepends on (FREE || ABSENT) && \\\n\t\t!(ABSENT && FREE)', ALL),
        ('bool "P"\n\tdepends on ABSENT if FREE', ALL),
        ('bool "P"\n\tdepends on ABSENT if FORCED', 0),
        ('bool "P"\n\tdepends on ABSENT if X86_64', BITS_32),
        ('bool "P"\n\tdepends on THREE = y', ALL),
        ('bool "P"\n\tdepends on THREE=m', ALL),
        ('bool "P"\n\tdepends on FREE = m', 0),
        ('bool "P"\n\tdepends on ABSENT = y', 0),
        ('bool "P"\n\tdepends on ABSENT != n', 0),
        ('bool "P"\n\tdepends on ABSENT=n', ALL),
        ('bool "P"\n\tdepends on FORCED = n', 0),
        ('bool "P"\n\tdepends on FORCED != y', 0),
        ('bool "P"\n\tdepends on m', ALL),
        ('bool "P"\n\tdepends on $(success,test -x $(srctree)/a.sh)', ALL),
        ('bool "P"\n\tdepends on "$(ARCH)" = "arm"', ALL),
        ('bool "P"\n\tdepends on VERSION >= 120000 && 64BIT', BITS_64),
        ('bool "P # no comment" # comment', ALL),
        ('bool "P"\n\thelp\n\t  depends on ABSENT\n\n\t  config X', ALL),
        ('bool "P"\n\t---help---\n\t  depends on ABSENT', ALL),
        ('bool "P"\n\thelp\n\t  text\n\tdepends on ABSENT', 0),
        ("bool 'P'\n\tmodules\n\ttransitional\n\toption env=\"A\"\n\trange 1 2", ALL),
    ],
)
def test_symbol_can_be_on_where_its_properties_allow(body: str, expected: int) -> None:
    assert load(f"config IT\n\t{body}\n").can_be_on("IT") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("config IT\n\tbool\nconfig S\n\tbool 's'\n\tselect IT", ALL),
        ("config IT\n\tbool\nconfig S\n\tbool 's'\n\tselect\tIT\t if 64BIT", BITS_64),
        ("config IT\n\tbool\nconfig S\n\tbool 's'\n\tdepends on ABSENT\n\tselect IT", 0),
        ("config IT\n\tbool\nconfig S\n\tbool\n\tselect IT", 0),
        ("config IT\n\tbool\n\tdepends on ABSENT\nconfig S\n\tbool 's'\n\tselect IT", ALL),
        ("config IT\n\tbool\nconfig S\n\tbool 's'\n\timply IT", ALL),
        ("config IT\n\tbool\n\tdepends on ABSENT\nconfig S\n\tbool 's'\n\timply IT", 0),
        ("config IT\n\tbool\n\tselect S\nconfig S\n\tbool\n\tselect IT", 0),
        ("if ABSENT\nconfig IT\n\tbool 'p'\nendif", 0),
        ("if 64BIT\nif FREE\nconfig IT\n\tbool 'p'\nendif\nendif", BITS_64),
        ("if ABSENT\nendif\nconfig IT\n\tbool 'p'", ALL),
        ("menu 'm'\n\tdepends on ABSENT\nconfig IT\n\tbool 'p'\nendmenu", 0),
        ("menu 'm'\n\tvisible if ABSENT\nconfig IT\n\tbool 'p'\nendmenu", 0),
        ("menu 'm'\n\tvisible if ABSENT\nconfig IT\n\tbool 'p'\n\tdefault y\nendmenu", ALL),
        ("menuconfig M\n\tbool 'm'\nif M\nconfig IT\n\tbool 'p'\nendif # M", ALL),
        ("choice\n\tprompt 'c' if ABSENT\nconfig IT\n\tbool 'p'\nendchoice", 0),
        ("choice C\n\tbool 'c'\n\tdepends on 64BIT\nconfig IT\n\tbool 'p'\nendchoice", BITS_64),
        ("choice\n\tprompt 'c'\n\toptional\nconfig IT\n\tbool 'p'\nendchoice", ALL),
        ("config IT\n\tbool\n\tdepends on ABSENT\nconfig IT\n\tbool 'p'", ALL),
        ("config IT\n\tbool\n\tdepends on ABSENT\nconfig IT\n\tdepends on FREE\n\tdefault y", ALL),
        ("comment 'c'\n\tdepends on ABSENT\nconfig IT\n\tbool 'p'", ALL),
        ("config A\n\tdef_bool !B\nconfig B\n\tdef_bool !A\nconfig IT\n\tdef_bool A", ALL),
    ],
)  # fmt: skip
def test_symbol_can_be_on_where_its_surroundings_allow(text: str, expected: int) -> None:
    assert load(text).can_be_on("IT") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("config IT\n\tdef_bool y", 0),
        ('config IT\n\tbool "p"\n\tdefault y', ALL),
        ('config IT\n\tbool "p" if ABSENT\n\tdefault y', 0),
        ('config IT\n\tbool "p" if 64BIT\n\tdefault y', BITS_64),
        ("config IT\n\tdef_bool y if FREE", ALL),
        ("config IT\n\tbool\n\tdefault n if FREE\n\tdefault y", ALL),
        ("config IT\n\tbool\n\tdefault n if ABSENT\n\tdefault y", 0),
        ("config IT\n\tdef_bool y\n\tdepends on FREE", ALL),
        ("config IT\n\tbool\nconfig S\n\tdef_bool y\n\tselect IT", 0),
        ("config IT\n\tbool\nconfig S\n\tdef_bool y\n\tselect IT if FREE", ALL),
        ("config IT\n\tbool\nconfig S\n\tdef_bool y\n\tdepends on 64BIT\n\tselect IT", BITS_32),
        ("config IT\n\tdef_bool !ABSENT", 0),
    ],
)
def test_symbol_can_be_off_unless_something_forces_it(text: str, expected: int) -> None:
    assert load(text).can_be_off("IT") == expected


def test_source_follows_paths_globs_and_the_architecture() -> None:
    text = 'source "arch/$(SRCARCH)/Kconfig"\nsource "drivers/*/Kconfig"\nsource "no/Kconfig"\n'
    kconfig = load(
        text,
        {
            "arch/x86/Kconfig": 'config X\n\tbool "x"\n',
            "arch/arm/Kconfig": 'config ARM\n\tbool "arm"\n',
            "drivers/a/Kconfig": 'config A\n\tbool "a"\n\tdepends on X\n',
            "drivers/b/Kconfig": 'config B\n\tbool "b"\n\tdepends on ARM\n',
        },
    )
    assert [bool(kconfig.can_be_on(name)) for name in ("X", "A", "B", "ARM")] == [
        True, True, False, False,
    ]  # fmt: skip
    assert len(kconfig.faults) == 1
    assert "no/Kconfig" in kconfig.faults[0]


def test_block_around_a_source_holds_for_what_it_sources() -> None:
    kconfig = load('if ABSENT\nsource "a"\nendif\n', {"a": 'config A\n\tbool "a"\n'})
    assert kconfig.can_be_on("A") == 0


def test_files_that_source_each_other_end() -> None:
    kconfig = load('source "a"\n', {"a": 'config A\n\tbool "a"\nsource "Kconfig"\nsource "a"\n'})
    assert kconfig.can_be_on("A") == ALL


def test_tree_without_kconfig_has_no_symbols() -> None:
    assert Kconfig.load(lambda _: None, []).can_be_on("SMP") == ALL
    assert Kconfig.load(lambda _: None, []).can_be_on("NET") == 0


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("endif\n", "endif without a if"),
        ("if FREE\n", "if is never ended, an endif belongs here"),
        ("menu 'a'\nif FREE\nendmenu\n", "endmenu inside a block that is not ended"),
        ("config\n", "config needs the name of a symbol (got '')"),
    ],
)
def test_broken_blocks_are_said_with_their_place(text: str, fault: str) -> None:
    faults = load(text + 'config LAST\n\tbool "l"\n').faults
    assert len(faults) == 1
    assert faults[0].startswith("Kconfig:")
    assert faults[0].endswith(fault)


def test_what_follows_a_broken_block_is_still_read() -> None:
    kconfig = load('endif\nendmenu\nmenu "m"\nif FREE\nendmenu\nconfig LAST\n\tbool "l"\n')
    assert kconfig.can_be_on("LAST") == ALL


def test_unreadable_expression_decides_nothing() -> None:
    assert expression("FREE &&") == ("and", ("sym", "FREE"), MACRO)
    assert expression("FREE FREE") == MACRO
    assert expression("") == MACRO


@pytest.mark.parametrize(
    "text",
    [
        "config A\n\tdepends on " + "(" * 100_000,
        "config A\n\tdepends on " + "!" * 100_000 + "B",
        "config A\n\tdepends on " + " && ".join(["B"] * 2_000),
        "config A\n\tdepends on $(" * 10_000,
        "config A\n\tdepends on " + "$(" * 9_000,
        "if FREE\n" * 2_000 + 'config A\n\tbool "a"\n',
        "x" * 5_000_000,
        "\\\n" * 200_000,
        "config A\n\thelp\n" + "\n" * 200_000,
        "".join(f"config A{n}\n\tdef_bool A{n + 1}\n" for n in range(5_000)),
    ],
    ids=lambda text: f"{text[:30]!r} {len(text)}",
)
def test_monstrous_text_ends_in_seconds(text: str) -> None:
    start = time.process_time()
    load(text + "\n")
    assert time.process_time() - start < 10


_LINES = st.sampled_from(
    [
        "config A",
        "config B",
        "menuconfig C",
        "\tbool 'p' if B",
        "\tdefault A if !B || C=m",
        "if A",
        "\tdepends on A && $(x",
        "\tselect C if A",
        "\timply B",
        "endif",
        "menu 'm",
        "endmenu",
        "choice",
        "\tprompt",
        "endchoice",
        "\tvisible if C",
        "\thelp",
        "      text",
        'source "Kconfig"',
        "depends",
        "\tdepends on (A",
        "\tdef_bool y if !A",
        "\ttristate 't'",
        "\tselect",
        "\\",
    ]
)


@settings(deadline=None, max_examples=100)
@given(st.lists(_LINES, max_size=40))
def test_any_order_of_lines_gives_an_answer(lines: list[str]) -> None:
    kconfig = load("\n".join(lines))
    for name in ("A", "B", "C"):
        assert 0 <= kconfig.can_be_on(name) <= ALL
        if not kconfig.can_be_on(name):
            assert name in kconfig.why_not(name, PLAIN_64)


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=200))
def test_any_text_gives_an_answer(noise: str) -> None:
    kconfig = load(f'{noise}\nconfig LAST\n\tbool "l"\n')
    assert 0 <= kconfig.can_be_on("LAST") <= ALL


@settings(deadline=None, max_examples=200)
@given(st.text("AB!&|()=<> $\"'nmy", max_size=60))
def test_any_expression_is_read(text: str) -> None:
    assert expression(text)[0] in ("sym", "const", "macro", "not", "and", "or", "cmp")
