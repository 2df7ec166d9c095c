"""Tell whether a configuration builds a site, and why. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from lostipi.kernel.config import Config
from lostipi.kernel.ifexpr import Compiled, evaluate
from lostipi.kernel.shape import Site

Linked: TypeAlias = Literal["built-in", "module", "no"]
"""Where a site ends up: in ``vmlinux``, in a module, or nowhere."""


@dataclass(frozen=True, slots=True)
class Built:
    """What a configuration makes of one site."""

    linked: Linked
    """Where it ends up."""
    why: str
    """The symbols and conditions that decide it, and what could not be decided."""

    @property
    def is_built(self) -> bool:
        """Whether it is compiled at all."""
        return self.linked != "no"


def built(site: Site, config: Config) -> Built:
    """Tell whether a configuration builds a site.

    Its object must be built: all symbols of one alternative of ``kconfig`` are as they must be. It
    is part of a module when one of them is ``m`` in every such alternative, other than by
    ``$(subst m,y,...)``. Then no ``#if`` around
    the call may be false. One that the configuration does not decide counts as true, and ``why``
    names it. Last, no ``IS_ENABLED()`` that must be true for the call to run may be false: the
    compiler then leaves the call out. A header counts as compiled where its folder's Makefiles
    allow it.
    """
    if not site.kconfig:
        return Built("no", site.x86_reason or "no x86 build compiles the file")
    chosen = _alternative(site, config)
    if chosen is None:
        return Built("no", _lacking(site.kconfig, config))
    module = _is_module(chosen, site, config)
    reasons = [_literal(literal, config) for literal in chosen]
    reasons += [
        f"{symbol} counts as y there"
        for symbol in site.as_builtin
        if symbol in chosen and config.is_module(symbol)
    ]
    undecided = []
    for guard in site.guards:
        holds = evaluate(guard, Compiled(config, module))
        if holds is False:
            return Built("no", f"#if {guard} is false")
        if holds is None:
            undecided.append(f"#if {guard} is not decided by a configuration, taken as true")
        else:
            reasons.append(f"#if {guard} is true")
    for condition in site.is_enabled:
        if evaluate(condition, Compiled(config, module)) is False:
            return Built("no", f"compiled, but runs only if {condition}, which is false")
        reasons.append(f"{condition} is true")
    reasons += undecided
    if site.weak:
        reasons.append(f"{site.function}() is weak: another definition may take its place")
    word = "module" if module else "built in"
    return Built(
        "module" if module else "built-in", ": ".join((word, "; ".join(reasons) or "always"))
    )


def _alternative(site: Site, config: Config) -> tuple[str, ...] | None:
    """Give the first alternative that holds; one without a module before one with."""
    holding = [
        alternative
        for alternative in site.kconfig
        if all(_holds(literal, config) for literal in alternative)
    ]
    return min(
        holding,
        key=lambda alternative: _is_module(alternative, site, config),
        default=None,
    )


def _is_module(alternative: Sequence[str], site: Site, config: Config) -> bool:
    return any(
        config.is_module(literal) and literal not in site.as_builtin for literal in alternative
    )


def _holds(literal: str, config: Config) -> bool:
    if literal.startswith("!"):
        return not config.is_on(literal[1:])
    return config.is_on(literal)


def _literal(literal: str, config: Config) -> str:
    return config.says(literal.removeprefix("!"))


def _lacking(alternatives: Sequence[tuple[str, ...]], config: Config) -> str:
    """Say of each alternative what it lacks first; the same thing is said once."""
    lacks = [
        next(_literal(literal, config) for literal in alternative if not _holds(literal, config))
        for alternative in alternatives
    ]
    return "; ".join(dict.fromkeys(lacks))
