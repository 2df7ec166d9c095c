"""Evaluate the expression of an ``#if`` against a configuration: true, false, or not to be told.

Only what a configuration decides is known: its symbols, ``MODULE``, the word size, and what every
C file of the kernel is compiled with. Any other macro leaves the part of the expression that it
decides open.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from lostipi.kernel.config import Config

Value: TypeAlias = int | None
"""The value of an expression; None when the configuration does not tell."""

MAX_DEPTH = 40
"""Beyond this nesting an expression is not to be told."""

_TOKEN = re.compile(
    r"\s*(?:(0[xX][0-9a-fA-F]+|\d+)[uUlL]*(?!\w)|([A-Za-z_]\w*)|(&&|\|\||[=!<>]=|<<|>>|\S))",
    re.ASCII,
)
_BUILD = frozenset({"IS_ENABLED", "IS_BUILTIN", "IS_MODULE", "IS_REACHABLE"})
_ALWAYS = frozenset({"__KERNEL__", "__STDC__", "__GNUC__", "__linux__", "__x86__"})
_NEVER = frozenset({"__ASSEMBLY__", "__ASSEMBLER__", "__GENKSYMS__", "__CHECKER__", "__cplusplus"})
_WORD_SIZE = {"__x86_64__": True, "__LP64__": True, "__i386__": False}
_BINARY: dict[str, tuple[int, Callable[[int, int], int]]] = {
    "|": (0, lambda a, b: a | b),
    "^": (1, lambda a, b: a ^ b),
    "&": (2, lambda a, b: a & b),
    "==": (3, lambda a, b: int(a == b)),
    "!=": (3, lambda a, b: int(a != b)),
    "<": (4, lambda a, b: int(a < b)),
    ">": (4, lambda a, b: int(a > b)),
    "<=": (4, lambda a, b: int(a <= b)),
    ">=": (4, lambda a, b: int(a >= b)),
    "<<": (5, lambda a, b: a << min(b, 63) if b >= 0 else 0),
    ">>": (5, lambda a, b: a >> max(b, 0)),
    "+": (6, lambda a, b: a + b),
    "-": (6, lambda a, b: a - b),
    "*": (7, lambda a, b: a * b),
}
"""Operators, how tightly each binds, and what it does. No ``#if`` of the kernel divides."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """How one file is compiled."""

    config: Config
    """The configuration."""
    module: bool
    """Whether the object goes into a module, so that ``MODULE`` is defined."""


def evaluate(expression: str, compiled: Compiled) -> bool | None:
    """Tell whether the lines under ``#if expression`` are compiled; None when it is open."""
    tokens: list[str] = []
    at = 0
    while match := _TOKEN.match(expression, at):
        tokens.append(match[1] or match[2] or match[3])
        at = match.end()
    reader = _Reader(tokens, compiled)
    try:
        value = reader.ternary(0)
    except (_OpenError, ValueError):  # the latter for figures of thousands of digits
        return None
    if value is None or reader.at != len(tokens):
        return None
    return value != 0


class _OpenError(Exception):
    """The expression is not C, or uses what is not read here."""


