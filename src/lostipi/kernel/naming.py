"""Who can name a function, and what its address is put into."""

from __future__ import annotations

from lostipi.kernel.ctokens import WORD, Source
from lostipi.kernel.functions import Function

_LONGEST = 64
"""Tokens of the longest left side of an assignment."""


def is_static(source: Source, function: Function) -> bool:
    """Tell whether a definition is ``static``, or a macro."""
    directive = source.directive_of(function.first)
    if directive is not None:
        return True
    index = source.code_before(function.first)
    while index is not None and source.texts[index] not in (";", "}"):
        if source.texts[index] == "static":
            return True
        index = source.code_before(index)
    return False


def address_of(source: Source, token: int) -> str:
    """Say what the function at a token is put into: a member, a variable, a call's argument."""
    directive = source.directive_of(token)
    if directive is not None:
        return "#define " + source.spelled(source.code_between(directive.first, token)[2:3])
    before = source.code_before(token)
    while before is not None and source.texts[before] in ("&", "("):
        inner = source.code_before(before)
        if source.texts[before] == "(" and inner is not None and source.kinds[inner] == WORD:
            return f"{source.texts[inner]}()"
        before = inner
    if before is None:
        return "?"
    index: int | None
    if source.texts[before] == "=":
        left: list[int] = []
        index = source.code_before(before)
        while index is not None and len(left) < _LONGEST:
            if source.texts[index] in (";", "{", "}", ",", "("):
                break
            left.insert(0, index)
            index = source.code_before(index)
        return source.spelled(left) or "?"
    depth = 0
    index = before
    while index is not None:
        text = source.texts[index]
        depth += (text in (")", "}", "]")) - (text in ("(", "{", "["))
        if depth < 0:
            name = source.code_before(index)
            if text == "(" and name is not None and source.kinds[name] == WORD:
                return f"{source.texts[name]}()"
            return "an initialiser"
        if text == ";" and depth == 0:
            break
        index = source.code_before(index)
    return "a value"
