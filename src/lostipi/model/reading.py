"""The shapes of what guides a reader: what to read first, changes, removed ids, the glossary."""

from __future__ import annotations

import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from lostipi.model.base import Model, Sentence, Slug, Text

Address = Annotated[
    str,
    StringConstraints(
        strict=True,
        pattern=r"^(callsites/[a-z0-9-]+|apis|preconditions|detectors)/[A-Za-z0-9_-]+$",
    ),
]
"""An entry of any kind: its folder and its id, such as ``callsites/sched/kick_ilb``."""


def _is_a_day(text: str) -> str:
    try:
        datetime.date.fromisoformat(text)
    except ValueError as error:
        raise ValueError("must be a day of the calendar") from error
    return text


Day = Annotated[
    str,
    StringConstraints(strict=True, pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
    AfterValidator(_is_a_day),
]
"""A day, written ``2026-11-22``."""


class FirstEntry(Model):
    """One entry that is worth reading before the others."""

    entry: Address
    """The entry."""
    reason: Sentence
    """What it teaches that others do not. Markdown."""


class First(Model):
    """The entries that somebody who hardens guests should read first, in that order."""

    entries: tuple[FirstEntry, ...] = Field(min_length=1)
    """The entries."""


class Notice(Model):
    """One change that readers of the guide or users of its data should know of."""

    id: Slug
    """Its id, never changed: the fragment of its address and its name in the feed."""
    date: Day
    """The day of the change."""
    title: Sentence
    """What changed, in a few words. Markdown."""
    text: Text
    """What it means for a reader. Markdown."""
    entries: tuple[Address, ...] = ()
    """The entries it is about; removed ones as well."""


class Changes(Model):
    """The changes of the guide."""

    changes: tuple[Notice, ...] = Field(min_length=1)
    """The changes, newest first."""

    @model_validator(mode="after")
    def _newest_first_and_each_once(self) -> Self:
        days = [change.date for change in self.changes]
        if days != sorted(days, reverse=True):
            raise ValueError("`changes` must stand newest first")
        ids = [change.id for change in self.changes]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise ValueError(f"an id must stand once (got {', '.join(twice)} again)")
        return self


class RemovedEntry(Model):
    """One entry that was published once and is no more."""

    entry: Address
    """What its address was; never used again for something else."""
    date: Day
    """The day it was removed."""
    why: Sentence
    """Why it was removed. Markdown."""
    instead: tuple[Address, ...] = ()
    """The entries that say now what it said."""


class Removed(Model):
    """The entries that were removed; each keeps a page that says so."""

    entries: tuple[RemovedEntry, ...] = ()
    """The entries, in any order."""


class Term(Model):
    """One word of the guide."""

    term: Sentence
    """The word."""
    id: Slug
    """The fragment of its address on the glossary page."""
    forms: tuple[Text, ...] = ()
    """The spellings that pages link to the glossary; none for everyday words. An acronym is matched
    letter by letter, and a small first letter stands for a capital as well."""
    means: Sentence
    """What it means here. Markdown."""


class Glossary(Model):
    """The words of the guide."""

    terms: tuple[Term, ...] = Field(min_length=1)
    """The words, in alphabetical order."""

    @model_validator(mode="after")
    def _in_order_and_each_once(self) -> Self:
        words = [term.term.lower() for term in self.terms]
        if words != sorted(words):
            late = next(
                word for word, right in zip(words, sorted(words), strict=True) if word != right
            )
            raise ValueError(f"`terms` must stand in alphabetical order (got {late!r} too early)")
        for kind, names in (
            ("id", [term.id for term in self.terms]),
            ("form", [form for term in self.terms for form in term.forms]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"a {kind} must stand once (got {', '.join(twice)} again)")
        return self
