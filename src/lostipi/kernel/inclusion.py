"""Find who ``#include``s a file of the tree, and under which Kconfig symbols."""

import posixpath
import re
from collections.abc import Callable, Iterable

from lostipi.kernel.conditions import ALWAYS, NEVER, Condition, both, either, off
from lostipi.kernel.listing import Listing

_MAX_BYTES = 1 << 24
_MAX_DEPTH = 60

#: Folders of the tree that are too wide to be searched whole for one included file.
_WIDE = frozenset({"", "arch", "drivers", "fs", "include", "net", "sound"})

_LINE = re.compile(
    rb"^[ \t]*#[ \t]*(ifdef|ifndef|if|elif|else|endif|include)\b((?:[^\n\\]|\\.|\\\n)*)",
    re.MULTILINE,
)
_TOKEN = re.compile(
    r"\s*(?:(&&|\|\||!(?!=)|\(|\))|(?:defined|IS_ENABLED|IS_BUILTIN|IS_MODULE|IS_REACHABLE)"
    r"\s*\(?\s*(CONFIG_\w+)\s*\)?|(CONFIG_\w+)(?!\s*(?:[=<>!]=|[<>+*/%-]))|([^&|!()]+|.))"
)

#: When a condition holds and when it does not; unknown is always, twice.
_Test = tuple[Condition, Condition]
_UNKNOWN: _Test = (ALWAYS, ALWAYS)


class Inclusions:
    """The ``#include "..."`` lines of a tree, read folder by folder when asked for."""

    def __init__(self, listing: Listing, read: Callable[[str], bytes | None]) -> None:
        """Takes the files of the tree and what returns a file's content."""
        self._read = read
        self._listing = listing
        self._lines: dict[str, list[tuple[str, str, Condition]]] = {}

    def includers(self, path: str) -> list[tuple[str, Condition]]:
        """Returns the files that include the path, each with the condition around the line.

        The nearest folders decide: its own, then those below, then its parent's and grandparent's.
        """
        folder = posixpath.dirname(path)
        searched: set[str] = set()
        for folders in self._outward(folder):
            found = [
                (includer, condition)
                for near in folders
                if near not in searched
                for name, includer, condition in self._folder(near)
                if includer != path and self._is(path, name, includer)
            ]
            if found:
                return found
            searched.update(folders)
        return []

    def _outward(self, folder: str) -> Iterable[list[str]]:
        yield [folder]
        for _ in range(3):
            if folder in _WIDE:
                return
            yield self._listing.folders_below(folder)
            folder = posixpath.dirname(folder)

    def _is(self, path: str, name: str, includer: str) -> bool:
        """Whether that ``#include`` means the path: beside the includer, else by an ``-I``."""
        beside = posixpath.normpath(posixpath.join(posixpath.dirname(includer), name))
        if beside == path:
            return True
        return not self._listing.has(beside) and f"/{path}".endswith("/" + name.lstrip("./"))

    def _folder(self, folder: str) -> list[tuple[str, str, Condition]]:
        """Returns (name, includer, condition) of every inclusion in a folder's own files."""
        if folder not in self._lines:
            self._lines[folder] = [
                (name, path, condition)
                for path in self._listing.files_in(folder)
                if path.endswith((".c", ".h", ".S"))
                for name, condition in inclusions(self._read(path) or b"")
            ]
        return self._lines[folder]


def inclusions(content: bytes) -> list[tuple[str, Condition]]:
    """Returns the names in ``#include "..."`` lines, each with the condition around it."""
    result: list[tuple[str, Condition]] = []
    if b"#" not in content:
        return result
    frames: list[tuple[Condition, Condition]] = []  # (this branch, no branch so far)
    for line in _LINE.finditer(content[:_MAX_BYTES]):
        word = line[1]
        if word == b"include":
            quoted = re.match(rb'\s*"([^"\n]+)"', line[2])
            if quoted:
                active = ALWAYS
                for here, _ in frames:
                    active = both(active, here)
                if active != NEVER:
                    result.append((quoted[1].decode("utf-8", "replace"), active))
        elif word in (b"if", b"ifdef", b"ifndef"):
            frames.append(_test(word, line[2]))
        elif not frames:
            continue
        elif word == b"endif":
            frames.pop()
        else:
            holds, fails = _test(b"if", line[2]) if word == b"elif" else (ALWAYS, NEVER)
            left = frames[-1][1]
            frames[-1] = (both(left, holds), both(left, fails))
    return result


def _test(word: bytes, argument: bytes) -> _Test:
    text = argument.decode("utf-8", "replace").replace("\\\n", " ")
    text = re.sub(r"/\*.*?(\*/|$)|//.*", " ", text, flags=re.DOTALL)
    if word == b"if":
        tokens = [match.groups() for match in _TOKEN.finditer(text) if match[0].strip()]
        return _disjunction(tokens[::-1], 0)
    name = text.strip()
    if not re.fullmatch(r"CONFIG_\w+", name):
        return _UNKNOWN
    holds, fails = ((name,),), ((off(name),),)
    return (holds, fails) if word == b"ifdef" else (fails, holds)


_Tokens = list[tuple[str | None, ...]]


def _disjunction(tokens: _Tokens, depth: int) -> _Test:
    """Reads ``a || b``; tokens are taken from the end of the list."""
    holds, fails = _conjunction(tokens, depth)
    while tokens and tokens[-1][0] == "||":
        tokens.pop()
        other = _conjunction(tokens, depth)
        holds, fails = either((holds, other[0])), both(fails, other[1])
    return holds, fails


def _conjunction(tokens: _Tokens, depth: int) -> _Test:
    holds, fails = _factor(tokens, depth)
    while tokens and tokens[-1][0] == "&&":
        tokens.pop()
        other = _factor(tokens, depth)
        holds, fails = both(holds, other[0]), either((fails, other[1]))
    return holds, fails


def _factor(tokens: _Tokens, depth: int) -> _Test:
    """Reads one operand. What is no Kconfig symbol is unknown, with all that clings to it."""
    if not tokens or depth > _MAX_DEPTH:
        tokens.clear()
        return _UNKNOWN
    operator, *names = tokens.pop()
    symbol = names[0] or names[1]
    if operator == "!":
        holds, fails = _factor(tokens, depth + 1)
        return fails, holds
    if operator == "(":
        result = _disjunction(tokens, depth + 1)
        if tokens and tokens[-1][0] == ")":
            tokens.pop()
    elif symbol:
        result = ((symbol,),), ((off(symbol),),)
    else:
        result = _UNKNOWN
    while tokens and tokens[-1][0] not in ("&&", "||", ")"):
        # A comparison or a macro's argument list: the operand is more than was understood.
        if tokens.pop()[0] == "(":
            _disjunction(tokens, depth + 1)
            if tokens and tokens[-1][0] == ")":
                tokens.pop()
        result = _UNKNOWN
    return result
