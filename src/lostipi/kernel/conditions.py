"""Conditions over Kconfig symbols, as alternatives of literals. Knows no file format.

A literal is ``CONFIG_X`` (on: ``y`` or ``m``) or ``!CONFIG_X`` (off). An alternative is a tuple of
literals that must all hold, a condition a tuple of alternatives of which one must hold. So
``ALWAYS`` is ``((),)`` and ``NEVER`` is ``()``.
"""

from collections.abc import Iterable

Alternative = tuple[str, ...]
Condition = tuple[Alternative, ...]

ALWAYS: Condition = ((),)
NEVER: Condition = ()

#: Above this many alternatives a condition is cut back to what its alternatives have in common.
#: That is weaker, never wrong, and no real Makefile comes near it.
LIMIT = 64

#: On x86 exactly one of the two holds, so that an ``else`` of one is written as the other.
_OPPOSITES = {
    "!CONFIG_X86_32": "CONFIG_X86_64",
    "!CONFIG_X86_64": "CONFIG_X86_32",
    "!CONFIG_64BIT": "CONFIG_X86_32",
}


def off(symbol: str) -> str:
    """Returns the literal that says that the symbol (with prefix) is off."""
    literal = f"!{symbol}"
    return _OPPOSITES.get(literal, literal)


def negated(literal: str) -> str:
    """Returns the literal that holds when the given one does not."""
    return literal[1:] if literal.startswith("!") else off(literal)


def join(first: Alternative, second: Alternative) -> Alternative | None:
    """Returns the alternative in which both hold, outermost symbol first; None if they exclude."""
    if not second:
        return first
    if not first:
        return second
    merged = tuple(dict.fromkeys(first + second))
    have = set(merged)
    if any(negated(literal) in have for literal in merged):
        return None
    return merged


def both(first: Condition, second: Condition) -> Condition:
    """Returns the condition that holds when both hold."""
    if first == ALWAYS:
        return second
    if second == ALWAYS:
        return first
    joined = (join(one, other) for one in first for other in second)
    return simplify(alternative for alternative in joined if alternative is not None)


def either(conditions: Iterable[Condition]) -> Condition:
    """Returns the condition that holds when at least one of them does."""
    return simplify(alternative for condition in conditions for alternative in condition)


def inverse(condition: Condition) -> Condition:
    """Returns the condition that holds when the given one does not."""
    result = ALWAYS
    for alternative in condition:
        result = both(result, tuple((negated(literal),) for literal in alternative))
    return result


def simplify(alternatives: Iterable[Alternative]) -> Condition:
    """Returns the same condition without redundant alternatives, in a stable order.

    ``A and B or A and not B`` becomes ``A``, and an alternative that asks for more than another
    one is dropped.
    """
    unique = {frozenset(alternative): alternative for alternative in alternatives}
    if frozenset() in unique:
        return ALWAYS
    if len(unique) > LIMIT:
        common = frozenset.intersection(*unique)
        first = next(iter(unique.values()))
        return (tuple(literal for literal in first if literal in common),)
    if len(unique) > 1:
        unique = _absorb(_resolve(unique))
    return tuple(sorted(unique.values()))


def _resolve(unique: dict[frozenset[str], Alternative]) -> dict[frozenset[str], Alternative]:
    """Adds each alternative again without a literal whose opposite another one takes care of."""
    known = dict(unique)
    fresh = list(unique.items())
    while fresh and len(known) <= 4 * LIMIT:
        found: dict[frozenset[str], Alternative] = {}
        for key, alternative in fresh:
            for literal in alternative:
                rest = key - {literal}
                opposite = negated(literal)
                if rest not in known and any(
                    opposite in other and other <= rest | {opposite} for other in known
                ):
                    found[rest] = tuple(item for item in alternative if item != literal)
        known.update(found)
        fresh = list(found.items())
    return known


def _absorb(unique: dict[frozenset[str], Alternative]) -> dict[frozenset[str], Alternative]:
    """Drops each alternative that asks for all that another one asks, and more."""
    kept: dict[frozenset[str], Alternative] = {}
    for key in sorted(unique, key=len):
        if not any(smaller <= key for smaller in kept):
            kept[key] = unique[key]
    return kept
