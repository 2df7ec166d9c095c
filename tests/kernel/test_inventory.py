"""Inventories are read as they were written; a line broken by hand is told with its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lostipi.kernel.inventory import (
    Inventory,
    InventoryError,
    Name,
    inventory_text,
    names_text,
    read_inventory,
    read_names,
    read_words,
    words_text,
)
from lostipi.kernel.shape import Fingerprints, Site

SITE = Site(
    file="kernel/a.c",
    line=3,
    end_line=4,
    function="caller",
    api="on_each_cpu",
    func="work",
    wait="no-wait",
    wait_expr="0",
    result="ignored",
    weak=False,
    guards=("defined(CONFIG_SMP)",),
    is_enabled=(),
    kconfig=((),),
    x86="x86",
    x86_reason=None,
    fingerprints=Fingerprints("0" * 16, "a" * 16, None),
)
INVENTORY = Inventory("v6.12", "6.12.117", None, (SITE, replace(SITE, line=9, end_line=9)))


def write(path: Path, text: Callable[[Any], str], content: Any) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text(content))


def test_an_inventory_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "inventory" / "v6.12.jsonl"
    counted = replace(INVENTORY, occurrences={"call": 2, "comment": 5})
    for inventory in (INVENTORY, replace(INVENTORY, package_version="6.12.117-1"), counted):
        write(path, inventory_text, inventory)
        assert read_inventory(path) == inventory


def test_lines_have_the_keys_of_the_published_record_in_order(tmp_path: Path) -> None:
    write(tmp_path / "i", inventory_text, INVENTORY)
    header, first, _ = (tmp_path / "i").read_text().splitlines()
    assert json.loads(header) == {"kernel": "v6.12", "release": "6.12.117"}
    assert list(json.loads(first)) == [
        "file", "line", "end_line", "function", "api", "func", "wait", "wait_expr", "result",
        "weak", "guards", "is_enabled", "kconfig", "as_builtin", "x86",
        "x86_reason", "fingerprints",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"api": "on_each_cpu", ', "", "2: must have api"),
        ('"api"', '"apis": 1, "api"', "2: has no key apis"),
        ('"line": 3', '"line": "3"', '2: line must be a line number (got "3")'),
        ('"line": 3', '"line": 10', "2: end_line must not be before line (got 10 and 4)"),
        ('"wait": "no-wait"', '"wait": "maybe"', "2: wait must be one of waits, no-wait"),
        ('"weak": false', '"weak": 0', "2: weak must be true or false (got 0)"),
        ('"call": "0000', '"call": "000x', "2: fingerprints.call must be 16 hex digits"),
        ('"kconfig": [[]]', '"kconfig": ["A"]', "2: kconfig must be a list of lists of texts"),
        ('{"file"', '{file"', "2: must be one JSON object"),
        ('{"file"', '[{"file"', "2: must be one JSON object"),
        ('"line": 3', '"line": 3, "line": 3', "2: must be one JSON object (key line stands twice)"),
        (
            '"end_line": 4, "function": "caller"',
            '"function": "caller", "end_line": 4',
            "2: keys must be in the order",
        ),
        (
            '"line": 9, "end_line": 9',
            '"line": 2, "end_line": 9',
            "3: must be sorted by file and line (got kernel/a.c:2 after kernel/a.c:3)",
        ),
        (
            '"line": 9, "end_line": 9',
            '"line": 3, "end_line": 4',
            "3: must be there once (got line 2 again)",
        ),
        ('"release": "6.12.117"', '"release": 6.12', "1: release must be a text (got 6.12)"),
        ('"kernel": "v6.12", ', "", "1: must have kernel"),
        (
            '117"}',
            '117", "occurrences": {"call": 0}}',
            "1: occurrences must be an object of counts from 1",
        ),
    ],
)
def test_a_broken_line_is_told_with_its_place(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    path = tmp_path / "v6.12.jsonl"
    write(path, inventory_text, INVENTORY)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(InventoryError) as caught:
        read_inventory(path)
    assert str(caught.value).startswith(f"{path}:{message}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "1: must begin with kernel and release (got an empty file)"),
        (b'{"kernel": "v6.12"', "1: must end with a line feed"),
        (b"\xff\n", "1: must be one JSON object"),
        (b"[" * 100_000 + b"\n", "1: must be one JSON object"),
        (b"\n", "1: must be one JSON object"),
    ],
)
def test_what_is_no_inventory_is_told(tmp_path: Path, text: bytes, message: str) -> None:
    path = tmp_path / "v6.12.jsonl"
    path.write_bytes(text)
    with pytest.raises(InventoryError) as caught:
        read_inventory(path)
    assert str(caught.value).startswith(f"{path}:{message}")


def test_names_are_written_once_each_and_sorted(tmp_path: Path) -> None:
    names = [
        Name("kernel/b.c", "f", "function", 1, 2, "0" * 16),
        Name("kernel/a.c", "g", "macro", 3, 3, "1" * 16),
    ]
    path = tmp_path / "v6.12.names.jsonl"
    write(path, names_text, [*names, names[0]])
    assert read_names(path) == (names[1], names[0])
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(reversed(lines)))
    with pytest.raises(InventoryError, match=r"names\.jsonl:2: must be sorted by file and symbol"):
        read_names(path)


def test_words_are_written_once_each_and_sorted(tmp_path: Path) -> None:
    path = tmp_path / "v6.12.words.txt"
    write(path, words_text, ["b_1", "CONFIG_A", "b_1", "a"])
    assert path.read_text() == "CONFIG_A\na\nb_1\n"
    assert read_words(path) == {"CONFIG_A", "a", "b_1"}
    write(path, words_text, [])
    assert read_words(path) == frozenset()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"a\na\n", "2: must be sorted, each word once (got a after a)"),
        (b"b\na\n", "2: must be sorted, each word once (got a after b)"),
        (b"a\n\n", "2: must be one C identifier (got '')"),
        (b"a b\n", "1: must be one C identifier (got 'a b')"),
        (b"a\n1\n", "2: must be one C identifier (got '1')"),
        (b"\xff\n", "1: must be one C identifier"),
    ],
)
def test_what_is_no_list_of_words_is_told(tmp_path: Path, text: bytes, message: str) -> None:
    path = tmp_path / "v6.12.words.txt"
    path.write_bytes(text)
    with pytest.raises(InventoryError) as caught:
        read_words(path)
    assert str(caught.value).startswith(f"{path}:{message}")
