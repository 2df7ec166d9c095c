"""The files of a tree folder by folder; on disk no folder is read before it is asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple


class Folder(NamedTuple):
    """What lies in one folder, as paths from the top of the tree."""

    files: frozenset[str]
    """Its own files."""
    folders: frozenset[str]
    """The folders in it."""


_EMPTY = Folder(frozenset(), frozenset())


class Listing:
    """The files of one tree. The top folder is the empty path."""

    def __init__(self, look: Callable[[str], Folder]) -> None:
        """Takes what looks into a folder; it is asked once for each, and only if there is one."""
        self._look = look
        self._known: dict[str, Folder] = {}
        self.unreadable: dict[str, str] = {}
        """Folders that could not be looked into, and why: what lies below them is not known."""

    @classmethod
    def of(cls, paths: Iterable[str]) -> Listing:
        """List files that are known already."""
        files: defaultdict[str, list[str]] = defaultdict(list)
        folders: defaultdict[str, set[str]] = defaultdict(set)
        for path in paths:
            files[path.rpartition("/")[0]].append(path)
        for folder in list(files):
            while folder:
                parent = folder.rpartition("/")[0]
                if folder in folders[parent]:
                    break
                folders[parent].add(folder)
                folder = parent
        known = {path: Folder(frozenset(files[path]), frozenset(folders[path])) for path in folders}
        known |= {
            path: Folder(frozenset(own), frozenset(folders.get(path, ())))
            for path, own in files.items()
        }
        known.setdefault("", _EMPTY)
        return cls(known.__getitem__)

    def has(self, path: str) -> bool:
        """Whether there is a file of that path."""
        return path in self._folder(path.rpartition("/")[0]).files

    def files_in(self, folder: str) -> list[str]:
        """Give the sorted files of one folder, not of those in it."""
        return sorted(self._folder(folder).files)

    def folders_below(self, folder: str) -> list[str]:
        """Give a folder and all folders below it, sorted; nothing if there is none."""
        found = [folder] if self._exists(folder) else []
        for path in found:
            found += self._folder(path).folders
        return sorted(found)

    def files_below(self, folder: str) -> list[str]:
        """Give the sorted files of a folder and of all folders below it."""
        return sorted(
            path for below in self.folders_below(folder) for path in self._folder(below).files
        )

    def _exists(self, folder: str) -> bool:
        return not folder or folder in self._folder(folder.rpartition("/")[0]).folders

    def _folder(self, folder: str) -> Folder:
        known = self._known.get(folder)
        if known is None:
            known = _EMPTY
            try:
                # A link to a folder is none, and neither is what lies below it.
                known = self._look(folder) if self._exists(folder) else _EMPTY
            except OSError as error:
                self.unreadable[folder] = error.strerror or str(error)
            self._known[folder] = known
        return known
