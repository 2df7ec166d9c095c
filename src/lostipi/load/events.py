"""YAML text to plain data and positions, from libyaml's events. Knows nothing of models.

Only the plain part of YAML 1.2 is taken: one document of mappings, lists and scalars. Events are
streamed and nothing is composed, because composing a deeply nested text crashes the interpreter.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import ruamel.yaml
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

MAX_BYTES = 256 * 1024
"""The largest file read. The largest entry one would write by hand has about a tenth of it."""

MAX_DEPTH = 24
"""The deepest nesting read. Entries nest six deep."""

MAX_FAULTS = 50
"""Faults told of one file; then the rest is left out, and that is said."""

REFUSED = object()
"""Stands in the data for a value that has a fault of its own."""


class Node(NamedTuple):
    """A value's place and, below it, the places of its parts."""

    line: int
    """From 1."""
    column: int
    """From 1."""
    content: dict[str, Member] | list[Node] | str
    """The members of a mapping, the items of a list, or the scalar as written."""


class Member(NamedTuple):
    """A key's place and its value's node."""

    line: int
    column: int
    node: Node


class Fault(NamedTuple):
    """What is wrong with the YAML, and where (line and column from 1)."""

    line: int
    column: int
    code: str
    message: str


class Parsed(NamedTuple):
    """The outcome of reading one text."""

    data: Any
    """Plain data: dict, list, str, int, float, bool, or `REFUSED`."""
    root: Node | None
    """The places; None when the text could not be read at all."""
    faults: tuple[Fault, ...]
    """What is wrong with the YAML itself."""


class LibyamlMissingError(RuntimeError):
    """ruamel.yaml has come without its C extension."""


class _StopError(Exception):
    """The text cannot be read further; the fault is already noted."""


_FORBIDDEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
_NAMES = {
    "\t": "a tab; indent and separate with spaces",
    "\r": "a carriage return; end lines with a line feed alone",
    "\0": "a NUL character; the file is not text",
    "\ufeff": "a byte order mark; save the file without it",
}
_BOMS = (
    (b"\xff\xfe", "UTF-16 or UTF-32"),
    (b"\xfe\xff", "UTF-16"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
)
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})\Z|0x[0-9a-fA-F]{1,16}\Z|0o[0-7]{1,21}\Z")
_NUMBER = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z|0[xo][0-9a-fA-F]+\Z"
    r"|[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z"
)
_NUMBER_START = frozenset("0123456789+-.")
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULL = frozenset(("", "~", "null", "Null", "NULL"))


def parse(content: bytes) -> Parsed:
    """Read one YAML text.

    Numbers follow YAML 1.2; `yes`, `no`, `on` and dates stay text. A number that is no plain
    integer (`6.10`, `010`, `1e3`) becomes a float, which no model takes, so that it is refused
    with what was written.

    Args:
        content: the file's bytes.

    Returns:
        The data, its places and all faults; never raises for what the text holds.

    Raises:
        LibyamlMissingError: when ruamel.yaml has no C extension. There is no slow way round.
    """
    if not ruamel.yaml.__with_libyaml__:
        raise LibyamlMissingError(
            "ruamel.yaml has no C extension; install `ruamel.yaml[oldlibyaml]`, as pyproject.toml "
            "says"
        )
    text, faults = _decode(content)
    if text is None:
        return Parsed(REFUSED, None, tuple(faults))
    builder = _Builder(content, faults)
    try:
        data, root = builder.document()
    except _StopError:
        return Parsed(REFUSED, None, builder.told())
    except ruamel.yaml.error.YAMLError as error:
        builder.unreadable(error)
        return Parsed(REFUSED, None, builder.told())
    return Parsed(data, root, builder.told())


