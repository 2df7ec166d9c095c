"""Which C-level ``IS_ENABLED()`` and its kin must be true for a call to run. Pure.

Reads the statements of one function: the conditions of enclosing ``if``, ``while`` and ``for``, the
other branch at an ``else``, ``&&``, ``||`` and ``?:`` in front of the call, and exits before it.
Only what is necessary is given: nothing where control may also come otherwise, by a label or a
``case``, and nothing behind lines that an ``#if`` may make another statement of.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from itertools import chain
from typing import NamedTuple, TypeAlias

from lostipi.kernel.ctokens import Source
from lostipi.kernel.groups import Code, DoubtError, code_of
from lostipi.kernel.necessary import (
    ASSIGNMENTS,
    CONFIG_MACROS,
    GROUP,
    OPENS,
    necessary,
    split,
    top_level,
)
from lostipi.kernel.occurrences import FoundCall

Conditions: TypeAlias = tuple[str, ...]
"""What must be true, from the outside in, each once."""

# What only ends like one of the names does no harm: then the function is read for nothing.
_NAMED = re.compile("|".join(sorted(CONFIG_MACROS)))

_DEEPEST = 60
"""Statements, or brackets of an expression, within each other, at most."""

_LONGEST = 1024
"""Tokens of the longest expression that is read, as of the longest call."""

_SEPARATORS = frozenset({",", ";"})
_EXITS = frozenset({"return", "goto", "break", "continue"})
_LABELS = frozenset({"case", "default"})
_KEYWORDS = _EXITS | _LABELS | {"if", "else", "while", "for", "do", "switch"}
_BEFORE_LABEL = frozenset({";", "{", "}", ":", ")", "else", "do", GROUP})
_TYPES = frozenset({"struct", "union", "enum"})


class EnabledReader:
    """Reads the functions of one file that hold calls, each once, and when it is asked for."""

    def __init__(self, source: Source, calls: Iterable[FoundCall]) -> None:
        """Reads nothing yet."""
        self._source = source
        self._calls = calls
        self._by_function: dict[int, list[FoundCall]] | None = None
        self._found: dict[int, Conditions] = {}

    def conditions_of(self, found: FoundCall) -> Conditions:
        """Give what must be true for a call to run."""
        if found.function is None:
            return ()
        if self._by_function is None:
            self._by_function = {}
            for call in self._calls:
                if call.function is not None:
                    self._by_function.setdefault(call.function.first, []).append(call)
        calls = self._by_function.pop(found.function.first, None)
        if calls is not None:
            self._found |= _conditions_of(self._source, calls)
        return self._found.get(found.call.name, ())


def _conditions_of(source: Source, calls: Sequence[FoundCall]) -> dict[int, Conditions]:
    """Give what must be true for the calls of one function or macro, those that have anything."""
    function, macro_end = calls[0].function, calls[0].macro_end
    if function is None or (macro_end is None and function.body == function.params[1]):
        return {}  # code that a macro is given, among its other arguments
    first = (function.body if macro_end is None else function.params[1]) + 1
    last = function.last - 1 if macro_end is None else macro_end
    if last < first or not _NAMED.search(source.text, source.starts[first], source.end(last)):
        return {}
    if any(first <= index <= last for index in source.folded):
        return {}  # what is not read may hold a label
    walk = _Walk(found.call.name for found in calls)
    with suppress(DoubtError):
        code = code_of(source, first, last, in_macro=macro_end is not None)
        walk.statements(code, 0, len(code.texts), 0)
    return walk.found


class _Walk:
    """Goes through the statements of a function once, with what is known to hold."""

    def __init__(self, calls: Iterable[int]) -> None:
        self.calls = sorted(calls)
        self.found: dict[int, Conditions] = {}
        self.seen: set[int] = set()
        self.facts: list[Conditions] = []
        """What must hold to get here."""
        self.switches: list[int] = []
        """How many facts there were at each switch around."""
        self.labels = 0
        """Labels passed, of either kind."""

    def statements(
        self, code: Code, place: int, stop: int, depth: int, *, whole: bool = False
    ) -> bool:
        """Walk a block, and forget what was learnt in it.

        Args:
            code: The code.
            place: Its first token.
            stop: Behind its last token.
            depth: How deep it is inside.
            whole: Whether the last statement must be a whole one.

        Returns:
            Whether nothing gets out at its end, as far as its last statement tells.
        """
        known, exits, before = len(self.facts), False, place
        while place < stop:
            before = place
            place, exits = self.statement(code, place, stop, depth + 1)
        if whole and before < stop and code.texts[stop - 1] not in (";", "}", ":", GROUP):
            raise DoubtError
        del self.facts[known:]
        return exits

    def statement(self, code: Code, place: int, stop: int, depth: int) -> tuple[int, bool]:
        """Walk one statement; give where the next begins, and whether nothing gets there."""
        if depth > _DEEPEST:
            raise DoubtError
        text = code.texts[place]
        if text == "{":
            close = code.closing(place, "{")
            return close + 1, self.statements(code, place + 1, close, depth)
        if text == GROUP:
            for branch in code.groups[place]:
                if not branch.is_whole:
                    raise DoubtError
                self.statements(branch, 0, len(branch.texts), depth, whole=True)
            return place + 1, False
        if text == "if":
            return self._if(code, place, stop, depth)
        if text in ("while", "for", "switch"):
            return self._head(code, place, stop, depth), False
        if text == "do":
            self._enter_loop(code, place + 1, stop)
            place, _ = self._body(code, place + 1, stop, (), depth)
            if code.text(place) != "while":
                raise DoubtError
            close = code.closing(place + 1, "(")
            self._expression(code, place + 2, close, depth)
            return close + 1, False
        if text in _LABELS:
            return self._case(code, place, stop), False
        if text == "else":
            raise DoubtError
        if text not in _EXITS and code.is_word[place]:
            if code.text(place + 1) == ":":
                self._forget(0)
                return place + 2, False
            if text not in _TYPES and _is_head(code, place, stop):
                close = code.closing(place + 1, "(")
                self._expression(code, place + 2, close, depth)
                self._enter_loop(code, close + 1, stop)
                return self._body(code, close + 1, stop, (), depth)[0], False
        end = self._end(code, place, stop)
        self._expression(code, place + (text in _EXITS), end, depth)
        return end + 1, text in _EXITS

    def _if(self, code: Code, place: int, stop: int, depth: int) -> tuple[int, bool]:
        close = code.closing(place + 1, "(")
        self._expression(code, place + 2, close, depth)
        words = code.texts[place + 2 : close]
        yes, no = necessary(words, True), necessary(words, False)
        labels = self.labels
        place, yes_exits = self._body(code, close + 1, stop, yes, depth)
        no_exits = False
        if place < stop and code.texts[place] == "else":
            place, no_exits = self._body(code, place + 1, stop, no, depth)
        if self.labels == labels:
            # Otherwise what follows may be reached without the condition being asked.
            self.facts += [no] * yes_exits + [yes] * no_exits
        return place, yes_exits and no_exits

    def _head(self, code: Code, place: int, stop: int, depth: int) -> int:
        """Walk a ``while``, a ``for`` or a ``switch``."""
        word, close = code.texts[place], code.closing(place + 1, "(")
        self._expression(code, place + 2, close, depth)
        words = code.texts[place + 2 : close]
        holds: Conditions = ()
        if word == "while":
            holds = necessary(words, True)
        elif word == "for":
            parts = split(words, ";")
            holds = necessary(parts[1], True) if len(parts) == 3 else ()
        if word == "switch":
            self.switches.append(len(self.facts))
        else:
            self._enter_loop(code, close + 1, stop)
        end, _ = self._body(code, close + 1, stop, holds, depth)
        if word == "switch":
            self.switches.pop()
        return end

    def _body(
        self, code: Code, place: int, stop: int, holds: Conditions, depth: int
    ) -> tuple[int, bool]:
        """Walk the statement that a head governs; what it learns is forgotten."""
        begin = code.text(place) if place < stop else ""
        is_label = begin in _LABELS or (
            place < stop and code.is_word[place] and code.text(place + 1) == ":"
        )
        if begin in ("", GROUP) or is_label:
            raise DoubtError
        known = len(self.facts)
        self.facts.append(holds)
        end, exits = self.statement(code, place, stop, depth + 1)
        del self.facts[known:]
        return end, exits

    def _enter_loop(self, code: Code, place: int, stop: int) -> None:
        """Forget what a jump to any place in a loop goes round: from there it comes back here."""
        kinds = _labels_in(code, place, _extent(code, place, stop))
        if "label" in kinds:
            self._forget(0)
        elif "case" in kinds:
            self._forget(self.switches[-1] if self.switches else 0)

    def _case(self, code: Code, place: int, stop: int) -> int:
        """Pass a ``case`` or ``default``: control comes from the head of the switch, too."""
        self._forget(self.switches[-1] if self.switches else 0)
        open_questions = 0
        while place < stop and code.texts[place] != ";":
            place = code.partner.get(place, place)
            text = code.texts[place]
            if text == ":" and open_questions == 0:
                return place + 1
            open_questions += (text == "?") - (text == ":")
            place += 1
        raise DoubtError

    def _forget(self, known: int) -> None:
        self.facts[known:] = [()] * (len(self.facts) - known)
        self.labels += 1

    def _end(self, code: Code, place: int, stop: int) -> int:
        """Find the semicolon of an expression or a declaration; a macro's last may lack it."""
        while place < stop:
            text = code.texts[place]
            if text == ";":
                return place
            if text in OPENS:
                place = code.closing(place, text)
            elif text in (")", "]", "}") or (text in _KEYWORDS and text not in _EXITS):
                raise DoubtError
            place += 1
        return stop

    def _expression(self, code: Code, first: int, stop: int, depth: int) -> None:
        """Record what holds at the calls within an expression."""
        for place, branches in code.groups.items():
            if first <= place < stop and not all(map(_is_part, branches)):
                raise DoubtError
        calls = self._calls_in(code, first, stop)
        if not calls or stop - first > _LONGEST:
            return
        for call in calls:
            place = bisect_left(code.indexes, call, first, stop)
            if code.indexes[place] != call or call in self.seen:
                continue  # in a group, or in statements within the expression
            known = len(self.facts)
            self._at(code, first, stop, place, depth)
            del self.facts[known:]

    def _calls_in(self, code: Code, first: int, stop: int) -> list[int]:
        if first >= stop:
            return []
        start = bisect_left(self.calls, code.indexes[first])
        return self.calls[start : bisect_right(self.calls, code.indexes[stop - 1])]

    def _at(self, code: Code, first: int, stop: int, call: int, depth: int) -> None:
        """Go to ever smaller expressions around a call, and record what holds at it."""
        for _ in range(_DEEPEST):
            found = self._within(code, first, stop, call)
            if found is None:
                break
            first, stop = found
            if code.texts[first - 1] == "{" and code.text(first - 2) == "(":
                self.statements(code, first, stop, depth + 1)
                return
        index = code.indexes[call]
        self.seen.add(index)
        holds = tuple(dict.fromkeys(text for fact in self.facts for text in fact))
        if holds:
            self.found[index] = holds

    def _within(self, code: Code, first: int, stop: int, call: int) -> tuple[int, int] | None:
        """Give the largest part of an expression that holds a call; None when it has none."""
        texts = code.texts
        outside = [first + place for place in top_level(texts[first:stop])]
        if any(texts[place] == GROUP or texts[place] in _KEYWORDS for place in outside):
            return None
        parts = _Parts(texts, outside, first, stop, call)
        for operators in (_SEPARATORS, ASSIGNMENTS):
            *_, part = parts.up_to_call(operators)
            if part != (first, stop):
                return part
        question = next((place for place in outside if texts[place] == "?"), None)
        if question is not None:
            return self._conditional(texts, outside, (first, question, stop), call)
        for operator in ("||", "&&"):
            *before, part = parts.up_to_call({operator})
            if part != (first, stop):
                self.facts += [necessary(texts[a:b], operator == "&&") for a, b in before]
                return part
        return _bracket(code, outside, call)

    def _conditional(
        self, texts: Sequence[str], outside: Sequence[int], bounds: tuple[int, int, int], call: int
    ) -> tuple[int, int] | None:
        """Give the part of ``a ? b : c`` that holds a call."""
        first, question, stop = bounds
        if call < question:
            return first, question
        opened, colon = 0, stop
        for place in outside:
            opened += (texts[place] == "?") - (texts[place] == ":")
            if opened == 0 and texts[place] == ":":
                colon = place
                break
        if colon == stop:
            return None
        yes = call < colon
        self.facts.append(necessary(texts[first:question], yes))
        return (question + 1, colon) if yes else (colon + 1, stop)


