"""What a search program is asked about a tree, against reading every file of it."""

from __future__ import annotations

import os
import shutil
import tarfile
from pathlib import Path

import pytest
from ipi_shapes import SHAPES, MemoryTree

from lostipi.kernel import search
from lostipi.kernel.scan import scan, sought
from lostipi.kernel.search import beginnings, makefiles_with, may_hold
from lostipi.kernel.shape import Gate
from lostipi.kernel.tree import open_tree

FILES = {
    "Makefile": b"VERSION = 6\nPATCHLEVEL = 12\n",
    "kernel/plain.c": b"void f(void)\n{\n\ton_each_cpu(g, NULL, 1);\n}\n",
    "kernel/spliced.c": b"void f(void)\n{\n\ton_each\\\n_cpu(g, NULL, 1);\n}\n",
    "kernel/blank.c": b"void f(void)\n{\n\ton_each\\ \r\n_cpu(g, NULL, 1);\n}\n",
    "kernel/first.c": b"int o\\\nn_each_cpu;\n",
    "kernel/twice.c": b"int on_e\\\na\\\nch_cpu;\n",
    "kernel/last.c": b"int on_each_cp\\\nu",
    "kernel/none.c": b"void f(void)\n{\n}\n",
    "kernel/odd\xff.c".encode("latin-1").decode("latin-1"): b"on_each_cpu\n",
    "kernel/binary.c": b"\0\0\xff\xfe on_each_cpu\n",
    "kernel/wide.c": "\ufeff".encode("utf-16-le") + b"on_each_cpu\n",
    "arch/x86/kernel/here.c": b"int on_each_cpu;\n",
    "-e/odd.c": b"int on_each_cpu;\n",
}


def gate(_: str) -> Gate:
    return Gate(((),), "x86", None)


def any_file(_: str) -> bool:
    return True


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, data in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path


@pytest.fixture(params=["rg", "grep", "none"])
def program(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each program in turn; where ripgrep is not installed, what is there stands in for it."""
    if request.param == "grep":
        monkeypatch.setattr(shutil, "which", lambda _: None)
    elif request.param == "none":
        monkeypatch.setattr(search, "_GREP", ("/nonexistent/grep",))
        monkeypatch.setattr(shutil, "which", lambda _: None)
    return str(request.param)


def test_no_file_that_holds_the_word_is_left_out(folder: Path, program: str) -> None:
    tree = open_tree(folder)
    found = may_hold(tree, ["on_each_cpu"], any_file)
    assert set(found) >= set(tree.files()) - {"Makefile", "kernel/none.c"}
    if program != "none":
        assert not {*found} & {"Makefile", "kernel/none.c"}


def test_a_scan_finds_the_same_with_every_program(folder: Path, program: str) -> None:
    tree = open_tree(folder)
    memory = MemoryTree({path: tree.read(path) for path in tree.files()})
    here, there = scan(tree, SHAPES, gate), scan(memory, SHAPES, gate)
    assert here.sites == there.sites
    assert len(here.sites) == 3
    assert here.occurrences == there.occurrences
    assert here.problems == there.problems


def test_only_the_files_asked_about_are_given(folder: Path) -> None:
    tree = open_tree(folder)
    assert may_hold(tree, ["on_each_cpu"], lambda path: path.startswith("arch/")) == [
        "arch/x86/kernel/here.c"
    ]
    assert may_hold(tree, ["on_each_cpu"], lambda _: False) == []
    assert may_hold(tree, [], any_file) == []


def test_after_an_error_of_the_program_every_file_is_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(search, "_GREP", ("grep", "--no-such-option"))
    tree = open_tree(folder)
    assert may_hold(tree, ["on_each_cpu"], any_file) == list(tree.files())


def test_a_search_does_not_heed_the_environment_of_its_user(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = folder / "ripgreprc"
    config.write_text("--max-count=0\n--invert-match\n")
    monkeypatch.setitem(os.environ, "RIPGREP_CONFIG_PATH", str(config))
    tree = open_tree(folder)
    assert "kernel/plain.c" in may_hold(tree, ["on_each_cpu"], any_file)


def test_a_tree_that_is_no_directory_is_read_whole() -> None:
    tree = MemoryTree(FILES)
    assert may_hold(tree, ["on_each_cpu"], any_file) == sorted(FILES)


def test_the_makefiles_that_match_are_found(folder: Path, program: str) -> None:
    (folder / "kernel" / "Makefile").write_text("obj-y += ../lib/a.o\n")
    (folder / "lib").mkdir()
    (folder / "lib" / "Kbuild").write_text("obj-y += b.o\n")
    found = makefiles_with(open_tree(folder), r"\.\./", any_file)
    assert "kernel/Makefile" in found
    assert {path.rpartition("/")[2] for path in found} <= {"Makefile", "Kbuild"}
    if program != "none":
        assert found == ["kernel/Makefile"]


NAMES = [f"{first}_the_other_cpus_{last}" for first in "abcdefgh" for last in "pqrs"]


def test_what_is_searched_for_is_short_where_words_are_long() -> None:
    found = beginnings(NAMES)
    assert sum(map(len, found)) <= 250
    assert all(len(word) >= 8 for word in found)
    assert all(any(name.startswith(word) for word in found) for name in NAMES)


def test_few_words_are_searched_for_as_they_are() -> None:
    assert beginnings(["kick", "send_ipi"]) == ["kick", "send_ipi"]
    assert beginnings(["send_ipi_all", "send_ipi"]) == ["send_ipi"]
    assert beginnings([]) == []


def test_many_words_are_searched_for_whole() -> None:
    names = [f"send_to_the_other_cpus_{number:02}" for number in range(33)]
    assert beginnings(names) == names


def test_words_that_would_be_cut_too_short_are_searched_for_whole() -> None:
    names = [f"{number:02}_all_the_other_cpus" for number in range(32)]
    assert beginnings(names) == names


def test_a_scan_of_a_tarball_opened_for_it_finds_the_same(folder: Path, tmp_path: Path) -> None:
    (folder / "kernel" / "Makefile").write_text("obj-y += plain.o\n")
    packed = tmp_path.parent / f"{tmp_path.name}.tar"
    with tarfile.open(packed, "w") as tar:
        tar.add(folder, "linux")
    names = {shape.name for shape in SHAPES}
    here, there = open_tree(folder), open_tree(packed, sought(SHAPES))
    assert there.holding(names) is not None
    assert "kernel/none.c" not in may_hold(there, names, any_file)
    assert scan(there, SHAPES, gate) == scan(here, SHAPES, gate)
