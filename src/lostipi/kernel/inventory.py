"""Inventories: the generated record of a kernel's sites, of cited names and of words in prose."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lostipi.kernel.shape import Site

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_HEX = re.compile(r"[0-9a-f]{16}\Z")
_WAITS = ("waits", "no-wait", "async", "forwarded", "runtime")
_RESULTS = ("used", "ignored", "void")
_X86 = ("x86", "x86_64", "x86_32", "compile-test", "no")


class InventoryError(ValueError):
    """A line of an inventory that is not as it was generated; says file, line and what is right."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """All sites of one kernel."""

    kernel: str
    """The tracked release line, ``v6.12``."""
    release: str
    """The exact release that was scanned, ``6.12.117``."""
    package_version: str | None
    """The version of the source package, where the tree was unpacked from one."""
    sites: tuple[Site, ...]
    """Sorted by file and line."""
    occurrences: Mapping[str, int] = field(default_factory=dict)
    """How many occurrences of the APIs' names the scan found of each kind: ``call``, ``comment``,
    ... Empty where that was not recorded."""


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """One cited name and where it stands in a kernel."""

    file: str
    """Path relative to the tree."""
    symbol: str
    """The name as it is cited."""
    kind: str
    """What it is: ``function``, ``macro``, ``kconfig``, ..."""
    line: int
    """Its first line, counted from 1."""
    end_line: int
    """Its last line."""
    fingerprint: str
    """Hash of its tokens."""

    def to_json(self) -> dict[str, Any]:
        """Give the record of a names file, keys in their fixed order."""
        return {
            "file": self.file,
            "symbol": self.symbol,
            "kind": self.kind,
            "line": self.line,
            "end_line": self.end_line,
            "fingerprint": self.fingerprint,
        }


def inventory_text(inventory: Inventory) -> str:
    """Write an inventory: a header line, then one site a line."""
    header: dict[str, Any] = {"kernel": inventory.kernel, "release": inventory.release}
    if inventory.package_version is not None:
        header["package_version"] = inventory.package_version
    if inventory.occurrences:
        header["occurrences"] = dict(sorted(inventory.occurrences.items()))
    sites = sorted(inventory.sites, key=_place)
    return _lines([header, *(site.to_json() for site in sites)])


def read_inventory(path: Path) -> Inventory:
    """Read an inventory.

    Raises:
        InventoryError: A line is not as `inventory_text` writes it.
        OSError: The file cannot be read.
    """
    records = _records(path)
    number, header = next(records, (1, None))
    if header is None:
        raise InventoryError(f"{path}:1: must begin with kernel and release (got an empty file)")
    _check(path, number, header, _HEADER, optional=("package_version", "occurrences"))
    sites: list[Site] = []
    for number, record in records:
        _check(path, number, record, _SITE)
        _check(path, number, record["fingerprints"], _FINGERPRINTS, within="fingerprints.")
        if record["end_line"] < record["line"]:
            raise InventoryError(
                f"{path}:{number}: end_line must not be before line "
                f"(got {record['line']} and {record['end_line']})"
            )
        site = Site.from_json(record)
        if sites and _place(site) < _place(sites[-1]):
            raise InventoryError(
                f"{path}:{number}: must be sorted by file and line "
                f"(got {site.file}:{site.line} after {sites[-1].file}:{sites[-1].line})"
            )
        if sites and site == sites[-1] and site.fingerprints == sites[-1].fingerprints:
            raise InventoryError(
                f"{path}:{number}: must be there once (got line {number - 1} again)"
            )
        sites.append(site)
    return Inventory(
        header["kernel"],
        header["release"],
        header.get("package_version"),
        tuple(sites),
        header.get("occurrences", {}),
    )


def names_text(names: Iterable[Name]) -> str:
    """Write the cited names of a kernel, one a line, sorted."""
    return _lines(name.to_json() for name in sorted(set(names)))


def read_names(path: Path) -> tuple[Name, ...]:
    """Read the cited names of a kernel.

    Raises:
        InventoryError: A line is not as `names_text` writes it.
        OSError: The file cannot be read.
    """
    names: list[Name] = []
    for number, record in _records(path):
        _check(path, number, record, _NAME)
        name = Name(**record)
        if names and (name.file, name.symbol) <= (names[-1].file, names[-1].symbol):
            raise InventoryError(
                f"{path}:{number}: must be sorted by file and symbol, each once "
                f"(got {name.file}:{name.symbol} after {names[-1].file}:{names[-1].symbol})"
            )
        names.append(name)
    return tuple(names)


def _place(site: Site) -> tuple[str, int, int]:
    return site.file, site.line, site.end_line


def words_text(words: Iterable[str]) -> str:
    """Write the words that prose takes from a kernel, one a line, sorted."""
    return "".join(word + "\n" for word in sorted(set(words)))


def read_words(path: Path) -> frozenset[str]:
    """Read the words that prose takes from a kernel.

    Raises:
        InventoryError: A line is no word, or not after the one before it.
        OSError: The file cannot be read.
    """
    before = ""
    words = path.read_bytes().decode("utf-8", "replace").splitlines()
    for number, word in enumerate(words, 1):
        if not _WORD.match(word):
            raise InventoryError(f"{path}:{number}: must be one C identifier (got {word[:40]!r})")
        if word <= before:
            message = f"must be sorted, each word once (got {word} after {before})"
            raise InventoryError(f"{path}:{number}: {message}")
        before = word
    return frozenset(words)


def _lines(records: Iterable[Mapping[str, Any]]) -> str:
    lines = (json.dumps(record, ensure_ascii=False, separators=(", ", ": ")) for record in records)
    return "".join(line + "\n" for line in lines)


def _records(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    data = path.read_bytes()
    if data and not data.endswith(b"\n"):
        last = data.count(b"\n") + 1
        raise InventoryError(f"{path}:{last}: must end with a line feed (the file is cut off?)")
    for number, line in enumerate(data.split(b"\n")[:-1], 1):
        try:
            record = _DECODER.decode(line.decode("utf-8"))
        except (ValueError, RecursionError) as error:
            raise InventoryError(f"{path}:{number}: must be one JSON object ({error})") from error
        if not isinstance(record, dict):
            raise InventoryError(f"{path}:{number}: must be one JSON object (got {line[:40]!r})")
        yield number, record


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that stands twice."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"key {key} stands twice")
        found[key] = value
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_object)
"""One for all lines: making one takes as long as reading a line."""


_Test = Callable[[Any], bool]


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_text_or_null(value: Any) -> bool:
    return value is None or _is_text(value)


def _is_line(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _is_counts(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and all(map(_is_line, value.values()))


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_hash(value: Any) -> bool:
    return isinstance(value, str) and _HEX.match(value) is not None


def _one_of(values: tuple[str, ...]) -> tuple[_Test, str]:
    return (lambda value: isinstance(value, str) and value in values), f"one of {', '.join(values)}"


_TEXT = (_is_text, "a text")
_TEXT_OR_NULL = (_is_text_or_null, "a text or null")
_LINE = (_is_line, "a line number")
_HASH = (_is_hash, "16 hex digits")

_HEADER: Mapping[str, tuple[_Test, str]] = {
    "kernel": _TEXT,
    "release": _TEXT,
    "package_version": _TEXT,
    "occurrences": (_is_counts, "an object of counts from 1"),
}
_SITE: Mapping[str, tuple[_Test, str]] = {
    "file": _TEXT,
    "line": _LINE,
    "end_line": _LINE,
    "function": _TEXT_OR_NULL,
    "api": _TEXT,
    "func": _TEXT_OR_NULL,
    "wait": _one_of(_WAITS),
    "wait_expr": _TEXT_OR_NULL,
    "result": _one_of(_RESULTS),
    "weak": (lambda value: isinstance(value, bool), "true or false"),
    "guards": (_is_texts, "a list of texts"),
    "is_enabled": (_is_texts, "a list of texts"),
    "kconfig": (
        lambda value: isinstance(value, list) and all(map(_is_texts, value)),
        "a list of lists of texts",
    ),
    "as_builtin": (_is_texts, "a list of texts"),
    "x86": _one_of(_X86),
    "x86_reason": _TEXT_OR_NULL,
    "fingerprints": (lambda value: isinstance(value, dict), "an object"),
}
_FINGERPRINTS: Mapping[str, tuple[_Test, str]] = {
    "call": _HASH,
    "function": (lambda value: value is None or _is_hash(value), "16 hex digits or null"),
    "func": (lambda value: value is None or _is_hash(value), "16 hex digits or null"),
}
_NAME: Mapping[str, tuple[_Test, str]] = {
    "file": _TEXT,
    "symbol": _TEXT,
    "kind": _TEXT,
    "line": _LINE,
    "end_line": _LINE,
    "fingerprint": _HASH,
}


def _check(
    path: Path,
    number: int,
    record: Mapping[str, Any],
    fields: Mapping[str, tuple[_Test, str]],
    *,
    optional: tuple[str, ...] = (),
    within: str = "",
) -> None:
    where = f"{path}:{number}"
    for key, (test, right) in fields.items():
        if key not in record:
            if key not in optional:
                raise InventoryError(f"{where}: must have {within}{key}")
        elif not test(record[key]):
            value = json.dumps(record[key], ensure_ascii=False)
            raise InventoryError(f"{where}: {within}{key} must be {right} (got {value[:80]})")
    for key in record:
        if key not in fields:
            raise InventoryError(f"{where}: has no key {within}{key}; right: {', '.join(fields)}")
    if list(record) != [key for key in fields if key in record]:
        raise InventoryError(f"{where}: keys must be in the order {', '.join(fields)}")
