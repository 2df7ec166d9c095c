"""The record of a benchmark: what scanning the tracked kernels costs, and what planting showed."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationError, model_validator

from lostipi.model.base import KernelName, Model, Text


class BenchmarkError(ValueError):
    """data/benchmark.json is not as `scripts/bench --record` writes it."""


class Timing(Model):
    """One thing that was timed, the best of some runs."""

    what: Text
    """The command, or the part of one."""
    wall: float = Field(ge=0)
    """Seconds that it took."""
    cpu: float = Field(ge=0)
    """Seconds of CPU that it and what it started used."""
    against: Text | None = None
    """What of the same run it is held against; nothing when it stands by itself."""


class Speed(Model):
    """Times and memory, all of one run."""

    run: Text
    """The machine and the programs, in words."""
    files: int = Field(ge=1)
    """Files of the tree."""
    read: int = Field(ge=1)
    """How many of them are in scope."""
    timings: tuple[Timing, ...] = Field(min_length=1)
    """What was timed."""
    peak: int = Field(ge=1)
    """Peak memory of a scan, in MiB."""
    peak_archive: int | None = Field(default=None, ge=1)
    """The same straight from the archive, where that was measured."""

    @model_validator(mode="after")
    def _held_against_something(self) -> Speed:
        known = {timing.what for timing in self.timings}
        for timing in self.timings:
            if timing.against not in (None, *known):
                raise ValueError(f"`{timing.what}` is held against `{timing.against}`, not timed")
        return self

    def ratio(self, timing: Timing) -> float | None:
        """How many times as long as what it is held against a thing took."""
        other = next((t for t in self.timings if t.what == timing.against), None)
        return timing.wall / other.wall if other is not None and other.wall else None


class Planted(Model):
    """Changes made in a tree, and how many coverage noticed."""

    seed: Text
    """What the changes follow from."""
    tries: int = Field(ge=1)
    """Changes made."""
    noticed: int = Field(ge=0)
    """Changes that were noticed."""


class Measured(Model):
    """What was measured of one kernel."""

    kernel: KernelName
    """The tracked kernel."""
    release: Text
    """The release of the tree."""
    speed: Speed | None = None
    """Times and memory, where they were measured."""
    planted: Planted | None = None
    """What planting showed, where it was done."""


class Benchmark(Model):
    """All kernels that something was measured of."""

    kernels: tuple[Measured, ...] = ()
    """Oldest first."""

    def with_kernel(self, new: Measured, order: tuple[str, ...]) -> Benchmark:
        """Put in what was measured of a kernel; what was not measured again stays.

        Args:
            new: what was measured.
            order: the tracked kernels, oldest first; others are dropped.
        """
        by_name = {one.kernel: one for one in self.kernels}
        old = by_name.get(new.kernel)
        if old is not None and old.release == new.release:
            new = new.model_copy(
                update={
                    "speed": new.speed or old.speed,
                    "planted": new.planted or old.planted,
                }
            )
        by_name[new.kernel] = new
        return Benchmark(kernels=tuple(by_name[name] for name in order if name in by_name))

    def text(self) -> str:
        """Write the record."""
        return self.model_dump_json(indent=1, exclude_none=True) + "\n"


def path_of(data: Path) -> Path:
    """Where the record is kept."""
    return data / "benchmark.json"


def read_benchmark(data: Path) -> Benchmark:
    """Read the record; an empty one where there is none.

    Raises:
        BenchmarkError: when it is not as `scripts/bench --record` writes it.
    """
    path = path_of(data)
    if not path.is_file():
        return Benchmark()
    try:
        return Benchmark.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        message = f"{path}: {where}: {first['msg']}; `scripts/bench TREE --record` writes it"
        raise BenchmarkError(message) from error
