"""The changes as an Atom feed. Times are the days recorded, so that a build is reproducible."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from lostipi.model.reading import Notice
from lostipi.render.text import block, plain

PATH = "changes.xml"
"""The feed's place on the site."""


def feed(notices: Sequence[Notice], site: str) -> bytes:
    """The feed.

    Args:
        notices: the changes, newest first.
        site: the address of the site with a slash at its end; empty when it is not known, and
            links are then relative to the feed.
    """
    newest = notices[0].date if notices else "2026-01-01"
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">',
        "<title>lostipi: changes</title>",
        "<subtitle>What a missing IPI does to a confidential Linux guest</subtitle>",
        "<id>urn:lostipi:changes</id>",
        f"<updated>{newest}T00:00:00Z</updated>",
        "<author><name>The lostipi authors</name></author>",
        f'<link rel="self" type="application/atom+xml" href={quoteattr(f"{site}{PATH}")}/>',
        f'<link rel="alternate" type="text/html" href={quoteattr(f"{site}changes/")}/>',
    ]
    for notice in notices:
        lines += _entry(notice, site)
    lines.append("</feed>")
    return ("\n".join(lines) + "\n").encode()


def _entry(notice: Notice, site: str) -> list[str]:
    ids = "".join(f"<li>{escape(address)}</li>" for address in notice.entries)
    content = block(notice.text) + (f"<ul>{ids}</ul>" if ids else "")
    return [
        "<entry>",
        f"<title>{escape(plain(notice.title))}</title>",
        f"<id>urn:lostipi:changes:{notice.id}</id>",
        f"<updated>{notice.date}T00:00:00Z</updated>",
        f"<link href={quoteattr(f'{site}changes/#{notice.id}')}/>",
        *(f"<category term={quoteattr(address)}/>" for address in notice.entries),
        f'<content type="html">{escape(content)}</content>',
        "</entry>",
    ]
