"""The shape of seed.yaml: the claims of issue #151, row by row."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from lostipi.model.base import CName, Evidence, Model, Sentence, Slug, Text, Url
from lostipi.model.caller import Finding


class RowKind(StrEnum):
    """What a row of the issue speaks of."""

    CALLER = "caller"
    """Named callers; answered in their entries."""
    GROUP = "group"
    """All other callers of an API, or none; answered here."""


class GroupAnswer(Model):
    """What became of a claim about a group of callers."""

    finding: Finding
    """The finding."""
    why: Text
    """What is true. Markdown; the counter-examples are listed from the inventories beside it."""
    evidence: tuple[Evidence, ...] = ()
    """What the finding rests on."""


class SeedRow(Model):
    """One claim of the issue."""

    id: Slug
    """The row's id: the API's short name and the number in the issue's list."""
    kind: RowKind
    """Whether it names callers or speaks of a group."""
    apis: tuple[CName, ...] = Field(min_length=1)
    """The APIs whose list the row stands in."""
    callers: tuple[CName, ...] = ()
    """The callers named, by the issue's names."""
    claim: Sentence
    """What the issue says."""
    answer: GroupAnswer | None = None
    """The answer to a group claim."""

    @model_validator(mode="after")
    def _kind_fits(self) -> Self:
        if (self.kind is RowKind.CALLER) != bool(self.callers):
            raise ValueError("`callers` go with `kind: caller`, and with nothing else")
        if (self.kind is RowKind.GROUP) != (self.answer is not None):
            raise ValueError("`answer` goes with `kind: group`, and with nothing else")
        return self


class Seed(Model):
    """The claims of issue #151."""

    title: Sentence
    """The issue's title."""
    url: Url
    """The issue's address."""
    rows: tuple[SeedRow, ...] = Field(min_length=1)
    """The claims, in the issue's order."""
