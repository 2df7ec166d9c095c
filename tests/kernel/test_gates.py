"""The small tree of ``kbuild/tree`` and what each file's gate is, by ``kbuild/expected.txt``."""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from lostipi.kernel.gates import Gates
from lostipi.kernel.shape import Gate

HERE = Path(__file__).parent / "kbuild"


class Folder:
    """A tree on disk."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.reads: list[str] = []

    def files(self) -> Sequence[str]:
        return sorted(
            path.relative_to(self.root).as_posix()
            for path in self.root.rglob("*")
            if path.is_file()
        )

    def read(self, path: str) -> bytes:
        self.reads.append(path)
        return (self.root / path).read_bytes()


def _expected() -> list[tuple[str, Gate]]:
    cases = []
    for line in (HERE / "expected.txt").read_text().splitlines():
        if line.startswith("#"):
            continue
        path, kconfig, x86, reason = (part.strip() for part in line.split("|"))
        alternatives = () if kconfig == "none" else tuple(kconfig[1:-1].split("] ["))
        literals = tuple(tuple(map(_with_prefix, item.split())) for item in alternatives)
        counted = re.findall(r"(\w+)=y", kconfig)
        as_builtin = tuple(sorted({f"CONFIG_{symbol}" for symbol in counted}))
        cases.append((path, Gate(literals, x86, reason or None, as_builtin)))
    return cases


def _with_prefix(symbol: str) -> str:
    symbol = symbol.removesuffix("=y")
    return f"!CONFIG_{symbol[1:]}" if symbol.startswith("!") else f"CONFIG_{symbol}"


@pytest.fixture(scope="module")
def gates() -> Gates:
    return Gates(Folder(HERE / "tree"))


@pytest.mark.parametrize(("path", "gate"), _expected(), ids=lambda value: str(value)[:60])
def test_gate_is_what_a_reader_of_the_makefiles_would_say(
    gates: Gates, path: str, gate: Gate
) -> None:
    assert gates(path) == gate


def test_order_of_questions_does_not_matter() -> None:
    backwards = Gates(Folder(HERE / "tree"))
    assert [backwards(path) for path, _ in reversed(_expected())] == [
        gate for _, gate in reversed(_expected())
    ]


def test_second_question_reads_nothing() -> None:
    tree = Folder(HERE / "tree")
    gates = Gates(tree)
    gates("kernel/sched/policy_ext.c")
    before = len(tree.reads)
    gates("kernel/sched/policy_ext.c")
    assert len(tree.reads) == before


def test_kconfig_is_not_read_for_what_is_always_built() -> None:
    tree = Folder(HERE / "tree")
    Gates(tree)("kernel/always.c")
    assert not any("Kconfig" in path for path in tree.reads)


def _with(tmp_path: Path, files: dict[str, bytes | None]) -> Gates:
    """Copy the small tree; write some files otherwise, or take them away."""
    root = tmp_path / "tree"
    shutil.copytree(HERE / "tree", root)
    for path, content in files.items():
        (root / path).unlink() if content is None else (root / path).write_bytes(content)
    return Gates(Folder(root))


def test_nothing_is_wrong_with_the_small_tree() -> None:
    gates = Gates(Folder(HERE / "tree"))
    for path, _ in _expected():
        gates(path)
    assert gates.problems == []


@pytest.mark.parametrize(
    ("files", "asked", "problem"),
    [
        (
            {"kernel/sched/Makefile": None},
            "kernel/sched/policy_ext.c",
            "kernel/sched/Makefile: is not there; what is built of its folder is not known",
        ),
        (
            {"kernel/sched/Makefile": b"obj-y += a.o\n\0\x7f"},
            "kernel/sched/policy_ext.c",
            "kernel/sched/Makefile: is no text; what it says of the build is not known for certain",
        ),
        (
            {"kernel/sched/Makefile": b"obj-y += a.o\n" + b"#" * (1 << 22)},
            "kernel/sched/policy_ext.c",
            "kernel/sched/Makefile: has more than 4 MiB; the rest is not read",
        ),
        ({"Kconfig": None}, "kernel/smp.c", "Kconfig: cannot be read; no symbol is known"),
        (
            {"Kconfig": b"if SMP\n"},
            "kernel/smp.c",
            "Kconfig:2: if is never ended, an endif belongs here",
        ),
    ],
    ids=["no-makefile", "junk", "large", "no-kconfig", "kconfig"],
)
def test_what_leaves_a_condition_unknown_is_a_problem(
    tmp_path: Path, files: dict[str, bytes | None], asked: str, problem: str
) -> None:
    gates = _with(tmp_path, files)
    gates(asked)
    assert problem in map(str, gates.problems)


def test_a_makefile_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    class Locked(Folder):
        def read(self, path: str) -> bytes:
            if path == "kernel/sched/Makefile":
                raise PermissionError(13, "Permission denied")
            return super().read(path)

    gates = Gates(Locked(HERE / "tree"))
    gates("kernel/sched/policy_ext.c")
    assert "kernel/sched/Makefile: cannot be read: Permission denied" in map(str, gates.problems)
