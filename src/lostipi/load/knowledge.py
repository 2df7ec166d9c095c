"""Everything that data/ holds, as models with the places they were read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from lostipi.load.positions import Loc, Positions
from lostipi.model.api import Api
from lostipi.model.caller import Caller
from lostipi.model.detector import Detector
from lostipi.model.kernels import Kernels
from lostipi.model.precondition import Precondition
from lostipi.model.reading import Changes, First, Glossary, Removed
from lostipi.model.seed import Seed
from lostipi.model.waiver import Waiver, Waivers
from lostipi.problem import Problem

T_co = TypeVar("T_co", bound=BaseModel, covariant=True)


@dataclass(frozen=True, slots=True)
class Loaded(Generic[T_co]):
    """One entry and where it was read from."""

    entry: T_co
    """The entry."""
    path: Path
    """Its file, relative to the parent of the data directory."""
    positions: Positions
    """The lines and columns of its keys and values."""

    def problem(self, code: str, message: str, *loc: str | int) -> Problem:
        """A problem at a value of this entry, or at what is around it where that is left out."""
        return Problem(self.path.as_posix(), *self.positions.value(loc), code, message)

    def at(self, loc: Loc = ()) -> tuple[int, int]:
        """The line and column, from 1, of a value."""
        return self.positions.value(loc)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All entries, and the problems met while reading them.

    Ids are paths without suffix relative to the folder: ``smp_call_function``, ``mce-off``,
    ``sched/kick_ilb``.
    """

    root: Path
    """The data directory."""
    apis: Mapping[str, Loaded[Api]]
    """data/apis."""
    callers: Mapping[str, Loaded[Caller]]
    """data/callsites."""
    preconditions: Mapping[str, Loaded[Precondition]]
    """data/preconditions."""
    detectors: Mapping[str, Loaded[Detector]]
    """data/detectors."""
    kernels_file: Loaded[Kernels] | None
    """kernels.yaml; None when it could not be read."""
    seed_file: Loaded[Seed] | None
    """seed.yaml; None when it could not be read."""
    waivers_file: Loaded[Waivers] | None
    """waivers.yaml; None when there is none or it could not be read."""
    broken: Mapping[str, frozenset[str]]
    """By folder, the ids whose files could not be read or validated: they exist all the same."""
    problems: tuple[Problem, ...]
    """What was wrong with the files, sorted."""
    first_file: Loaded[First] | None = None
    """first.yaml; None when there is none, or it could not be read. So with the next three."""
    changes_file: Loaded[Changes] | None = None
    """changes.yaml."""
    removed_file: Loaded[Removed] | None = None
    """removed.yaml."""
    glossary_file: Loaded[Glossary] | None = None
    """glossary.yaml."""

    @property
    def kernels(self) -> Kernels:
        """The tracked kernels; none when kernels.yaml could not be read."""
        return self.kernels_file.entry if self.kernels_file else Kernels.model_construct(kernels=())

    @property
    def seed(self) -> Seed:
        """The claims of the issue; none when seed.yaml could not be read."""
        if self.seed_file:
            return self.seed_file.entry
        return Seed.model_construct(title="", url="", rows=())

    @property
    def waivers(self) -> tuple[Waiver, ...]:
        """The waivers, in force or not; none when waivers.yaml could not be read."""
        return self.waivers_file.entry.waivers if self.waivers_file else ()

    @property
    def reading(self) -> tuple[Loaded[Any] | None, ...]:
        """The files that guide a reader."""
        return (self.first_file, self.changes_file, self.removed_file, self.glossary_file)

    @property
    def files(self) -> int:
        """How many files were read without a problem of their own."""
        entries = (self.apis, self.callers, self.preconditions, self.detectors)
        singles = (self.kernels_file, self.seed_file, self.waivers_file, *self.reading)
        return sum(map(len, entries)) + sum(one is not None for one in singles)
