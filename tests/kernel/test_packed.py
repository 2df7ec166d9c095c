"""What of a tarball is kept in memory, when it is known what it will be searched for."""

from __future__ import annotations

import pytest

from lostipi.kernel import packed
from lostipi.kernel.packed import Packed, Sought, TooMuchTextError

SOUGHT = Sought(names=("kick",), with_folder=("on_each_cpu",), marks=("csd",))

FILES = [
    ("linux/Makefile", b"VERSION = 6\n"),
    ("linux/block/blk.c", b"csd\n"),
    ("linux/block/bio.c", b"bio\n"),
    ("linux/kernel/Kconfig.hz", b"config HZ\n"),
    ("linux/kernel/early.c", b"before\n"),
    ("linux/kernel/rcu/far.c", b"below\n"),
    ("linux/kernel/smp.c", b"on_each_cpu\n"),
    ("linux/kernel/time/far.c", b"below\n"),
    ("linux/kernel/up.c", b"after\n"),
    ("linux/kernel/notes.rst", b"a text\n"),
    ("linux/lib/far.c", b"elsewhere\n"),
]


def kept(found: Packed) -> set[str]:
    return {name for name in found.names if found.get(name) is not None}


def test_a_file_that_holds_what_is_sought_is_kept_with_the_code_beside_it() -> None:
    found = Packed(FILES, SOUGHT)
    assert found.holding == ["linux/block/blk.c", "linux/kernel/smp.c"]
    assert kept(found) == {
        "linux/Makefile",
        "linux/block/blk.c",
        "linux/kernel/Kconfig.hz",
        "linux/kernel/early.c",
        "linux/kernel/smp.c",
        "linux/kernel/up.c",
    }
    assert found.get("linux/kernel/early.c") == b"before\n"


def test_the_code_beside_a_header_is_kept_unless_the_header_is_for_everybody() -> None:
    beside = [("linux/a/b.c", b"b\n"), ("linux/a/c.h", b"kick\n")]
    assert kept(Packed(beside, SOUGHT)) == {"linux/a/b.c", "linux/a/c.h"}
    beside = [("linux/include/a/b.h", b"b\n"), ("linux/include/a/c.h", b"kick\n")]
    assert kept(Packed(beside, SOUGHT)) == {"linux/include/a/c.h"}


def test_the_code_beside_a_mark_or_a_name_outside_a_header_is_not_kept() -> None:
    beside = [("linux/a/b.c", b"b\n"), ("linux/a/c.h", b"csd\n"), ("linux/a/d.c", b"kick\n")]
    assert kept(Packed(beside, SOUGHT)) == {"linux/a/c.h", "linux/a/d.c"}


def test_of_all_files_the_names_are_known() -> None:
    assert Packed(FILES, SOUGHT).names == [name for name, _ in FILES]


def test_what_is_out_of_scope_is_not_searched() -> None:
    scoped = Sought(("on_each_cpu",), in_scope=lambda path: not path.startswith("tools/"))
    found = Packed([*FILES, ("linux/tools/smp.c", b"on_each_cpu\n")], scoped)
    assert found.holding == ["linux/kernel/smp.c"]
    assert found.names[-1] == "linux/tools/smp.c"


def test_without_a_search_in_view_everything_is_kept() -> None:
    assert kept(Packed(FILES)) == {name for name, _ in FILES}


def test_the_top_folder_is_left_out_of_every_name() -> None:
    found = Packed([*FILES, ("other/a.c", b"on_each_cpu\n")], SOUGHT)
    found.without("linux/")
    assert found.holding == ["block/blk.c", "kernel/smp.c"]
    assert "lib/far.c" in found.names
    assert "other/a.c" not in found.names
    assert found.get("kernel/smp.c") == b"on_each_cpu\n"


def test_files_that_wait_for_their_neighbours_take_only_so_much_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(packed, "_MAX_WAITING", 10)
    files = [(f"linux/a/{letter}.c", b"123456\n") for letter in "abc"]
    found = Packed([*files, ("linux/a/d.c", b"on_each_cpu\n"), ("linux/a/e.c", b"1\n")], SOUGHT)
    assert kept(found) == {"linux/a/a.c", "linux/a/d.c", "linux/a/e.c"}
    # What waited in a folder that has gone by counts no more.
    found = Packed(
        [files[0], ("linux/b/b.c", b"123456\n"), ("linux/b/c.c", b"csd"), *files], SOUGHT
    )
    assert kept(found) == {"linux/b/c.c"}


def test_more_text_than_any_kernel_has_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "MAX_KEPT", 40)
    with pytest.raises(TooMuchTextError):
        Packed(FILES)


def test_a_search_is_answered_when_all_it_looks_for_was_sought() -> None:
    assert SOUGHT.answers(["on_each_cpu_mask", "nohz_csd", "on_each_cpu"])
    assert not SOUGHT.answers(["on_each_cpu", "irq_work"])
