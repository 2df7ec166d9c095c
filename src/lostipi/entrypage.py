"""A generated page: headings between finished HTML, which needs no Markdown converter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink, TableOfContents

from lostipi.blocks import is_mark, marked
from lostipi.render.text import esc, inline

_HEADING = re.compile(r"(#{1,3}) (.+?)(?: \{#([\w-]+)\})?")
_TAG = re.compile(r"<[^>]+>")


@dataclass(frozen=True)
class Heading:
    """One heading of a page."""

    level: int
    """1 to 3."""
    anchor: str
    """Its id, which stands once in the page."""
    title: str
    """Its words, HTML without tags."""


class EntryPage(Page):
    """A page that a macro made; anything but headings and blocks goes to the converter after all.

    The converter would be set up anew for every page, which takes longer than the page itself.
    """

    def render(self, config: MkDocsConfig, files: Files) -> None:
        """Convert what the macro gave."""
        found = convert(self.markdown or "")
        if found is None:
            super().render(config, files)
            return
        self.content, headings = found
        self.toc = table_of_contents(headings)
        self.present_anchor_ids = {heading.anchor for heading in headings}


def convert(markdown: str) -> tuple[str, list[Heading]] | None:
    """Convert headings, and leave the marks of finished blocks.

    Returns:
        The HTML and the headings; nothing when there is something else in the page.
    """
    lines: list[str] = []
    headings: list[Heading] = []
    used: set[str] = set()
    for block in filter(None, (part.strip("\n") for part in markdown.split("\n\n"))):
        match = _HEADING.fullmatch(block)
        if is_mark(block):
            lines.append(marked(block))
        elif match is None:
            return None
        else:
            inner = inline(match[2])
            title = esc(unescape(_TAG.sub("", inner)))
            anchor = _unique(match[3] or _slug(unescape(title)), used)
            headings.append(Heading(len(match[1]), anchor, title))
            lines.append(_heading(headings[-1], inner))
    return "\n".join(lines), headings


def _slug(title: str) -> str:
    """The id of a heading that names none: its words, as the converter would make it."""
    return re.sub(r"\s+", "-", re.sub(r"[^\w\s-]", "", title).strip().lower())


def _unique(anchor: str, used: set[str]) -> str:
    number, fresh = 0, anchor
    while fresh in used:
        number += 1
        fresh = f"{anchor}_{number}"
    used.add(fresh)
    return fresh


def _heading(heading: Heading, inner: str) -> str:
    tag, anchor = f"h{heading.level}", esc(heading.anchor)
    permalink = f'<a class="headerlink" href="#{anchor}" title="Permanent link">&para;</a>'
    return f'<{tag} id="{anchor}">{inner}{permalink}</{tag}>'


def table_of_contents(headings: list[Heading]) -> TableOfContents:
    """The headings as the theme wants them, each below the last one of a higher level."""
    top: list[AnchorLink] = []
    open_: list[AnchorLink] = []
    for heading in headings:
        one = AnchorLink(heading.title, heading.anchor, heading.level)
        while open_ and open_[-1].level >= heading.level:
            open_.pop()
        (open_[-1].children if open_ else top).append(one)
        open_.append(one)
    if top:
        # As mkdocs does: the theme reads it.
        top[0].active = True  # type: ignore[attr-defined]
    return TableOfContents(top)
