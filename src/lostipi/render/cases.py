"""What is judged of a caller, in pieces of which each has one verdict, one API and one wait."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lostipi.model.base import Platform
from lostipi.model.caller import Assessment, Caller, CallerSite, Mute, Reach, Verdict, Wait
from lostipi.render.book import Book
from lostipi.render.standing import Force, force, standings

Place = tuple[str, Platform]
"""A kernel and a platform on which it is judged."""

Group = tuple[Verdict, Verdict | None]
"""A verdict, with `excluded` also the one behind it."""


@dataclass(frozen=True)
class Case:
    """One assessment of the calls of one API with one wait, where they stand alike by default."""

    assessment: Assessment
    api: str
    wait: Wait
    default: Force | None
    """Whether the verdict stands with the defaults of distributions; nothing where nobody can
    make the code run."""
    places: tuple[Place, ...]

    @property
    def group(self) -> Group:
        """The verdict and the one behind it."""
        return self.assessment.verdict, self.assessment.otherwise

    def mutes(self, book: Book) -> tuple[Mute, ...]:
        """What the missing IPI silences besides: the assessment's own word, else the API's."""
        if self.assessment.reach is Reach.NEVER:
            return ()
        entry = book.apis.get(self.api)
        return self.assessment.mutes or (entry.mutes if entry else ())


def cases(book: Book, caller: Caller) -> list[Case]:
    """The cases of a caller, in the order of its assessments."""
    sites = {site.label: site for site in caller.sites}
    found: dict[tuple[int, str, Wait, Force | None], dict[Place, Assessment]] = {}
    for one in standings(book, caller):
        default = None if one.assessment.reach is Reach.NEVER else force(book, one)
        for label in one.labels:
            key = one.number, sites[label].api, sites[label].wait, default
            found.setdefault(key, {})[one.kernel, one.platform] = one.assessment
    return [
        Case(next(iter(at.values())), api, wait, default, tuple(at))
        for (_, api, wait, default), at in sorted(found.items(), key=lambda item: item[0][0])
    ]


def places(book: Book) -> list[Place]:
    """Every kernel with each platform on which it is judged, oldest kernel first."""
    return [
        (kernel.name, platform)
        for kernel in book.kernels.kernels
        for platform in Platform
        if platform in kernel.platforms
    ]


def words(caller: Caller) -> list[str]:
    """The names by which a caller is found besides its own: functions, funcs and files."""
    return list(dict.fromkeys(word for site in caller.sites for word in _words(site)))


def _words(site: CallerSite) -> Iterator[str]:
    yield site.function
    if site.func is not None:
        yield site.func
    yield site.file


def where(book: Book, found: Iterable[Place], names: Mapping[Platform, str]) -> str:
    """Places in short: `v6.1–v7.2`, or `v6.12 on TDX` where a platform is missing.

    Args:
        book: gives the kernels, oldest first, and the platforms of each.
        found: the places.
        names: how a platform is written.
    """
    at = set(found)
    runs: list[tuple[list[str], str]] = []
    unbroken = False
    for kernel in book.kernels.kernels:
        on = [platform for platform in Platform if (kernel.name, platform) in at]
        if on:
            every = len(on) == len(kernel.platforms)
            tail = "" if every else f" on {' and '.join(names[platform] for platform in on)}"
            if unbroken and runs[-1][1] == tail:
                runs[-1][0].append(kernel.name)
            else:
                runs.append(([kernel.name], tail))
        unbroken = bool(on)
    return ", ".join(
        (run[0] if len(run) == 1 else f"{run[0]}–{run[-1]}") + tail for run, tail in runs
    )
