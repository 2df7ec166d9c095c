"""The shapes of published files. A published entry is the record as written, and what follows."""

from __future__ import annotations

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from lostipi.model.api import Api
from lostipi.model.base import CName, KernelName, Platform, SourcePath
from lostipi.model.caller import Caller, Mute, Reach, Verdict, Wait
from lostipi.model.detector import Detector, Power
from lostipi.model.kernels import Kernel
from lostipi.model.precondition import Default, Holder, Precondition
from lostipi.model.reading import Address, Day, FirstEntry, Notice, RemovedEntry, Term
from lostipi.model.seed import Seed

VERSION = "1.0.0"
"""The version of the shapes. The first number is that of the data's shape, `schema.VERSION`; a
field that is added raises the second."""

Version = Literal["1.0.0"]
ByDefault = Literal["in-force", "unknown", "held"]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256 in lower case hexadecimal digits."""

E_co = TypeVar("E_co", bound=BaseModel, covariant=True)


class Shape(BaseModel):
    """A part of a published file."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        populate_by_name=True,
        serialize_by_alias=True,
    )


class File(Shape):
    """What every published file begins with."""

    schema_: str = Field(alias="$schema")
    """The JSON Schema of this file, relative to it."""
    schema_version: Version
    """The version of the shapes."""


class Line(Shape):
    """Where a site is in one kernel."""

    kernel: KernelName
    """The kernel."""
    file: SourcePath
    """The file."""
    line: int = Field(ge=1)
    """The line of the API's name, in the exact release that the inventory was made from."""
    end_line: int = Field(ge=1)
    """The line of the closing parenthesis."""
    url: str
    """The address of the line in the source of that release."""


class SiteLines(Shape):
    """The lines of one site of a caller entry."""

    label: str
    """The site's label in the entry."""
    function: CName
    """The C function that contains the call."""
    api: CName
    """The API called."""
    func: str | None = None
    """The function run on the target CPU, where it is known."""
    wait: Wait
    """Whether the call waits."""
    lines: tuple[Line, ...]
    """Where it is, kernel by kernel; more than one in a kernel where the function calls twice."""


class Step(Shape):
    """One question on the way from the facts to a verdict."""

    asks: str
    """The question. Markdown."""
    answer: bool
    """Whether the answer is yes."""
    decides: Verdict | None = None
    """The verdict that a yes decides; none for the question whether the code can run."""


class ComputedAssessment(Shape):
    """What follows from one assessment of a caller entry."""

    number: int = Field(ge=1)
    """Its place among the entry's assessments, from 1."""
    mutes: tuple[Mute, ...]
    """What a missing IPI silences besides, that of the API filled in."""
    decision: tuple[Step, ...]
    """The questions asked, in order; the last one decides."""


class HeldHere(Shape):
    """A precondition on one kernel and platform."""

    id: str
    """The precondition."""
    by: tuple[Holder, ...]
    """Who holds it there; none when that is not written."""
    default: Default
    """Whether common distribution kernels hold it by default."""
    excludes: bool
    """Whether it can exclude anything there: not what only the host holds, or nobody can."""


class Stand(Shape):
    """What is judged of a caller on one kernel and platform."""

    kernel: KernelName
    """The kernel."""
    platform: Platform
    """The platform."""
    assessment: int = Field(ge=1)
    """The number of the assessment."""
    sites: tuple[str, ...]
    """The labels of the sites judged."""
    reach: Reach
    """Whether the code can run."""
    verdict: Verdict
    """The verdict."""
    otherwise: Verdict | None = None
    """With `excluded`, the verdict it would have if the preconditions did not hold."""
    effective: Verdict
    """The verdict when the code runs: `otherwise`, or the verdict itself."""
    by_default: ByDefault
    """Whether it stands with the defaults of common distributions: `in-force`, `held` by a
    precondition that they hold, or `unknown`."""
    alternatives: tuple[tuple[HeldHere, ...], ...] = ()
    """The preconditions that keep the code from running: one alternative is enough, and in it all
    must hold."""


