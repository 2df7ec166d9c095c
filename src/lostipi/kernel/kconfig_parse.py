"""Read Kconfig files into symbols and their properties. Evaluates nothing.

What a macro ``$(...)`` expands to is not known here: apart from the environment's own variables it
becomes ``MACRO``, of which either answer is possible.
"""

import fnmatch
import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

#: An expression: ("sym", name), ("const", "y" or "n"), ("macro",), ("not", e), ("and", e, e),
#: ("or", e, e), ("cmp", operator, left, right) with texts on both sides.
Expr = tuple[Any, ...]

YES: Expr = ("const", "y")
MACRO: Expr = ("macro",)

LARGEST = 1 << 22
"""Bytes that are read of one file. The largest of a kernel has some 0.1 MiB."""

_MAX_DEPTH = 50
#: Real expressions have fewer than a hundred tokens.
_MAX_TOKENS = 600

_TOKEN = re.compile(
    r"\s*(?:(&&|\|\||[<>!]=|[!()=<>])|(\"(?:[^\"\\]|\\.)*\"?|'(?:[^'\\]|\\.)*'?)|([^\s&|!()=<>\"']+|.))"
)
_WORD = re.compile(r"\s*([\w-]+)\s*(.*)", re.DOTALL)
_QUOTED = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"?|'((?:[^'\\]|\\.)*)'?)\s*(.*)""", re.DOTALL)
_TYPES = frozenset({"bool", "tristate", "int", "hex", "string"})


@dataclass(slots=True)
class Block:
    """What encloses a definition: a ``menu``, ``if``, ``choice`` or nothing, and its condition."""

    parent: "Block | None"
    depends: list[Expr] = field(default_factory=list)
    """What it and all within depends on."""
    visible: list[Expr] = field(default_factory=list)
    """What the prompts within need besides (``visible if``, the prompt of a choice)."""


@dataclass(slots=True)
class Definition:
    """One ``config`` or ``menuconfig`` entry of a symbol."""

    block: Block
    path: str
    line: int
    kind: str = ""
    """``bool``, ``tristate``, ``int``, ``hex``, ``string``, or nothing where it names no type."""
    prompts: list[Expr] = field(default_factory=list)
    """For each prompt the condition on which it is shown."""
    depends: list[Expr] = field(default_factory=list)
    defaults: list[tuple[Expr, Expr]] = field(default_factory=list)
    """Value and condition, in order: the first whose condition holds is taken."""
    selects: list[tuple[str, Expr]] = field(default_factory=list)
    implies: list[tuple[str, Expr]] = field(default_factory=list)


