"""Links words of the glossary in a page's HTML: once a page, in prose only, never inside code."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from lostipi.model.reading import Term
from lostipi.render.text import esc, plain

_KEPT = frozenset(
    [
        "a",
        "button",
        "code",
        "dt",
        "figcaption",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "kbd",
        "label",
        "math",
        "nav",
        "option",
        "pre",
        "script",
        "select",
        "style",
        "summary",
        "svg",
        "textarea",
        "th",
        "thead",
        "title",
    ]
)
"""Elements whose text stays as it is: links, headings, controls, pictures, and all that is code."""


_ATTRIBUTES = r"""[^<>"']*(?:(?:"[^"]*"|'[^']*')[^<>"']*)*"""

_NO_PROSE = re.compile(
    rf"(?:<!--.*?-->\s*|<({'|'.join(sorted(_KEPT))})\b{_ATTRIBUTES}(?<!/)>.*?</\1>|<{_ATTRIBUTES}>\s*)+",
    re.DOTALL,
)
"""As much as possible of what holds no word: comments, kept elements, tags and spaces."""


class Linker:
    """Links the words of a glossary."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self._by_form = {
            written: term for term in terms for form in term.forms for written in _written(form)
        }
        self._titles = {term.id: esc(plain(term.means)) for term in terms}
        self._word = _any_of(self._by_form) if self._by_form else None

    def link(self, html: str, address: Callable[[str], str]) -> str:
        """Link the first occurrence of each word.

        Args:
            html: the content of a page, well-formed, its tags in lower case; no kept element stands
                in one of its own name.
            address: the address of a word's place in the glossary, as seen from the page, by id.
        """
        if self._word is None:
            return html
        seen: set[str] = set()

        def linked(match: re.Match[str]) -> str:
            text = match[0]
            term = self._by_form[text]
            if term.id in seen:
                return text
            seen.add(term.id)
            href = esc(address(term.id))
            return f'<a class="term" href="{href}" title="{self._titles[term.id]}">{text}</a>'

        out: list[str] = []
        position = 0
        for between in _NO_PROSE.finditer(html):
            out.append(self._word.sub(linked, html[position : between.start()]))
            out.append(between[0])
            position = between.end()
        out.append(self._word.sub(linked, html[position:]))
        return "".join(out)


def _written(form: str) -> tuple[str, ...]:
    """How a form may stand in prose: a small first letter may be a capital as well."""
    return (form, form[0].upper() + form[1:]) if form[0].islower() else (form,)


def _any_of(forms: Iterable[str]) -> re.Pattern[str]:
    """A pattern that finds forms, the longest first: `missing IPI` is not taken for `IPI`.

    It begins with the first characters, one choice each: `re` then passes over all others at once.
    """
    by_first: dict[str, list[str]] = {}
    for form in sorted(forms, key=len, reverse=True):
        by_first.setdefault(form[0], []).append(re.escape(form[1:]))
    choices = "|".join(
        rf"{re.escape(first)}(?<![\w#&/.-].)(?:{'|'.join(rests)})"
        for first, rests in by_first.items()
    )
    return re.compile(rf"(?:{choices})(?![\w/-])")
