"""What was reviewed, when, on which fingerprints: the files of data/reviews."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError, model_validator

from lostipi.kernel.shape import Site
from lostipi.model.base import CName, EntryId, KernelName, Model, SourcePath
from lostipi.model.caller import Caller


class ReviewError(ValueError):
    """A file of data/reviews that is not as `lostipi review` writes it."""


class ReviewedPrints(Model):
    """The fingerprints of a site when it was reviewed."""

    call: str
    """The call and the conditions around it."""
    function: str | None
    """The enclosing function."""
    func: str | None
    """The function run on the target CPU, where it is in the same file."""


class ReviewedSite(Model):
    """One site as it was when it was reviewed."""

    file: SourcePath
    """The file."""
    function: CName | None
    """The enclosing function."""
    api: CName
    """The API called."""
    fingerprints: ReviewedPrints
    """Its fingerprints."""


class ReviewBasis(StrEnum):
    """What a review rests on."""

    READ = "read"
    """The code was read in this kernel."""
    UNCHANGED = "unchanged"
    """Nobody read it again: the calls, their callers and funcs and all code that the entry cites
    are, token by token, those of the kernel `since`, which was reviewed."""
    DIFFERENCE_READ = "difference-read"
    """The difference to the kernel `since`, which was reviewed, was read."""


class Review(Model):
    """One review of one entry in one kernel."""

    entry: EntryId
    """The entry."""
    kernel: KernelName
    """The kernel."""
    release: str
    """The exact release."""
    date: Annotated[
        datetime.date,
        BeforeValidator(
            lambda value: datetime.date.fromisoformat(value) if isinstance(value, str) else value
        ),
    ]
    """The day of the review."""
    basis: ReviewBasis = ReviewBasis.READ
    """What it rests on."""
    since: KernelName | None = None
    """The kernel whose review this one goes on from; with a `basis` other than `read`."""
    sites: tuple[ReviewedSite, ...] = Field(min_length=1)
    """The sites reviewed."""

    @model_validator(mode="after")
    def _delta_is_from_a_kernel(self) -> Self:
        if (self.basis is ReviewBasis.READ) != (self.since is None):
            raise ValueError("`since` goes with a `basis` other than `read`, and only with that")
        if self.since == self.kernel:
            raise ValueError("`since` must be another kernel than the one reviewed")
        return self


_REVIEWS = TypeAdapter(tuple[Review, ...])


def reviews_of(
    identifier: str,
    caller: Caller,
    kernel: str,
    release: str,
    sites: Iterable[Site],
    date: datetime.date,
    basis: ReviewBasis = ReviewBasis.READ,
    since: str | None = None,
) -> Review | None:
    """Make the review of an entry in one kernel, of the sites that it claims there.

    Returns:
        The review, or None when the entry has no site in that kernel's inventory.
    """
    claimed = {(s.file, s.function, s.api) for s in caller.sites if kernel in s.kernels}
    reviewed = tuple(
        ReviewedSite(
            file=site.file,
            function=site.function,
            api=site.api,
            fingerprints=ReviewedPrints(
                call=site.fingerprints.call,
                function=site.fingerprints.function,
                func=site.fingerprints.func,
            ),
        )
        for site in sorted(sites)
        if (site.file, site.function, site.api) in claimed
    )
    if not reviewed:
        return None
    return Review(
        entry=identifier,
        kernel=kernel,
        release=release,
        date=date,
        basis=basis,
        since=since,
        sites=reviewed,
    )


def told(reviews: Iterable[Review]) -> str:
    """Say when an entry was last reviewed, and where that rests on an older kernel's review."""
    last = max(reviews, key=lambda review: (review.date, _order(review)))
    if last.basis is ReviewBasis.READ:
        return last.date.isoformat()
    how = {
        ReviewBasis.UNCHANGED: "code unchanged since",
        ReviewBasis.DIFFERENCE_READ: "by the difference to",
    }[last.basis]
    return f"{last.date.isoformat()} ({last.kernel}: {how} {last.since})"


def _order(review: Review) -> tuple[int, ...]:
    return tuple(map(int, review.kernel[1:].split(".")))


def path_of(data: Path, identifier: str) -> Path:
    """Where the reviews of an entry are kept."""
    return data / "reviews" / f"{identifier}.json"


def read_reviews(data: Path) -> dict[str, tuple[Review, ...]]:
    """Read all reviews.

    Raises:
        ReviewError: when a file is not as `text_of` writes it; says which and where.
    """
    found: dict[str, tuple[Review, ...]] = {}
    for path in sorted((data / "reviews").rglob("*.json")):
        identifier = path.relative_to(data / "reviews").with_suffix("").as_posix()
        try:
            reviews = _REVIEWS.validate_json(path.read_bytes())
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise ReviewError(f"{path}: {where}: {first['msg']}; run `lostipi review`") from error
        for review in reviews:
            if review.entry != identifier:
                raise ReviewError(
                    f"{path}: entry must be {identifier!r} (got {review.entry!r}); remove "
                    f"the file, and `lostipi review {identifier}` writes it"
                )
        found[identifier] = reviews
    return found


def text_of(reviews: Iterable[Review]) -> str:
    """Write the reviews of one entry; newest kernel last."""
    records = [
        r.model_dump(mode="json", exclude_defaults=True) for r in sorted(reviews, key=_order)
    ]
    return json.dumps(records, indent=1) + "\n"
