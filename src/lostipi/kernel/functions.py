"""Which function a place in C source is in, and under which ``#if`` conditions.

Reads tokens, not grammar: kernel C cannot be parsed without its macros. A function is the last
``name(...)`` before a brace at file scope. Where branches of an ``#if`` differ, each begins with
the state before the ``#if``, and what follows the ``#endif`` continues the first.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from lostipi.kernel.ctokens import (
    COMMENT,
    STRING,
    WORD,
    Directive,
    Source,
    places,
    unclosed_comment,
)
from lostipi.kernel.declarations import (
    EMPTY,
    KEYWORDS,
    Declaration,
    function_name,
    is_definer,
    with_parentheses,
    with_words,
    word_before,
)
from lostipi.kernel.guards import BRANCHING, OPENING, condition, include_guards

_DEEPEST = 256
"""Conditions of ``#if`` around one place, at most. Kernels have some ten."""

_NEVER_COMPILED = frozenset({"0", "defined(__cplusplus)"})


@dataclass(slots=True, eq=False)
class Function:
    """One function definition, or a file-scope macro call with code in its arguments."""

    name: str
    """Its C name; for one that a macro defines (``DEFINE_X(name, ...)``), the name given to it."""
    first: int
    """Index of the token that names it."""
    params: tuple[int, int]
    """Indexes of the parentheses around its parameters."""
    body: int
    """Index of its opening brace."""
    weak: bool
    """Whether it is ``__weak``."""
    last: int = -1
    """Index of its closing brace; -1 when there is none."""


class Place(NamedTuple):
    """Where one token is."""

    function: Function | None
    """The enclosing function."""
    guards: tuple[str, ...]
    """The conditions around it, outermost first."""
    file_scope: bool
    """Whether it is outside every brace and every file-scope parenthesis."""
    group: str | None
    """At file scope inside ``NAME(...)``: that name."""
    header: bool
    """Whether it stands in an initialiser or a type, not in a function's body."""


class Unbalanced(NamedTuple):
    """A stretch of source whose braces, groups or comments do not match."""

    first: int
    """Index of its first token."""
    last: int
    """Index of its last token."""
    reason: str
    """What does not match."""


@dataclass(slots=True)
class Structure:
    """What the tokens of one file add up to."""

    functions: list[Function] = field(default_factory=list)
    """In the order of their names."""
    places: dict[int, Place] = field(default_factory=dict)
    """Where each wanted token, and each ``#define`` (by its ``#``), is."""
    unbalanced: list[Unbalanced] = field(default_factory=list)
    """What could not be understood."""
    misfolded: bool = False
    """Whether a block was folded whose inside matters: all else here is then worth nothing."""

    def functions_named(self, name: str) -> list[Function]:
        """Give the definitions of a function; there are several where ``#if`` chooses."""
        return [item for item in self.functions if item.name == name]

    def function_at(self, index: int) -> Function | None:
        """Give the function that a token is in."""
        place = bisect_right(self.functions, index, key=lambda item: item.first) - 1
        # Of a function with two heads (#ifdef), only the first reaches to the end.
        for function in reversed(self.functions[max(0, place - 3) : place + 1]):
            if index <= function.last:
                return function
        return None


class _Brace(NamedTuple):
    """One open brace, and what it is inside of."""

    kind: str
    function: Function | None
    parent: _Brace | None
    opened: int
    parens: int
    # Whether it is inside the parentheses of a file-scope NAME(...).
    grouped: bool = False


@dataclass(slots=True)
class _State:
    """Where the reader is; a copy is kept at an ``#if``."""

    brace: _Brace | None
    parens: int
    opened: int
    statement: Declaration
    pending: Declaration | None


@dataclass(slots=True)
class _Group:
    """One open ``#if`` group."""

    opened: int
    before: _State
    guards: list[str]
    is_include_guard: bool
    dead: bool
    after: _State | None = None


