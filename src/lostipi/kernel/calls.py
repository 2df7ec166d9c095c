"""One call in C source: its arguments, whether its result is used, how its wait is decided."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lostipi.kernel.ctokens import COMMENT, WORD, Source
from lostipi.kernel.declarations import KEYWORDS
from lostipi.kernel.guards import BRANCHING, OPENING
from lostipi.kernel.shape import ApiShape, ResultUse, WaitClass

_LONGEST = 1024
"""Tokens of the longest call that is read. The longest in a kernel has about a hundred."""

_DEEPEST = 64
"""Brackets within brackets in a call."""

_FARTHEST = 512
"""Tokens looked back from a call to the beginning of its statement."""

_PAIRS = {")": "(", "]": "[", "}": "{"}
_NOT_CALLS = frozenset({"return", "sizeof", "case", "typeof", "__typeof__", "in"})
_CONSTANT = re.compile(r"[A-Z][A-Z0-9_]*\Z")
_INTEGER = re.compile(r"(0[xX][0-9a-fA-F]+|\d+)[uUlL]*\Z")


@dataclass(frozen=True, slots=True)
class Call:
    """The arguments of one call, as indexes of tokens."""

    first: int
    """The first token of the call: the name, or what wraps it (``static_call(``)."""
    name: int
    """The token of the name."""
    close: int
    """The closing parenthesis."""
    arguments: tuple[tuple[int, ...], ...]
    """The tokens of each argument."""
    branched: bool
    """Whether an ``#else`` or ``#elif`` is inside: the arguments are then those of the first."""


def read_call(source: Source, first: int, name: int, opened: int, stop: int) -> Call | None:
    """Read the arguments of a call.

    Args:
        source: The file.
        first: The first token of the call.
        name: The token of its name.
        opened: Its opening parenthesis.
        stop: Where to give up: the end of the file, or of the ``#define`` the call is in.

    Returns:
        None when the parenthesis is not closed as in a call.
    """
    texts, kinds = source.texts, source.kinds
    open_marks: list[str] = []
    arguments: list[list[int]] = [[]]
    branched = False
    index, stop = opened, min(stop, opened + _LONGEST)
    while index < stop:
        if kinds[index] == COMMENT:
            index += 1
            continue
        directive = source.directive_at.get(index)
        if directive is not None:
            index = directive.last + 1
            if directive.name in BRANCHING:
                branched = True
                index = _after_group(source, index, stop)
            continue
        text = texts[index]
        if text in _PAIRS:
            if open_marks.pop() != _PAIRS[text]:
                return None
            if not open_marks:
                found = tuple(tuple(argument) for argument in arguments)
                return Call(first, name, index, found if found != ((),) else (), branched)
        if len(open_marks) == 1:
            if text == ";":
                return None
            if text == ",":
                arguments.append([])
            else:
                arguments[-1].append(index)
        elif open_marks:
            arguments[-1].append(index)
        if text in ("(", "[", "{"):
            open_marks.append(text)
            if len(open_marks) > _DEEPEST:
                return None
        index += 1
    return None


def _after_group(source: Source, index: int, stop: int) -> int:
    """Skip from an ``#else`` to just after its ``#endif``."""
    depth = 0
    while index < stop:
        directive = source.directive_at.get(index)
        if directive is None:
            index += 1
            continue
        index = directive.last + 1
        if directive.name in OPENING:
            depth += 1
        elif directive.name == "endif":
            if depth == 0:
                break
            depth -= 1
    return index


def result_use(source: Source, call: Call, floor: int, macro_end: int | None) -> ResultUse:
    """Tell what becomes of a call's value.

    Args:
        source: The file.
        call: The call.
        floor: The first token of the function or macro body.
        macro_end: The last token of the macro the call is in, if it is in one.
    """
    after = source.next_code(call.close)
    if macro_end is not None and after is not None and after > macro_end:
        after = None
    start = call.first
    while True:
        before = source.code_before(start) if macro_end is None else _plain_before(source, start)
        if before is None or before < floor:
            # The value of a macro that is one expression is for whoever uses the macro.
            return "used" if macro_end is not None and after is None else "ignored"
        if source.texts[before] != ")":
            break
        opened = _opening(source, before, floor)
        if opened is None:
            return "used"
        word = source.code_before(opened) if macro_end is None else _plain_before(source, opened)
        if word is not None and word >= floor and source.kinds[word] == WORD:
            if source.texts[word] in _NOT_CALLS:
                return "used"
            break
        inside = source.words_of(source.code_between(opened + 1, before - 1))
        if inside == ["void"]:
            return "void"
        start = opened
    begins = source.texts[before] in (")", ";", "{", "}", "else", "do") or (
        source.texts[before] == ":" and not _is_conditional(source, before, floor)
    )
    if not begins:
        return "used"
    return "ignored" if after is None or source.texts[after] in (";", ",", ")", "}") else "used"


def _plain_before(source: Source, index: int) -> int | None:
    index -= 1
    while index >= 0 and source.kinds[index] == COMMENT:
        index -= 1
    return index if index >= 0 else None


def _opening(source: Source, close: int, floor: int) -> int | None:
    """Find the parenthesis that ``close`` closes."""
    depth = 0
    for index in range(close, max(floor, close - _FARTHEST) - 1, -1):
        if source.kinds[index] == COMMENT:
            continue
        if source.texts[index] == ")":
            depth += 1
        elif source.texts[index] == "(":
            depth -= 1
            if depth == 0:
                return index
    return None


def _is_conditional(source: Source, colon: int, floor: int) -> bool:
    """Tell the colon of ``a ? b : c`` from that of a label."""
    for index in range(colon - 1, max(floor, colon - _FARTHEST) - 1, -1):
        if source.kinds[index] == COMMENT:
            continue
        text = source.texts[index]
        if text == "?":
            return True
        if text in (";", "{", "}", "case", "default"):
            return False
    return False


def wait_class(
    source: Source, argument: Sequence[int], shape: ApiShape, parameters: frozenset[str]
) -> WaitClass:
    """Judge a wait argument.

    Args:
        source: The file.
        argument: Its tokens.
        shape: The API's, which tells whether the argument is a set of flags.
        parameters: The parameters of the enclosing function that still have their caller's value.
    """
    value = _constant(source.words_of(argument), shape.wait_flag)
    if value is not None:
        return "waits" if value else "no-wait"
    names: set[str] = set()
    for place, index in enumerate(argument):
        text = source.texts[index]
        if source.kinds[index] != WORD or text in KEYWORDS or text in ("true", "false"):
            continue
        following = source.texts[argument[place + 1]] if place + 1 < len(argument) else ""
        if _CONSTANT.match(text) and following != "(" and text not in parameters:
            continue
        if following in ("->", ".", "[", "("):
            # What a parameter points to is somebody's memory, not the caller's word.
            return "runtime"
        names.add(text)
    return "forwarded" if names and names <= parameters else "runtime"


def _constant(words: list[str], flag: str | None) -> bool | None:
    """Evaluate a constant wait argument; None when it is none."""
    words = list(words)
    inverted = False
    while True:
        if words[:1] == ["!"]:
            inverted = not inverted
            words = words[1:]
        elif len(words) > 3 and words[:3] in (["(", "bool", ")"], ["(", "int", ")"]):
            words = words[3:]
        elif len(words) > 2 and words[0] == "(" and _closes_at_end(words):
            words = words[1:-1]
        else:
            break
    if flag is not None and not inverted:
        return _constant_flags(words, flag)
    if len(words) != 1:
        return None
    value = _value(words[0])
    return None if value is None else bool(value) != inverted


def _constant_flags(words: list[str], flag: str) -> bool | None:
    """Evaluate flags joined by ``|``."""
    waits = False
    for place, word in enumerate(word for word in words if word not in "()"):
        if place % 2:
            if word != "|":
                return None
        elif word == flag:
            waits = True
        elif not _CONSTANT.match(word) and _value(word) != 0:
            return None
    return waits if words else None


def _value(word: str) -> int | None:
    if word in ("true", "false"):
        return int(word == "true")
    match = _INTEGER.match(word)
    return int(match[1], 0 if match[1][:2] in ("0x", "0X") else 10) if match else None


def _closes_at_end(words: list[str]) -> bool:
    depth = 0
    for place, word in enumerate(words):
        depth += (word == "(") - (word == ")")
        if depth == 0:
            return place == len(words) - 1
    return False
