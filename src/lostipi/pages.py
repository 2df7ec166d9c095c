"""The mkdocs hook: one page, one JSON and one YAML file per entry, their HTML kept as it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.utils.templates import TemplateContext
from pydantic import BaseModel

from lostipi import sitedata
from lostipi.blocks import put_back, searched, take
from lostipi.entrypage import EntryPage
from lostipi.render.book import Book
from lostipi.render.caller import summary
from lostipi.render.repository import Repository
from lostipi.render.standing import standings

MACROS = {
    "apis": "api_page",
    "callsites": "caller_page",
    "preconditions": "precondition_page",
    "detectors": "detector_page",
}
"""The macro that makes the page of an entry, by folder."""


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
    sitedata.gather.cache_clear()


def on_files(files: Files, config: MkDocsConfig, **_: Any) -> Files:
    """Add the generated pages and downloads to the site.

    Raises:
        PluginError: when the data is not sound; mkdocs prints it without a traceback.
    """
    root = Path(config.config_file_path).resolve().parent
    try:
        book = sitedata.gather(root / "data")
    except ValueError as error:
        raise PluginError(str(error)) from error
    for folder, entry_id, entry in entries(book):
        address = f"{folder}/{entry_id}"
        page = File.generated(config, f"{address}.md", content=page_text(book, folder, entry_id))
        page.edit_uri = f"../{book.paths[address]}"
        EntryPage(None, page, config)
        files.append(page)
        files.append(
            File.generated(config, f"{address}/entry.json", content=record(book, address, entry))
        )
        text = (root / book.paths[address]).read_text(encoding="utf-8")
        files.append(File.generated(config, f"{address}/entry.yaml", content=text))
    for kernel in book.inventories:
        content = page_source(
            f"Coverage of {kernel}", "", f'coverage_page("{kernel}")', "navigation, toc"
        )
        files.append(File.generated(config, f"coverage/{kernel}.md", content=content))
    return files


_TAKEN: dict[str, list[str]] = {}
"""The blocks of HTML of the pages that are in the converter, by page."""

_WHOLE: dict[str, str] = {}
"""The whole HTML of the pages of which the search plugin has only the words, by page."""


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Take what macros have finished out of a page, before the converter reads it."""
    kept, _TAKEN[page.file.src_uri] = take(markdown)
    return kept


def on_page_content(html: str, page: Page, **_: Any) -> str:
    """Give the search plugin the words in its place."""
    taken = _TAKEN.pop(page.file.src_uri)
    _WHOLE[page.file.src_uri] = put_back(html, taken)
    return put_back(html, taken, searched)


def on_page_context(context: TemplateContext, page: Page, **_: Any) -> TemplateContext:
    """Put it back for the template; hooks come after plugins, so the search has had its turn."""
    page.content = _WHOLE.pop(page.file.src_uri)
    return context


def entries(book: Book) -> Iterator[tuple[str, str, BaseModel]]:
    """Every entry with its folder and id, in a fixed order."""
    for folder, found in (
        ("apis", book.apis),
        ("callsites", book.callers),
        ("preconditions", book.preconditions),
        ("detectors", book.detectors),
    ):
        for entry_id, entry in sorted(found.items()):
            yield folder, entry_id, entry


def page_text(book: Book, folder: str, entry_id: str) -> str:
    """The source of a generated page: its title and one macro call."""
    if folder == "callsites":
        caller = book.callers[entry_id]
        title = f"{entry_id.split('/')[1]}()"
        description = summary(caller, standings(book, caller))
    elif folder == "apis":
        title, description = f"{entry_id}()", book.apis[entry_id].summary
    elif folder == "preconditions":
        one = book.preconditions[entry_id]
        title, description = one.title, one.statement
    else:
        title, description = book.detectors[entry_id].title, book.detectors[entry_id].sees
    return page_source(title, description, f'{MACROS[folder]}("{entry_id}")')


def page_source(title: str, description: str, call: str, hide: str = "navigation") -> str:
    """A page that holds one macro call and nothing else, without what the theme may hide."""
    # JSON strings are YAML strings.
    return (
        f"---\ntitle: {json.dumps(title)}\ndescription: {json.dumps(description)}\n"
        f"hide: [{hide}]\n---\n[[ {call} ]]\n"
    )


def record(book: Book, address: str, entry: BaseModel) -> str:
    """An entry as JSON, for other programs."""
    folder, _, entry_id = address.partition("/")
    content = {
        "id": entry_id,
        "folder": folder,
        "file": book.paths[address],
        "entry": entry.model_dump(mode="json", by_alias=True, exclude_none=True),
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
