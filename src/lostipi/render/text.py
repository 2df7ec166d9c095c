"""Text to HTML: escaping, and the Markdown of entry fields. Knows no entries."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, MutableMapping, Sequence
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline import emphasis as commonmark_emphasis
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

CodeLink = Callable[[str], str | None]
"""Gives the address of what a code span names, or nothing."""

TextLink = Callable[[str], str]
"""Gives the address that a link's target stands for; raises when there is none."""


def esc(text: object) -> str:
    """Escape plain text for HTML, quotes included."""
    return _escaped(str(text))


@lru_cache(maxsize=32768)
def _escaped(text: str) -> str:
    return html.escape(text, quote=True)


def code(text: object) -> str:
    """Plain text as a code span."""
    return f"<code>{esc(text)}</code>"


def link(href: str, inner: str, *, title: str | None = None) -> str:
    """A link around HTML that is already escaped."""
    extra = "" if title is None else f' title="{esc(title)}"'
    return f'<a href="{esc(href)}"{extra}>{inner}</a>'


def _emphasis(state: StateInline, silent: bool) -> bool:
    """Emphasis that leaves C alone: `__schedule` and `foo_*_bar` stay as they are."""
    start, src = state.pos, state.src
    if src[start] == "_":
        return False
    end = start
    while end < len(src) and src[end] == "*":
        end += 1
    inside_word = start > 0 and end < len(src) and _word(src[start - 1]) and _word(src[end])
    return not inside_word and commonmark_emphasis.tokenize(state, silent)


def _word(char: str) -> bool:
    return char == "_" or char.isalnum()


def _code_inline(
    _renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    _options: OptionsDict,
    env: MutableMapping[str, Any],
) -> str:
    content = tokens[index].content
    inner = code(content)
    opened = sum(t.type == "link_open" for t in tokens[:index])
    closed = sum(t.type == "link_close" for t in tokens[:index])
    inside_link = opened > closed
    href = None if inside_link else env["code_link"](content)
    return inner if href is None else link(href, inner)


def _link_open(
    _renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    _options: OptionsDict,
    env: MutableMapping[str, Any],
) -> str:
    return f'<a href="{esc(env["text_link"](str(tokens[index].attrs["href"])))}">'


def _parser() -> MarkdownIt:
    # Without raw HTML, so that <linux/smp.h> stays what the author wrote.
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.disable(["image", "html_block", "html_inline", "lheading"])
    parser.inline.ruler.at("emphasis", _emphasis)
    parser.add_render_rule("code_inline", _code_inline)
    parser.add_render_rule("link_open", _link_open)
    return parser


_PARSER = _parser()

_SPECIAL = re.compile(r"[^\w .,:;()'/+-]|  ")
"""What may mean something in Markdown or HTML; a text without any of it is HTML as it stands."""


def _no_code_link(_name: str) -> None:
    return None


def _web_only(target: str) -> str:
    if not target.startswith("https://"):
        raise ValueError(f"a link must be an https:// address (got {target!r})")
    return target


def inline(text: str, code_link: CodeLink = _no_code_link, text_link: TextLink = _web_only) -> str:
    """One paragraph of Markdown as HTML without the paragraph around it."""
    if not _SPECIAL.search(text):
        return text.strip()
    if code_link is _no_code_link and text_link is _web_only:
        return _unlinked(text)
    return _inline(text, code_link, text_link)


@lru_cache(maxsize=4096)
def _unlinked(text: str) -> str:
    """The meanings of words, which stand on every page."""
    return _inline(text, _no_code_link, _web_only)


def _inline(text: str, code_link: CodeLink, text_link: TextLink) -> str:
    return _rendered(_inline_parsed(text), code_link, text_link)


def block(text: str, code_link: CodeLink = _no_code_link, text_link: TextLink = _web_only) -> str:
    """Markdown as HTML blocks."""
    # A blank line would end a raw HTML block for some Markdown readers further on.
    return re.sub(r"\n{2,}", "\n", _rendered(_parsed(text), code_link, text_link))


def heading(text: str) -> str:
    """One paragraph of Markdown as what follows the signs of a heading on a Markdown page.

    Code stays code. The page's converter knows more markup than an entry may use, so that every
    other sign is written by its number.
    """
    return "".join(
        f"`{child.content}`"
        if child.type == "code_inline" and "`" not in child.content
        else "".join(c if c.isalnum() or c == " " else f"&#{ord(c)};" for c in child.content)
        for child in _inline_tokens(text)
    )


def plain(text: str) -> str:
    """Markdown as plain text, for attributes, charts and terminals."""
    return "".join(
        " " if child.type in ("softbreak", "hardbreak") else child.content
        for child in _inline_tokens(text)
    )


def _inline_tokens(text: str) -> list[Token]:
    return [child for token in _inline_parsed(text) for child in token.children or ()]


# A sentence stands on many pages, each of which needs other links in it, but reads the same.


@lru_cache(maxsize=8192)
def _inline_parsed(text: str) -> Sequence[Token]:
    return _PARSER.parseInline(text, {})


@lru_cache(maxsize=8192)
def _parsed(text: str) -> Sequence[Token]:
    return _PARSER.parse(text, {})


def _rendered(tokens: Sequence[Token], code_link: CodeLink, text_link: TextLink) -> str:
    env = {"code_link": code_link, "text_link": text_link}
    return str(_PARSER.renderer.render(tokens, _PARSER.options, env)).strip()
