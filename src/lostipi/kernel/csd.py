"""Which function a csd runs: where this file puts one into a ``call_single_data_t``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

from lostipi.kernel.calls import read_call
from lostipi.kernel.ctokens import WORD, Directive, Source, places
from lostipi.kernel.functions import Function, Structure, parameters

_HOPS = 4
"""How many local pointers are followed from the argument to the csd."""

_FARTHEST = 256
"""Tokens looked back from ``.func =`` to the variable that is initialised."""

_QUALIFIERS = frozenset({"const", "volatile", "__percpu", "__rcu"})
_STATEMENTS = frozenset({"return", "else", "do", "case", "goto", "sizeof"})
_LIST_PARTS = frozenset({"llist", "node"})


class _Macro(NamedTuple):
    """A macro or function that puts a function into a csd or an irq_work."""

    csd: int | None
    """Its argument that is the csd; None for an initialiser, which stands right of one."""
    func: int
    """Its argument that is the func."""
    params: int


MACROS = {
    "INIT_CSD": _Macro(0, 1, 3),
    "CSD_INIT": _Macro(None, 0, 2),
    "init_irq_work": _Macro(0, 1, 2),
    "DEFINE_IRQ_WORK": _Macro(0, 1, 2),
    "IRQ_WORK_INIT": _Macro(None, 0, 1),
    "IRQ_WORK_INIT_LAZY": _Macro(None, 0, 1),
    "IRQ_WORK_INIT_HARD": _Macro(None, 0, 1),
    "__IRQ_WORK_INIT": _Macro(None, 0, 2),
}
"""The macros that put a function into a csd or an irq_work."""


class Carrier(NamedTuple):
    """The csd or irq_work that an argument points at, as another file may name it too."""

    name: str
    """A member, with a dot (``.nohz_csd``), or a variable that is not the function's own."""
    struct: str | None
    """For a member: the struct type of the variable before it, where the function says so."""


class Setting(NamedTuple):
    """One place that puts a function into a csd."""

    key: str
    """The variable, or the member with a dot."""
    func: str
    """The function."""
    place: int
    """A token of the place."""
    struct: str | None = None
    """As in `Carrier`."""