class ComputedCaller(Shape):
    """What follows from a caller entry, the inventories and the other entries."""

    subsystem: str
    """The folder."""
    names: tuple[CName, ...]
    """All names that the caller has in tracked kernels."""
    reviewed: Day | None = None
    """The day of the last review."""
    worst: Stand | None = None
    """What asks most for action, on the newest kernel where several do."""
    sites: tuple[SiteLines, ...]
    """Where the calls are."""
    assessments: tuple[ComputedAssessment, ...]
    """What follows from each assessment."""
    standings: tuple[Stand, ...]
    """What is judged, kernel by kernel and platform by platform."""


class ComputedApi(Shape):
    """What follows from an API entry and the inventories."""

    callers: tuple[str, ...]
    """The caller entries with a site of it."""
    sites: dict[KernelName, int]
    """How many sites each kernel has, whether or not x86 builds them."""


class Serves(Shape):
    """One caller that a precondition serves, on one kernel and platform."""

    caller: str
    """The caller entry."""
    kernel: KernelName
    """The kernel."""
    platform: Platform
    """The platform."""
    effective: Verdict
    """The verdict when the code runs."""
    excludes: bool
    """Whether it excludes the code there, alone or with others; else it is advised only."""


class ComputedPrecondition(Shape):
    """What follows from a precondition entry and the callers."""

    serves: tuple[Serves, ...]
    """The callers that it serves."""


class PowerHere(Shape):
    """What the host can do to a detector on one kernel and platform."""

    kernel: KernelName
    """The kernel, which has the detector."""
    platform: Platform
    """The platform."""
    power: Power
    """What the host can do."""


class ComputedDetector(Shape):
    """What follows from a detector entry and the callers."""

    powers: tuple[PowerHere, ...]
    """What the host can do, kernel by kernel."""
    callers: tuple[str, ...]
    """The caller entries that name it under `noticed`."""


class Record(File, Generic[E_co]):
    """A published entry."""

    id: str
    """Its id, never changed and never used again: unique among entries of its kind."""
    page: str
    """Its page, relative to the top of the site."""
    source: str
    """Its YAML file in the repository."""
    entry: E_co
    """The entry as written; prose is Markdown."""


class CallerFile(Record[Caller]):
    """A published caller entry."""

    kind: Literal["caller"]
    """The kind of entry."""
    computed: ComputedCaller
    """What follows from it."""


class ApiFile(Record[Api]):
    """A published API entry."""

    kind: Literal["api"]
    """The kind of entry."""
    computed: ComputedApi
    """What follows from it."""


class PreconditionFile(Record[Precondition]):
    """A published precondition entry."""

    kind: Literal["precondition"]
    """The kind of entry."""
    computed: ComputedPrecondition
    """What follows from it."""


class DetectorFile(Record[Detector]):
    """A published detector entry."""

    kind: Literal["detector"]
    """The kind of entry."""
    computed: ComputedDetector
    """What follows from it."""


class RemovedFile(File):
    """What stands in the place of an entry that was removed."""

    kind: Literal["removed"]
    """Instead of the kind of entry."""
    id: str
    """The id that it had, never used again."""
    page: str
    """The page that says so."""
    entry: RemovedEntry
    """When and why it was removed, and what to read instead."""


class SitePrints(Shape):
    """The fingerprints of a site: hashes over tokens, by which it is known in another kernel."""

    call: str
    """Over the call and the conditions around it."""
    function: str | None = None
    """Over the enclosing function."""
    func: str | None = None
    """Over the function run on the target CPU, where it is in the same file."""


