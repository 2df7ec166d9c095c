"""Canonical YAML: keys in the order of the models, one indentation; prose and comments stay."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from lostipi.load import FOLDERS, SINGLES, load_file
from lostipi.load.events import MAX_BYTES, Member, Node, parse
from lostipi.load.words import model_at
from lostipi.problem import Problem
from lostipi.writing import locked, replace

CODE = "fmt"

_PASSES = 4


class FormatError(ValueError):
    """The text cannot be formatted without loss; the message says what to do by hand."""


def files(data: Path, paths: Sequence[Path] = ()) -> list[Path]:
    """Find the YAML files to format.

    Args:
        data: the data directory.
        paths: files, or folders to look into; none for all of the data directory.

    Returns:
        The files, sorted, each once.
    """
    if not paths:
        paths = [data / name for name in (*SINGLES, *FOLDERS)]
    found: set[Path] = set()
    for path in paths:
        if path.is_dir():
            found.update(p for p in path.rglob("*.yaml") if p.is_file())
        elif path.is_file():
            found.add(path)
    return sorted(found)


def check(path: Path, data: Path) -> list[Problem]:
    """Say whether a file is canonical.

    Args:
        path: the file.
        data: the data directory, which tells what the file must be.

    Returns:
        Nothing if it is, else one problem at the first line that differs; what the loader has
        against the file if it refuses it.
    """
    before, after, problems = _formatted(path, data)
    if problems or before == after:
        return problems
    line, wanted, got = _first_difference(before, after)
    message = f"must be {wanted} here (got {got}); `lostipi fmt` rewrites the file"
    return [Problem(_name(path, data), line, 1, CODE, message)]


def write(path: Path, data: Path) -> tuple[bool, list[Problem]]:
    """Make a file canonical, unless the loader refuses it.

    Args:
        path: the file.
        data: the data directory, which tells what the file must be.

    Returns:
        Whether it was written, and why it was not where it could not be.

    Raises:
        NotWrittenError: when it cannot be written, or was changed while it was being formatted.
    """
    before, after, problems = _formatted(path, data)
    if problems or before == after:
        return False, problems
    with locked(data):
        replace({path: after}, read={path: before.encode()})
    return True, []


def format_text(text: str, model: type[BaseModel] | None = None) -> str:
    """Bring a text that the loader takes into its canonical form.

    Args:
        text: the YAML.
        model: what it describes; without, keys stay in their order.

    Returns:
        The canonical text, which formats to itself.

    Raises:
        FormatError: when data or comments would be lost.
    """
    result = text
    for _ in range(_PASSES):
        before = result
        if model is not None:
            result = _in_order(result, model)
        result = _round_trip(result)
        if result == before:
            break
    if parse(result.encode()).data != parse(text.encode()).data:
        raise FormatError("cannot be formatted without changing what it says; do it by hand")
    if _comments(result) != _comments(text):
        raise FormatError("cannot be formatted without losing a comment; give it its own line")
    return result


def _formatted(path: Path, data: Path) -> tuple[str, str, list[Problem]]:
    problems: list[Problem] = []
    model = _model_of(path, data)
    name = _name(path, data)
    if model is None:
        places = ", ".join([*(f"{folder}/" for folder in FOLDERS), *SINGLES])
        message = f"must lie in {data.name}/, in one of {places}, to be formatted"
        return "", "", [Problem(name, 1, 1, CODE, message)]
    if load_file(path, model, data.parent, problems) is None:
        return "", "", problems
    before = path.read_bytes()[: MAX_BYTES + 1].decode("utf-8")
    try:
        return before, format_text(before, model), []
    except FormatError as error:
        return before, before, [Problem(name, 1, 1, CODE, str(error))]


def _model_of(path: Path, data: Path) -> type[BaseModel] | None:
    try:
        parts = path.resolve().relative_to(data.resolve()).parts
    except ValueError:
        return None
    return SINGLES.get(parts[0]) if len(parts) == 1 else FOLDERS.get(parts[0])


def _name(path: Path, data: Path) -> str:
    try:
        return path.resolve().relative_to(data.resolve().parent).as_posix()
    except ValueError:
        return path.as_posix()


def edit(text: str, change: Callable[[Any], None], model: type[BaseModel] | None = None) -> str:
    """Change what a text says, in canonical form; the author's comments stay.

    Args:
        text: the YAML.
        change: changes the round-trip mapping of the text in place.
        model: what it describes, for the order of keys.

    Raises:
        FormatError: when comments would be lost.
    """
    changed = _round_trip(text, change)
    if _comments(changed) != _comments(text):
        raise FormatError("cannot be changed without losing a comment; do it by hand")
    return format_text(changed, model)


def _round_trip(text: str, change: Callable[[Any], None] = lambda _content: None) -> str:
    yaml = YAML()
    yaml.preserve_quotes = True
    # Wider than any file, so that no line is ever broken for its length.
    yaml.width = 2 * MAX_BYTES
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    try:
        content = yaml.load(text)
        change(content)
        yaml.dump(content, out)
    except YAMLError as error:
        raise FormatError(f"cannot be formatted: {str(error).splitlines()[0]}") from error
    lines = (line.rstrip() if line.lstrip().startswith("#") else line for line in _lines(out))
    return "\n".join(lines).rstrip("\n") + "\n"


def _lines(out: io.StringIO) -> list[str]:
    return out.getvalue().split("\n")


def _comments(text: str) -> Counter[str]:
    """What looks like comments, in prose too: neither may change."""
    return Counter(found.rstrip() for found in re.findall(r"(?:^|(?<=\s))#.*", text, re.MULTILINE))


def _in_order(text: str, model: type[BaseModel]) -> str:
    """Order the keys of every block mapping as its model does, comments above a key with it."""
    lines = text.split("\n")
    root = parse(text.encode()).root
    if root is not None:
        _move(root, model, (), lines)
    return "\n".join(lines)


def _move(node: Node, model: type[BaseModel], loc: tuple[str | int, ...], lines: list[str]) -> None:
    """Order a value's mappings in place, inner ones first: they stay within their own lines."""
    content = node.content
    if isinstance(content, dict):
        for key, member in content.items():
            _move(member.node, model, (*loc, key), lines)
        _reorder(content, _order(model, loc, content), lines)
    elif isinstance(content, list):
        for index, item in enumerate(content):
            _move(item, model, (*loc, index), lines)


