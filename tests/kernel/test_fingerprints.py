"""Fingerprints: what must not change them, and which layer a change of the code must change."""

from __future__ import annotations

import pytest
from ipi_shapes import SHAPES, MemoryTree

from lostipi.kernel.scan import scan
from lostipi.kernel.shape import Fingerprints, Gate

BASE = """\
#ifdef CONFIG_NUMA
static void flush_one(void *info)
{
\tflush(info);
}

static int flush_some(const struct cpumask *mask, void *info)
{
\tif (!info)
\t\treturn flush_some(mask, &none);
\ton_each_cpu_mask(mask, flush_one, info, 1);
\treturn 0;
}
#endif
"""


def prints(text: str) -> Fingerprints:
    tree = MemoryTree({"mm/flush.c": text.encode()})
    result = scan(tree, SHAPES, lambda _: Gate(((),), "x86", None))
    (site,) = result.sites
    assert not result.problems
    return site.fingerprints


def layers(text: str) -> set[str]:
    assert text != BASE
    was, now = prints(BASE), prints(text)
    return {
        name for name in ("call", "function", "func") if getattr(was, name) != getattr(now, name)
    }


def test_all_three_layers_are_there():
    now = prints(BASE)
    assert None not in (now.call, now.function, now.func)
    assert len({now.call, now.function, now.func}) == 3


@pytest.mark.parametrize(
    "text",
    [
        "/* a comment */\n\n\n" + BASE,
        BASE.replace("\t", "        "),
        BASE.replace("on_each_cpu_mask(mask, ", "on_each_cpu_mask(mask, /* all */\n\t\t\t "),
        BASE.replace("\treturn 0;", "\t// done\n\treturn 0;"),
        BASE.replace("info, 1);", "info, \\\n\t\t1);"),
        BASE.replace("\n", "\r\n"),
        BASE.replace("#ifdef CONFIG_NUMA", "#  ifdef   CONFIG_NUMA /* nodes */"),
        BASE.replace("#ifdef CONFIG_NUMA", "#if defined(CONFIG_NUMA)"),
        BASE.replace("static int flush_some", "static int __must_check\nflush_some"),
        BASE.replace("#endif\n", "#endif\n\nint another(void)\n{\n\treturn 1;\n}\n"),
        "int another(void)\n{\n\treturn 1;\n}\n" + BASE,
    ],
)
def test_comments_spacing_and_lines_change_no_layer(text):
    assert layers(text) == set()


def test_a_new_name_of_the_function_changes_no_layer():
    assert layers(BASE.replace("flush_some", "mm_flush_some")) == set()


def test_a_new_name_of_func_changes_the_code_that_names_it_and_not_the_func():
    assert layers(BASE.replace("flush_one", "mm_flush_one")) == {"call", "function"}


@pytest.mark.parametrize(
    "old, new, changed",
    [
        ("#ifdef CONFIG_NUMA", "#ifndef CONFIG_NUMA", {"call"}),
        ("#ifdef CONFIG_NUMA", "#if defined(CONFIG_NUMA) && defined(CONFIG_SMP)", {"call"}),
        ("info, 1);", "info, 0);", {"call", "function"}),
        ("mask(mask, flush", "mask(cpu_online_mask, flush", {"call", "function"}),
        ("flush_one, info", "flush_two, info", {"call", "function", "func"}),
        ("if (!info)", "if (info)", {"function"}),
        ("const struct cpumask *mask", "struct cpumask *mask", {"function"}),
        ("return 0;", "return 1;", {"function"}),
        ("flush(info);", "flush(NULL);", {"func"}),
        ("flush_one(void *info)", "flush_one(void *unused)", {"func"}),
    ],
)
def test_a_change_of_the_code_changes_its_layers_and_no_other(old, new, changed):
    assert layers(BASE.replace(old, new, 1)) == changed


def test_a_condition_inside_the_function_changes_call_and_function():
    call = "\ton_each_cpu_mask(mask, flush_one, info, 1);\n"
    assert layers(BASE.replace(call, f"#ifdef CONFIG_SMP\n{call}#endif\n")) == {"call", "function"}


def test_an_include_guard_is_no_condition():
    assert layers(f"#ifndef MM_FLUSH_C\n#define MM_FLUSH_C\n{BASE}#endif\n") == set()