class CsdFuncs:
    """The functions that one file puts into csds.

    Understood are ``INIT_CSD()``, ``CSD_INIT()``, ``csd->func = f``, ``.func = f`` in an
    initialiser, local pointers to a csd, and functions of the same file that do so with the csd
    and the function they are given; for an irq_work likewise its own initialisers.
    """

    def __init__(self, source: Source, structure: Structure) -> None:
        self.source = source
        self.structure = structure
        self._aliases: dict[tuple[str, int], str | None] = {}
        self._found: dict[tuple[tuple[str, ...], int], str | None] = {}
        self._settings = self._with_setters(list(self._find()))

    def func_of(self, argument: Sequence[int], function: Function | None) -> str | None:
        """Give the function that a csd argument carries.

        A setting in the same function counts before one elsewhere. Where several differ, none is
        right for certain; nor is one that is itself a parameter of another function.

        Args:
            argument: The tokens of the csd argument, or of its list node.
            function: The function the call is in.

        Returns:
            The C name, or None when this file does not tell.
        """
        names = tuple(self._names(list(argument), function))
        known = (names, function.first if function is not None else -1)
        if known not in self._found:
            self._found[known] = self._func_among(names, function)
        return self._found[known]

    def _func_among(self, names: tuple[str, ...], function: Function | None) -> str | None:
        if function is not None:
            here = (
                item
                for item in self._settings
                if item.key in names and function.first <= item.place <= function.last
            )
            funcs = {item.func for item in here}
            if funcs:
                return funcs.pop() if len(funcs) == 1 else None
        funcs = (
            {
                item.func
                for item in self._settings
                if item.key == names[-1] and self._position(item.func, item.place) is None
            }
            if names
            else set()
        )
        return funcs.pop() if len(funcs) == 1 else None

    def carrier(self, argument: Sequence[int], function: Function | None) -> Carrier | None:
        """Name what a csd argument points at, so that another file can be asked for its func.

        Returns:
            None for a variable of the function or the file, a parameter, or a list node: nobody
            else can name them.
        """
        tokens = list(argument)
        if tokens and self.source.texts[tokens[-1]] in _LIST_PARTS:
            return None
        names = self._names(tokens, function)
        if not names or self._is_local(names[-1], function) or self._is_static(names[-1]):
            return None
        return Carrier(names[-1], self._struct_of(tokens, function))

    def settings_of(self, name: str) -> list[Setting]:
        """Give the places of this file that put a function into a carrier of that name."""
        return [
            item
            for item in self._settings
            if item.key == name
            and not self._is_local(name, self.structure.function_at(item.place))
            and self._position(item.func, item.place) is None
        ]

    def _is_local(self, name: str, function: Function | None) -> bool:
        """Tell whether a name is a parameter of a function or is declared in it."""
        if function is None or name.startswith("."):
            return False
        return name in parameters(self.source, function) or any(
            self.source.texts[index] == name and self._is_declared(index)
            for index in range(function.body + 1, function.last)
        )

    def _is_static(self, name: str) -> bool:
        """Tell whether this file itself defines a variable."""
        if name.startswith("."):
            return False
        define = rf"\b(?:static|DEFINE_\w+)\b[^;{{}}=]{{0,400}}\b{re.escape(name)}\b"
        return re.search(define, self.source.text) is not None

    def _is_declared(self, index: int) -> bool:
        source = self.source
        before, after = source.texts[index - 1], source.next_code(index)
        if after is None or source.texts[after] not in (";", ",", "=", "["):
            return False
        return before == "*" or (source.kinds[index - 1] == WORD and before not in _STATEMENTS)

    def _struct_of(self, tokens: Sequence[int], function: Function | None) -> str | None:
        """Give ``t`` for ``&v->member`` where the function declares ``struct t *v``."""
        source = self.source
        words = [index for index in tokens if source.texts[index] not in ("&", "(", ")")]
        if function is None or len(words) != 3 or source.texts[words[1]] not in ("->", "."):
            return None
        name, found = source.texts[words[0]], set()
        for index in range(function.params[0] + 1, function.last):
            if source.texts[index] == name and source.texts[index - 1] in ("*", *_QUALIFIERS):
                index = self._before_pointer(index)
            elif source.texts[index] != name:
                continue
            else:
                index -= 1
            if source.kinds[index] == WORD and source.texts[index - 1] == "struct":
                found.add(source.texts[index])
        return found.pop() if len(found) == 1 else None

    def _before_pointer(self, index: int) -> int:
        index -= 1
        while self.source.texts[index] in ("*", *_QUALIFIERS):
            index -= 1
        return index

    def _find(self) -> Iterable[Setting]:
        source = self.source
        told = (text for text in ("func", *MACROS) if text in source.text)
        for index in sorted(chain.from_iterable(places(source.texts, text) for text in told)):
            text = source.texts[index]
            if source.kinds[index] != WORD:
                continue
            directive = source.directive_of(index)
            if directive is not None:
                if directive.name == "define" and text in MACROS:
                    yield from self._of_define(index, directive, MACROS[text])
            elif text in MACROS:
                yield from self._of_macro(index, MACROS[text])
            elif text == "func":
                yield from self._of_member(index)

    def _setting(
        self, names: list[str], func: str, place: int, csd: Sequence[int] = ()
    ) -> Iterable[Setting]:
        struct = self._struct_of(csd, self.structure.function_at(place)) if csd else None
        return [Setting(name, func, place, struct) for name in names]

    def _of_macro(self, index: int, macro: _Macro) -> Iterable[Setting]:
        """Read ``INIT_CSD(csd, func, info)`` and ``= CSD_INIT(func, info)``."""
        source = self.source
        opened = source.next_code(index)
        if opened is None or source.texts[opened] != "(":
            return []
        call = read_call(source, index, index, opened, len(source.kinds))
        if call is None:
            return []
        if len(call.arguments) != macro.params:
            return []
        func = source.spelled(call.arguments[macro.func])
        if macro.csd is None:
            names, left = self._initialised(index)
            return self._setting(names, func, index, left)
        csd = call.arguments[macro.csd]
        names = self._names(list(csd), self.structure.function_at(index))
        return self._setting(names, func, index, csd)

    def _of_define(self, index: int, define: Directive, macro: _Macro) -> Iterable[Setting]:
        """Read ``.csd = CSD_INIT(func, info)`` in the body of a ``#define``."""
        source, texts = self.source, self.source.texts
        opened = source.next_code(index)
        if macro.csd is not None or index - 4 <= define.first:
            return []
        left, dot, name, equals = texts[index - 4 : index]
        if left not in (",", "{") or (dot, equals) != (".", "="):
            return []
        if opened is None or texts[opened] != "(":
            return []
        call = read_call(source, index, index, opened, define.last + 1)
        if call is None or len(call.arguments) != macro.params:
            return []
        func = source.spelled(call.arguments[macro.func])
        if func in self._given_to(define):
            return []  # whoever uses the macro says which
        return self._setting([f".{name}"], func, index)

    def _given_to(self, define: Directive) -> list[str]:
        """Give the tokens between the parentheses after a macro's name."""
        texts = self.source.texts
        first = define.first + 3
        if first > define.last or texts[first] != "(":
            return []
        stop = min(define.last, first + _FARTHEST)
        return texts[first : next((i for i in range(first, stop) if texts[i] == ")"), stop)]

    def _of_member(self, index: int) -> Iterable[Setting]:
        """Read ``csd->func = f;`` and ``.func = f``."""
        source = self.source
        equals, dot = source.next_code(index), source.code_before(index)
        if equals is None or dot is None or source.texts[equals] != "=":
            return []
        if source.texts[dot] not in (".", "->"):
            return []
        value = source.next_code(equals)
        end = source.next_code(value) if value is not None else None
        before = source.code_before(dot)
        if value is None or end is None or before is None or source.kinds[value] != WORD:
            return []
        if source.texts[end] not in (";", ",", "}"):
            return []
        if source.texts[before] in ("{", ","):
            names, csd = self._initialised(dot)
            return self._setting(names, source.texts[value], index, csd)
        csd = self._expression_before(dot)
        names = self._names(csd, self.structure.function_at(index))
        return self._setting(names, source.texts[value], index, csd)

    def _with_setters(self, settings: list[Setting]) -> list[Setting]:
        """Add what is set through a function that is given both the csd and the function."""
        source, found = self.source, list(settings)
        setters: dict[str, tuple[int, int]] = {}
        for item in settings:
            csd, func = (self._position(name, item.place) for name in (item.key, item.func))
            setter = self.structure.function_at(item.place)
            if csd is not None and func is not None and setter is not None:
                setters[setter.name] = (csd, func)
        for index, text in enumerate(source.texts if setters else ()):
            if text not in setters or source.kinds[index] != WORD:
                continue
            function, opened = self.structure.function_at(index), source.next_code(index)
            if function is None or function.first == index or opened is None:
                continue
            if source.texts[opened] != "(":
                continue
            call = read_call(source, index, index, opened, len(source.kinds))
            if call is not None and len(call.arguments) > max(setters[text]):
                csd, func = setters[text]
                given = call.arguments[csd]
                names = self._names(list(given), function)
                text = source.spelled(call.arguments[func])
                found += self._setting(names, text, index, given)
        return found

    def _position(self, name: str, place: int) -> int | None:
        """Tell which parameter of the function around ``place`` a name is."""
        function = self.structure.function_at(place)
        if function is None:
            return None
        names = parameters(self.source, function)
        return names.index(name) if name in names else None

    def _expression_before(self, index: int) -> list[int]:
        """Give the tokens of the expression that ends before a ``.`` or ``->``."""
        source, depth = self.source, 0
        found: list[int] = []
        for place in range(index - 1, max(-1, index - _FARTHEST), -1):
            text = source.texts[place]
            if text == ")" and depth == 0 and found and source.kinds[found[-1]] == WORD:
                break  # of ``if (...)`` or a cast
            if text in (")", "]"):
                depth += 1
            elif text in ("(", "["):
                depth -= 1
            if depth < 0 or (depth == 0 and text in (";", "{", "}", ",", "=", "&&", "||")):
                break
            found.append(place)
        return source.code_between(found[-1], found[0]) if found else []

    def _initialised(self, index: int) -> tuple[list[str], list[int]]:
        """Name the variable or member whose initialiser ``index`` begins or is inside of.

        Returns:
            The name, if there is one, and in a function the tokens left of the ``=``.
        """
        source, depth = self.source, 0
        for place in range(index - 1, max(-1, index - _FARTHEST), -1):
            text = source.texts[place]
            if text in ("}", ")", "]"):
                depth += 1
            elif text in ("{", "(", "["):
                depth = max(0, depth - 1)
            elif text == ";" and depth == 0:
                break
            elif text == "=" and depth == 0:
                names, csd = self._left_of(place)
                if names or source.texts[place - 1] != "]":
                    return names, csd
        return [], []

    def _left_of(self, equals: int) -> tuple[list[str], list[int]]:
        if self.structure.function_at(equals) is None:
            return self._declared_before(equals), []
        csd = self._expression_before(equals)
        key = self._key(csd)
        return ([] if key is None else [key]), csd

    def _declared_before(self, equals: int) -> list[str]:
        """Name what stands left of ``=``: ``x``, ``x[]``, ``.x``, ``DEFINE_PER_CPU(type, x)``."""
        source = self.source
        before = source.code_before(equals)
        if before is not None and source.texts[before] == ")":
            before = source.code_before(before)
        while before is not None and source.texts[before] == "]":
            while before is not None and source.texts[before] != "[":
                before = source.code_before(before)
            before = source.code_before(before) if before is not None else None
        if before is None or source.kinds[before] != WORD:
            return []
        dot = source.code_before(before)
        member = dot is not None and source.texts[dot] in (".", "->")
        return [f".{source.texts[before]}" if member else source.texts[before]]

    def _names(self, tokens: list[int], function: Function | None) -> list[str]:
        """Name the csd an expression points at, then what local pointers say it really is."""
        names: list[str] = []
        key = self._key(tokens)
        while key is not None and key not in names and len(names) < _HOPS:
            names.append(key)
            key = self._alias(key, function)
        return names

    def _alias(self, name: str, function: Function | None) -> str | None:
        """Follow ``name = &per_cpu(x, cpu);`` in a function to ``x``, if it is the only one."""
        if function is None or name.startswith("."):
            return None
        if name in parameters(self.source, function):
            # What is assigned to it later need not be what it holds at the call.
            return None
        known = (name, function.first)
        if known not in self._aliases:
            self._aliases[known] = self._read_alias(name, function)
        return self._aliases[known]

    def _read_alias(self, name: str, function: Function) -> str | None:
        source, keys = self.source, set()
        for index in range(function.body, function.last):
            if source.texts[index] != name or source.texts[index + 1] != "=":
                continue
            if source.texts[index - 1] in (".", "->"):
                continue
            expression: list[int] = []
            place = source.next_code(index + 1)
            while place is not None and source.texts[place] not in (";", ",", "{"):
                if source.texts[place] in ("(", "["):
                    place = self._closing(place, expression)
                else:
                    expression.append(place)
                if place is None or len(expression) > _FARTHEST:
                    break
                place = source.next_code(place)
            key = self._key(expression)
            if key is not None:
                keys.add(key)
        return keys.pop() if len(keys) == 1 else None

    def _closing(self, opened: int, expression: list[int]) -> int | None:
        """Add a bracketed part to an expression; give its closing bracket."""
        depth = 0
        place: int | None = opened
        while place is not None and len(expression) <= _FARTHEST:
            text = self.source.texts[place]
            depth += (text in ("(", "[")) - (text in (")", "]"))
            expression.append(place)
            if depth == 0:
                return place
            place = self.source.next_code(place)
        return None

    def _key(self, tokens: list[int]) -> str | None:
        """Name the variable or member that an expression points at.

        ``&rq->hrtick_csd``, ``per_cpu_ptr(&x, cpu)`` and ``&csds[i]`` are ``.hrtick_csd``, ``x``
        and ``csds``; the list node inside a csd is the csd.
        """
        texts = self.source.texts
        while tokens:
            last = texts[tokens[-1]]
            if last in _LIST_PARTS and len(tokens) > 2 and texts[tokens[-2]] in (".", "->"):
                tokens = tokens[:-2]
            elif last in (")", "]"):
                place = self._opening_in(tokens)
                if place is None:
                    return None
                if last == "]":
                    tokens = tokens[:place]
                else:
                    tokens = self._first_argument(tokens[place + 1 : -1])
            elif self.source.kinds[tokens[-1]] == WORD:
                member = len(tokens) > 1 and texts[tokens[-2]] in (".", "->")
                return f".{last}" if member else last
            else:
                return None
        return None

    def _opening_in(self, tokens: list[int]) -> int | None:
        depth = 0
        for place in range(len(tokens) - 1, -1, -1):
            text = self.source.texts[tokens[place]]
            depth += (text in (")", "]")) - (text in ("(", "["))
            if depth == 0:
                return place
        return None

    def _first_argument(self, tokens: list[int]) -> list[int]:
        depth = 0
        for place, index in enumerate(tokens):
            text = self.source.texts[index]
            depth += (text in ("(", "[")) - (text in (")", "]"))
            if depth == 0 and text == ",":
                return tokens[:place]
        return tokens