def _is_head(code: Code, place: int, stop: int) -> bool:
    """Tell whether ``name(...)`` governs the next statement: a macro such as a loop."""
    if code.text(place + 1) != "(":
        return False
    after = code.closing(place + 1, "(") + 1
    return after < stop and (code.is_word[after] or code.texts[after] == "{")


def _extent(code: Code, place: int, stop: int) -> int:
    """Give where a statement ends, at the latest."""
    while place < stop and code.texts[place] != "{":
        text = code.texts[place]
        if text not in ("while", "for", "switch") and not (
            text not in _KEYWORDS and code.is_word[place] and _is_head(code, place, stop)
        ):
            break
        place = code.closing(place + 1, "(") + 1
    if place < stop and code.texts[place] == "{":
        return code.closing(place, "{") + 1
    if place < stop and code.texts[place] in ("if", "do", "else"):
        return stop  # not looked for
    while place < stop and code.texts[place] != ";":
        place = code.partner.get(place, place) + 1
    return place


def _labels_in(code: Code, first: int, stop: int) -> set[str]:
    """Tell whether some code has labels, and whether cases of a switch that is not in it."""
    found: set[str] = set()
    place = first
    while place < stop:
        text = code.texts[place]
        if text == "switch" and code.text(place + 1) == "(":
            body = code.closing(place + 1, "(") + 1
            if code.text(body) == "{":
                end = code.closing(body, "{")
                found |= _labels_in(code, body + 1, end) - {"case"}
                place = end
        elif text in _LABELS:
            found.add("case")
        elif code.is_word[place] and code.text(place + 1) == ":":
            if place == first or code.texts[place - 1] in _BEFORE_LABEL:
                found.add("label")
        elif text == GROUP:
            for branch in code.groups[place]:
                found |= _labels_in(branch, 0, len(branch.texts))
        place += 1
    return found