class _Reader:
    """Walks the tokens of one file once."""

    def __init__(self, source: Source, wanted: Collection[int]) -> None:
        self.source = source
        self.wanted = wanted
        self.result = Structure()
        self.include_guards = include_guards(source)
        at = {mark: {*places(source.texts, mark)} for mark in "{}();"}
        told = {*wanted, *source.directive_at}
        # What changes where the reader is, by where it is.
        self.in_body = sorted(told | at["{"] | at["}"])
        self.in_block = sorted({*self.in_body} | at["("] | at[")"])
        self.at_file_scope = sorted({*self.in_block} | at[";"])
        self.groups: list[_Group] = []
        self.guards: tuple[str, ...] = ()
        self.state = _State(None, 0, -1, EMPTY, None)
        self.last_function = 0
        self.linkages = 0

    def read(self) -> Structure:
        directive_at, wanted = self.source.directive_at, self.wanted
        index, stop = 0, len(self.source.kinds)
        while index < stop and len(self.guards) <= _DEEPEST:
            state = self.state
            mark = self._next_mark(index)
            if mark > index and state.brace is None and state.parens == 0:
                state.statement = with_words(self.source, state.statement, index, mark)
            index = mark
            if index == stop:
                break
            if index in directive_at:
                index = self._directive(directive_at[index]) + 1
                continue
            if index in wanted:
                self._place(index)
            self._mark(index)
            index += 1
        self._finish(index)
        return self.result

    def _next_mark(self, index: int) -> int:
        """Give the first token from one on that may change where the reader is, or the end."""
        state = self.state
        if state.brace is not None and state.brace.kind == "body":
            marks = self.in_body
        else:
            marks = self.in_block if state.brace is not None or state.parens else self.at_file_scope
        place = bisect_left(marks, index)
        return marks[place] if place < len(marks) else len(self.source.kinds)

    def _place(self, index: int) -> None:
        brace, opened = self.state.brace, self.state.opened
        function = brace.function if brace else None
        group = None
        if brace.grouped if brace else self.state.parens:
            before = word_before(self.source, opened)
            if before >= 0 and self.source.kinds[before] == WORD:
                group = self.source.texts[before]
                function = self._macro_function(opened, group)
        self.result.places[index] = Place(
            function=function,
            guards=self.guards,
            file_scope=brace is None and self.state.parens == 0,
            group=group,
            header=brace is not None and function is None and not brace.grouped,
        )

    def _macro_function(self, opened: int, group: str) -> Function | None:
        """Take ``DEFINE_FREE(name, type, code)`` for a function, if that is what it looks like."""
        first = self.source.next_code(opened)
        if first is None or not is_definer(group) or self.source.kinds[first] != WORD:
            return None
        last = self._closing(opened)
        return Function(self.source.texts[first], first, (opened, opened), opened, False, last)

    def _closing(self, opened: int) -> int:
        """Give the parenthesis that closes one at file scope, or the last token."""
        depth = 0
        for index in self.in_block[bisect_left(self.in_block, opened) :]:
            text = self.source.texts[index]
            depth += (text == "(") - (text == ")")
            if depth == 0:
                return index
        return len(self.source.kinds) - 1

    def _mark(self, index: int) -> None:
        """Read one of the tokens that may change where the reader is."""
        text = self.source.texts[index]
        state = self.state
        brace = state.brace
        if text == "}":
            self._close(index)
        elif brace is not None and brace.kind == "body":
            if text == "{":
                state.brace = _Brace("body", brace.function, brace, index, 0)
        elif text == "{":
            self._open(index)
        elif text == "(":
            if state.parens == 0 and brace is None:
                state.opened = index
            state.parens += 1
        elif text == ")":
            if state.parens == 1 and brace is None:
                state.statement = with_parentheses(
                    self.source, state.statement, state.opened, index
                )
            state.parens = max(0, state.parens - 1)
        elif brace is None and state.parens == 0:
            if text == ";":
                self._end_of_declaration()
            else:
                state.statement = with_words(self.source, state.statement, index, index + 1)

    def _end_of_declaration(self) -> None:
        """End a declaration; one like ``int f(a) int a;`` may begin an old-style function."""
        statement, pending = self.state.statement, self.state.pending
        if statement.assigned:
            pending = None
        elif statement.name >= 0:
            pending = statement if statement.typed else None
        self.state.statement, self.state.pending = EMPTY, pending

    def _open(self, index: int) -> None:
        state = self.state
        statement = state.statement
        kind, function = "other", None
        if state.parens:
            kind = "argument"
            function = state.brace.function if state.brace else None
        elif state.brace is None:
            if statement.length == 0 and state.pending is not None:
                statement = state.pending
                kind, function = "body", self._function(statement, index)
            elif statement.assigned or statement.aggregate:
                kind = "other"
            elif statement.external and self._follows_string(index):
                # extern "C" { is no scope; its closing brace is dropped, too.
                kind = "linkage"
            elif statement.name >= 0:
                kind, function = "body", self._function(statement, index)
        if index in self.source.folded and kind not in ("body", "other"):
            self.result.misfolded = True
        parent = state.brace
        if kind == "linkage":
            state.statement, state.pending = EMPTY, None
            self.linkages += 1
            return
        grouped = kind == "argument" if parent is None else parent.grouped
        state.brace = _Brace(kind, function, parent, index, state.parens, grouped)
        state.parens = 0

    def _follows_string(self, index: int) -> bool:
        before = word_before(self.source, index)
        return before >= 0 and self.source.kinds[before] == STRING

    def _function(self, statement: Declaration, body: int) -> Function:
        text = function_name(self.source, statement)
        function = Function(text, statement.name, statement.params, body, statement.weak)
        self.result.functions.append(function)
        self.last_function = statement.name
        return function

    def _close(self, index: int) -> None:
        state = self.state
        brace = state.brace
        if brace is None:
            if self.linkages and state.parens == 0:
                self.linkages -= 1
                state.statement, state.pending = EMPTY, None
                return
            self.result.unbalanced.append(
                Unbalanced(self.last_function, index, "a closing brace too many")
            )
            state.parens = 0
            state.statement, state.pending = EMPTY, None
            return
        if brace.parent is None or brace.parent.function is not brace.function:
            if brace.function is not None and brace.kind == "body":
                brace.function.last = index
            if brace.parent is None and brace.kind == "body":
                state.statement, state.pending = EMPTY, None
        if state.parens and brace.kind != "body":
            self.result.unbalanced.append(
                Unbalanced(brace.opened, index, "a parenthesis open at the end of its block")
            )
        state.brace, state.parens = brace.parent, brace.parens

    def _directive(self, directive: Directive) -> int:
        name = directive.name
        if name in OPENING:
            text = condition(self.source, directive)
            self.groups.append(
                _Group(
                    directive.first,
                    replace(self.state),
                    [text],
                    directive.first in self.include_guards,
                    text in _NEVER_COMPILED,
                )
            )
            self._set_guards()
        elif name in BRANCHING or name == "endif":
            if self.groups:
                self._branch(directive)
            else:
                self.result.unbalanced.append(
                    Unbalanced(0, directive.last, f"an #{name} without its #if")
                )
        elif name == "error" and self.groups:
            self.groups[-1].dead = True
        elif name == "define":
            self.result.places[directive.first] = Place(
                self.state.brace.function if self.state.brace else None,
                self.guards,
                self.state.brace is None,
                None,
                header=False,
            )
        return directive.last

    def _branch(self, directive: Directive) -> None:
        group = self.groups[-1]
        if group.after is None and not group.dead:
            group.after = replace(self.state)
        else:
            self._abandon(group, directive.first)
        if directive.name == "endif":
            self.groups.pop()
            self.state = replace(group.after or group.before)
        else:
            self.state = replace(group.before)
            group.guards[-1] = f"!({group.guards[-1]})"
            group.dead = False
            if directive.name != "else":
                text = condition(self.source, directive)
                group.dead = text in _NEVER_COMPILED
                group.guards.append(text)
        self._set_guards()

    def _abandon(self, group: _Group, index: int) -> None:
        """End the functions that a branch other than the first leaves open."""
        brace = self.state.brace
        while brace is not None and brace.opened > group.opened:
            if brace.function is not None and brace.function.last < 0:
                brace.function.last = index - 1
            brace = brace.parent

    def _set_guards(self) -> None:
        self.guards = tuple(
            text for group in self.groups if not group.is_include_guard for text in group.guards
        )

    def _finish(self, reached: int) -> None:
        source, result = self.source, self.result
        end = len(source.kinds) - 1
        if reached <= end:
            reason = f"more than {_DEEPEST} conditions within each other"
            result.unbalanced.append(Unbalanced(reached, end, reason))
        else:
            self._report_open(end)
        for function in result.functions:
            if function.last < 0:
                function.last = end
        result.functions.sort(key=lambda item: item.first)

    def _report_open(self, end: int) -> None:
        """Report what the end of the file leaves open."""
        source, result = self.source, self.result
        brace = self.state.brace
        if brace is not None:
            while brace.parent is not None:
                brace = brace.parent
            result.unbalanced.append(Unbalanced(brace.opened, end, "a brace that nothing closes"))
        elif self.state.parens:
            result.unbalanced.append(
                Unbalanced(self.state.opened, end, "a parenthesis that nothing closes")
            )
        for group in self.groups[:1]:
            result.unbalanced.append(Unbalanced(group.opened, end, "an #if without its #endif"))
        if end >= 0 and source.kinds[end] == COMMENT and unclosed_comment(source.texts[end]):
            result.unbalanced.append(Unbalanced(end, end, "a comment that nothing closes"))


def read_structure(source: Source, wanted: Collection[int] = frozenset()) -> Structure:
    """Find the functions of a file, and where some of its tokens are.

    Args:
        source: The file.
        wanted: Indexes of the tokens whose place is asked for.
    """
    return _Reader(source, wanted).read()


def parameters(source: Source, function: Function) -> tuple[str, ...]:
    """Give the names of a function's parameters, in their order."""
    opened, close = function.params
    names: list[str] = []
    depth, last, pointer = 0, "", ""
    for index in source.code_between(opened + 1, close):
        text = source.texts[index]
        if text in "([{":
            depth += 1
        elif text in ")]}" and index != close:
            depth -= 1
        elif depth == 0 and (text == "," or index == close):
            names.append(pointer or last)
            last = pointer = ""
        elif source.kinds[index] == WORD and text not in KEYWORDS:
            if depth == 0:
                last = text
            elif depth == 1 and not pointer and source.texts[index - 1] == "*":
                pointer = text
    return tuple(names)