def _order(
    model: type[BaseModel], loc: tuple[str | int, ...], content: dict[str, Member]
) -> list[str]:
    kind = content["kind"].node.content if "kind" in content else None
    # The tag of a union stands in pydantic's places, where `kind` chooses the model.
    here = model_at(model, loc) or (
        model_at(model, (*loc, kind)) if isinstance(kind, str) else None
    )
    if here is None:
        return list(content)
    names = [field.alias or name for name, field in here.model_fields.items()]
    return sorted(content, key=lambda key: names.index(key) if key in names else len(names))


def _reorder(content: dict[str, Member], order: list[str], lines: list[str]) -> None:
    keys = list(content)
    starts = [member.line - 1 for member in content.values()]
    if order == keys or len(set(starts)) != len(starts):
        return  # in order already, or in flow style on one line
    column = next(iter(content.values())).column - 1
    prefix = lines[starts[0]][:column]
    if prefix.strip(" -") or any(lines[s][:column].strip() for s in starts[1:]):
        return  # in flow style over several lines
    # What stands above a key at its indentation or left of it belongs to it; so for all but the
    # first, above which the file's or the list item's own comments stand.
    tops = [starts[0]]
    for start in starts[1:]:
        top = start
        while top > tops[-1] + 1 and _between(lines[top - 1], column):
            top -= 1
        tops.append(top)
    end = starts[-1] + 1
    for number in range(end, len(lines)):
        if _between(lines[number], column):
            continue  # part of the value only if more of the value follows
        if not _inside(lines[number], column):
            break
        end = number + 1
    chunks = {
        key: lines[top:bottom]
        for key, top, bottom in zip(keys, tops, [*tops[1:], end], strict=True)
    }
    chunks[keys[0]][0] = " " * column + chunks[keys[0]][0][column:]
    for number, line in enumerate(chunks[order[0]]):
        if not _between(line, column):
            chunks[order[0]][number] = prefix + line[column:]
            break
        # Now above the list item, and indented as that is.
        bare = line.lstrip(" ")
        chunks[order[0]][number] = bare and " " * _dash(prefix) + bare
    lines[tops[0] : end] = [line for key in order for line in chunks[key]]


def _between(line: str, column: int) -> bool:
    """Whether a line is blank or a comment not deeper than the keys around it."""
    bare = line.lstrip(" ")
    return not bare or (bare.startswith("#") and len(line) - len(bare) <= column)


def _inside(line: str, column: int) -> bool:
    """Whether a line still belongs to the value of a key at that column."""
    bare = line.lstrip(" ")
    indent = len(line) - len(bare)
    return indent > column or (indent == column and bare.startswith("-"))


def _dash(prefix: str) -> int:
    """The column, from 0, of what stands before a list item's first key."""
    return len(prefix) - len(prefix.lstrip(" "))


def _first_difference(before: str, after: str) -> tuple[int, str, str]:
    old, new = before.split("\n"), after.split("\n")
    for number, (was, will) in enumerate(zip(old, new, strict=False), 1):
        if was != will:
            return number, _shown(will), _shown(was)
    shorter = min(len(old), len(new))
    wanted = new[shorter] if len(new) > shorter else None
    got = old[shorter] if len(old) > shorter else None
    return shorter + 1, _shown(wanted), _shown(got)


def _shown(line: str | None) -> str:
    if line is None:
        return "the end of the file"
    if not line:
        return "an empty line"
    return repr(line if len(line) <= 60 else line[:57] + "...")
