"""Constants that hold a flag, or do not."""

from __future__ import annotations

import pytest

from lostipi.kernel.macro_flags import MacroFlags

FILES = {
    "include/linux/kvm_host.h": b"""\
#define REQ_WAIT BIT(9)
#define REQ_FLUSH (0 | REQ_WAIT)
#define REQ_PLAIN 2
#define ARCH_REQ_FLAGS(nr, flags) ({ \\
	BUILD_BUG_ON(nr); (nr) | (flags); \\
})
#define ARCH_REQ(nr) ARCH_REQ_FLAGS(nr, 0)
#define LOOP_A LOOP_B
#define LOOP_B LOOP_A
""",
    "arch/x86/include/asm/kvm_host.h": b"""\
#define REQ_RELOAD \\
	ARCH_REQ_FLAGS(14, REQ_WAIT)
#define REQ_SMI ARCH_REQ(1)
""",
    "virt/local.h": b"#define REQ_OWN (REQ_FLUSH)\n",
    "arch/x86/include/asm/binary.h": b"\xff\x00#define\n",
}


@pytest.mark.parametrize(
    ("expression", "truth"),
    [
        ("REQ_FLUSH & REQ_WAIT", True),
        ("!!(REQ_FLUSH & REQ_WAIT)", True),
        ("!!((REQ_PLAIN) & REQ_WAIT)", False),
        ("!!(REQ_RELOAD & REQ_WAIT)", True),
        ("!!(REQ_SMI & REQ_WAIT)", False),
        ("!!((REQ_PLAIN | REQ_WAIT) & REQ_WAIT)", True),
        ("REQ_OWN & REQ_WAIT", True),
        ("LOOP_A & REQ_WAIT", False),
        ("REQ_NOWHERE & REQ_WAIT", None),
        ("req & REQ_WAIT", None),
        ("REQ_FLUSH", None),
        ("REQ_FLUSH && REQ_WAIT", None),
        ("!(REQ_FLUSH & REQ_WAIT)", None),
        ("REQ_FLUSH & ~REQ_WAIT", None),
        ("", None),
    ],
)
def test_a_constant_holds_a_flag_when_its_defines_name_it(
    expression: str, truth: bool | None
) -> None:
    assert MacroFlags(sorted(FILES), FILES.__getitem__).truth(expression, "virt/a.c") is truth


def test_defines_of_another_folder_are_not_asked() -> None:
    flags = MacroFlags(sorted(FILES), FILES.__getitem__)
    assert flags.truth("REQ_OWN & REQ_WAIT", "net/a.c") is None
