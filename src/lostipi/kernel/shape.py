"""What the scanner is told and what it answers: API shapes, build gates, sites. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Waits: TypeAlias = Literal["by-argument", "always", "never"]
"""Whether an API waits for func: as its argument says, in every case, or in none."""

WaitClass: TypeAlias = Literal["waits", "no-wait", "async", "forwarded", "runtime"]
"""How one site waits: constantly, not, by an API that never does, as its own caller says, or as
some other expression says at run time."""

ResultUse: TypeAlias = Literal["used", "ignored", "void"]
"""What the caller does with the API's return value; ``void`` is a cast to ``(void)``."""


Through: TypeAlias = Literal["name", "member", "static-call"]
"""How a call reaches an API: by its name, through a structure of function pointers, or through
``static_call()``."""


@dataclass(frozen=True, slots=True)
class ApiShape:
    """The parameter list that one API has in the kernel scanned.

    One kernel may have several shapes of one name (a function for SMP, an inline or a macro
    without); the number of arguments decides which one a call is read by.
    """

    name: str
    """The C name."""
    func: int | None
    """Which argument is func, counted from 0; None when there is none or it comes from a csd."""
    csd: int | None
    """Which argument is the csd (``call_single_data_t *``) or its list node that carries func."""
    wait: int | None
    """Which argument says whether to wait."""
    waits: Waits
    """Whether the API waits."""
    wait_flag: str | None
    """The flag that means waiting when the wait argument is a set of flags (``SCF_WAIT``)."""
    params: int
    """The number of parameters."""
    defined_in: tuple[str, ...] = ()
    """The files that define it, relative to the tree."""
    target: int | None = None
    """Which argument names the CPU or the CPUs; None when it is all of them."""
    through: Through = "name"
    """How calls of this shape reach it."""


@dataclass(frozen=True, slots=True)
class Gate:
    """What must be on for a file to be compiled, and whether x86 can do it."""

    kconfig: tuple[tuple[str, ...], ...]
    """Alternatives, each all Kconfig symbols that must be on, with prefix; ``!CONFIG_X`` for one
    that must be off. ``((),)`` when unconditional, ``()`` when no x86 build names the file."""
    x86: str
    """``x86``, ``x86_64``, ``x86_32``, ``compile-test`` or ``no``."""
    x86_reason: str | None
    """Why not, or why only so; None when there is nothing to say."""
    as_builtin: tuple[str, ...] = ()
    """The symbols of ``kconfig`` that put the object into ``vmlinux`` even when they are ``m``."""


GateOf: TypeAlias = Callable[[str], Gate]
"""The gate of a file, by its path relative to the tree."""


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """Hashes of token streams, 16 hex digits each: comments, spacing and lines do not count."""

    call: str
    """The call's name and arguments, and the conditions around it."""
    function: str | None
    """The enclosing function to its closing brace, its own name left out wherever it stands."""
    func: str | None
    """The definition of func, its name left out, when it is in the same file or, for a csd, in
    the file that puts it there."""


@dataclass(frozen=True, slots=True, order=True)
class Site:
    """One call of one API in one function of one kernel."""

    file: str
    """Path relative to the tree."""
    line: int
    """The line of the API's name, counted from 1."""
    end_line: int
    """The line of the closing parenthesis."""
    function: str | None
    """The enclosing function, or the macro whose body the call is in."""
    api: str
    """The API called."""
    func: str | None
    """The argument text, or for a csd the function put into it, where the kernel's files tell."""
    wait: WaitClass
    """How it waits."""
    wait_expr: str | None
    """The text of the wait argument."""
    result: ResultUse
    """What becomes of the return value."""
    weak: bool
    """Whether the enclosing function is ``__weak``, so that another may take its place."""
    guards: tuple[str, ...]
    """The ``#if`` conditions around the call, outermost first, include guards left out."""
    is_enabled: tuple[str, ...]
    """What of ``IS_ENABLED()`` and its kin in C must be true for the call to run, outermost first:
    ``IS_ENABLED(CONFIG_X)``, ``!(IS_ENABLED(CONFIG_X))``, or such joined by ``||`` and ``&&``."""
    kconfig: tuple[tuple[str, ...], ...]
    """As in `Gate`."""
    x86: str
    """As in `Gate`."""
    x86_reason: str | None
    """As in `Gate`."""
    as_builtin: tuple[str, ...] = field(default=(), kw_only=True)
    """As in `Gate`."""
    fingerprints: Fingerprints = field(compare=False)
    """The layers of what was reviewed."""

    def to_json(self) -> dict[str, Any]:
        """Give the record of ``scan --format json``, keys in their fixed order."""
        return {
            "file": self.file,
            "line": self.line,
            "end_line": self.end_line,
            "function": self.function,
            "api": self.api,
            "func": self.func,
            "wait": self.wait,
            "wait_expr": self.wait_expr,
            "result": self.result,
            "weak": self.weak,
            "guards": list(self.guards),
            "is_enabled": list(self.is_enabled),
            "kconfig": [list(alternative) for alternative in self.kconfig],
            "as_builtin": list(self.as_builtin),
            "x86": self.x86,
            "x86_reason": self.x86_reason,
            "fingerprints": {
                "call": self.fingerprints.call,
                "function": self.fingerprints.function,
                "func": self.fingerprints.func,
            },
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Site:
        """Make a site of a record whose keys and types have been checked."""
        values = dict(record)
        values["guards"] = tuple(values["guards"])
        values["is_enabled"] = tuple(values["is_enabled"])
        values["kconfig"] = tuple(tuple(alternative) for alternative in values["kconfig"])
        values["as_builtin"] = tuple(values["as_builtin"])
        values["fingerprints"] = Fingerprints(**values["fingerprints"])
        return cls(**values)


@dataclass(frozen=True, slots=True, order=True)
class ScanProblem:
    """Something in a tree that could not be read or understood."""

    file: str
    """Path relative to the tree."""
    line: int
    """The line, or 0 for the whole file."""
    message: str
    """What is wrong."""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.message}"
