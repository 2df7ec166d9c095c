"""The shape of a detector entry: a thing that may notice a missing IPI."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from lostipi.model.base import (
    Evidence,
    KernelName,
    Model,
    Platform,
    Reference,
    Sentence,
    Text,
)


class Power(StrEnum):
    """What the host can do to a detector."""

    BLIND = "blind"
    """It can keep the detector from ever firing while the guest runs on."""
    DELAY = "delay"
    """It can put off the detector's report, but only by pausing the detecting vCPU."""
    NOTHING = "nothing"
    """It can do neither."""
    UNKNOWN = "unknown"
    """Nobody has worked it out."""


class Response(StrEnum):
    """What a detector does when it fires."""

    RETURN_CODE = "return-code"
    """Tells the caller."""
    REPORT = "report"
    """Writes to the kernel log."""
    RESEND = "resend"
    """Sends the IPI again."""
    KILL_TASK = "kill-task"
    """Kills the task that runs."""
    PANIC = "panic"
    """Panics the guest, when it is told to."""


class DetectorState(Model):
    """What a detector is in some kernels."""

    kernels: tuple[KernelName, ...] = Field(min_length=1)
    """The kernels."""
    exists: bool = Field(default=True, strict=True)
    """Whether these kernels have it."""
    default: Sentence
    """Whether it is built and on by default, in mainline and in common distributions. Markdown."""
    needs: Sentence
    """What it needs to fire: whose timer, clock, interrupt. Markdown."""


class Blinding(Model):
    """What the host can do to a detector on some platforms."""

    platforms: tuple[Platform, ...] = Field(min_length=1)
    """The platforms."""
    kernels: tuple[KernelName, ...] | None = Field(default=None, min_length=1)
    """The kernels; left out for all that have it."""
    power: Power
    """What the host can do."""
    how: Sentence
    """How it does it. Markdown."""


class Detector(Model):
    """Something that may notice a missing IPI."""

    title: Sentence
    """The detector's usual name. Markdown."""
    sees: Sentence
    """What it sees, in one sentence. Markdown."""
    misses: Sentence
    """What it does not see. Markdown."""
    states: tuple[DetectorState, ...] = Field(min_length=1)
    """Its default and needs; together they cover each kernel once."""
    blinded: tuple[Blinding, ...] = Field(min_length=1)
    """What the host can do to it; together they cover each kernel and platform once."""
    does: tuple[Response, ...] = Field(min_length=1)
    """What it does when it fires."""
    enable: Text
    """How to switch it on. Markdown."""
    cost: Sentence
    """What it costs. Markdown."""
    evidence: tuple[Evidence, ...] = Field(min_length=1)
    """What this rests on."""
    references: tuple[Reference, ...] = ()
    """What is worth reading beside this."""
