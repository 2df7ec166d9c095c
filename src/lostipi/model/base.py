"""What all models share: strictness, names, citations. No I/O."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

C_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


class Model(BaseModel):
    """A strict, immutable record: unknown keys are refused and nothing is coerced.

    The docstring under a field is its text, see `lostipi.model.docstrings`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)


def _one_paragraph(text: str) -> str:
    if "\n" in text.strip():
        raise ValueError("must be one paragraph without line breaks; fold it with `>-`")
    return text


def _within_the_tree(text: str) -> str:
    if {".", ".."} & set(text.partition(":")[0].split("/")):
        raise ValueError("must not hold `.` or `..` as a folder")
    return text


OPEN = "OPEN"
"""What a draft has in place of an answer; no entry may say it."""


def _answered(text: str) -> str:
    if text == OPEN:
        raise ValueError("must be answered: `lostipi new` left the question above it open")
    return text


Text = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, strip_whitespace=True),
    AfterValidator(_answered),
]
"""Plain text or Markdown, as the field says; never empty."""

Sentence = Annotated[Text, AfterValidator(_one_paragraph)]
"""One paragraph of Markdown."""

CName = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
"""The name of a C function or macro, verbatim."""

Slug = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
"""The id of an entry: lower case words joined by hyphens."""

EntryId = Annotated[
    str,
    StringConstraints(strict=True, pattern=r"^[a-z0-9-]+/[A-Za-z_][A-Za-z0-9_]*(-[a-z0-9-]+)?$"),
]
"""The id of a caller entry: its folder and the caller's name, such as ``sched/kick_ilb``."""

KernelName = Annotated[str, StringConstraints(strict=True, pattern=r"^v[0-9]+\.[0-9]+$")]
"""A tracked release line, such as ``v6.12``; always with the ``v``, so that YAML keeps the text."""

SourcePath = Annotated[
    str,
    StringConstraints(strict=True, pattern=r"^[A-Za-z0-9_.+-]+(/[A-Za-z0-9_.+-]+)*$"),
    AfterValidator(_within_the_tree),
]
"""A file of the kernel tree, relative to its top, such as ``kernel/sched/fair.c``."""

FunctionPlace = Annotated[
    str,
    StringConstraints(
        strict=True, pattern=r"^[A-Za-z0-9_.+-]+(/[A-Za-z0-9_.+-]+)*:[A-Za-z_][A-Za-z0-9_]*$"
    ),
    AfterValidator(_within_the_tree),
]
"""A function and the file that defines it, such as ``kernel/smp.c:csd_lock``."""

Url = Annotated[str, StringConstraints(strict=True, pattern=r"^https://[^\s]+$")]
"""An address on the web; ``https`` only."""


class Kind(StrEnum):
    """The kind of an API: what it sends, or what takes an IPI's place."""

    CALL_FUNCTION = "call-function"
    """Runs a func on other CPUs, through ``call_single_queue`` or a work item."""
    RESCHEDULE = "reschedule"
    """Makes another CPU look at its run queue."""
    IRQ_WORK = "irq-work"
    """Queues an ``irq_work`` on another CPU."""
    NMI = "nmi"
    """Sends a non-maskable interrupt."""
    STOP = "stop"
    """Stops other CPUs."""
    BOOT = "boot"
    """Brings up another CPU."""
    TIMER = "timer"
    """Broadcasts a timer event."""
    APIC = "apic"
    """Writes the interrupt command register."""
    PARAVIRTUAL = "paravirtual"
    """Asks the host by hypercall or shared memory to do what an IPI would do."""


class Platform(StrEnum):
    """A confidential computing platform of an x86-64 guest."""

    TDX = "tdx"
    """Intel Trust Domain Extensions."""
    SEV_SNP = "sev-snp"
    """AMD Secure Encrypted Virtualization with Secure Nested Paging."""
    SEV_ES = "sev-es"
    """AMD SEV with Encrypted State; judged only for kernels older than TDX and SEV-SNP guests."""


class Basis(StrEnum):
    """What a piece of evidence rests on."""

    SOURCE = "source"
    """Kernel source, read at the place cited."""
    DOCUMENT = "document"
    """A document: specification, manual, mail."""
    EXPERIMENT = "experiment"
    """Something that was run and observed."""


CITATION = re.compile(
    r"(?P<path>[A-Za-z0-9_.+-]+(?:/[A-Za-z0-9_.+-]+)*)"
    r":(?P<symbol>[A-Za-z_][A-Za-z0-9_]*)"
    r"(?:\+(?P<plus>[0-9]+))?"
    r"@(?P<kernel>v[0-9]+\.[0-9]+)\Z"
)


class Citation(str):
    """A place in kernel source, written ``path:symbol@kernel`` or ``path:symbol+N@kernel``."""

    @property
    def parts(self) -> tuple[str, str, int, str]:
        """The path, the symbol, the lines below the symbol's own line, and the kernel."""
        match = CITATION.match(self)
        assert match is not None
        return match["path"], match["symbol"], int(match["plus"] or 0), match["kernel"]


def _citation(text: str) -> Citation:
    if not CITATION.match(text):
        raise ValueError(
            "must cite `path:symbol@kernel`, such as `kernel/smp.c:csd_lock@v6.12`, or "
            "`path:symbol+N@kernel` for N lines below the symbol"
        )
    return Citation(_within_the_tree(text))


CitationField = Annotated[
    str,
    StringConstraints(strict=True),
    AfterValidator(_citation),
    Field(json_schema_extra={"pattern": CITATION.pattern.replace("?P<", "?<").replace(r"\Z", "$")}),
]


class Evidence(Model):
    """One thing that can be looked up, and what it shows."""

    at: CitationField | None = None
    """The place in kernel source: `path:symbol@kernel`, with `+N` for N lines below the symbol."""
    url: Url | None = None
    """The document's address, where the evidence is not kernel source."""
    shows: Sentence
    """What a reader finds there and why it matters here. Markdown."""
    basis: Basis
    """What the evidence rests on."""

    def model_post_init(self, _context: object) -> None:
        """Hold source evidence to a place and other evidence to an address.

        Raises:
            ValueError: when neither or both are given, or the basis does not fit.
        """
        if (self.at is None) == (self.url is None):
            raise ValueError("evidence has either `at` (kernel source) or `url` (a document)")
        if (self.basis is Basis.SOURCE) != (self.at is not None):
            raise ValueError("`basis: source` goes with `at`, every other basis with `url`")


class Reference(Model):
    """Something worth reading beside an entry."""

    title: Sentence
    """The title of what is referred to."""
    url: Url
    """Its address."""
