"""Say which Kconfig symbols can be on when x86 is built, and why one cannot.

Four builds are looked at together, each a bit of a mask: 64 and 32 bit, without and with
COMPILE_TEST. The answer is optimistic: a symbol counts as possible when nothing in its
dependencies rules it out, each symbol seen by itself, so "cannot be on" is certain and "can be on"
is not proved by a whole configuration. SMP is taken as on, since only then are there IPIs.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable

from lostipi.kernel.kconfig_parse import Block, Definition, Expr, Parsed, parse

PLAIN_64 = 1
PLAIN_32 = 2
TEST_64 = 4
TEST_32 = 8
ALL = 15

#: What distinguishes the builds: symbol to the mask in which it is on.
_FIXED = {
    "64BIT": PLAIN_64 | TEST_64,
    "X86_64": PLAIN_64 | TEST_64,
    "X86_32": PLAIN_32 | TEST_32,
    "COMPILE_TEST": TEST_64 | TEST_32,
    "SMP": ALL,
    "X86": ALL,
    "MODULES": ALL,
}
_CHANGEABLE = ("MODULES",)

_MAX_ROUNDS = 4
_MAX_REASONS = 3
_MAX_CHAIN = 4


class Kconfig:
    """The symbols of a tree as x86 sees them; names without prefix."""

    def __init__(self, parsed: Parsed) -> None:
        """Works out which symbols can and which must be on.

        Args:
            parsed: All that x86's Kconfig sources.
        """
        self.faults = parsed.faults
        self._symbols = parsed.symbols
        self._selectors: dict[str, list[tuple[str, Definition, Expr]]] = defaultdict(list)
        self._impliers: dict[str, list[tuple[str, Expr]]] = defaultdict(list)
        self._users: dict[str, set[str]] = defaultdict(set)
        self._tristate = {
            name
            for name, definitions in self._symbols.items()
            if any(definition.kind == "tristate" for definition in definitions)
        }
        for name, definitions in self._symbols.items():
            for definition in definitions:
                self._index(name, definition)
        self._can: dict[str, int] = {}
        self._must = dict(_FIXED)
        for name in _CHANGEABLE:
            del self._must[name]
        self._blocks: dict[int, tuple[int, int]] = {}
        for _ in range(_MAX_ROUNDS):
            before = dict(self._must)
            self._settle(self._can, self._may_be_on)
            self._settle(self._must, self._has_to_be_on)
            if self._must == before:
                break

    @classmethod
    def load(cls, read: Callable[[str], bytes | None], files: Iterable[str]) -> "Kconfig":
        """Reads the Kconfig files of a tree with SRCARCH=x86."""
        environment = {"SRCARCH": "x86", "ARCH": "x86", "srctree": "", "KCONFIG_OBJDIR": ""}
        return cls(parse(read, files, environment))

    def can_be_on(self, name: str) -> int:
        """Returns the mask of the builds in which the symbol can be ``y`` or ``m``."""
        return self._can.get(name, 0)

    def can_be_off(self, name: str) -> int:
        """Returns the mask of the builds in which the symbol can be ``n``."""
        return ALL & ~self._must.get(name, 0)

    def is_defined(self, name: str) -> bool:
        """Says whether any Kconfig file that x86 reads has the symbol."""
        return name in self._symbols

    def why_not(self, name: str, build: int) -> str:
        """Says in words why a symbol cannot be on in a build.

        Args:
            name: The symbol, without prefix.
            build: One bit of a mask in which ``can_be_on`` says no.
        """
        return self._why_not(name, build, frozenset())

    # Which symbols can be on ------------------------------------------------------------------

    def _index(self, name: str, definition: Definition) -> None:
        exprs = [*definition.prompts, *definition.depends]
        for value, condition in definition.defaults:
            exprs += (value, condition)
        block: Block | None = definition.block
        while block is not None:
            exprs += (*block.depends, *block.visible)
            block = block.parent
        for expr in exprs:
            for used in _symbols_of(expr):
                self._users[used].add(name)
        for target, condition in definition.selects:
            self._selectors[target].append((name, definition, condition))
            for used in (name, *_symbols_of(condition)):
                self._users[used].add(target)
        for target, condition in definition.implies:
            self._impliers[target].append((name, condition))
            for used in (name, *_symbols_of(condition)):
                self._users[used].add(target)

    def _settle(self, table: dict[str, int], step: Callable[[str], int]) -> None:
        """Grows a table from its fixed part until nothing changes any more."""
        is_can = table is self._can
        table.clear()
        table.update({k: v for k, v in _FIXED.items() if is_can or k not in _CHANGEABLE})
        waiting = dict.fromkeys(self._symbols)
        while waiting:
            batch, waiting = waiting, {}
            for name in batch:
                if name in _FIXED or name not in self._symbols or table.get(name) == ALL:
                    continue
                mask = step(name)
                if mask & ~table.get(name, 0):
                    table[name] = table.get(name, 0) | mask
                    waiting.update(dict.fromkeys(self._users.get(name, ())))

    def _may_be_on(self, name: str) -> int:
        result = 0
        implied = 0
        for implier, condition in self._impliers.get(name, ()):
            implied |= self._can.get(implier, 0) & self._evaluate(condition)[0]
        for definition in self._symbols[name]:
            allowed = self._allowed(definition)
            if not allowed:
                continue
            wanted = implied
            for condition in definition.prompts:
                wanted |= self._evaluate(condition)[0] & self._visible(definition.block)
            for value, condition in definition.defaults:
                wanted |= self._evaluate(value)[0] & self._evaluate(condition)[0]
            result |= allowed & wanted
        for selector, definition, condition in self._selectors.get(name, ()):
            result |= (
                self._can.get(selector, 0)
                & self._allowed_or_selected(selector, definition)
                & self._evaluate(condition)[0]
            )
        return result

    def _allowed_or_selected(self, selector: str, definition: Definition) -> int:
        """A select counts in the definition that holds it, or when its owner is itself selected."""
        if self._selectors.get(selector):
            return ALL
        return self._allowed(definition)

    def _has_to_be_on(self, name: str) -> int:
        result = 0
        for selector, definition, condition in self._selectors.get(name, ()):
            required = ALL & ~self._evaluate(condition)[1] & ~self._hindered(definition)
            result |= self._must.get(selector, 0) & required
        shown = 0
        for definition in self._symbols[name]:
            for condition in definition.prompts:
                shown |= self._allowed(definition) & self._evaluate(condition)[0]
        left = ALL & ~shown
        for definition in self._symbols[name]:
            allowed = self._allowed(definition)
            hindered = self._hindered(definition)
            for value, condition in definition.defaults:
                value_may, value_may_not = self._evaluate(value)
                may, may_not = self._evaluate(condition)
                if value_may:
                    result |= left & ~hindered & ~may_not & ~value_may_not
                left &= ~(allowed & may & value_may_not)
        return result & ALL

    def _allowed(self, definition: Definition) -> int:
        """Returns where the dependencies of a definition may hold."""
        mask = self._block(definition.block)
        for expr in definition.depends:
            if not mask:
                break
            mask &= self._evaluate(expr)[0]
        return mask

    def _hindered(self, definition: Definition) -> int:
        """Returns where the dependencies of a definition may fail."""
        mask = 0
        for expr in definition.depends:
            mask |= self._evaluate(expr)[1]
        block: Block | None = definition.block
        while block is not None:
            for expr in block.depends:
                mask |= self._evaluate(expr)[1]
            block = block.parent
        return mask

    def _block(self, block: Block | None) -> int:
        mask = ALL
        while block is not None and mask:
            for expr in block.depends:
                mask &= self._evaluate(expr)[0]
            block = block.parent
        return mask

    def _visible(self, block: Block | None) -> int:
        mask = ALL
        while block is not None and mask:
            for expr in block.visible:
                mask &= self._evaluate(expr)[0]
            block = block.parent
        return mask

    def _evaluate(self, expr: Expr) -> tuple[int, int]:
        """Returns where the expression may hold (be ``y`` or ``m``) and where it may fail."""
        kind = expr[0]
        if kind == "sym":
            return self._can.get(expr[1], 0), ALL & ~self._must.get(expr[1], 0)
        if kind == "and":
            holds, fails = self._evaluate(expr[1])
            if not holds:
                return 0, ALL
            other = self._evaluate(expr[2])
            return holds & other[0], fails | other[1]
        if kind == "or":
            holds, fails = self._evaluate(expr[1])
            other = self._evaluate(expr[2])
            return holds | other[0], fails & other[1]
        if kind == "not":
            holds, fails = self._evaluate(expr[1])
            return fails, holds
        if kind == "const":
            return (ALL, 0) if expr[1] == "y" else (0, ALL)
        if kind == "cmp":
            return self._compare(expr[1], expr[2], expr[3])
        return ALL, ALL

    def _compare(self, operator: str, left: str, right: str) -> tuple[int, int]:
        if left.strip("\"'") in ("y", "m", "n"):
            left, right = right, left
        value = right.strip("\"'")
        if value not in ("y", "m", "n") or operator not in ("=", "!=") or "$" in left:
            return ALL, ALL
        on, not_on = self._can.get(left, 0), ALL & ~self._must.get(left, 0)
        tristate = left in self._tristate
        if value == "n":
            holds, fails = not_on, on
        elif value == "y":
            holds, fails = on, ALL if tristate else not_on
        else:
            holds, fails = (on if tristate else 0), ALL
        return (holds, fails) if operator == "=" else (fails, holds)

    # Why one cannot ---------------------------------------------------------------------------

    def _why_not(self, name: str, build: int, seen: frozenset[str]) -> str:
        symbol = f"CONFIG_{name}"
        if name in _FIXED:
            return f"built only with {symbol}"
        if name not in self._symbols:
            return f"x86 has no {symbol}"
        blockers: list[str] = []
        for definition in self._symbols[name]:
            exprs = list(definition.depends)
            block: Block | None = definition.block
            while block is not None:
                exprs += block.depends
                block = block.parent
            failing = next((e for e in exprs if not self._evaluate(e)[0] & build), None)
            if failing is None:
                continue
            blockers.extend(self._blockers(failing, build))
        blockers = list(dict.fromkeys(blockers))
        if not blockers:
            return self._never_set(name, build, seen)
        return f"{symbol} {self._needs(blockers, name, build, seen)}"

    def _needs(self, blockers: list[str], name: str, build: int, seen: frozenset[str]) -> str:
        """Says what is lacking and, where it is a symbol of x86's own, why that one is."""
        reason = f"needs {_listed(blockers)}"
        own = [b.removeprefix("CONFIG_") for b in blockers if self.is_defined(_first_name(b))]
        if not own:
            return f"{reason}, which x86 does not have"
        inner = next((o for o in own if o not in _FIXED and self.is_defined(o)), None)
        if inner is None or inner in seen or len(seen) > _MAX_CHAIN:
            return reason
        return f"{reason}; {self._why_not(inner, build, seen | {name})}"

    def _never_set(self, name: str, build: int, seen: frozenset[str]) -> str:
        """Says why a symbol whose dependencies hold is still not on."""
        symbol = f"CONFIG_{name}"
        conditions: list[Expr] = []
        for definition in self._symbols[name]:
            conditions += definition.prompts
            conditions += (("and", value, condition) for value, condition in definition.defaults)
        blockers = [blocker for expr in conditions for blocker in self._blockers(expr, build)]
        if blockers:
            return f"{symbol} {self._needs(list(dict.fromkeys(blockers)), name, build, seen)}"
        for selector, _, condition in self._selectors.get(name, ()):
            if self._can.get(selector, 0) & build and not self._evaluate(condition)[0] & build:
                lacking = _listed(self._blockers(condition, build) or ["a condition that fails"])
                return f"CONFIG_{selector} selects {symbol} only with {lacking}"
        selectors = sorted({selector for selector, _, _ in self._selectors.get(name, ())})
        unable = [selector for selector in selectors if not self._can.get(selector, 0) & build]
        if not selectors or unable != selectors or len(seen) > _MAX_CHAIN or unable[0] in seen:
            return f"nothing on x86 selects {symbol}"
        owners = _listed([f"CONFIG_{selector}" for selector in selectors])
        inner = self._why_not(unable[0], build, seen | {name})
        return f"{symbol} is selected only by {owners}; {inner}"

    def _blockers(self, expr: Expr, build: int) -> list[str]:
        """Returns what an expression lacks: any one of them would do."""
        match expr:
            case ("sym", str(name)):
                return [f"CONFIG_{name}"]
            case ("and", tuple(left), tuple(right)):
                failing = right if self._evaluate(left)[0] & build else left
                return self._blockers(failing, build)
            case ("or", tuple(left), tuple(right)):
                return self._blockers(left, build) + self._blockers(right, build)
            case ("not", ("sym", str(name))):
                return [f"CONFIG_{name} off"]
            case ("cmp", operator, left_text, right_text):
                return [f"CONFIG_{left_text}{operator}{right_text}"]
        return []


def _listed(names: list[str]) -> str:
    shown = names[:_MAX_REASONS]
    more = len(names) - len(shown)
    if more:
        return f"{', '.join(shown)} or one of {more} more"
    return " or ".join((", ".join(shown[:-1]), shown[-1])) if len(shown) > 1 else shown[0]


def _first_name(blocker: str) -> str:
    """Returns the symbol, without prefix, that a blocker begins with."""
    return re.split(r"\W", blocker.removeprefix("CONFIG_"), maxsplit=1)[0]


def _symbols_of(expr: Expr) -> set[str]:
    """Returns the names that an expression mentions."""
    found: set[str] = set()
    waiting = [expr]
    while waiting:
        match waiting.pop():
            case ("sym", str(name)):
                found.add(name)
            case ("cmp", _, str(left), str(right)):
                found.update((left, right))
            case (_, *parts):
                waiting.extend(part for part in parts if isinstance(part, tuple))
    return found
