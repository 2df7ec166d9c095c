"""What of a C condition the configuration alone decides, and must be so for it to hold. Pure.

Only ``IS_ENABLED(CONFIG_X)`` and its kin count. Of ``a && b`` each part is necessary, of ``a || b``
none by itself: such a part counts only where nothing but the configuration is in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

CONFIG_MACROS = frozenset({"IS_ENABLED", "IS_BUILTIN", "IS_MODULE", "IS_REACHABLE"})
"""Macros that are a constant 0 or 1 by the configuration."""

OPENS = {"(": ")", "[": "]", "{": "}"}
"""Each opening bracket and what closes it."""

ASSIGNMENTS = frozenset({"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="})
"""Operators that bind less tightly than ``?:``."""

GROUP = "#if"
"""Stands for an ``#if`` group among tokens."""

_TRANSPARENT = frozenset({"likely", "unlikely", "WARN_ON", "WARN_ON_ONCE"})
"""Macros whose value is the truth of their argument."""

_LOOSER = ASSIGNMENTS | {",", "?", ":", ";", "#", "##", GROUP}
"""With one of these at its top level an expression is not read."""

_DEEPEST = 40


class _Term(NamedTuple):
    """A condition without ``!``: ``and``, ``or``, a literal by its text, or unknown (None)."""

    joint: str | None
    parts: tuple[_Term, ...] = ()


_UNKNOWN = _Term(None)


def necessary(words: Sequence[str], truth: bool) -> tuple[str, ...]:
    """Give what the configuration must be for an expression to be true, or to be false.

    Args:
        words: The tokens of the expression, without comments.
        truth: What it is to be.

    Returns:
        Conditions that all hold then, in the order of the text. Each is ``IS_ENABLED(CONFIG_X)``,
        ``!(IS_ENABLED(CONFIG_X))``, or alternatives of such joined by ``||``.
    """
    if not CONFIG_MACROS.intersection(words):
        return ()
    return tuple(dict.fromkeys(_told(_read(words, truth, 0))))


def top_level(words: Sequence[str]) -> Iterator[int]:
    """Give the places outside all brackets; an opening bracket itself is one."""
    depth = 0
    for place, word in enumerate(words):
        if depth == 0:
            yield place
        depth += (word in OPENS) - (word in (")", "]", "}"))


def _told(term: _Term) -> list[str]:
    if term.joint == "and":
        return [text for part in term.parts for text in _told(part)]
    text = _text(term)
    return [] if text is None else [text]


def _text(term: _Term) -> str | None:
    """Write a term; None when a part is not known."""
    if term.joint not in ("and", "or"):
        return term.joint
    texts: list[str] = []
    for part in term.parts:
        text = _text(part)
        if text is None:
            return None
        texts.append(f"({text})" if part.joint == "and" else text)
    joint = " && " if term.joint == "and" else " || "
    return joint.join(dict.fromkeys(texts))


def _joined(joint: str, parts: Sequence[_Term]) -> _Term:
    flat = [p for part in parts for p in (part.parts if part.joint == joint else (part,))]
    return flat[0] if len(flat) == 1 else _Term(joint, tuple(flat))


def _read(words: Sequence[str], truth: bool, depth: int) -> _Term:
    if depth > _DEEPEST or any(words[place] in _LOOSER for place in top_level(words)):
        return _UNKNOWN
    for operator, joint in (("||", "or"), ("&&", "and")):
        parts = split(words, operator)
        if len(parts) > 1:
            # What is false of all parts of an "or" is an "and", and the other way round.
            joint = joint if truth else ("and" if joint == "or" else "or")
            return _joined(joint, [_read(part, truth, depth + 1) for part in parts])
    return _operand(words, truth, depth + 1)


def split(words: Sequence[str], operator: str) -> list[Sequence[str]]:
    """Cut an expression at an operator outside all brackets."""
    parts, first = [], 0
    for place in top_level(words):
        if words[place] == operator:
            parts.append(words[first:place])
            first = place + 1
    return [*parts, words[first:]]


def _operand(words: Sequence[str], truth: bool, depth: int) -> _Term:
    negations = next((n for n, word in enumerate(words) if word != "!"), len(words))
    words, truth = words[negations:], truth ^ bool(negations % 2)
    if len(words) == 4 and words[0] in CONFIG_MACROS and words[2].startswith("CONFIG_"):
        text = f"{words[0]}({words[2]})"
        return _Term(text if truth else f"!({text})")
    name = words[0] if words else ""
    inner = words[1:] if name in _TRANSPARENT else words
    # A bracket that closes at the end: but for its own, no place of it is outside all brackets.
    if len(inner) > 2 and inner[0] == "(" and len(list(top_level(inner))) == 1:
        return _read(inner[1:-1], truth, depth)
    return _UNKNOWN
