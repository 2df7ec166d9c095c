"""What each occurrence of an API's name in a file is: a call, or what else."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeAlias

from lostipi.kernel.calls import Call, read_call
from lostipi.kernel.ctokens import (
    CHAR,
    COMMENT,
    STRING,
    WORD,
    Directive,
    Joined,
    Source,
    join,
    unclosed_comment,
)
from lostipi.kernel.declarations import KEYWORDS
from lostipi.kernel.folding import foldable
from lostipi.kernel.functions import (
    Function,
    Place,
    Structure,
    Unbalanced,
    read_structure,
)
from lostipi.kernel.manywords import Hit, WordPattern
from lostipi.kernel.shape import ApiShape, Through

Kind: TypeAlias = Literal[
    "call",
    "comment",
    "string",
    "declaration",
    "definition",
    "stub",
    "macro",
    "export",
    "address",
    "field",
    "other",
    "text",
    "unparsed",
]
"""What an occurrence of a name is.

``stub`` is a definition whose body calls nothing; ``macro`` a place in a directive that is no call
(an alias, ``#ifdef``, ``#undef``); ``export`` an argument of ``EXPORT_SYMBOL`` and its kin;
``address`` the function used as a value; ``field`` a member of that name; ``other`` a variable,
parameter or label of that name; ``text`` a place in a file that is not C; ``unparsed`` a place
that could not be understood.
"""

C_SUFFIXES = (".c", ".h", ".S", ".inc", ".cpp", ".cc", ".hpp")
"""Endings of the files read as C. Assembly has directives, comments and strings like C."""

# fmt: off
_TYPES = frozenset({
    "void", "int", "long", "unsigned", "signed", "short", "char", "bool", "_Bool", "float",
    "double", "extern", "static", "inline", "__always_inline",
})
_DIRECTIVES = frozenset({
    "if", "ifdef", "ifndef", "elif", "elifdef", "elifndef", "else", "endif", "define", "undef",
    "include", "include_next", "import", "error", "warning", "pragma", "line", "ident",
})
# fmt: on
_TYPE = re.compile(r"\w+_t\Z|[us](?:8|16|32|64)\Z|__(?:[us](?:8|16|32|64))\Z")
_OPERATOR_WORDS = frozenset({"return", "case", "sizeof", "else", "do", "typeof", "__typeof__"})
_BY_NAME: frozenset[Through] = frozenset({"name", "static-call"})
_BY_MEMBER: frozenset[Through] = frozenset({"member"})
_FARTHEST = 256
"""Tokens looked back from a closing bracket or an argument to the opening bracket."""

_BY_MEMBER_NAME = frozenset({"container_of", "container_of_const", "offsetof", "offsetofend"})
_STATIC_CALLS = frozenset({"static_call", "static_call_cond", "static_call_mod"})


@dataclass(frozen=True, slots=True, order=True)
class Occurrence:
    """One place where an API's name stands, as ``grep -w`` finds it."""

    file: str
    """Path relative to the tree."""
    line: int
    """Line, counted from 1."""
    column: int
    """Column in bytes, counted from 1."""
    name: str
    """The API."""
    kind: Kind
    """What it is."""
    why: str = ""
    """For ``unparsed``: what could not be understood."""


class FoundCall(NamedTuple):
    """One call of an API, and where it is."""

    api: str
    """The API's name."""
    call: Call
    """The call."""
    function: Function | None
    """The enclosing function; for a call in a ``#define``, the macro."""
    guards: tuple[str, ...]
    """The conditions around it."""
    macro_end: int | None
    """The last token of the ``#define`` it is in."""
    through: Through
    """How it reaches the API."""


class Reading(NamedTuple):
    """One C file, read."""

    source: Source
    """Its tokens."""
    structure: Structure
    """Its functions."""
    occurrences: list[Occurrence]
    """Every occurrence of a name, in the order of the file."""
    calls: list[FoundCall]
    """Those that are calls."""


def occurrences_in_text(file: str, data: bytes, pattern: WordPattern) -> Iterator[Occurrence]:
    """Give the occurrences in a file that is not C (Kconfig help, Makefiles, documents)."""
    for number, line in enumerate(data.decode("latin-1").split("\n"), 1):
        for match in pattern.finditer(line):
            yield Occurrence(file, number, match.start() + 1, match.group(), "text")


Ways: TypeAlias = Mapping[str, frozenset[Through]]
"""How each name may be called; a name that is not in it by its name alone."""


def ways_of(shapes: Iterable[ApiShape]) -> Ways:
    """Give how the APIs of some shapes may be called."""
    found: dict[str, frozenset[Through]] = {}
    for shape in shapes:
        ways = _BY_NAME if shape.through == "name" else frozenset({shape.through})
        found[shape.name] = found.get(shape.name, frozenset()) | ways
    return found


def read_file(
    file: str,
    data: bytes,
    pattern: WordPattern,
    ways: Ways = MappingProxyType({}),
    whole: Container[str] | None = None,
) -> Reading:
    """Read a C file and class every occurrence of a name in it.

    Args:
        file: Path relative to the tree.
        data: The content.
        pattern: Finds the names.
        ways: From `ways_of`.
        whole: The names whose calls cannot be understood without the rest of their file; None when
            that is all of them. Without any, blocks that hold no name are folded.
    """
    joined = join(data.decode("utf-8", "replace"))
    found = list(pattern.finditer(joined.text))
    blocks: dict[int, int] = {}
    if whole is not None and not any(match.group() in whole for match in found):
        blocks = foldable(joined.text, [match.start() for match in found])
    source, matches, structure = _read(joined, found, blocks)
    if structure.misfolded:
        source, matches, structure = _read(joined, found, {})
    reader = _Reader(file, source, structure, ways)
    occurrences, calls = [], []
    counted, column = 0, 1
    for match, index in matches:
        kind, why, call = reader.judge(match.group(), index)
        if call is not None:
            calls.append(call)
        line_start = source.line_start(match.start())
        if line_start > counted:
            counted, column = line_start, 1
        # Only what is new is counted, so that a line of megabytes is read once.
        column += len(source.text[counted : match.start()].encode("utf-8", "replace"))
        counted = match.start()
        line = source.line_at(match.start())
        occurrences.append(Occurrence(file, line, column, match.group(), kind, why))
    return Reading(source, structure, occurrences, calls)


_Matches: TypeAlias = list[tuple[Hit, int]]


def _read(
    joined: Joined, found: list[Hit], blocks: Mapping[int, int]
) -> tuple[Source, _Matches, Structure]:
    source = Source(joined, blocks)
    matches = [(match, source.token_at(match.start())) for match in found]
    wanted = {index for _, index in matches if index >= 0 and source.kinds[index] == WORD}
    return source, matches, read_structure(source, wanted)


class _Verdict(NamedTuple):
    kind: Kind
    why: str = ""
    call: FoundCall | None = None


class _Reader:
    """Judges the occurrences of one file."""

    def __init__(self, file: str, source: Source, structure: Structure, ways: Ways) -> None:
        self.ways = ways
        self.assembly = file.endswith(".S")
        self.source = source
        self.structure = structure
        self.macros: dict[int, Function | None] = {}
        self.by_name = {item.first: item for item in structure.functions}
        self.unbalanced = _Regions(() if self.assembly else structure.unbalanced)

    def judge(self, name: str, index: int) -> _Verdict:
        source = self.source
        text = source.texts[index]
        kind = source.kinds[index]
        directive = source.directive_of(index)
        if kind == COMMENT:
            if unclosed_comment(text):
                return _Verdict("unparsed", "in a comment that nothing closes")
            return _Verdict("comment")
        if directive is not None and directive.name.startswith("include"):
            return _Verdict("macro")
        if kind in (STRING, CHAR):
            if directive is None and (len(text) < 2 or text[-1] != text[0]):
                return _Verdict("unparsed", "in a literal that the end of the line cuts off")
            return _Verdict("string")
        if kind != WORD or text != name:
            return _Verdict("other")
        if directive is not None:
            return self._in_directive(name, index, directive)
        reason = self.unbalanced.reason_at(index)
        if reason is not None:
            return _Verdict("unparsed", reason)
        if self.assembly:
            return _Verdict("unparsed", "in assembly code")
        place = self.structure.places.get(index)
        if place is None:
            return _Verdict("unparsed", "in code that was not reached")
        return self._in_code(name, index, place)

    def _in_directive(self, name: str, index: int, directive: Directive) -> _Verdict:
        source = self.source
        if directive.name not in _DIRECTIVES:
            # In assembly a line that begins with # may be a comment.
            return _Verdict("comment" if self.assembly else "macro")
        if directive.name != "define":
            return _Verdict("macro")
        if directive.first not in self.macros:
            self.macros[directive.first] = self._macro(directive)
        macro = self.macros[directive.first]
        if macro is None or index <= macro.params[1]:
            return _Verdict("definition" if macro and index == macro.first else "other")
        left = self._left_in(macro.params[1], index)
        before = "" if left is None else source.texts[left]
        after = source.next_code(index)
        member = before in (".", "->")
        if member and not self._may_be(name, "member"):
            return _Verdict("field")
        place = self.structure.places.get(directive.first)
        if place is None:
            return _Verdict("unparsed", "in code that was not reached")
        stop = directive.last + 1
        if after is None or after >= stop:
            return _Verdict("macro")
        first: int = index
        through: Through = "name"
        left_of = partial(self._left_in, macro.params[1])
        if member:
            through, first = "member", self._object(index, left_of)
        if source.texts[after] == ")":
            wrapped = self._wrapped(first, index, left_of)
            if wrapped is None or isinstance(wrapped, str) or wrapped[1] >= stop:
                return _Verdict("field" if member else "macro")
            first, after = wrapped
            through = through if member else self._through(first)
        if source.texts[after] != "(":
            return _Verdict("field" if member else "macro")
        if _is_type(before):
            return _Verdict("declaration")
        if not self._may_be(name, through):
            return _Verdict("other")
        call = read_call(source, first, index, after, stop)
        if call is None:
            return _Verdict("unparsed", "a call in a macro that does not close it")
        found = FoundCall(name, call, macro, place.guards, directive.last, through)
        return _Verdict("call", "", found)

    def _macro(self, directive: Directive) -> Function | None:
        """Take a ``#define`` for a function: its name, parameters and body."""
        source = self.source
        words = source.code_between(directive.first, directive.last)[2:]
        if not words:
            return None
        name, close = words[0], words[0]
        opened = name
        adjacent = len(words) > 1 and source.starts[words[1]] == source.end(name)
        if adjacent and source.texts[words[1]] == "(":
            opened = words[1]
            closing = (place for place in words if source.texts[place] == ")")
            close = next(closing, directive.last)
        return Function(source.texts[name], name, (opened, close), close, False, directive.last)

    def _left_in(self, floor: int, index: int) -> int | None:
        """Give the last token of a macro's body before ``index`` that is no comment."""
        while (index := index - 1) > floor:
            if self.source.kinds[index] != COMMENT:
                return index
        return None

    def _in_code(self, name: str, index: int, place: Place) -> _Verdict:
        source = self.source
        before, after = source.code_before(index), source.next_code(index)
        left = source.texts[before] if before is not None else ""
        right = source.texts[after] if after is not None else ""
        if left in (".", "->"):
            if after is None or place.file_scope or not self._may_be(name, "member"):
                return _Verdict("field")
            first = self._object(index, source.code_before)
            if right == ")":
                wrapped = self._wrapped(first, index, source.code_before)
                if wrapped is None or isinstance(wrapped, str):
                    return _Verdict("field")
                first, after = wrapped
            elif right != "(":
                return _Verdict("field")
            return self._call(name, first, index, after, place, "member")
        if index in self.by_name:
            return _Verdict("stub" if self._is_stub(self.by_name[index]) else "definition")
        if place.group is not None and "EXPORT" in place.group and right != "(":
            return _Verdict("export")
        named = before is not None and source.kinds[before] == WORD
        if place.file_scope:
            return self._at_file_scope(left, right, named)
        if right == "(" and after is not None:
            if _is_type(left) or (place.header and named):
                return _Verdict("declaration" if not place.header else "field")
            return self._call(name, index, index, after, place, "name")
        if right == ")" and before is not None and after is not None:
            found = self._wrapped(index, index, source.code_before)
            if isinstance(found, str):
                # ``void (*name)(int);`` in a type is one of its members.
                return _Verdict("field" if found == "other" and place.header else found)
            if found is not None:
                through = self._through(found[0])
                return self._call(name, found[0], index, found[1], place, through)
        if left == "goto" or (right == ":" and left in (";", "{", "}")):
            return _Verdict("other")
        if place.header and left == "*":
            return _Verdict("field")
        if named and left not in _OPERATOR_WORDS:
            return _Verdict("field" if place.header else "other")
        # A macro may be given a member's name alone: ``update_call(send_IPI)``.
        if self.ways.get(name) == _BY_MEMBER or (right == ")" and self._names_member(index)):
            return _Verdict("field")
        return _Verdict("address")

    def _names_member(self, index: int) -> bool:
        """Tell whether a name is the last argument of ``container_of()`` or its like."""
        texts, depth = self.source.texts, 0
        for place in range(index - 1, max(0, index - _FARTHEST), -1):
            depth += (texts[place] == ")") - (texts[place] == "(")
            if depth < 0:
                return texts[place - 1] in _BY_MEMBER_NAME
        return False

    def _at_file_scope(self, left: str, right: str, named: bool) -> _Verdict:
        if right == "(":
            if named or left in ("*", ")", ","):
                return _Verdict("declaration")
            return _Verdict("unparsed", "what looks like a call stands outside every function")
        if left == "=":
            return _Verdict("address")
        return _Verdict("other")

    def _may_be(self, name: str, through: Through) -> bool:
        return through in self.ways.get(name, _BY_NAME)

    def _through(self, first: int) -> Through:
        return "static-call" if self.source.texts[first] in _STATIC_CALLS else "name"

    def _object(self, index: int, left: Callable[[int], int | None]) -> int:
        """Give the first token of ``a.b->name``, of ``f(x)->name`` and of ``a[i].name``."""
        texts, kinds = self.source.texts, self.source.kinds
        first: int = index
        while index - first < _FARTHEST:
            before = left(first)
            if before is None or texts[before] not in (".", "->"):
                break
            owner = left(before)
            while owner is not None and texts[owner] in (")", "]"):
                first = self._opening(owner, left)
                owner = left(first)
            if owner is None or kinds[owner] != WORD or texts[owner] in _OPERATOR_WORDS:
                break
            first = owner
        return first

    def _opening(self, close: int, left: Callable[[int], int | None]) -> int:
        """Give the bracket that another one closes; itself when there is none near."""
        depth, index = 0, close
        while close - index < _FARTHEST:
            text = self.source.texts[index]
            depth += (text in (")", "]")) - (text in ("(", "["))
            if depth == 0:
                return index
            before = left(index)
            if before is None:
                break
            index = before
        return close

    def _call(
        self, name: str, first: int, index: int, opened: int, place: Place, through: Through
    ) -> _Verdict:
        if not self._may_be(name, through):
            return _Verdict("other")
        call = read_call(self.source, first, index, opened, len(self.source.kinds))
        if call is None:
            return _Verdict("unparsed", "a call whose parentheses do not match")
        found = FoundCall(name, call, place.function, place.guards, None, through)
        return _Verdict("call", "", found)

    def _wrapped(
        self, first: int, index: int, left: Callable[[int], int | None]
    ) -> tuple[int, int] | Kind | None:
        """Read ``(name)(...)``, ``(*name)(...)`` and ``static_call(name)(...)``.

        Args:
            first: The first token of the name, or of the member that it names.
            index: The name.
            left: Gives the token before another.

        Returns:
            The first token of the call and its opening parenthesis; or what the name is when it is
            no call; or None when it is not wrapped so.
        """
        source = self.source
        before, after = left(first), source.next_code(index)
        opened = source.next_code(after) if after is not None else None
        if before is None or opened is None or source.texts[opened] != "(":
            return None
        starred = source.texts[before] in ("*", "&")
        bracket = left(before) if starred else before
        if bracket is None or source.texts[bracket] != "(":
            return None
        outer = left(bracket)
        if outer is not None and source.kinds[outer] == WORD:
            word = source.texts[outer]
            if word in _STATIC_CALLS:
                return outer, opened
            if word not in _OPERATOR_WORDS:
                return "other" if starred or _is_type(word) else "address"
        elif outer is not None and source.texts[outer] in (")", "]", "*"):
            return "other" if source.texts[outer] == "*" else None
        return bracket, opened

    def _is_stub(self, function: Function) -> bool:
        return "(" not in self.source.words_between(function.body, function.last)


class _Regions:
    """The stretches of a file that could not be understood."""

    def __init__(self, regions: Iterable[Unbalanced]) -> None:
        self._regions = sorted(regions)
        self._firsts = [region.first for region in self._regions]
        self._reach: list[tuple[int, str]] = []
        reach = (-1, "")
        for region in self._regions:
            reach = max(reach, (region.last, region.reason), key=lambda pair: pair[0])
            self._reach.append(reach)

    def reason_at(self, index: int) -> str | None:
        place = bisect_right(self._firsts, index) - 1
        if place >= 0 and self._reach[place][0] >= index:
            return f"near {self._reach[place][1]}"
        return None

    def __iter__(self) -> Iterator[Unbalanced]:
        return iter(self._regions)


def _is_type(word: str) -> bool:
    return word in _TYPES or (word not in KEYWORDS and _TYPE.match(word) is not None)
