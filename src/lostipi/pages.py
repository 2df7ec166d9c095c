"""The mkdocs hook: generated pages and downloads, finished HTML kept as it is, linked words."""

from __future__ import annotations

import datetime
import gc
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url
from mkdocs.utils.templates import TemplateContext

from lostipi import sitedata
from lostipi.blocks import put_back, searched, take
from lostipi.entrypage import EntryPage
from lostipi.macros import data_of, view_of
from lostipi.publish.feed import PATH, feed
from lostipi.render.api import api_page
from lostipi.render.book import PUBLISHED, Book, View
from lostipi.render.caller import caller_page, summary
from lostipi.render.choice import choice_page
from lostipi.render.coverage import coverage_page
from lostipi.render.detector import detector_page
from lostipi.render.precondition import precondition_page
from lostipi.render.reading import removed_page
from lostipi.render.repository import Repository
from lostipi.render.standing import standings
from lostipi.render.text import esc, plain

PAGES: dict[str, Callable[[View, str], str]] = {
    "apis": api_page,
    "callsites": caller_page,
    "preconditions": precondition_page,
    "detectors": detector_page,
}
"""What makes the page of an entry from its id, by folder."""

GLOSSARY = "glossary/"
"""The address of the page that explains words."""


@dataclass(frozen=True)
class Made:
    """What a generated page holds.

    Nothing of it is in the page's source: macros would run what stands in a title, and take as long
    to make a template of each page as the page itself takes.
    """

    title: str
    """Markdown."""
    description: str
    """Markdown."""
    render: Callable[[View, str], str]
    """Makes the page."""
    subject: str
    """What it is made of: an id, for instance."""


_MADE: dict[str, Made] = {}
"""The generated pages, by their source."""


def on_config(config: MkDocsConfig, **_: Any) -> MkDocsConfig:
    """Let the pencil of every page lead to the repository, when there is one and nothing else set.

    Raises:
        PluginError: when the setting is no address of a repository.
    """
    address = config.extra.get("repository")
    if address and not config.edit_uri_template:
        try:
            template = Repository(address.rstrip("/")).edit("docs/{path}")
        except ValueError as error:
            raise PluginError(f"LOSTIPI_REPOSITORY: {error}") from error
        config.edit_uri_template = template
    return config


def on_pre_build(config: MkDocsConfig, **_: Any) -> None:
    """Forget what an earlier build read, so that a live server shows edits."""
    del config
    sitedata.forget()
    # What a build makes lives until its end: to look for garbage takes a tenth of the time.
    gc.disable()


def on_post_build(config: MkDocsConfig, **_: Any) -> None:
    """Let garbage be looked for again."""
    del config
    gc.enable()


def on_files(files: Files, config: MkDocsConfig, **_: Any) -> Files:
    """Add the generated pages and downloads to the site.

    Raises:
        PluginError: when the data is not sound; mkdocs prints it without a traceback.
    """
    data = data_of(config)
    try:
        book = sitedata.gather(data)
    except ValueError as error:
        raise PluginError(str(error)) from error
    os.environ.setdefault("SOURCE_DATE_EPOCH", str(epoch(book)))
    for folder, entry_id in entries(book):
        address = f"{folder}/{entry_id}"
        made = Made(*page_head(book, folder, entry_id), PAGES[folder], entry_id)
        page = generated(config, address, made)
        page.edit_uri = f"../{book.paths[address]}"
        EntryPage(None, page, config)
        files.append(page)
        text = (data.parent / book.paths[address]).read_text(encoding="utf-8")
        files.append(File.generated(config, f"{address}/entry.yaml", content=text))
    for address in book.removed:
        text = f"The entry {address} was removed."
        made = Made(f"{address}: removed", text, removed_page, address)
        files.append(generated(config, address, made))
    for path, content in sitedata.published(data).items():
        files.append(File.generated(config, f"{PUBLISHED}/{path}", content=content))
    site = config.site_url or ""
    files.append(File.generated(config, PATH, content=feed(book.notices, site)))
    for place in book.places:
        title = f"{place.words}: settings and concerns"
        text = f"What to set in a guest of {place.words}, which concerns stand, what nothing cures."
        made = Made(title, text, choice_page, place.address)
        files.append(generated(config, f"for/{place.address}", made))
    for kernel in book.inventories:
        made = Made(f"Coverage of {kernel}", "", coverage_page, kernel)
        files.append(generated(config, f"coverage/{kernel}", made, "navigation, toc"))
    return files


