"""The record of a replay: how upgrades between the tracked kernels went, held against the data."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from lostipi.compare import Status
from lostipi.model.base import EntryId, KernelName, Model, Text


class ReplayError(ValueError):
    """data/replay.json is not as `scripts/replay` writes it."""


class Carry(StrEnum):
    """What reading a judgement that was carried over showed."""

    UNREAD = "unread"
    """Nobody has read it yet."""
    HOLDS = "holds"
    """It holds in the newer kernel, too."""
    FALSE = "false"
    """It does not: it should not have been carried."""


class Read(Model):
    """One carried entry and what reading it in both kernels showed."""

    entry: EntryId
    """The entry."""
    finding: Carry = Carry.UNREAD
    """What it showed."""
    why: str = ""
    """What differs around it, and why that matters or not; empty where nothing does."""


class Candidate(Read):
    """One carried entry whose facts are not those of the real entry of that kernel."""

    function: str
    """The caller."""
    platforms: tuple[str, ...]
    """The platforms."""
    facts: dict[str, tuple[Any, Any]]
    """What was carried and what the real entry says, by fact."""


class Entries(Model):
    """How many entries had which fate."""

    carried: int
    """Caller entries carried over with all their judgements."""
    read: int
    """Caller entries to be read again."""
    drafts: int
    """Drafts of entries for new calls."""
    gone: int
    """Caller entries without a call in the newer kernel."""


class Others(Model):
    """The same for APIs, preconditions and detectors."""

    carried: int
    """Carried over."""
    read: int
    """To be read again."""


class ReplayStep(Model):
    """One upgrade."""

    old: KernelName
    """The older kernel."""
    new: KernelName
    """The newer kernel."""
    release: Text
    """The newer one's release."""
    sites: dict[Status, int]
    """What became of the calls that need an entry."""
    entries: Entries
    """What became of the caller entries."""
    others: Others
    """What became of the other entries."""
    carried_sites: int
    """Calls whose judgement was carried over."""
    held_back: int
    """Entries whose calls, callers and funcs are all the same and that had to be read, for what
    else they rest on."""
    held_back_differing: int
    """How many of those the data judge otherwise in the newer kernel."""
    candidates: tuple[Candidate, ...]
    """Carried judgements that the data do not share."""
    sample: tuple[Read, ...]
    """Carried entries chosen at random, to be read."""


class Replay(Model):
    """All upgrades, oldest first."""

    steps: tuple[ReplayStep, ...] = Field(min_length=1)
    """The upgrades."""


def path_of(data: Path) -> Path:
    """Where the record is kept."""
    return data / "replay.json"


def read_replay(data: Path) -> Replay | None:
    """Read the record; None where there is none.

    Raises:
        ReplayError: when it is not as `scripts/replay` writes it.
    """
    path = path_of(data)
    if not path.is_file():
        return None
    try:
        return Replay.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ReplayError(f"{path}: {where}: {first['msg']}; scripts/replay writes it") from error
