"""C source as tokens with their lines. Knows no grammar: comments, strings, directives, words.

Line splices are taken out first, as a compiler does, and put back into every line number. Any
input gives tokens, in time linear in its length; what is never closed (a comment, a string, a
parenthesis) is left to the reader to judge.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import accumulate, compress
from string import ascii_letters, digits
from types import MappingProxyType
from typing import NamedTuple, TypeVar

T = TypeVar("T")

WORD = 1
"""An identifier or a keyword."""
NUMBER = 2
"""A number."""
COMMENT = 3
"""A comment of either form, with its marks."""
STRING = 4
"""A string literal, with its quotes."""
CHAR = 5
"""A character constant, with its quotes."""
PUNCT = 6
"""An operator or any other single character."""

# Every character belongs to one match: blanks are matches, too. Every alternative that opens
# something runs to its end or to the end of the line (a literal) or of the text (a comment), so
# nothing is ever read twice.
_TOKEN = re.compile(
    r"""
    [A-Za-z_$][\w$]*
    |\s+
    |\.?\d(?:[eEpP][+-]|[\w.])*
    |/\*(?:[^*]|\*(?!/))*+(?:\*/)?|//[^\n]*
    |"(?:[^"\\\n]|\\.)*+"?
    |'(?:[^'\\\n]|\\.)*+'?
    |->|\+\+|--|&&|\|\||<<=|>>=|<<|>>|[-+*/%&|^<>=!]=|\.\.\.|\#\#|.
    """,
    re.VERBOSE | re.ASCII,
)
_BLANKS = 0
_SECOND_TELLS = -1
_KINDS = {
    **dict.fromkeys(ascii_letters + "_$", WORD),
    **dict.fromkeys(digits, NUMBER),
    **dict.fromkeys(" \t\n\r\f\v", _BLANKS),
    '"': STRING,
    "'": CHAR,
    ".": _SECOND_TELLS,
    "/": _SECOND_TELLS,
}
"""What a token is, by its first character; any other is punctuation."""
_DIRECTIVE = re.compile(
    r"""(?:[^\n/"']++|/\*(?:[^*]|\*(?!/))*+(?:\*/)?|//[^\n]*|/"""
    r"""|"(?:[^"\\\n]|\\.)*+"?|'(?:[^'\\\n]|\\.)*+'?)*+"""
)
_SPLICE = re.compile(r"\\[ \t]*\r?\n")
_SPLICE_BYTES = re.compile(_SPLICE.pattern.encode())
_BLANK = re.compile(r"\s+")
_NOT_CODE = ("/*", "//", *" \t\n\r\f\v")


_NONE: Mapping[int, int] = MappingProxyType({})


class Joined(NamedTuple):
    """A text without its line splices."""

    text: str
    """The text."""
    splices: list[int]
    """The offsets in it at which splices were."""


def join(raw: str) -> Joined:
    """Take the line splices out of a text."""
    pieces = _SPLICE.split(raw)
    splices: list[int] = []
    offset = 0
    for piece in pieces[:-1]:
        offset += len(piece)
        splices.append(offset)
    return Joined("".join(pieces), splices)


def without_splices(data: bytes) -> bytes:
    """Take the line splices out of a file's bytes."""
    return _SPLICE_BYTES.sub(b"", data)


@dataclass(frozen=True, slots=True)
class Directive:
    """One preprocessor directive."""

    name: str
    """Its word (``ifdef``, ``define``), or an empty text for a lone ``#``."""
    first: int
    """Index of its ``#`` token."""
    last: int
    """Index of its last token."""


class Source:
    """The text of one file and its tokens, as parallel lists.

    ``kinds[i]``, ``texts[i]`` and ``starts[i]`` belong to token i; starts are offsets into
    ``text``, which has no splices any more.
    """

    def __init__(self, raw: str | Joined, blocks: Mapping[int, int] = _NONE) -> None:
        """Reads a text.

        Args:
            raw: The text.
            blocks: What `folding.foldable` gives of it. Of the tokens of a folded block there are
                only the two braces.
        """
        self.text, self._splices = join(raw) if isinstance(raw, str) else raw
        self.kinds: list[int] = []
        self.texts: list[str] = []
        self.starts: list[int] = []
        self.folded: set[int] = set()
        """Indexes of the opening braces of folded blocks."""
        self._read(blocks)
        self.directives = list(self._find_directives(places(self.texts, "#")))
        self.directive_at = {item.first: item for item in self.directives}

    @cached_property
    def _line_ends(self) -> list[int]:
        """The offsets just after each line."""
        return list(accumulate(map((1).__add__, map(len, self.text.split("\n")))))

    def _read(self, blocks: Mapping[int, int]) -> None:
        """Read all tokens, and of a block that is folded none."""
        start = passed = 0
        for opening in sorted(blocks):
            if opening < passed:
                continue  # in a comment or a literal
            self._read_part(start, opening + 1)
            if self.texts[-1:] == ["{"] and self.starts[-1] == opening:
                self.folded.add(len(self.kinds) - 1)
                start = passed = blocks[opening]
                continue
            # A comment or a literal was cut off: it is read again, whole, with what follows.
            start = self.starts.pop()
            self.kinds.pop()
            self.texts.pop()
            whole = _TOKEN.match(self.text, start)
            passed = whole.end() if whole else opening + 1
        self._read_part(start, len(self.text))

    def _read_part(self, start: int, stop: int) -> None:
        """Read the tokens from one offset to another."""
        texts = _TOKEN.findall(self.text, start, stop)
        kind_of = _KINDS.get
        kinds = [kind_of(text[0], PUNCT) for text in texts]
        for place in places(kinds, _SECOND_TELLS):
            second = texts[place][1:2]
            if second.isdecimal():
                kinds[place] = NUMBER
            else:
                comment = second in ("*", "/") and texts[place][0] == "/"
                kinds[place] = COMMENT if comment else PUNCT
        self.starts += compress(accumulate(map(len, texts), initial=start), kinds)
        self.texts += compress(texts, kinds)
        self.kinds += filter(None, kinds)

    @classmethod
    def of_bytes(cls, data: bytes) -> Source:
        """Read a file's bytes; what is not UTF-8 becomes replacement characters."""
        return cls(data.decode("utf-8", "replace"))

    def _find_directives(self, hashes: Iterable[int]) -> Iterable[Directive]:
        done = -1
        for index in hashes:
            start = self.starts[index]
            if start < done or not self._starts_line(index):
                continue
            match = _DIRECTIVE.match(self.text, start + 1)
            done = match.end() if match else start + 1
            last = bisect_right(self.starts, done - 1) - 1
            word = self.next_code(index)
            name = ""
            if word is not None and word <= last and self.kinds[word] == WORD:
                name = self.texts[word]
            yield Directive(name, index, last)

    def _starts_line(self, index: int) -> bool:
        before = index - 1
        while before >= 0 and self.kinds[before] == COMMENT:
            before -= 1
        if before < 0:
            return True
        return "\n" in self.text[self.end(before) : self.starts[index]]

    def end(self, index: int) -> int:
        """Give the offset just after token ``index``."""
        return self.starts[index] + len(self.texts[index])

    def line_at(self, offset: int) -> int:
        """Give the line of the file, counted from 1, at an offset into ``text``."""
        return 1 + bisect_right(self._line_ends, offset) + bisect_right(self._splices, offset)

    def line_start(self, offset: int) -> int:
        """Give the offset at which the (spliced) line of an offset begins."""
        before = bisect_right(self._line_ends, offset)
        return self._line_ends[before - 1] if before else 0

    def line(self, index: int) -> int:
        """Give the line on which token ``index`` begins."""
        return self.line_at(self.starts[index])

    def end_line(self, index: int) -> int:
        """Give the line on which token ``index`` ends."""
        return self.line_at(self.end(index) - 1)

    def token_at(self, offset: int) -> int:
        """Give the index of the token that begins at or last before an offset, or -1."""
        return bisect_right(self.starts, offset) - 1

    def directive_of(self, index: int) -> Directive | None:
        """Give the directive that token ``index`` is part of."""
        place = bisect_right(self.directives, index, key=lambda item: item.first) - 1
        if place >= 0 and index <= self.directives[place].last:
            return self.directives[place]
        return None

    def next_code(self, index: int) -> int | None:
        """Give the first token after ``index`` that is no comment."""
        index += 1
        while index < len(self.kinds):
            if self.kinds[index] != COMMENT:
                return index
            index += 1
        return None

    def code_before(self, index: int) -> int | None:
        """Give the last token before ``index`` that is neither in a comment nor in a directive."""
        index -= 1
        while index >= 0:
            directive = self.directive_of(index)
            if directive is not None:
                index = directive.first - 1
            elif self.kinds[index] == COMMENT:
                index -= 1
            else:
                return index
        return None

    def code_between(self, first: int, last: int) -> list[int]:
        """Give the tokens from ``first`` to ``last``, both included, without comments."""
        return [i for i in range(first, last + 1) if self.kinds[i] != COMMENT]

    def words_between(self, first: int, last: int) -> list[str]:
        """Give the texts from ``first`` to ``last`` without comments, folded blocks unfolded."""
        words: list[str] = []
        for index in range(first, last + 1):
            if self.kinds[index] == COMMENT:
                continue
            words.append(self.texts[index])
            if index in self.folded:
                start, stop = self.end(index), self.starts[index + 1]
                words += (
                    text
                    for text in _TOKEN.findall(self.text, start, stop)
                    if not text.startswith(_NOT_CODE)
                )
        return words

    def words_of(self, indexes: Iterable[int]) -> list[str]:
        """Give the texts of some tokens."""
        return [self.texts[i] for i in indexes]

    def spelled(self, indexes: Sequence[int]) -> str:
        """Give some tokens as written, each stretch of blanks and comments one space."""
        parts: list[str] = []
        end = None
        for index in indexes:
            if end is not None and self.starts[index] > end:
                parts.append(" ")
            parts.append(self.texts[index])
            end = self.end(index)
        return _BLANK.sub(" ", "".join(parts)).strip()


def places(values: Sequence[T], value: T) -> Iterator[int]:
    """Give the indexes at which a value stands."""
    place = -1
    with suppress(ValueError):
        while True:
            place = values.index(value, place + 1)
            yield place


def unclosed_comment(text: str) -> bool:
    """Tell whether a comment token ran into the end of the file."""
    return text.startswith("/*") and (len(text) < 4 or not text.endswith("*/"))


def fingerprint(words: Iterable[str]) -> str:
    """Hash a token stream: the first 16 hex digits of SHA-256, a NUL after each token."""
    digest = sha256()
    for word in words:
        digest.update(word.encode("utf-8", "replace"))
        digest.update(b"\0")
    return digest.hexdigest()[:16]