class InventorySite(Shape):
    """One site of one kernel. What is not known, or is not there, is left out."""

    file: SourcePath
    """The file."""
    line: int = Field(ge=1)
    """The line of the API's name."""
    end_line: int = Field(ge=1)
    """The line of the closing parenthesis."""
    function: CName | None = None
    """The C function that contains the call."""
    api: CName
    """The API called."""
    func: str | None = None
    """The function run on the target CPU, as the argument says or where the csd gets it."""
    wait: Wait
    """Whether the call waits."""
    wait_expr: str | None = None
    """The wait argument as written."""
    result: str
    """Whether the result is used."""
    weak: bool
    """Whether the function is weak."""
    guards: tuple[str, ...]
    """The `#if` conditions around it, from the outside in."""
    is_enabled: tuple[str, ...]
    """What of `IS_ENABLED()` and its kin must be true for the call to run, from the outside in."""
    kconfig: tuple[tuple[str, ...], ...]
    """Alternatives, each all symbols that must be on for the object to be built."""
    as_builtin: tuple[str, ...]
    """Those of them that put the object into `vmlinux` even when they are `m`."""
    x86: str
    """Whether x86 can build the object."""
    x86_reason: str | None = None
    """Why not, or only when."""
    fingerprints: SitePrints
    """What it is known by."""
    entry: Address | None = None
    """The entry that has it: a caller's, or that of the API in whose definition it stands. Left out
    where none does."""


class InventoryFile(File):
    """All sites of one kernel."""

    kind: Literal["inventory"]
    """What the file holds."""
    kernel: KernelName
    """The kernel."""
    release: str
    """The exact release that was read."""
    sites: tuple[InventorySite, ...]
    """The sites."""


class Item(Shape):
    """One entry in the index."""

    kind: Literal["api", "caller", "precondition", "detector", "removed"]
    """The kind of entry."""
    id: str
    """Its id."""
    address: Address
    """Its folder and id."""
    path: str
    """Its file, relative to the index."""
    sha256: Digest
    """The digest of that file."""


class Download(Shape):
    """One file that holds more than one entry."""

    path: str
    """Its path, relative to the index."""
    holds: str
    """What it holds."""
    bytes: int = Field(ge=1)
    """Its size."""
    sha256: Digest
    """Its digest."""


class IndexFile(File):
    """What there is to download."""

    kind: Literal["index"]
    """What the file holds."""
    title: str
    """The title of the data."""
    license: str
    """Its license, by SPDX identifier."""
    kernels: tuple[Kernel, ...]
    """The tracked kernels, with their exact releases and platforms."""
    counts: dict[str, int]
    """How many entries there are of each kind."""
    items: tuple[Item, ...]
    """Every entry, and every removed one."""
    downloads: tuple[Download, ...]
    """The files that hold many."""
    schemas: dict[str, str]
    """The JSON Schemas by kind of file, relative to the index."""


class AllFile(File):
    """Everything in one file, inventories aside."""

    kind: Literal["all"]
    """What the file holds."""
    kernels: tuple[Kernel, ...]
    """The tracked kernels."""
    apis: tuple[ApiFile, ...]
    """The API entries."""
    callers: tuple[CallerFile, ...]
    """The caller entries."""
    preconditions: tuple[PreconditionFile, ...]
    """The precondition entries."""
    detectors: tuple[DetectorFile, ...]
    """The detector entries."""
    removed: tuple[RemovedFile, ...]
    """The entries that are no more."""
    seed: Seed
    """The claims of issue #151."""
    first: tuple[FirstEntry, ...]
    """What to read first."""
    changes: tuple[Notice, ...]
    """The changes that readers should know of, newest first."""
    glossary: tuple[Term, ...]
    """The words."""


FILES: dict[str, type[File]] = {
    "index": IndexFile,
    "all": AllFile,
    "caller": CallerFile,
    "api": ApiFile,
    "precondition": PreconditionFile,
    "detector": DetectorFile,
    "removed": RemovedFile,
    "inventory": InventoryFile,
}
"""The kinds of published file."""
