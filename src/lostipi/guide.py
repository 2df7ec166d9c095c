"""Finds the kernel places that hand-written pages of the guide cite."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from lostipi.model.base import CITATION, Citation

_CALL = re.compile(r"\[\[ src\(\"([^\"]*)\"\) \]\]")


class GuideCitation(NamedTuple):
    """A citation in a page."""

    path: Path
    """The page."""
    line: int
    """The line, from 1."""
    at: Citation
    """What is cited."""


def citations(docs: Path) -> Iterator[GuideCitation]:
    """All well-formed citations of the pages below a folder; the build refuses the others."""
    for path in sorted(docs.rglob("*.md")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            for text in _CALL.findall(line):
                if CITATION.match(text):
                    yield GuideCitation(path, number, Citation(text))
