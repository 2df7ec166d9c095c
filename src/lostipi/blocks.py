"""Keeps finished HTML away from those who would only read it and hand it back. Pure.

Most of a generated page is HTML. Reading it took the Markdown converter a third of a build, and the
search plugin, which wants nothing but its words, another third.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

_MARK = "\ue000"
"""Of the private use area; a page that holds it anyhow is left alone."""

_WHOLE = re.compile(
    r"<(article|details|div|dl|figure|nav|ol|p|section|table|ul)\b[^>]*>.*</\1>", re.DOTALL
)
_REST = r"""(?:[^>"']|"[^"]*"|'[^']*')*>"""
"""The rest of a tag; its attributes may hold angle brackets."""

_UNSEARCHED = re.compile(r"<[^>]*\sdata-search-exclude\b")
_INLINE_TAG = re.compile(r"</?(?:a|abbr|b|code|em|i|strong|wbr)\b" + _REST)
_OTHER_TAG = re.compile("<" + _REST)
_PLACE = re.compile(f"<p>{_MARK}([0-9]+){_MARK}</p>")


def take(markdown: str) -> tuple[str, list[str]]:
    """Take the finished blocks of HTML out of a page.

    A block counts when blank lines are around it and none in it, it begins and ends with the same
    element, and nothing in it asks to be read as Markdown. Code fences are left alone.

    Returns:
        The page with a mark in place of each block, and the blocks.
    """
    if _MARK in markdown:
        return markdown, []
    taken: list[str] = []
    kept = []
    fenced = False
    for block in markdown.split("\n\n"):
        if not fenced and _is_whole(block):
            kept.append(f"{_MARK}{len(taken)}{_MARK}")
            taken.append(block.strip("\n"))
        else:
            kept.append(block)
        fences = sum(line.startswith(("```", "~~~")) for line in block.splitlines())
        fenced ^= fences % 2 == 1
    return "\n\n".join(kept), taken


def is_mark(block: str) -> bool:
    """Whether a part of a page is the mark of a block and nothing else."""
    return block[:1] == _MARK == block[-1:] and block[1:-1].isdecimal()


def marked(mark: str) -> str:
    """The converted form of a mark, as `put_back` looks for it."""
    return f"<p>{mark}</p>"


def put_back(
    html: str, taken: Sequence[str], form: Callable[[str], str] = lambda block: block
) -> str:
    """Put the blocks, or some other form of each, where their marks are in the converted page."""
    return _PLACE.sub(lambda match: form(taken[int(match[1])]), html) if taken else html


def searched(block: str) -> str:
    """The words of a block as one paragraph; nothing when it is kept out of the search."""
    if _UNSEARCHED.match(block):
        return ""
    words = _OTHER_TAG.sub(" ", _INLINE_TAG.sub("", block))
    return f"<p>{' '.join(words.split())}</p>"


def _is_whole(block: str) -> bool:
    match = _WHOLE.fullmatch(block.strip("\n"))
    if match is None or "markdown=" in block:
        return False
    name = match[1]
    opened = len(re.findall(rf"<{name}\b", block))
    return opened == block.count(f"</{name}>")
