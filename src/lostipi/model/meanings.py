"""The texts of closed lists: the docstring that stands under each member of an enum."""

from __future__ import annotations

from enum import StrEnum
from functools import cache

from lostipi.model.docstrings import docstrings


@cache
def meanings(enum: type[StrEnum]) -> dict[StrEnum, str]:
    """The docstring of each member of an enum; Markdown.

    Raises:
        ValueError: when a member has none.
    """
    texts = docstrings(enum)
    missing = [member.value for member in enum if member.name not in texts]
    if missing:
        raise ValueError(f"{enum.__name__}: no docstring for {', '.join(missing)}")
    return {member: " ".join(texts[member.name].split()).replace("``", "`") for member in enum}


def meaning(member: StrEnum) -> str:
    """The docstring of one member of an enum; Markdown."""
    return meanings(type(member))[member]
