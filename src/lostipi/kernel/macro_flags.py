"""Whether a constant holds a flag: ``KVM_REQ_TLB_FLUSH & KVM_REQUEST_WAIT``, by its #defines."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

_DEEPEST = 8
"""Macros within macros. The kernel's request flags take three."""

_HEADERS = ("include/linux/", "include/asm-generic/", "arch/x86/include/asm/")
_DEFINE = re.compile(
    rb"^[ \t]*#[ \t]*define[ \t]+([A-Z_][A-Z0-9_]*)\b((?:[^\n\\]|\\.|\\\n)*)", re.MULTILINE
)
_TEST = re.compile(r"(?:!!)?\(*\s*([\w\s|()]+?)\s*&\s*([A-Z][A-Z0-9_]*)\s*\)*\Z")
_WORD = re.compile(r"[A-Za-z_]\w*")
_SYMBOL = re.compile(r"[A-Z_][A-Z0-9_]*\Z")

_Definitions = dict[str, set[str]]


class MacroFlags:
    """The ``#define`` lines of a tree's headers and of the caller's own folder."""

    def __init__(self, files: Sequence[str], read: Callable[[str], bytes]) -> None:
        """Takes the files in scope and what gives their content."""
        self._files = files
        self._read = read
        self._folders: dict[str, _Definitions] = {}

    def truth(self, expression: str, file: str) -> bool | None:
        """Evaluate ``constant & FLAG``, with or without ``!!`` and brackets.

        Args:
            expression: A wait expression.
            file: Where it stands.

        Returns:
            None when it has another form, is no constant, or a name in it has no definition.
        """
        match = _TEST.match(expression)
        if match is None:
            return None
        flag = match[2]
        wanted = set(_WORD.findall(match[1]))
        if not wanted or any(not _SYMBOL.match(name) for name in wanted):
            return None
        near = self._folder(posixpath.dirname(file))
        if any(name not in near and name not in self._global for name in wanted - {flag}):
            return None
        seen: set[str] = set()
        for _ in range(_DEEPEST):
            if flag in wanted:
                return True
            seen |= wanted
            wanted = {
                word
                for name in wanted
                for word in near.get(name, set()) | self._global.get(name, set())
            } - seen
            if not wanted:
                return False
        return None

    @cached_property
    def _global(self) -> _Definitions:
        return self._defined(path for path in self._files if path.startswith(_HEADERS))

    def _folder(self, folder: str) -> _Definitions:
        if folder not in self._folders:
            near = (path for path in self._files if posixpath.dirname(path) == folder)
            self._folders[folder] = self._defined(near)
        return self._folders[folder]

    def _defined(self, paths: Iterable[str]) -> _Definitions:
        """Give the constants that each macro is made of."""
        found: _Definitions = {}
        for path in paths:
            if path.endswith((".c", ".h")):
                for name, body in _DEFINE.findall(self._read(path)):
                    words = _WORD.findall(body.decode("utf-8", "replace"))
                    found.setdefault(name.decode(), set()).update(filter(_SYMBOL.match, words))
        return found
