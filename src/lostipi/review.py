"""What was reviewed, when, on which fingerprints: the files of data/reviews."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError

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
    sites: tuple[ReviewedSite, ...] = Field(min_length=1)
    """The sites reviewed."""


_REVIEWS = TypeAdapter(tuple[Review, ...])


def reviews_of(
    identifier: str,
    caller: Caller,
    kernel: str,
    release: str,
    sites: Iterable[Site],
    date: datetime.date,
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
    return Review(entry=identifier, kernel=kernel, release=release, date=date, sites=reviewed)


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
    ordered = sorted(reviews, key=lambda r: tuple(map(int, r.kernel[1:].split("."))))
    return json.dumps([r.model_dump(mode="json") for r in ordered], indent=1) + "\n"
