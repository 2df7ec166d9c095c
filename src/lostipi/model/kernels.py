"""The shape of kernels.yaml: the tracked kernels."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from lostipi.model.base import KernelName, Model, Platform, Sentence


class DebianSource(Model):
    """The Debian package that brings a kernel's source."""

    package: Annotated[str, StringConstraints(strict=True, pattern=r"^linux-source-[0-9.]+$")]
    """The binary package."""
    version: Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9][A-Za-z0-9.+~:-]*$")]
    """Its version when the inventory was made."""
    sha256: Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9a-f]{64}$")]
    """The digest of the package file of that version."""
    suites: tuple[Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z-]+$")], ...]
    """The suites that hold it."""


class Kernel(Model):
    """One tracked kernel."""

    name: KernelName
    """The release line."""
    release: Annotated[
        str, StringConstraints(strict=True, pattern=r"^[0-9]+(\.[0-9]+){1,2}(-rc[0-9]+)?$")
    ]
    """The exact release that the inventory was made from."""
    source: DebianSource
    """Where its source comes from."""
    platforms: tuple[Platform, ...] = Field(min_length=1)
    """The platforms judged for it."""
    platforms_why: Sentence
    """Why these. Markdown."""
    source_url: Annotated[
        str, StringConstraints(strict=True, pattern=r"^https://[^\s]*\{path\}[^\s]*\{line\}[^\s]*$")
    ]
    """The address of a source line; `{path}` and `{line}` are filled in. Distribution patches may
    shift a line."""


class Kernels(Model):
    """All tracked kernels, oldest first."""

    kernels: tuple[Kernel, ...] = Field(min_length=1)
    """The kernels."""

    @model_validator(mode="after")
    def _each_once_oldest_first(self) -> Self:
        order = [tuple(map(int, kernel.name[1:].split("."))) for kernel in self.kernels]
        if order != sorted(set(order)):
            raise ValueError("`kernels` must name each kernel once, oldest first")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the kernels, oldest first."""
        return tuple(kernel.name for kernel in self.kernels)

    def platforms_of(self, name: str) -> tuple[Platform, ...]:
        """The platforms judged for a kernel; none for one that is not tracked."""
        return next((k.platforms for k in self.kernels if k.name == name), ())
