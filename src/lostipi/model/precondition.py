"""The shape of a precondition entry: a condition under which code cannot run, and who holds it."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from lostipi.model.base import (
    Evidence,
    KernelName,
    Model,
    Platform,
    Reference,
    Sentence,
    Text,
)


class Holder(StrEnum):
    """Who holds a condition."""

    BUILD = "build"
    """The kernel's configuration, which is measured with the kernel."""
    MEASURED_BOOT = "measured-boot"
    """The kernel command line or another boot input that is measured."""
    GUEST_RUNTIME = "guest-runtime"
    """The guest itself at run time: a sysctl, a module not loaded, a file not written."""
    PLATFORM = "platform"
    """The platform: TDX module or AMD secure processor."""
    HOST = "host"
    """Only the host, which may undo it: this excludes nothing."""
    CANNOT = "cannot"
    """It cannot be held there."""


class Default(StrEnum):
    """Whether common distribution kernels hold a condition by default."""

    HOLDS = "holds"
    """They hold it."""
    FAILS = "fails"
    """They do not hold it."""
    UNKNOWN = "unknown"
    """They differ, or nobody has looked."""


class Held(Model):
    """By what a condition is held on some kernels and platforms."""

    kernels: tuple[KernelName, ...] = Field(min_length=1)
    """The kernels."""
    platforms: tuple[Platform, ...] | None = Field(default=None, min_length=1)
    """The platforms; left out for all platforms of these kernels."""
    by: tuple[Holder, ...] = Field(min_length=1)
    """Everything that can hold it, strongest first; only `host` or `cannot` excludes nothing."""
    how: Sentence
    """How it is held, or why it cannot be. Markdown."""
    default: Default
    """Whether common distribution kernels hold it by default."""
    default_why: Sentence
    """What the default rests on. Markdown."""


def _line_pattern(text: str) -> str:
    if text.startswith("(?") or "(?" in text.replace("\\(", ""):
        raise ValueError("must be what `grep -E` reads: no `(?...)` groups or flags")
    if "'" in text:
        raise ValueError("must hold no single quote: it stands between two in a shell command")
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"must be a regular expression: {error}") from error
    return text


LinePattern = Annotated[Text, AfterValidator(_line_pattern)]
"""A regular expression for one line, in what Python and `grep -E` have in common."""


class KconfigCheck(Model):
    """A line of the kernel configuration."""

    kind: Literal["kconfig"]
    """A kernel configuration symbol."""
    symbol: Annotated[str, StringConstraints(strict=True, pattern=r"^CONFIG_[A-Z0-9_a-z]+$")]
    """The symbol, with prefix."""
    value: Annotated[str, StringConstraints(strict=True, min_length=1)]
    """The value that holds the condition: `n`, `y`, `m` or text."""


class CmdlineCheck(Model):
    """A word of the kernel command line."""

    kind: Literal["cmdline"]
    """A kernel command line parameter."""
    parameter: Annotated[str, StringConstraints(strict=True, pattern=r"^\S+$")]
    """The parameter as written, such as `mce=off`."""


class CpuidCheck(Model):
    """A bit of CPUID as the guest sees it."""

    kind: Literal["cpuid"]
    """A CPUID bit."""
    leaf: int = Field(ge=0, le=0xFFFFFFFF, strict=True)
    """The leaf (EAX on input)."""
    subleaf: int = Field(default=0, ge=0, le=0xFFFFFFFF, strict=True)
    """The subleaf (ECX on input)."""
    register_: Literal["eax", "ebx", "ecx", "edx"] = Field(alias="register")
    """The register."""
    bit: int = Field(ge=0, le=31, strict=True)
    """The bit."""
    value: int = Field(ge=0, le=1, strict=True)
    """The value that holds the condition."""


class SysctlCheck(Model):
    """A sysctl."""

    kind: Literal["sysctl"]
    """A sysctl."""
    name: Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z0-9_./-]+$")]
    """Its name, such as `kernel.sysrq`."""
    value: Annotated[str, StringConstraints(strict=True, min_length=1)]
    """The value that holds the condition."""


class FileCheck(Model):
    """A file under /sys, /proc or /dev."""

    kind: Literal["file"]
    """A file."""
    path: Annotated[str, StringConstraints(strict=True, pattern=r"^/\S+$")]
    """Its path."""
    present: bool = Field(strict=True)
    """Whether the condition wants it present."""
    contains: LinePattern | None = None
    """A regular expression that some line must match, when the file is present; as `grep -E` reads
    it."""
    lacks: LinePattern | None = None
    """A regular expression that no line may match, when the file is present; as `grep -E` reads
    it."""


class BootLogCheck(Model):
    """A line of the boot log."""

    kind: Literal["boot-log"]
    """A boot log line."""
    text: Text
    """A fixed part of the line."""
    present: bool = Field(strict=True)
    """Whether the condition wants it present."""


Check = Annotated[
    KconfigCheck | CmdlineCheck | CpuidCheck | SysctlCheck | FileCheck | BootLogCheck,
    Field(discriminator="kind"),
]


class Precondition(Model):
    """A condition on build, boot or platform under which code cannot run."""

    title: Sentence
    """The condition in a few words: `MCE off`. Markdown."""
    statement: Sentence
    """What exactly holds, in one sentence. Markdown."""
    why: Text
    """Why the code cannot run then, and what the host could do about it. Markdown."""
    held: tuple[Held, ...] = Field(min_length=1)
    """Who holds it; together they cover each kernel and platform once."""
    cost: Sentence
    """What holding it costs. Markdown."""
    checks: tuple[Check, ...] = ()
    """How to see it: every check must pass."""
    checks_note: Sentence | None = None
    """What the checks cannot see. Markdown."""
    evidence: tuple[Evidence, ...] = Field(min_length=1)
    """What this rests on."""
    references: tuple[Reference, ...] = ()
    """What is worth reading beside this."""

    @model_validator(mode="after")
    def _can_be_checked(self) -> Self:
        if not self.checks and self.checks_note is None:
            raise ValueError("needs `checks`, or `checks_note` that says why there are none")
        return self
