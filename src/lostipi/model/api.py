"""The shape of an API entry: a kernel function or macro that sends an IPI."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from lostipi.model.base import (
    CName,
    Evidence,
    FunctionPlace,
    KernelName,
    Kind,
    Model,
    Reference,
    Sentence,
    Slug,
    SourcePath,
    Text,
)
from lostipi.model.caller import Mute


class Form(StrEnum):
    """What a definition is in C."""

    FUNCTION = "function"
    """A function with a body in a `.c` file."""
    INLINE = "inline"
    """A static inline function."""
    MACRO = "macro"
    """A macro."""
    MEMBER = "member"
    """A pointer to functions, called through a structure: ``apic->send_IPI(cpu, vector)``."""
    STATIC_CALL = "static-call"
    """The key of a static call: ``static_call(apic_call_send_IPI)(cpu, vector)``."""


class Waits(StrEnum):
    """How an API decides whether it waits."""

    BY_ARGUMENT = "by-argument"
    """By its wait argument."""
    ALWAYS = "always"
    """It always waits until func has run."""
    NEVER = "never"
    """It never waits."""


class Callers(StrEnum):
    """What the knowledge base says of an API's callers."""

    JUDGED = "judged"
    """Each caller has an entry of its own."""
    LISTED = "listed"
    """The calls are counted and shown; they are judged together, in the API's entry: an IPI that
    a CPU sends to itself means the same whoever asks for it."""


class Definition(Model):
    """One shape that an API has had."""

    kernels: tuple[KernelName, ...] = Field(min_length=1)
    """The kernels that have this shape."""
    file: SourcePath
    """The file that defines it."""
    form: Form
    """What it is in C."""
    when: Sentence | None = None
    """The preprocessor condition, where a kernel has more than one: `CONFIG_SMP`. Markdown."""
    signature: Text
    """The declaration in C, parameters with their names, whitespace normalised."""
    func: CName | None = None
    """The parameter that is the func."""
    csd: CName | None = None
    """The parameter that is the csd which holds the func, where func is no parameter."""
    wait: CName | None = None
    """The parameter that decides whether it waits."""
    wait_flag: CName | None = None
    """Where that parameter holds flags: the flag that makes it wait."""
    waits: Waits
    """How it decides whether it waits."""
    forwards_to: tuple[CName, ...] = ()
    """The APIs to which this one passes func on."""
    implementations: tuple[FunctionPlace, ...] = ()
    """The functions that do its work behind a pointer, as `path:function`. What they send in turn
    belongs to this entry."""

    @property
    def is_pointer(self) -> bool:
        """Whether it is called through a structure or a static call, not by its name alone."""
        return self.form in (Form.MEMBER, Form.STATIC_CALL)

    @property
    def declares(self) -> str | None:
        """The name that the signature declares: of ``void (*send_IPI)(int cpu)`` ``send_IPI``."""
        return _parameter(self.signature) if self.is_pointer else _declared(self.signature)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters, in order."""
        found = (_parameter(part) for part in _split(_last_group(self.signature)))
        return tuple(name for name in found if name is not None and name != "void")

    @model_validator(mode="after")
    def _names_are_parameters(self) -> Self:
        if "(" not in self.signature or ")" not in self.signature:
            raise ValueError("`signature` must hold a parameter list in parentheses")
        for field in ("func", "csd", "wait"):
            name = getattr(self, field)
            if name is not None and name not in self.parameters:
                raise ValueError(f"`{field}: {name}` is no parameter of `signature`")
        if (self.waits is Waits.BY_ARGUMENT) != (self.wait is not None):
            raise ValueError("`wait` goes with `waits: by-argument`, and with nothing else")
        if self.wait_flag is not None and self.wait is None:
            raise ValueError("`wait_flag` needs `wait`")
        return self


def _last_group(signature: str) -> str:
    """Give what stands in the last parentheses of a declaration: its parameter list."""
    depth, close = 0, signature.rindex(")")
    for index in range(close, -1, -1):
        depth += (signature[index] == ")") - (signature[index] == "(")
        if depth == 0:
            return signature[index + 1 : close]
    raise ValueError("`signature` must hold a parameter list in parentheses")


def _split(inside: str) -> list[str]:
    """Split a C parameter list at its top-level commas."""
    parts, depth = [""], 0
    for char in inside:
        depth += (char == "(") - (char == ")")
        if char == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return parts


def _declared(signature: str) -> str | None:
    """The last name before the parameter list."""
    names = re.findall(r"[A-Za-z_]\w*", signature.split("(")[0])
    return names[-1] if names else None


def _parameter(declaration: str) -> str | None:
    """The name that a C parameter declaration declares, function pointers included."""
    pointer = re.search(r"\(\s*\*\s*([A-Za-z_]\w*)\s*\)\s*\(", declaration)
    if pointer:
        return pointer[1]
    names = re.findall(r"[A-Za-z_]\w*", declaration)
    return names[-1] if names else None


class Missing(Model):
    """What a missing IPI does to a call, before any caller is looked at."""

    waiting: Text | None = None
    """To a call that waits; left out when the API never waits. Markdown."""
    not_waiting: Text | None = None
    """To a call that does not wait; left out when the API always waits. Markdown."""


class Api(Model):
    """A kernel function or macro that sends an IPI, or queues work for one."""

    kind: Kind
    """What it sends."""
    callers: Callers = Callers.JUDGED
    """Whether each caller has an entry."""
    summary: Sentence
    """What it is for, in one sentence. Markdown."""
    definitions: tuple[Definition, ...] = Field(min_length=1)
    """The shapes it has had; every kernel that has the API is named in one or more."""
    missing: Missing
    """What a missing IPI does to a call."""
    mutes: tuple[Mute, ...] = Field(min_length=1)
    """What a missing IPI silences besides, unless an assessment says otherwise."""
    replaced_by: tuple[CName, ...] = ()
    """Paravirtual paths that take its place in a guest; their verdicts then stand beside."""
    detectors: tuple[Slug, ...] = ()
    """Detectors that may see the missing IPI."""
    evidence: tuple[Evidence, ...] = Field(min_length=1)
    """What this rests on."""
    references: tuple[Reference, ...] = ()
    """What is worth reading beside this."""
