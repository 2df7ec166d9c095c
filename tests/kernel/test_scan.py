"""A whole tree: scope, order, what cannot be read, fingerprints."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ipi_shapes import SHAPES, MemoryTree

from lostipi.kernel.scan import LARGEST, ScanResult, in_scope, scan
from lostipi.kernel.shape import Gate, Site

CALL = b"void caller(int wait)\n{\n\ton_each_cpu(work, NULL, 1);\n}\n"


def scanned(files: dict[str, bytes | OSError]) -> ScanResult:
    return scan(MemoryTree(files), SHAPES, lambda path: Gate((("CONFIG_A",),), "x86_64", path))


def one(text: str) -> Site:
    (site,) = scanned({"kernel/a.c": text.encode()}).sites
    return site


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("kernel/smp.c", True),
        ("arch/x86/kernel/smp.c", True),
        ("arch/Kconfig", True),
        ("arch/arm/kernel/smp.c", False),
        ("tools/x.c", False),
        ("Documentation/x.rst", False),
        ("scripts/x.c", False),
        ("samples/x.c", False),
        ("drivers/tools/x.c", True),
    ],
)
def test_scope_is_what_an_x86_kernel_may_be_built_of(path: str, expected: bool) -> None:
    assert in_scope(path) is expected


def test_sites_are_sorted_and_carry_the_gate_of_their_file() -> None:
    result = scanned({"net/b.c": CALL, "arch/arm/a.c": CALL, "kernel/a.c": CALL + CALL})
    assert [(site.file, site.line) for site in result.sites] == [
        ("kernel/a.c", 3),
        ("kernel/a.c", 7),
        ("net/b.c", 3),
    ]
    assert result.sites[0].kconfig == (("CONFIG_A",),)
    assert result.sites[0].x86_reason == "kernel/a.c"


def test_a_file_that_cannot_be_read_is_a_problem_and_the_rest_is_scanned() -> None:
    result = scanned({"kernel/a.c": PermissionError(13, "Permission denied"), "kernel/b.c": CALL})
    assert [str(problem) for problem in result.problems] == [
        "kernel/a.c: cannot be read: Permission denied"
    ]
    assert len(result.sites) == 1


def test_a_file_too_large_to_be_read_as_c_hides_no_name() -> None:
    result = scanned({"kernel/a.c": b"\n" * LARGEST + CALL})
    assert [item.kind for item in result.occurrences] == ["unparsed"]
    assert "more than 2 MiB" in result.problems[0].message


def test_of_a_file_too_large_only_the_first_thousand_names_are_listed() -> None:
    result = scanned({"kernel/a.c": b"\n" * LARGEST + b"on_each_cpu " * 5000})
    assert len(result.occurrences) == 1000
    assert "what comes after it there is not listed" in result.problems[-1].message


def test_a_name_in_a_c_file_that_is_no_text_is_a_problem_whatever_stands_around_it() -> None:
    files: dict[str, bytes | OSError] = {
        "kernel/a.c": b"\x01\0/*\xff" + CALL + b"\0*/",
        "kernel/b.c": b"\0 no name",
        "kernel/c.c": CALL,
    }
    result = scanned(files)
    assert [site.file for site in result.sites] == ["kernel/c.c"]
    assert [(item.file, item.message[:10]) for item in result.problems] == [
        ("kernel/a.c", "is no text")
    ]


def test_names_in_other_files_are_text() -> None:
    result = scanned({"lib/Kconfig.debug": b"\thelp\n\t  on_each_cpu() and my_on_each_cpu\n"})
    assert [(item.line, item.column, item.kind) for item in result.occurrences] == [(2, 4, "text")]


def test_a_name_that_a_splice_cuts_is_found() -> None:
    assert one("void f(void)\n{\n\ton_each_\\\ncpu(work, NULL, 1);\n}\n").line == 3


def test_progress_counts_every_file_in_scope() -> None:
    seen = []
    tree = MemoryTree({"kernel/a.c": CALL, "kernel/b.c": b"", "tools/c.c": CALL})
    scan(tree, SHAPES, lambda _: Gate(((),), "x86", None), lambda *done: seen.append(done))
    assert seen == [(0, 2), (1, 2), (2, 2)]


def test_a_name_without_a_shape_is_no_business_of_the_scanner() -> None:
    tree = MemoryTree({"kernel/a.c": CALL})
    assert scan(tree, [], lambda _: Gate(((),), "x86", None)).occurrences == []


PLAIN = "void work(void *i)\n{\n\tdone();\n}\nvoid f(int a)\n{\n\tg(a);\n\ton_each_cpu(work, NULL, 1);\n}\n"  # noqa: E501


@pytest.mark.parametrize(
    ("old", "new", "layers"),
    [
        ("\tg(a);", "\n\t/* why */ g( a );", ""),
        ("NULL, 1);", "NULL,\n\t\t/* no */ 1);", ""),
        ("void work", "int other;\nvoid work", ""),
        ("\tg(a);", "\th(a);", "function"),
        ("done()", "undone()", "func"),
        ("NULL, 1", "NULL, 0", "call function"),
        ("void f(int a)", "#ifdef A\nvoid f(int a)", "call"),
    ],
)
def test_a_change_shows_in_the_layers_it_concerns(old: str, new: str, layers: str) -> None:
    before = one(PLAIN).fingerprints
    after = one(PLAIN.replace(old, new) + ("#endif\n" if "#ifdef" in new else "")).fingerprints
    changed = [
        layer
        for layer in ("call", "function", "func")
        if getattr(before, layer) != getattr(after, layer)
    ]
    assert changed == layers.split()


@settings(deadline=None)
@given(st.binary(max_size=300), st.integers(0, len(CALL)))
def test_any_bytes_in_a_file_leave_every_name_accounted_for(junk: bytes, at: int) -> None:
    data = CALL[:at] + junk + CALL[at:] + b"\n/* on_each_cpu */\n"
    result = scanned({"kernel/a.c": data})
    assert sum(item.kind == "call" for item in result.occurrences) == len(result.sites)
    assert result.occurrences


@pytest.mark.parametrize(
    "text",
    ["{" * 50_000, "on_each_cpu(" * 50_000, "#if A\n" * 50_000, "({" * 50_000,
     "#define X (" * 9_000, "void f(void){" + ":on_each_cpu(f,0,1)" * 9_000, '"' * 50_000,
     "/*" * 50_000],
    ids=["braces", "calls", "ifs", "statements", "defines", "colons", "quotes", "comments"],
)  # fmt: skip
def test_hostile_text_is_read_to_its_end(text: str) -> None:
    result = scanned({"kernel/a.c": f"{text}\n/* */ on_each_cpu(f, 0, 1);\n".encode()})
    assert result.occurrences


@pytest.mark.parametrize(
    "line",
    [
        "x)->send_IPI(",
        "on_each_cpu)",
        "a.func = b; smp_call_function_single_async(1, &a);",
        "smp_call_function_single_async(1, &a.b = CSD_INIT(",
    ],
    ids=["members", "arguments", "csds", "initialisers"],
)
def test_a_file_of_one_thing_ten_thousand_times_over_takes_no_time(line: str) -> None:
    text = f"void f(void)\n{{\n{line * 10_000};\n}}\n"
    started = time.process_time()
    result = scanned({"kernel/a.c": text.encode()})
    assert time.process_time() - started < 15, "a minute and more when each looks at all others"
    assert len(result.occurrences) == 10_000
