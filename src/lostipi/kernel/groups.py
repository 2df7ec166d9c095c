"""The code of one function as a tree of ``#if`` groups, each with its branches. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from lostipi.kernel.ctokens import COMMENT, WORD, Source
from lostipi.kernel.guards import BRANCHING, OPENING
from lostipi.kernel.necessary import GROUP, OPENS

_DEEPEST = 60
"""Groups within each other, at most."""


class DoubtError(Exception):
    """What follows is not understood."""


class Code:
    """Code without comments, as parallel lists. An ``#if`` group is one token with branches."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.is_word: list[bool] = []
        self.indexes: list[int] = []
        self.groups: dict[int, list[Code]] = {}
        """The branches of each group, by its place."""
        self.partner: dict[int, int] = {}
        """What closes each bracket."""
        self.is_whole = False
        """Whether every bracket has its partner here."""

    def add(self, source: Source, indexes: Iterable[int]) -> None:
        """Add some tokens."""
        for index in indexes:
            self.texts.append(source.texts[index])
            self.is_word.append(source.kinds[index] == WORD)
            self.indexes.append(index)

    def add_group(self, index: int, branches: list[Code]) -> None:
        """Add a group, as the token of its ``#``."""
        self.groups[len(self.texts)] = branches
        self.texts.append(GROUP)
        self.is_word.append(False)
        self.indexes.append(index)

    def match(self) -> None:
        """Find the partners of all brackets, once all tokens are there."""
        opened: list[int] = []
        for place, text in enumerate(self.texts):
            if text in OPENS:
                opened.append(place)
            elif text in (")", "]", "}"):
                if not opened or OPENS[self.texts[opened[-1]]] != text:
                    return
                self.partner[opened.pop()] = place
        self.is_whole = not opened

    def text(self, place: int) -> str:
        """Give the token at a place; an empty text behind the last."""
        return self.texts[place] if place < len(self.texts) else ""

    def closing(self, place: int, text: str) -> int:
        """Give what closes the bracket that must stand at a place.

        Raises:
            DoubtError: There is none.
        """
        if self.text(place) != text or place not in self.partner:
            raise DoubtError
        return self.partner[place]


def code_of(source: Source, first: int, last: int, *, in_macro: bool = False) -> Code:
    """Read the code of a function's body, or of a ``#define``, which holds no groups.

    Raises:
        DoubtError: A group is not wholly inside.
    """
    if in_macro:
        code = Code()
        code.add(source, source.code_between(first, last))
        code.match()
        return code
    code, end = _branch(source, first, last, 0)
    if end <= last:
        raise DoubtError
    return code


def _branch(source: Source, index: int, last: int, depth: int) -> tuple[Code, int]:
    """Read up to the directive that ends a branch, or to the end."""
    if depth > _DEEPEST:
        raise DoubtError
    code = Code()
    while index <= last:
        directive = source.directive_at.get(index)
        if directive is None:
            if source.kinds[index] != COMMENT:
                code.add(source, (index,))
            index += 1
        elif directive.name in OPENING:
            branches: list[Code] = []
            start = index
            while not branches or source.directive_at[index].name in BRANCHING:
                after = source.directive_at[index].last + 1
                branch, index = _branch(source, after, last, depth + 1)
                if index > last:
                    raise DoubtError
                branches.append(branch)
            code.add_group(start, branches)
            index = source.directive_at[index].last + 1
        elif directive.name in BRANCHING or directive.name == "endif":
            break
        else:
            index = directive.last + 1
    code.match()
    return code, index
