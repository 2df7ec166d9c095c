"""Which blocks of C source need not be read: bodies and tables that hold nothing asked for.

A block is folded only where leaving out its inside cannot change how the rest is read: it lies
between two lines that begin in column 0, nothing in it is open at its end, and its braces,
parentheses and ``#if`` groups are properly nested. What is doubtful is read.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

# Comments and literals end where `ctokens` ends them; those with a brace inside are doubtful.
_BLOCK = re.compile(
    r"""
    ^(?:[^\s\#/*}"'{][^\n"'{]*)?(\{)
    (?:
        [^{}\#/"'\n]++
        |\n(?!\})(?:[ \t]*\#)?
        |[{}]
        |/(?![/*])
        |/\*(?:[^*{}]|\*(?!/))*+\*/
        |//[^\n{}]*+
        |"(?:[^"\\\n{}]|\\[^\n{}])*+"
        |'(?:[^'\\\n{}]|\\[^\n{}])*+'
    )*+
    \n\}
    """,
    re.VERBOSE | re.MULTILINE,
)
_MARK = re.compile(r"[{}()]|^[ \t]*#[^\n]*", re.MULTILINE)
_CLOSES = {")": "(", "}": "{"}


def foldable(text: str, wanted: Sequence[int]) -> dict[int, int]:
    """Give the blocks of a file that may be left unread.

    Args:
        text: The source, without line splices.
        wanted: The sorted offsets that are asked for.

    Returns:
        The offset of each closing brace by that of its opening brace. One that stands in a comment
        or a literal is no brace, and means nothing.
    """
    found: dict[int, int] = {}
    for match in _BLOCK.finditer(text):
        first, last = match.start(1), match.end() - 1
        place = bisect_left(wanted, first)
        asked = place < len(wanted) and wanted[place] <= last
        if not asked and _is_nested(_MARK.findall(text, first + 1, last)):
            found[first] = last
    return found


def _is_nested(marks: Sequence[str]) -> bool:
    """Tell whether every brace, parenthesis and ``#if`` is closed, and none before its time."""
    opened: list[str] = []
    for mark in marks:
        if mark in ("(", "{"):
            opened.append(mark)
        elif mark in _CLOSES:
            if not opened or opened.pop() != _CLOSES[mark]:
                return False
        elif "{" in mark or "}" in mark or "/*" in mark:
            return False  # in a directive a brace is none, and a comment may hide where it ends
        else:
            word = mark.lstrip(" \t#")
            if word.startswith("if"):
                opened.append("#")
            elif word.startswith(("el", "endif")) and opened[-1:] != ["#"]:
                return False
            elif word.startswith("endif"):
                opened.pop()
    return not opened
