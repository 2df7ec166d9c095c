"""Cut the text of a Makefile into words, references and arguments. Knows no variables."""

import re
from collections.abc import Iterator


def pattern_stem(pattern: str, word: str) -> str | None:
    """Returns what ``%`` stands for in the word, None if the pattern does not fit."""
    head, percent, tail = pattern.partition("%")
    if not percent:
        return "" if word == pattern else None
    if len(word) >= len(head) + len(tail) and word.startswith(head) and word.endswith(tail):
        return word[len(head) : len(word) - len(tail)]
    return None


def is_lone_reference(item: str) -> bool:
    """Whether the item is one ``$(...)`` and nothing beside it."""
    return item[:2] in ("$(", "${") and _closing(item, 1) == len(item) - 1


def _closing(text: str, start: int) -> int:
    """Returns where the bracket at start is closed, or the text's length if it never is."""
    opening = text[start]
    closing = ")" if opening == "(" else "}"
    depth = 0
    for found in re.compile(r"[(){}]").finditer(text, start):
        if found[0] == opening:
            depth += 1
        elif found[0] == closing:
            depth -= 1
            if depth == 0:
                return found.start()
    return len(text)


def split(text: str, separators: str, most: int) -> list[str]:
    """Splits at separators outside brackets; by blanks, empty items are dropped.

    Args:
        text: What to split.
        separators: The characters to split at.
        most: The greatest number of items, 0 for any.
    """
    items: list[str] = []
    start = depth = 0
    for found in re.compile(rf"[(){{}}{re.escape(separators)}]").finditer(text):
        if found[0] in "({":
            depth += 1
        elif found[0] in ")}":
            depth = max(0, depth - 1)
        elif depth == 0 and not (most and len(items) == most - 1):
            items.append(text[start : found.start()])
            start = found.end()
    items.append(text[start:])
    return [item for item in items if item] if " " in separators else items


def pieces(text: str) -> Iterator[tuple[str, str | None]]:
    """Cuts a text into pairs of plain text and the inside of the reference that follows it."""
    position = 0
    while True:
        dollar = text.find("$", position)
        if dollar < 0 or dollar + 1 >= len(text):
            yield text[position:], None
            return
        plain = text[position:dollar]
        if text[dollar + 1] in "({":
            end = _closing(text, dollar + 1)
            yield plain, text[dollar + 2 : end]
            position = end + 1
        elif text[dollar + 1] == "$":
            yield f"{plain}$", None
            position = dollar + 2
        else:
            yield plain, text[dollar + 1]
            position = dollar + 2