_TAKEN: dict[str, list[str]] = {}
"""The blocks of HTML of the pages that are in the converter, by page."""

_WHOLE: dict[str, str] = {}
"""The whole HTML of the pages of which the search plugin has only the words, by page."""


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, **_: Any) -> str:
    """Take what is finished out of a page, before the converter reads it."""
    made = _MADE.get(page.file.src_uri)
    if made:
        # The theme writes both as they are.
        page.meta.update(title=esc(plain(made.title)), description=esc(plain(made.description)))
        markdown = made.render(view_of(config, page), made.subject)
    kept, _TAKEN[page.file.src_uri] = take(markdown)
    return kept


def on_page_content(html: str, page: Page, config: MkDocsConfig, **_: Any) -> str:
    """Give the search plugin the words in its place; keep the whole, its words linked."""
    taken = _TAKEN.pop(page.file.src_uri)
    _WHOLE[page.file.src_uri] = _linked(put_back(html, taken), page, config)
    return put_back(html, taken, searched)


def _linked(html: str, page: Page, config: MkDocsConfig) -> str:
    """Link the words of the glossary, but not on the glossary's own page."""
    if page.url == GLOSSARY:
        return html
    book = sitedata.gather(data_of(config))
    place = get_relative_url(GLOSSARY, page.url)
    return book.linker.link(html, lambda term: f"{place}#{term}")


def on_page_context(context: TemplateContext, page: Page, **_: Any) -> TemplateContext:
    """Put it back for the template; hooks come after plugins, so the search has had its turn."""
    page.content = _WHOLE.pop(page.file.src_uri)
    return context


def epoch(book: Book) -> int:
    """The last review as a Unix time, which mkdocs takes for the day of the build.

    So two builds of one commit are the same bytes, whenever they are made.
    """
    last = max(book.reviewed.values(), default="1970-01-01")
    day = datetime.date.fromisoformat(last)
    return int(datetime.datetime.combine(day, datetime.time(), datetime.UTC).timestamp())


def on_post_page(output: str, page: Page, **_: Any) -> str:
    """Tell feed readers of the feed."""
    href = get_relative_url(PATH, page.url)
    link = f'<link rel="alternate" type="application/atom+xml" title="Changes" href="{href}">'
    return output.replace("</head>", f"{link}</head>", 1)


def entries(book: Book) -> Iterator[tuple[str, str]]:
    """The folder and id of every entry, in a fixed order."""
    for folder, found in (
        ("apis", book.apis),
        ("callsites", book.callers),
        ("preconditions", book.preconditions),
        ("detectors", book.detectors),
    ):
        for entry_id in sorted(found):
            yield folder, entry_id


def page_head(book: Book, folder: str, entry_id: str) -> tuple[str, str]:
    """The title and the description of an entry's page; Markdown."""
    if folder == "callsites":
        caller = book.callers[entry_id]
        return f"{entry_id.split('/')[1]}()", summary(caller, standings(book, caller))
    if folder == "apis":
        return f"{entry_id}()", book.apis[entry_id].summary
    if folder == "preconditions":
        one = book.preconditions[entry_id]
        return one.title, one.statement
    return book.detectors[entry_id].title, book.detectors[entry_id].sees


def generated(config: MkDocsConfig, address: str, made: Made, hide: str = "navigation") -> File:
    """A page without source, and without what the theme may hide."""
    content = f"---\nhide: [{hide}]\nrender_macros: false\n---\n"
    page = File.generated(config, f"{address}.md", content=content)
    _MADE[page.src_uri] = made
    return page
