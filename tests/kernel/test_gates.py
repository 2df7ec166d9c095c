"""The small tree of ``kbuild/tree`` and what each file's gate is, by ``kbuild/expected.txt``."""

import re
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
