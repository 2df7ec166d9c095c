"""The HTML of the built site, by the rules of the standard's own parser."""

from pathlib import Path

import html5lib

SITE = Path(__file__).parents[2] / "site"


def test_every_page_is_well_formed() -> None:
    pages = sorted(SITE.rglob("*.html"))
    assert len(pages) > 100, "no built site: run scripts/build first"
    faults = []
    for path in pages:
        parser = html5lib.HTMLParser()
        parser.parse(path.read_text(encoding="utf-8"))
        for (line, column), code, about in parser.errors:
            faults.append(f"{path.relative_to(SITE)}:{line}:{column}: {code} {about}")
    assert faults == []
