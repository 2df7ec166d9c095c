"""The mkdocs hook that mends what the theme makes: a name for the search, its index when needed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

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
