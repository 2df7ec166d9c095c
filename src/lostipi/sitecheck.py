"""Checks the built HTML: links and fragments resolve, nothing is unrendered, no request leaves.

mkdocs does not look at links inside HTML, and a macro's output is mostly that.
"""

from __future__ import annotations

import posixpath
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_FETCHING = {
    "audio": "src",
    "embed": "src",
    "iframe": "src",
    "image": "href",
    "img": "src",
    "input": "src",
    "link": "href",
    "object": "data",
    "script": "src",
    "source": "src",
    "use": "href",
    "video": "src",
}
"""Elements for which a browser sends a request by itself, and the attribute that says where."""

_HARMLESS_LINKS = frozenset({"canonical", "next", "prev", "alternate"})
"""Values of a link element's `rel` that cause no request."""

_RESIDUE = re.compile(r"\[\[ |\[%|\{\{|\{%|%\]|\{#[a-z]")
"""Macro calls, template tags and heading attributes that were not rendered."""

_OUTSIDE = re.compile(r"(?:@import\s+|url\(\s*)['\"]?(?:https?:)?//", re.IGNORECASE)
"""A style sheet's request to another host."""

_QUOTED = frozenset({"code", "pre", "script", "style"})
"""Elements whose text may hold braces."""


@dataclass
class _Page(HTMLParser):
    """What a checker needs to know of one page."""

    links: list[tuple[int, str]] = field(default_factory=list)
    fetched: list[tuple[int, str, str]] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    residue: list[tuple[int, str]] = field(default_factory=list)
    twice: list[tuple[int, str]] = field(default_factory=list)
    _quoted: int = 0

    def __post_init__(self) -> None:
        HTMLParser.__init__(self, convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        line = self.getpos()[0]
        self._quoted += tag in _QUOTED
        anchor = found.get("id") or (found.get("name", "") if tag == "a" else "")
        if anchor:
            if anchor in self.anchors and "id" in found and not anchor.startswith("__"):
                self.twice.append((line, anchor))
            self.anchors.add(anchor)
        if tag == "a" and "href" in found:
            self.links.append((line, found["href"]))
        wanted = _FETCHING.get(tag)
        rels = set(found.get("rel", "").split())
        if wanted in found and not (tag == "link" and rels and rels <= _HARMLESS_LINKS):
            self.fetched.append((line, tag, found[str(wanted)]))

    def handle_endtag(self, tag: str) -> None:
        self._quoted -= tag in _QUOTED

    def handle_data(self, data: str) -> None:
        match = None if self._quoted else _RESIDUE.search(data)
        if match:
            self.residue.append((self.getpos()[0], data[match.start() : match.start() + 40]))


def check(site: Path) -> list[str]:
    """Check a built site.

    Args:
        site: the folder that holds index.html.

    Returns:
        One line for each fault: file, line, what is wrong. Nothing when all is well.
    """
    if not (site / "index.html").is_file():
        return [f"{site}: must hold a built site (got no index.html)"]
    pages = {}
    for path in sorted(site.rglob("*.html")):
        page = _Page()
        page.feed(path.read_text(encoding="utf-8"))
        page.close()
        pages[path.relative_to(site).as_posix()] = page
    files = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    faults = [fault for name, page in pages.items() for fault in _faults(name, page, pages, files)]
    for path in sorted(site.rglob("*.css")):
        if _OUTSIDE.search(path.read_text(encoding="utf-8")):
            name = path.relative_to(site).as_posix()
            faults.append(f"{name}:1: a style sheet must not fetch from another host")
    return faults


def _faults(name: str, page: _Page, pages: Mapping[str, _Page], files: set[str]) -> Iterator[str]:
    for line, text in page.residue:
        yield f"{name}:{line}: must be rendered (got {text!r})"
    for line, anchor in page.twice:
        yield f"{name}:{line}: an id must stand once (got {anchor!r} again)"
    for line, tag, address in page.fetched:
        if urlsplit(address).netloc:
            yield f"{name}:{line}: <{tag}> must not fetch from another host (got {address!r})"
        elif not address.startswith("data:"):
            yield from _target(name, line, address, pages, files)
    for line, address in page.links:
        parts = urlsplit(address)
        if parts.scheme in ("https", "mailto", "javascript"):
            continue
        if parts.scheme or parts.netloc:
            yield f"{name}:{line}: a link outside must be https (got {address!r})"
            continue
        yield from _target(name, line, address, pages, files)


def _target(
    name: str, line: int, address: str, pages: Mapping[str, _Page], files: set[str]
) -> Iterator[str]:
    """What is wrong with an address inside the site, seen from a page."""
    parts = urlsplit(address)
    if name == "404.html":
        # Its addresses are absolute, for it is served from anywhere.
        return
    if parts.path.startswith("/"):
        yield f"{name}:{line}: a link inside must be relative (got {address!r})"
        return
    target = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(parts.path)))
    if not parts.path:
        target = name
    elif parts.path.endswith(("/", ".")):
        target = posixpath.normpath(posixpath.join(target, "index.html"))
    if target not in files:
        yield f"{name}:{line}: a link must lead to a page or file (got {address!r})"
    elif parts.fragment and target in pages:
        fragment = unquote(parts.fragment)
        if fragment not in pages[target].anchors:
            yield f"{name}:{line}: a fragment must be an id of its page (got {address!r})"


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the site whose folder is given; 0 when all is well, 1 when not, 2 for wrong use."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if len(given) != 1:
        sys.stderr.write("usage: python -m lostipi.sitecheck SITE\n")
        return 2
    faults = check(Path(given[0]))
    for fault in faults:
        sys.stdout.write(f"{fault}\n")
    sys.stderr.write(f"{len(faults)} faults in {given[0]}\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