@dataclass(slots=True)
class Parsed:
    """All symbols of a Kconfig tree; names without prefix."""

    symbols: dict[str, list[Definition]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    """What could not be read, as ``path:line: what is wrong``."""


def parse(
    read: Callable[[str], bytes | None],
    files: Iterable[str],
    environment: Mapping[str, str],
    top: str = "Kconfig",
) -> Parsed:
    """Reads a Kconfig file and all that it sources.

    Args:
        read: Returns a file's content, None if it does not exist.
        files: The paths of the tree, for ``source`` with wildcards.
        environment: The variables that are known, such as ``SRCARCH``.
        top: Where to begin.
    """
    reader = _Reader(read, [path for path in files if "Kconfig" in path], environment)
    if not reader.file(top, Block(None), 0):
        reader.parsed.faults.append(f"{top}:0: cannot be read; no symbol is known")
    return reader.parsed


class _Reader:
    def __init__(
        self,
        read: Callable[[str], bytes | None],
        files: list[str],
        environment: Mapping[str, str],
    ) -> None:
        self.parsed = Parsed()
        self._read = read
        self._files = files
        self._environment = environment
        self._open: list[str] = []

    def file(self, path: str, block: Block, depth: int) -> bool:
        """Reads one file inside a block; says whether there is such a file."""
        if depth > _MAX_DEPTH or path in self._open:
            return True
        content = self._read(path)
        if content is None:
            return False
        self._open.append(path)
        _File(self, path, block, depth).run(content[:LARGEST])
        self._open.pop()
        return True

    def source(self, pattern: str, block: Block, depth: int) -> bool:
        """Reads the files that a ``source`` line names; says whether there were any."""
        pattern = posixpath.normpath(self.expand(pattern))
        if any(character in pattern for character in "*?["):
            found = [path for path in self._files if fnmatch.fnmatchcase(path, pattern)]
        else:
            found = [pattern]
        return sum(self.file(path, block, depth + 1) for path in found) > 0

    def expand(self, text: str) -> str:
        """Puts in the variables of the environment; other macros stay."""
        if "$" not in text:
            return text
        return re.sub(
            r"\$[({](\w+)[)}]", lambda m: self._environment.get(m[1], m[0]), text
        ).removeprefix("/")


class _File:
    """The reading of one file: the current block, symbol and help text."""

    def __init__(self, reader: _Reader, path: str, block: Block, depth: int) -> None:
        self._reader = reader
        self._path = path
        self._depth = depth
        self._blocks = [block]
        self._kinds = [""]
        self._definition: Definition | None = None
        self._in_block_head = False
        self._line = 0

    def run(self, content: bytes) -> None:
        lines = content.decode("utf-8", "replace").replace("\r", "").split("\n")
        position = 0
        while position < len(lines):
            line = lines[position]
            position += 1
            self._line = position
            if line.endswith("\\"):
                parts = [line]
                while parts[-1].endswith("\\") and position < len(lines):
                    parts[-1] = parts[-1][:-1]
                    parts.append(lines[position])
                    position += 1
                line = " ".join(parts)
            match = _WORD.match(line)
            if match is None:
                if line.lstrip()[:10] == "---help---":
                    position = _after_help(lines, position)
                continue
            word, rest = match[1], match[2]
            if word in ("help", "---help---"):
                if not rest.lstrip().startswith((":", "=", "+")):
                    position = _after_help(lines, position)
                continue
            handler = _HANDLERS.get(word)
            if handler is not None and not rest.startswith((":=", "+=", "= ")):
                handler(self, word, _without_comment(rest))
        for kind in reversed(self._kinds[1:]):
            self._fault(f"{kind} is never ended, an end{kind} belongs here")

    def _fault(self, what: str) -> None:
        self._reader.parsed.faults.append(f"{self._path}:{self._line}: {what}")

    # One method for each kind of line --------------------------------------------------------

    def _config(self, _: str, rest: str) -> None:
        name = rest.split()[0] if rest.split() else ""
        self._in_block_head = False
        if not re.fullmatch(r"\w+", name):
            self._fault(f"config needs the name of a symbol (got {rest[:40]!r})")
            self._definition = None
            return
        self._definition = Definition(self._blocks[-1], self._path, self._line)
        self._reader.parsed.symbols.setdefault(name, []).append(self._definition)

    def _begin(self, word: str, rest: str) -> None:
        self._definition = None
        block = Block(self._blocks[-1])
        if word == "if":
            block.depends.append(self._expr(rest))
        self._in_block_head = word != "if"
        self._blocks.append(block)
        self._kinds.append(word)

    def _end(self, word: str, _: str) -> None:
        self._definition = None
        self._in_block_head = False
        kind = word[3:]
        if kind not in self._kinds:
            self._fault(f"{word} without a {kind}")
            return
        while self._kinds.pop() != kind:
            self._blocks.pop()
            self._fault(f"{word} inside a block that is not ended")
        self._blocks.pop()

    def _source(self, _: str, rest: str) -> None:
        self._definition = None
        self._in_block_head = False
        quoted = _QUOTED.match(rest)
        path = (quoted[1] or quoted[2] or "") if quoted else rest.strip()
        if not self._reader.source(path, self._blocks[-1], self._depth):
            self._fault(f"source names no file of this tree (got {path[:80]!r})")

    def _comment(self, _: str, __: str) -> None:
        self._definition = None
        self._in_block_head = False

    def _depends(self, _: str, rest: str) -> None:
        if not rest.startswith("on"):
            return
        expr, condition = self._conditional(rest[2:])
        if condition != YES:
            expr = ("or", expr, ("not", condition))
        if self._definition is not None:
            self._definition.depends.append(expr)
        elif self._in_block_head:
            self._blocks[-1].depends.append(expr)

    def _visible(self, _: str, rest: str) -> None:
        if self._in_block_head and rest.startswith("if"):
            self._blocks[-1].visible.append(self._expr(rest[2:]))

    def _type(self, word: str, rest: str) -> None:
        if self._definition is not None:
            self._definition.kind = word
        if rest.strip():
            self._prompt(word, rest)

    def _prompt(self, _: str, rest: str) -> None:
        quoted = _QUOTED.match(rest)
        after = quoted[3] if quoted else rest
        condition = self._expr(after[2:]) if after.startswith("if") else YES
        if self._definition is not None:
            self._definition.prompts.append(condition)
        elif self._in_block_head and self._kinds[-1] == "choice" and condition != YES:
            self._blocks[-1].visible.append(condition)

    def _default(self, word: str, rest: str) -> None:
        if self._definition is None:
            return
        if word.startswith("def_"):
            self._definition.kind = word[4:]
        self._definition.defaults.append(self._conditional(rest))

    def _select(self, word: str, rest: str) -> None:
        parts = rest.split(None, 1)
        if self._definition is None or not parts:
            return
        name, after = parts[0], parts[1] if len(parts) > 1 else ""
        condition = self._expr(after[2:]) if after.startswith("if") else YES
        properties = self._definition.selects if word == "select" else self._definition.implies
        properties.append((name, condition))

    def _conditional(self, text: str) -> tuple[Expr, Expr]:
        """Reads ``expression`` or ``expression if condition``."""
        value, condition = _split_if(text)
        return self._expr(value), YES if condition is None else self._expr(condition)

    def _expr(self, text: str) -> Expr:
        return expression(self._reader.expand(text).strip())


_HANDLERS: dict[str, Callable[[_File, str, str], None]] = {
    "config": _File._config,
    "menuconfig": _File._config,
    "menu": _File._begin,
    "choice": _File._begin,
    "if": _File._begin,
    "endmenu": _File._end,
    "endchoice": _File._end,
    "endif": _File._end,
    "source": _File._source,
    "comment": _File._comment,
    "mainmenu": _File._comment,
    "depends": _File._depends,
    "visible": _File._visible,
    "prompt": _File._prompt,
    "default": _File._default,
    "def_bool": _File._default,
    "def_tristate": _File._default,
    "select": _File._select,
    "imply": _File._select,
    **dict.fromkeys(_TYPES, _File._type),
}


def _after_help(lines: list[str], position: int) -> int:
    """Returns where a help text ends: at the first line indented less than its first."""
    while position < len(lines) and not lines[position].strip():
        position += 1
    if position == len(lines):
        return position
    indent = _indent(lines[position])
    if indent == 0:
        return position
    while position < len(lines) and (
        not lines[position].strip() or _indent(lines[position]) >= indent
    ):
        position += 1
    return position


def _indent(line: str) -> int:
    head = line[: len(line) - len(line.lstrip())]
    return len(head.expandtabs(8))


def _without_comment(text: str) -> str:
    if "#" not in text:
        return text
    for found in re.finditer(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|#", text):
        if found[0] == "#":
            return text[: found.start()]
    return text


@lru_cache(maxsize=8192)
def _split_if(text: str) -> tuple[str, str | None]:
    if "if" not in text:
        return text, None
    for found in re.finditer(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|\$\([^)]*\)|\bif\b", text):
        if found[0] == "if":
            return text[: found.start()], text[found.end() :]
    return text, None


@lru_cache(maxsize=16384)
def expression(text: str) -> Expr:
    """Reads an expression; what cannot be read becomes ``MACRO``, of which nothing is known."""
    if re.fullmatch(r"\w+", text):
        return _atom(text)
    if len(text) > 100 * _MAX_TOKENS:
        return MACRO
    tokens = [match.group(match.lastindex or 0) for match in _TOKEN.finditer(_hide_macros(text))]
    if len(tokens) > _MAX_TOKENS:
        return MACRO
    tokens.reverse()
    result = _or(tokens, 0)
    return MACRO if tokens else result


def _hide_macros(text: str) -> str:
    """Replaces each ``$(...)`` by ``$``, also inside quotes."""
    while (start := text.find("$(")) >= 0:
        depth = 0
        end = len(text)
        for found in re.compile(r"[()]").finditer(text, start):
            depth += 1 if found[0] == "(" else -1
            if depth == 0:
                end = found.end()
                break
        text = f"{text[:start]}\0{text[end:]}"
    return text.replace("\0", "$")


def _or(tokens: list[str], depth: int) -> Expr:
    """Reads ``a || b``; tokens are taken from the end of the list."""
    left = _and(tokens, depth)
    while tokens and tokens[-1] == "||":
        tokens.pop()
        left = ("or", left, _and(tokens, depth))
    return left


def _and(tokens: list[str], depth: int) -> Expr:
    left = _unary(tokens, depth)
    while tokens and tokens[-1] == "&&":
        tokens.pop()
        left = ("and", left, _unary(tokens, depth))
    return left


def _unary(tokens: list[str], depth: int) -> Expr:
    if not tokens or depth > _MAX_DEPTH:
        tokens.clear()
        return MACRO
    token = tokens.pop()
    if token == "!":
        return ("not", _unary(tokens, depth + 1))
    if token == "(":
        inner = _or(tokens, depth + 1)
        if tokens and tokens[-1] == ")":
            tokens.pop()
        return inner
    if tokens and tokens[-1] in ("=", "!=", "<", ">", "<=", ">="):
        operator = tokens.pop()
        right = tokens.pop() if tokens else ""
        return ("cmp", operator, token, right)
    return _atom(token)


def _atom(token: str) -> Expr:
    if "$" in token:
        return MACRO
    token = token.strip("\"'")
    if token in ("y", "m"):
        return YES
    if token == "n" or not token:
        return ("const", "n")
    return ("sym", token)