class _Parts(NamedTuple):
    """An expression and a call in it."""

    texts: Sequence[str]
    outside: Sequence[int]
    """The places outside all brackets."""
    first: int
    stop: int
    call: int

    def up_to_call(self, operators: Collection[str]) -> list[tuple[int, int]]:
        """Cut at some operators; give the parts up to the one that holds the call."""
        cuts = [place for place in self.outside if self.texts[place] in operators]
        after = [first for first in (self.first, *(cut + 1 for cut in cuts)) if first <= self.call]
        return list(zip(after, (*cuts, self.stop), strict=False))


def _bracket(code: Code, outside: Iterable[int], call: int) -> tuple[int, int] | None:
    """Give the inside of the bracket around a call."""
    for place in outside:
        close = code.partner.get(place, place)
        if place < call < close:
            # Otherwise a block, perhaps a macro's argument.
            is_value = code.texts[place] != "{" or code.text(place - 1) in ("(", "=", ")", "{")
            return (place + 1, close) if is_value else None
    return None


def _is_part(code: Code) -> bool:
    """Tell whether a branch is part of an expression, whatever comes before and after it."""
    return (
        code.is_whole
        and not _KEYWORDS.intersection(code.texts)
        and ";" not in code.texts
        and all(map(_is_part, chain.from_iterable(code.groups.values())))
    )
