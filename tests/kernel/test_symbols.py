"""Citations `path:symbol`, resolved in C, Kconfig, Makefiles, assembly and documents."""

from __future__ import annotations

import pytest

from lostipi.kernel.symbols import find_symbol

C = """\
#define LIMIT 5
#define twice(x) \\
	((x) + (x))
struct thing {
	int member;
	void (*hook)(int);
};
enum colour { RED, GREEN = 3, };
typedef struct { int a; } thing_t;
static int counter = 1;
static DEFINE_PER_CPU(int, per_cpu_one);
extern int declared(int a);
#ifdef A
int both(int a)
{
	int counter_local;
	return thing->member;
}
#else
static inline int both(int a) { return 0; }
#endif
SYSCALL_DEFINE1(example, int, a)
{
}
__setup("nosmp=", nosmp_setup);
early_param("mce", mce_setup);
module_param(verbose, int, 0444);
unsigned long table[] = {
	1,
	2,
};
EXPORT_SYMBOL(elsewhere);
"""


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [
        ("LIMIT", ("macro", 1, 1)),
        ("twice", ("macro", 2, 3)),
        ("thing", ("struct", 4, 7)),
        ("member", ("member", 5, 5)),
        ("hook", ("member", 6, 6)),
        ("colour", ("enum", 8, 8)),
        ("RED", ("enumerator", 8, 8)),
        ("GREEN", ("enumerator", 8, 8)),
        ("thing_t", ("typedef", 9, 9)),
        ("counter", ("variable", 10, 10)),
        ("per_cpu_one", ("variable", 11, 11)),
        ("declared", ("declaration", 12, 12)),
        ("both", ("function", 14, 18)),
        ("sys_example", ("function", 22, 24)),
        ("nosmp", ("param", 25, 25)),
        ("mce", ("param", 26, 26)),
        ("verbose", ("param", 27, 27)),
        ("table", ("variable", 28, 31)),
        ("counter_local", None),
        ("elsewhere", None),
        ("nowhere", None),
    ],
)
def test_a_name_is_found_in_c(symbol: str, expected: tuple[str, int, int] | None) -> None:
    found = find_symbol(C, "kernel/a.c", symbol)
    assert (found and (found.kind, found.line, found.end_line)) == expected


KCONFIG = """\
menuconfig SMP
	bool "SMP"
	help
		config inside help is no entry,
		nor is this.

config SMP_OTHER
	def_bool y

if SMP
config INNER
	bool
endif
config SMP
	bool
"""


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [("SMP", (1, 5)), ("CONFIG_SMP", (1, 5)), ("SMP_OTHER", (7, 8)), ("INNER", (11, 12)),
     ("inside", None)],
)  # fmt: skip
def test_an_option_is_found_in_kconfig(symbol: str, expected: tuple[int, int] | None) -> None:
    found = find_symbol(KCONFIG, "lib/Kconfig.debug", symbol)
    assert (found and (found.line, found.end_line)) == expected
    assert found is None or found.kind == "kconfig"


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [("CONFIG_SMP", (3, 4)), ("CONFIG_X", (5, 5)), ("smp", (3, 4)), ("CONFIG_NONE", None)],
)
def test_an_option_is_found_in_a_makefile(symbol: str, expected: tuple[int, int] | None) -> None:
    text = "# CONFIG_SMP\nifdef CONFIG_SMP\nobj-$(CONFIG_SMP) += smp.o \\\n\tmore.o\n"
    text += "ccflags-$(CONFIG_X) := -DX\n"
    found = find_symbol(text, "kernel/Makefile", symbol)
    assert (found and (found.line, found.end_line)) == expected


def test_a_function_is_found_in_assembly() -> None:
    text = "#define HERE 1\nSYM_CODE_START_NOALIGN(entry)\n\tnop\nSYM_CODE_END(entry)\nlabel:\n"
    places = {
        name: found and (found.kind, found.line, found.end_line)
        for name in ("entry", "label", "HERE", "nop")
        for found in [find_symbol(text, "arch/x86/a.S", name)]
    }
    assert places == {
        "entry": ("function", 2, 4),
        "label": ("function", 5, 5),
        "HERE": ("macro", 1, 1),
        "nop": None,
    }


def test_a_word_is_found_in_a_document_headings_first() -> None:
    text = (
        "The mce option\nis here.\n\nAbout mce\n=========\n\nText.\n\nNext\n----\nnosmp x\ny\n\nz\n"
    )
    heading, line = (find_symbol(text, "Documentation/a.rst", word) for word in ("mce", "nosmp"))
    assert heading and (heading.kind, heading.line, heading.end_line) == ("text", 4, 7)
    assert line and (line.line, line.end_line) == (11, 12)


def test_a_symbol_keeps_its_fingerprint_when_only_spacing_changes() -> None:
    moved = find_symbol("\n\n" + C.replace("return thing", "/* c */ return  thing"), "a.c", "both")
    changed = find_symbol(C.replace("return thing", "return other"), "a.c", "both")
    found = find_symbol(C, "a.c", "both")
    assert found and moved and changed
    assert found.fingerprint == moved.fingerprint != changed.fingerprint
