"""Links words of the glossary in a page's HTML: once a page, in prose only, never inside code."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from lostipi.model.reading import Term
from lostipi.render.text import esc, plain

_TAG = re.compile(r"<!--.*?-->|<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>", re.DOTALL)

_NAME = re.compile(r"</?([A-Za-z][A-Za-z0-9]*)")

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


class Linker:
    """Links the words of a glossary."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self._by_form = {form: term for term in terms for form in term.forms}
        # The longest first, so that `missing IPI` is not taken for `IPI`.
        longest = sorted(self._by_form, key=len, reverse=True)
        alternatives = "|".join(f"(?:{_either_case(form)})" for form in longest)
        self._word = re.compile(rf"(?<![\w#&/.-])(?:{alternatives})(?![\w/-])") if longest else None

    def link(self, html: str, address: Callable[[str], str]) -> str:
        """Link the first occurrence of each word.

        Args:
            html: the content of a page, well-formed.
            address: the address of a word's place in the glossary, as seen from the page, by id.
        """
        if self._word is None:
            return html
        seen: set[str] = set()

        def linked(match: re.Match[str]) -> str:
            text = match[0]
            term = self._by_form.get(text) or self._by_form[text[0].lower() + text[1:]]
            if term.id in seen:
                return text
            seen.add(term.id)
            href, title = esc(address(term.id)), esc(plain(term.means))
            return f'<a class="term" href="{href}" title="{title}">{text}</a>'

        out: list[str] = []
        kept = position = 0
        for tag in _TAG.finditer(html):
            text = html[position : tag.start()]
            out.append(text if kept or not text.strip() else self._word.sub(linked, text))
            out.append(tag[0])
            position = tag.end()
            name = _NAME.match(tag[0])
            if name and name[1].lower() in _KEPT and not tag[0].endswith("/>"):
                kept += -1 if tag[0].startswith("</") else 1
        out.append(html[position:] if kept else self._word.sub(linked, html[position:]))
        return "".join(out)


def _either_case(form: str) -> str:
    """A form as a pattern; a small first letter stands for a capital as well."""
    head = form[0]
    start = f"[{head}{head.upper()}]" if head.islower() else re.escape(head)
    return start + re.escape(form[1:])
