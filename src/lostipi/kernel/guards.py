"""The conditions of ``#if`` groups, and which of them only guard against inclusion twice."""

from __future__ import annotations

import re

from lostipi.kernel.ctokens import Directive, Source

OPENING = frozenset({"if", "ifdef", "ifndef"})
"""Directives that begin a group."""

BRANCHING = frozenset({"elif", "elifdef", "elifndef", "else"})
"""Directives that begin another branch of a group."""

_DEFINED = re.compile(r"\bdefined\s*\(\s*(\w+)\s*\)|\bdefined\s+(\w+)")


def condition(source: Source, directive: Directive) -> str:
    """Give the condition of an opening or ``#elif`` directive as one normalised expression.

    ``#ifdef X`` is ``defined(X)``, ``#ifndef X`` is ``!defined(X)``.
    """
    words = source.code_between(directive.first + 1, directive.last)[1:]
    text = source.spelled(words)
    if directive.name in ("ifdef", "elifdef"):
        return f"defined({source.texts[words[0]] if words else ''})"
    if directive.name in ("ifndef", "elifndef"):
        return f"!defined({source.texts[words[0]] if words else ''})"
    return _DEFINED.sub(lambda match: f"defined({match.group(1) or match.group(2)})", text)


def include_guards(source: Source) -> set[int]:
    """Find the opening directives that only keep a file from being included twice.

    Such a group has one branch, holds all code of the file, and begins by defining the very name
    whose absence it asks for.

    Returns:
        The indexes of the ``#`` tokens of these directives.
    """
    directives = source.directives
    found: set[int] = set()
    depth = 0
    opened: tuple[int, int] | None = None
    for place, directive in enumerate(directives):
        if directive.name in OPENING:
            if depth == 0 and opened is None and _asks_for_what_it_defines(source, place):
                opened = (place, directive.first)
            depth += 1
        elif directive.name in BRANCHING:
            if depth == 1:
                opened = None
        elif directive.name == "endif":
            depth -= 1
            if depth == 0 and opened is not None:
                start = opened[1]
                if not _code_in(source, 0, start) and not _code_in(
                    source, directive.last + 1, len(source.kinds)
                ):
                    found.add(start)
                return found
    return found


def _asks_for_what_it_defines(source: Source, place: int) -> bool:
    directives = source.directives
    if place + 1 >= len(directives) or directives[place + 1].name != "define":
        return False
    opening, definition = directives[place], directives[place + 1]
    names = source.code_between(definition.first + 1, definition.last)[1:2]
    if not names or _code_in(source, opening.last + 1, definition.first):
        return False
    return f"!defined({source.texts[names[0]]})" in condition(source, opening).replace(" ", "")


def _code_in(source: Source, first: int, stop: int) -> bool:
    found = source.next_code(first - 1)
    while found is not None and found < stop:
        directive = source.directive_at.get(found)
        if directive is None:
            return True
        found = source.next_code(directive.last)
    return False