def _decode(content: bytes) -> tuple[str | None, list[Fault]]:
    if len(content) > MAX_BYTES:
        return None, [Fault(1, 1, "yaml-size", too_large(len(content)))]
    for bom, name in _BOMS:
        if content.startswith(bom):
            message = f"must be UTF-8 without byte order mark (got {name})"
            return None, [Fault(1, 1, "yaml-encoding", message)]
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8")
        line, column = _place(before, len(before))
        message = f"must be UTF-8 (got the byte 0x{content[error.start]:02x})"
        return None, [Fault(line, column, "yaml-encoding", message)]
    faults = []
    for found in _FORBIDDEN.finditer(text):
        char = found.group()
        what = _NAMES.get(char, f"the invisible character U+{ord(char):04X}; leave it out")
        faults.append(Fault(*_place(text, found.start()), "yaml-encoding", f"must not hold {what}"))
        if len(faults) == 5:
            break
    return (None if faults else text), faults


def too_large(size: int) -> str:
    """Say that a file is too large."""
    return f"must not be larger than {MAX_BYTES // 1024} KiB (got {size} bytes)"


def _place(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


class _Builder:
    """Builds data and nodes from events, noting faults on the way."""

    def __init__(self, content: bytes, faults: list[Fault]) -> None:
        # The extension has neither type stubs nor a public name.
        from _ruamel_yaml import CParser  # type: ignore[import-not-found, unused-ignore]

        self._event = CParser(content).get_event
        self._faults = faults
        self._depth = 0

    def told(self) -> tuple[Fault, ...]:
        """The faults, with a last word where there are too many."""
        faults = sorted(self._faults)
        if len(faults) <= MAX_FAULTS:
            return tuple(faults)
        last = faults[MAX_FAULTS]
        message = f"{len(faults) - MAX_FAULTS} more faults of the YAML are not listed"
        return (*faults[:MAX_FAULTS], Fault(last.line, last.column, "yaml-syntax", message))

    def _fault(self, mark: Any, code: str, message: str) -> None:
        self._faults.append(Fault(mark.line + 1, mark.column + 1, code, message))

    def unreadable(self, error: ruamel.yaml.error.YAMLError) -> None:
        """Note why libyaml cannot read further."""
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        if mark is None:
            reason = getattr(error, "reason", None) or "it cannot be read"
            self._faults.append(Fault(1, 1, "yaml-syntax", f"not valid YAML: {reason}"))
            return
        message = f"not valid YAML: {getattr(error, 'problem', error)}"
        context, start = getattr(error, "context", None), getattr(error, "context_mark", None)
        if context and start:
            message += f" ({context} that starts at line {start.line + 1})"
        self._fault(mark, "yaml-syntax", message)

    def document(self) -> tuple[Any, Node]:
        """Read the only document."""
        self._event()  # the stream's start
        start = self._event()
        if type(start) is not DocumentStartEvent:
            self._fault(start.start_mark, "yaml-syntax", "must hold a mapping (got an empty file)")
            raise _StopError
        if start.version or start.tags:
            message = "must not hold a `%` directive; leave it out"
            self._fault(start.start_mark, "yaml-forbidden", message)
        elif start.explicit:
            message = "must not hold a `---` line; a file is one document"
            self._fault(start.start_mark, "yaml-forbidden", message)
        data, root = self._value(self._event())
        end = self._event()
        if end.explicit:
            message = "must not hold a `...` line; a file is one document"
            self._fault(end.start_mark, "yaml-forbidden", message)
        after = self._event()
        if type(after) is not StreamEndEvent:
            message = "must hold one document (got a second one)"
            self._fault(after.start_mark, "yaml-forbidden", message)
        return data, root

    def _value(self, event: Any) -> tuple[Any, Node]:
        kind = type(event)
        mark = event.start_mark
        line, column = mark.line + 1, mark.column + 1
        if kind is AliasEvent:
            message = f"must not use the alias `*{_short(event.anchor)}`; write the value out"
            self._fault(mark, "yaml-forbidden", message)
            return REFUSED, Node(line, column, "")
        if event.anchor is not None:
            message = f"must not set the anchor `&{_short(event.anchor)}`; leave it out"
            self._fault(mark, "yaml-forbidden", message)
        if event.tag is not None:
            message = f"must not use the tag `{_short(_tag(event.tag))}`; leave it out"
            self._fault(mark, "yaml-forbidden", message)
            if kind is ScalarEvent:
                return REFUSED, Node(line, column, event.value)
        if kind is ScalarEvent:
            return self._scalar(event), Node(line, column, event.value)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self._fault(mark, "yaml-size", f"must not be nested deeper than {MAX_DEPTH} levels")
            raise _StopError
        data, content = self._mapping() if kind is MappingStartEvent else self._list()
        self._depth -= 1
        return data, Node(line, column, content)

    def _list(self) -> tuple[list[Any], list[Node]]:
        data: list[Any] = []
        nodes: list[Node] = []
        while type(event := self._event()) is not SequenceEndEvent:
            value, node = self._value(event)
            data.append(value)
            nodes.append(node)
        return data, nodes

    def _mapping(self) -> tuple[dict[str, Any], dict[str, Member]]:
        data: dict[str, Any] = {}
        members: dict[str, Member] = {}
        told: set[str] = set()
        while type(event := self._event()) is not MappingEndEvent:
            mark = event.start_mark
            key = self._key(event)
            value, node = self._value(self._event())
            if key is None:
                continue
            if key in data:
                first = members[key]
                message = f"duplicate key {_quoted(key)}; it stands at line {first.line} already"
                self._fault(mark, "yaml-duplicate-key", message)
                if key not in told:
                    told.add(key)
                    message = f"duplicate key {_quoted(key)}; it stands again at line "
                    self._faults.append(
                        Fault(
                            first.line,
                            first.column,
                            "yaml-duplicate-key",
                            f"{message}{mark.line + 1}",
                        )
                    )
                continue
            data[key] = value
            members[key] = Member(mark.line + 1, mark.column + 1, node)
        return data, members

    def _key(self, event: Any) -> str | None:
        mark = event.start_mark
        if type(event) is not ScalarEvent:
            message = "a key must be one word of text (got an alias, a list or a mapping)"
            self._fault(mark, "yaml-forbidden", message)
            self._value(event)
            return None
        key: str = event.value
        if event.anchor is not None or event.tag is not None:
            self._fault(mark, "yaml-forbidden", "a key must have neither anchor nor tag")
        elif event.style == "":
            if key == "<<":
                message = "must not use the merge key `<<`; write the keys out"
                self._fault(mark, "yaml-forbidden", message)
                return None
            if not isinstance(_resolve(key), str):
                what = (
                    f"got {_short(key)}; in quotes it is text: '{_short(key)}'" if key else "empty"
                )
                self._fault(mark, "yaml-scalar", f"a key must be text ({what})")
                return None
        return key

    def _scalar(self, event: Any) -> Any:
        text: str = event.value
        if event.style == "":
            value = _resolve(text)
            if value is None:
                message = "must have a value; leave the key or item out where there is none"
                self._fault(event.start_mark, "yaml-scalar", message)
                return REFUSED
            return value
        if event.style == '"' and (found := _FORBIDDEN.search(text)):
            message = f"must not hold the character U+{ord(found.group()):04X}, escaped or not"
            self._fault(event.start_mark, "yaml-encoding", message)
            return REFUSED
        return text


def _resolve(text: str) -> Any:
    """The value of a plain scalar by the core schema of YAML 1.2; None for null."""
    if text in _NULL:
        return None
    if text[0] not in _NUMBER_START:
        return _BOOL.get(text, text)
    if _INT.match(text):
        return int(text, 0) if text[:2] in ("0x", "0o") else int(text)
    if _NUMBER.match(text):
        # Which number it is does not matter: none but a plain integer is ever right.
        return 0.5
    return text


def _tag(tag: str) -> str:
    standard = "tag:yaml.org,2002:"
    return f"!!{tag[len(standard) :]}" if tag.startswith(standard) else tag


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."


def _quoted(text: str) -> str:
    return repr(_short(text))
