"""The texts of conditions, and which of them are include guards."""

from __future__ import annotations

import pytest

from lostipi.kernel.ctokens import Source
from lostipi.kernel.guards import condition, include_guards


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("#ifdef CONFIG_SMP", "defined(CONFIG_SMP)"),
        ("# ifndef CONFIG_SMP /* up */", "!defined(CONFIG_SMP)"),
        (
            "#if defined CONFIG_A && \\\n\t!defined  ( CONFIG_B )",
            "defined(CONFIG_A) && !defined(CONFIG_B)",
        ),
        ("#if IS_ENABLED(CONFIG_A) // why", "IS_ENABLED(CONFIG_A)"),
        ("#if defined(A)|| B>1", "defined(A)|| B>1"),
        ("#elifdef X", "defined(X)"),
        ("#ifdef", "defined()"),
    ],
)
def test_a_condition_is_one_expression(line: str, expected: str) -> None:
    source = Source(line)
    assert condition(source, source.directives[0]) == expected


@pytest.mark.parametrize(
    ("text", "is_guard"),
    [
        ("#ifndef A_H\n#define A_H\nint a;\n#endif\n", True),
        ("/* c */\n#if !defined(A_H)\n#define A_H 1\nint a;\n#endif /* A_H */\n", True),
        ("#if !defined(A_H) || defined(B)\n#define A_H\n#endif\n#include <x.h>\n", True),
        ("int b;\n#ifndef A_H\n#define A_H\nint a;\n#endif\n", False),
        ("#ifndef A_H\n#define A_H\nint a;\n#endif\nint b;\n", False),
        ("#ifndef A_H\nint a;\n#define A_H\n#endif\n", False),
        ("#ifndef A_H\n#define B_H\nint a;\n#endif\n", False),
        ("#ifndef A_H\n#define A_H\n#else\nint a;\n#endif\n", False),
    ],
)
def test_an_include_guard_holds_all_code_and_defines_what_it_asks_for(
    text: str, is_guard: bool
) -> None:
    assert bool(include_guards(Source(text))) == is_guard
