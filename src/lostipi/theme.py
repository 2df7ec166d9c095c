"""The mkdocs hook about what the theme makes: mended on each page, made once for neighbours."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from jinja2 import Environment
from jinja2.runtime import Context
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError

from lostipi.searchindex import enrich

_MENDS = (
    # A screen reader could call it nothing but a dialog.
    (re.compile(r'data-md-component="search" role="dialog"'), r'\g<0> aria-label="Search"'),
    # The theme fetches the index on every page that has a form of this name, and the worker of
    # docs/assets/search.js fetches it when somebody searches.
    (re.compile(r'(<form class="md-search__form") name="search"'), r"\1"),
    (
        re.compile(r'("search": ?"[^"]*assets/)javascripts/workers/(search\.[0-9a-f]+\.min\.js")'),
        r"\1search.js?\2",
    ),
)
"""What is replaced on every page, once each."""


_SHARED = ("nav", "tabs", "search", "palette")
"""The parts of a page that are the same on all pages of a folder that no menu names: these have no
place of their own in the menu. To make the menu anew on each was a third of what a page took."""

Render = Callable[[Context], Iterator[str]]


def on_env(env: Environment, **_: Any) -> None:
    """Have the shared parts made once for each folder; called anew for every build."""
    for name in _SHARED:
        template = env.get_template(f"partials/{name}.html")
        template.root_render_func = once(template.root_render_func)


def once(render: Render) -> Render:
    """What makes a part of a page once for all pages of a folder that no menu names.

    Addresses in it are relative: those of neighbours are the same.
    """
    made: dict[str, str] = {}

    def shared(context: Context) -> Iterator[str]:
        page = context.get("page")
        if page is None or any(page is named for named in context["nav"].pages):
            yield from render(context)
            return
        folder = posixpath.dirname(page.url.rstrip("/"))
        if folder not in made:
            made[folder] = "".join(render(context))
        yield made[folder]

    return shared


def on_post_page(output: str, **_: Any) -> str:
    """Mend a page."""
    return mended(output)


def on_post_template(output_content: str, template_name: str, **_: Any) -> str:
    """Mend the page of what is not found."""
    return mended(output_content) if template_name.endswith(".html") else output_content


def mended(page: str) -> str:
    """A page as it should be.

    Raises:
        PluginError: when the theme is no longer as it was; this hook must then be looked at.
    """
    for pattern, replacement in _MENDS:
        page, count = pattern.subn(replacement, page)
        if count != 1:
            raise PluginError(
                f"theme.py: a page must hold {pattern.pattern!r} once (got {count}); "
                "what does the theme do now?"
            )
    return page


def on_post_build(config: MkDocsConfig, **_: Any) -> None:
    """Make names findable by their parts; hooks run after the search plugin has written."""
    path = Path(config.site_dir) / "search" / "search_index.json"
    index = json.loads(path.read_text(encoding="utf-8"))
    enrich(index)
    path.write_text(json.dumps(index, separators=(",", ":"), ensure_ascii=False), encoding="utf-8")
