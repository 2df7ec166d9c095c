"""Makes names findable by their parts: `call_function` finds `smp_call_function_single`.

The theme looks for words that begin with what was typed, and a C name is one word. Were names split
at underscores, half the site would be found for every name. So the index, not the page, gets the
ends of each name after it, in an element that results do not show. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping, Sequence
from functools import cache
from typing import Any

_NAME = re.compile(r"(?<![\w&])_*[A-Za-z][^\W_]*_\w+")
"""A C name or Kconfig symbol of more than one word."""

_TITLE = re.compile(r"(?:<code>)?(_*[A-Za-z]\w*)\(\)(?:</code>)?\Z")
"""A title that is one function's name."""


@cache
def ends(name: str) -> tuple[str, ...]:
    """What a reader may type of a name beside its beginning: it from each of its words on.

    >>> ends("__kick_ilb_now")
    ('kick_ilb_now', 'ilb_now', 'now')
    """
    words = [word for word in name.split("_") if word]
    whole = "_".join(words)
    found = ["_".join(words[at:]) for at in range(len(words))]
    return tuple(end for end in found if len(end) > 1 and not (end == whole and name == whole))


def enrich(index: MutableMapping[str, Any]) -> None:
    """Add the ends of all names to a search index, in place.

    Where a title is a name, others' longer names that begin with it lead to its page too, and it
    weighs more than they do: whoever types a whole name gets that name's page first.

    Args:
        index: what the search plugin writes; `docs` holds `title` and `text` as HTML.
    """
    docs: Sequence[MutableMapping[str, str]] = index["docs"]
    titles = {match[1] for doc in docs if (match := _TITLE.match(doc["title"]))}
    longer: dict[str, list[str]] = {
        name: sorted(other for other in titles if other.startswith(name) and other != name)
        for name in titles
    }
    for doc in docs:
        doc["text"] = _with_ends(doc["text"])
        doc["title"] = _titled(doc["title"], longer)


def _titled(title: str, longer: Mapping[str, Sequence[str]]) -> str:
    match = _TITLE.match(title)
    if match is None:
        return _with_ends(title)
    return title + _hidden([match[1], match[1], *longer[match[1]], *ends(match[1])])


def _with_ends(text: str) -> str:
    """HTML with the ends of each name after its first appearance."""
    seen: set[str] = set()

    def add(match: re.Match[str]) -> str:
        new = [end for end in ends(match[0]) if end.lower() not in seen]
        seen.update(end.lower() for end in new)
        return match[0] + _hidden(new)

    return _NAME.sub(add, text)


def _hidden(words: Sequence[str]) -> str:
    return f"<i hidden> {' '.join(words)}</i>" if words else ""
