"""The text of a source tarball in memory: all of it, or what a search will ask for.

A tarball can only be read from its start to its end, which takes as long as decompressing it. Who
says beforehand what will be searched for has the files at hand that a scan goes on to read; of all
others only the names are known, and asking for one costs a second reading.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from lostipi.kernel.manywords import holder_of

MAX_KEPT = 1 << 30
"""Bytes of compressed text kept of a tarball. A whole kernel takes about a quarter of it."""

_MAX_WAITING = 32 << 20
"""Bytes of files whose folder may yet turn out to be asked for. Most folders have less than 1 MiB;
the headers that describe a GPU's registers have a hundred, and are nobody's neighbours."""

_KBUILD = ("Kconfig", "Makefile", "Kbuild")
_CODE = (".c", ".h", ".S")


class TooMuchTextError(ValueError):
    """There is more text than in any kernel."""


@dataclass(frozen=True)
class Sought:
    """What a tree will be searched for."""

    names: tuple[str, ...]
    """Texts. A file that holds one is read; beside a header also the code that may include it."""
    with_folder: tuple[str, ...] = ()
    """Texts. A file that holds one is read, and so is the code that lies in the same folder."""
    marks: tuple[str, ...] = ()
    """Texts. A file that holds one is read."""
    in_scope: Callable[[str], bool] = lambda _path: True
    """Whether a file of that path, from the top of the tree, is searched at all."""

    @property
    def texts(self) -> tuple[str, ...]:
        """All of them."""
        return self.names + self.with_folder + self.marks

    def answers(self, words: Iterable[str]) -> bool:
        """Whether the files that hold any of some other texts are among those kept."""
        return all(any(text in word for text in self.texts) for word in words)


@dataclass
class _Folder:
    """A folder whose files are just passing by."""

    path: str
    sought: bool = False
    waiting: list[tuple[str, bytes]] = field(default_factory=list)


class Packed:
    """The names of a tarball's text files and, compressed, the files that are kept."""

    def __init__(self, files: Iterable[tuple[str, bytes]], sought: Sought | None = None) -> None:
        """Reads all files once.

        Args:
            files: Name, with the one top folder, and content; those of one folder near each other.
            sought: What will be searched for; None to keep all.

        Raises:
            TooMuchTextError: What would be kept exceeds `MAX_KEPT`.
        """
        self.sought = sought
        self.names: list[str] = []
        self.holding: list[str] = []
        """The files that hold something sought."""
        self._kept: dict[str, bytes] = {}
        self._size = 0
        for name, content in files if sought is None else self._selected(files, sought):
            self._keep(name, content)

    def _keep(self, name: str, content: bytes) -> None:
        if self.sought is None:
            self.names.append(name)
        self._kept[name] = packed = zlib.compress(content, 1)
        self._size += len(packed)
        if self._size > MAX_KEPT:
            raise TooMuchTextError

    def _selected(
        self, files: Iterable[tuple[str, bytes]], sought: Sought
    ) -> Iterator[tuple[str, bytes]]:
        holds, named = holder_of(sought.texts), holder_of(sought.names)
        with_folder = holder_of(sought.with_folder)
        opened: list[_Folder] = []
        waiting = 0
        for name, content in files:
            self.names.append(name)
            path, _, own_name = name.rpartition("/")
            while opened and not f"{path}/".startswith(f"{opened[-1].path}/"):
                waiting -= _size(opened.pop().waiting)
            if not opened or opened[-1].path != path:
                opened.append(_Folder(path))
            folder = opened[-1]
            scoped = sought.in_scope(name.partition("/")[2])
            if scoped and holds(content):
                self.holding.append(name)
                # What includes a header lies beside it, unless it is one for everybody.
                own_header = own_name.endswith(".h") and "/include/" not in name
                if (own_header and named(content)) or with_folder(content):
                    folder.sought = True
                    yield from folder.waiting
                    waiting -= _size(folder.waiting)
                    folder.waiting = []
                yield name, content
            elif own_name.startswith(_KBUILD):
                yield name, content
            elif scoped and name.endswith(_CODE):
                if folder.sought:
                    yield name, content
                elif waiting + len(content) <= _MAX_WAITING:
                    folder.waiting.append((name, content))
                    waiting += len(content)

    def without(self, top: str) -> None:
        """Leave a folder out of all names, and what lies beside it altogether."""
        length = len(top)
        self.names = [name[length:] for name in self.names if name.startswith(top)]
        self.holding = [name[length:] for name in self.holding if name.startswith(top)]
        self._kept = {
            name[length:]: content for name, content in self._kept.items() if name.startswith(top)
        }

    def get(self, name: str) -> bytes | None:
        """Give the content of a file, or None when it is not kept."""
        packed = self._kept.get(name)
        return None if packed is None else zlib.decompress(packed)


def _size(files: Sequence[tuple[str, bytes]]) -> int:
    return sum(len(content) for _, content in files)
