"""The shape of waivers.yaml: problems that are let pass for a while, and until when."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from lostipi.model.base import Model, Sentence, Slug

GAPS = ("missing", "stale", "changed", "overlapping")
"""What coverage finds at a site; the rules of all other names are those of lint."""


def _end(text: str) -> str:
    if not text.startswith("v"):
        try:
            datetime.date.fromisoformat(text)
        except ValueError as error:
            raise ValueError(f"must be a day that exists ({error})") from None
    return text


End = Annotated[
    str,
    StringConstraints(strict=True, pattern=r"^(v[0-9]+\.[0-9]+|[0-9]{4}-[0-9]{2}-[0-9]{2})$"),
    AfterValidator(_end),
]
"""A release line, such as ``v7.4``, or a day, such as ``2027-01-31``."""


class Waiver(Model):
    """One problem that is let pass until something happens, and why."""

    id: Slug
    """A name for it, by which others speak of it."""
    rule: Slug
    """The rule that is let pass: a code of `lostipi lint`, or `missing`, `stale`, `changed` or
    `overlapping` of `lostipi coverage`."""
    file: (
        Annotated[str, StringConstraints(strict=True, pattern=r"^(data|docs)/[A-Za-z0-9_./-]+$")]
        | None
    ) = None
    """For a rule of lint: the file that it finds fault with, as lint names it, such as
    `data/callsites/sched/kick_ilb.yaml`."""
    site: (
        Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Za-z0-9_.+/-]+:(\?|\w+):\w+$")]
        | None
    ) = None
    """For a rule of coverage: the site as file, function and API, such as
    `kernel/sched/fair.c:kick_ilb:smp_call_function_single_async`."""
    reason: Sentence
    """Why this may pass for now, and what will end it. Markdown."""
    until: End
    """Its end: the last day on which it holds, or the release line with which it ends once that, or
    a newer one, is tracked."""

    @model_validator(mode="after")
    def _place_fits_the_rule(self) -> Self:
        gap = self.rule in GAPS
        if gap != (self.site is not None) or gap == (self.file is not None):
            raise ValueError(
                f"a waiver of {', '.join(f'`{name}`' for name in GAPS)} names a `site`, "
                "one of any other rule a `file`"
            )
        return self

    def ended(self, tracked: Iterable[str], today: datetime.date | None) -> str | None:
        """Say what ended it.

        Args:
            tracked: the tracked kernels.
            today: the day to judge by; None to look at kernels alone.

        Returns:
            A clause, or None while it holds.
        """
        if self.until.startswith("v"):
            newest = max(tracked, key=_order, default="v0.0")
            return f"{newest} is tracked" if _order(newest) >= _order(self.until) else None
        over = today is not None and today > datetime.date.fromisoformat(self.until)
        return f"today is {today}" if over else None


class Waivers(Model):
    """All waivers."""

    waivers: tuple[Waiver, ...] = Field(default=())
    """The waivers; none when everything is as it should be."""


def _order(kernel: str) -> tuple[int, ...]:
    return tuple(map(int, kernel[1:].split(".")))