class _Reader:
    """Reads one expression from left to right."""

    def __init__(self, tokens: list[str], compiled: Compiled) -> None:
        self.tokens = tokens
        self.compiled = compiled
        self.at = 0

    def ternary(self, depth: int) -> Value:
        if depth > MAX_DEPTH:
            raise _OpenError
        condition = self.either(depth)
        if not self.takes("?"):
            return condition
        yes = self.ternary(depth + 1)
        self.must(":")
        no = self.ternary(depth + 1)
        if condition is None:
            return yes if yes == no else None
        return yes if condition else no

    def either(self, depth: int) -> Value:
        value = self.both(depth)
        while self.takes("||"):
            other = self.both(depth)
            if value or other:
                value = 1
            elif value is None or other is None:
                value = None
            else:
                value = 0
        return value

    def both(self, depth: int) -> Value:
        value = self.binary(0, depth)
        while self.takes("&&"):
            other = self.binary(0, depth)
            if value == 0 or other == 0:
                value = 0
            elif value is None or other is None:
                value = None
            else:
                value = 1
        return value

    def binary(self, loosest: int, depth: int) -> Value:
        """Reads operators that bind at least as tightly as the loosest allowed."""
        value = self.unary(depth)
        while (found := _BINARY.get(self.peek())) is not None and found[0] >= loosest:
            self.at += 1
            other = self.binary(found[0] + 1, depth)
            value = None if value is None or other is None else found[1](value, other)
        return value

    def unary(self, depth: int) -> Value:
        negated: list[str] = []
        while self.peek() in ("!", "-", "+", "~"):
            negated.append(self.next())
        value = self.primary(depth)
        for operator in reversed(negated):
            if value is not None:
                value = {"!": int(not value), "-": -value, "+": value, "~": ~value}[operator]
        return value

    def primary(self, depth: int) -> Value:
        token = self.next()
        if token == "(":
            value = self.ternary(depth + 1)
            self.must(")")
            return value
        if token[0].isdigit():
            return _number(token)
        if not (token[0].isalpha() or token[0] == "_"):
            raise _OpenError
        if token == "defined":
            bracket = self.takes("(")
            name = self.next()
            if bracket:
                self.must(")")
            return self.defined(name)
        if token in _BUILD:
            self.must("(")
            name = self.next()
            self.must(")")
            return self.is_build(token, name)
        if self.peek() == "(":
            self.skip_arguments()
            return None
        return self.word(token)

    def defined(self, name: str) -> Value:
        """Whether a macro is defined: of ``CONFIG_X=m`` it is ``CONFIG_X_MODULE``."""
        config = self.compiled.config
        if name.startswith("CONFIG_"):
            if name in config.values:
                return int(not config.is_module(name))
            return int(config.is_module(name.removesuffix("_MODULE")))
        if name == "MODULE":
            return int(self.compiled.module)
        if name in _ALWAYS:
            return 1
        if name in _NEVER:
            return 0
        if name in _WORD_SIZE:
            return int(self.is_64bit() == _WORD_SIZE[name])
        return None

    def is_build(self, macro: str, name: str) -> Value:
        config = self.compiled.config
        if not name.startswith("CONFIG_"):
            return None
        builtin, module = config.is_builtin(name), config.is_module(name)
        return int(
            {
                "IS_ENABLED": builtin or module,
                "IS_BUILTIN": builtin,
                "IS_MODULE": module,
                "IS_REACHABLE": builtin or (module and self.compiled.module),
            }[macro]
        )

    def word(self, name: str) -> Value:
        """The value of a macro without arguments; what is not defined is 0, as in C."""
        if name == "BITS_PER_LONG":
            return 64 if self.is_64bit() else 32
        if not name.startswith("CONFIG_"):
            return 0 if self.defined(name) == 0 else None
        config = self.compiled.config
        if not self.defined(name):
            return 0
        if name in config.strings:
            return None
        value = config.values.get(name, "y")
        return 1 if value in ("y", "m") else _figure(value)

    def is_64bit(self) -> bool:
        return self.compiled.config.is_builtin("CONFIG_X86_64")

    def skip_arguments(self) -> None:
        depth = 0
        while True:
            token = self.next()
            depth += (token == "(") - (token == ")")
            if depth == 0:
                return

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def next(self) -> str:
        if self.at == len(self.tokens):
            raise _OpenError
        self.at += 1
        return self.tokens[self.at - 1]

    def takes(self, token: str) -> bool:
        if self.peek() != token:
            return False
        self.at += 1
        return True

    def must(self, token: str) -> None:
        if not self.takes(token):
            raise _OpenError


def _figure(value: str) -> int:
    """Gives the value of an int or hex symbol, which Kconfig writes without leading zeros."""
    return int(value, 16) if value[:2] in ("0x", "0X") else int(value)


def _number(digits: str) -> int:
    """Gives the value of a C constant without its suffix."""
    if digits[0] != "0" or digits[1:2] in ("x", "X"):
        return int(digits, 0)
    if set(digits) & {"8", "9"}:
        raise _OpenError
    return int(digits, 8)
