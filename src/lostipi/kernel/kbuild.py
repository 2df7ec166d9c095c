"""Say which Kconfig symbols gate a source file's object, by the Makefiles of an x86 tree."""

import posixpath
import re
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from typing import Protocol

from lostipi.kernel.conditions import ALWAYS, NEVER, Condition, both, either
from lostipi.kernel.inclusion import Inclusions
from lostipi.kernel.makefile import LARGEST, Makefile, Words
from lostipi.kernel.search import makefiles_with
from lostipi.kernel.shape import ScanProblem
from lostipi.kernel.tree import listing_of


class Source(Protocol):
    """The part of a kernel tree that is needed here."""

    def files(self) -> Sequence[str]:
        """Returns the paths of the tree's files, from its top, sorted."""
        ...

    def read(self, path: str) -> bytes:
        """Returns a file's content."""
        ...


#: What is set outside of the directories' Makefiles when x86 is built.
_KNOWN: dict[str, Words] = {
    "ARCH": [(ALWAYS, "x86")],
    "SRCARCH": [(ALWAYS, "x86")],
    "SUBARCH": [(ALWAYS, "x86")],
    "KBUILD_EXTMOD": [],
    "need-sub-make": [],
    "sub_make_done": [(ALWAYS, "1")],
    "BITS": [((("CONFIG_X86_32",),), "32"), ((("CONFIG_X86_64",),), "64")],
}

#: The lists whose objects and directories are built. Those of the second group are the top
#: Makefile's and arch/x86/Makefile's.
_BUILT = re.compile(r"(?:obj|lib|extra|always|head|init|core|drivers|libs|net|virt)-[ym]")
_FOREIGN_TEXT = r"\.\./|^[[:space:]]*-?include|\$[({]srctree[)}]/"
_FOREIGN = re.compile(rb"\.\./|^\s*-?include\b|\$[({]srctree[)}]/", re.MULTILINE)
_OUTSIDE = ("Documentation/", "samples/", "scripts/", "tools/")


class _Lists:
    """What one directory's Makefile builds; paths are from the top of the tree."""

    def __init__(self, makefile: Makefile) -> None:
        self.objects: dict[str, Condition] = {}
        self.folders: dict[str, Condition] = {}
        self._makefile = makefile
        self.as_builtin = makefile.as_builtin
        names = frozenset(makefile.names())
        for name in names:
            for condition, word in makefile.words(name) if _BUILT.fullmatch(name) else ():
                if word.endswith("/"):
                    _add(self.folders, makefile.resolve(word), condition)
                elif word.endswith(".o"):
                    stem = word[:-2]
                    parts = [
                        (both(condition, other), part)
                        for suffix in ("-objs", "-y", "-m")
                        if stem + suffix in names
                        for other, part in makefile.words(stem + suffix)
                        if part.endswith(".o")
                    ]
                    for other, part in parts or [(condition, word)]:
                        _add(self.objects, makefile.resolve(part[:-2]), other)

    @cached_property
    def others(self) -> dict[str, Condition]:
        """Objects that stand in other variables (``vobjs-y``): built by rules of their own."""
        table: dict[str, Condition] = {}
        for name in self._makefile.names():
            if _BUILT.fullmatch(name) or name.endswith(("-", "-n")):
                continue  # ``obj-`` holds what is off
            for condition, word in self._makefile.words(name):
                if word.endswith(".o"):
                    _add(table, self._makefile.resolve(word[:-2]), condition)
        return table


def _add(table: dict[str, Condition], path: str, condition: Condition) -> None:
    if condition != NEVER:
        table[path] = either((table.get(path, NEVER), condition))


class Kbuild:
    """The Makefiles of a tree, read as far as the files asked for need them."""

    def __init__(self, tree: Source) -> None:
        """Reads nothing yet."""
        self._tree = tree
        self._listing = listing_of(tree)
        self._inclusions = Inclusions(self._listing, self.read)
        self._lists: dict[str, _Lists] = {}
        self._folder_conditions: dict[str, Condition] = {"": ALWAYS}
        self._conditions: dict[str, Condition] = {}
        self._in_progress: set[str] = set()
        self._namers: dict[str, list[str]] | None = None
        self._problems: dict[str, ScanProblem] = {}

    @property
    def problems(self) -> list[ScanProblem]:
        """What so far leaves conditions unknown: files that are not there, or no text."""
        return sorted(self._problems.values())

    def condition(self, path: str) -> Condition:
        """Returns under which symbols a source file is compiled, alone or as part of another.

        Args:
            path: A .c, .S or .h file, from the top of the tree.

        Returns:
            Alternatives of symbols that must be on (``CONFIG_X``) or off (``!CONFIG_X``), outermost
            directory first; ``NEVER`` when no Makefile builds it, and for a header that nothing
            near it includes ``ALWAYS``.
        """
        if path in self._conditions:
            return self._conditions[path]
        if path in self._in_progress or len(self._in_progress) > 100:
            return NEVER
        self._in_progress.add(path)
        try:
            result = self._header(path) if path.endswith(".h") else self._source(path)
        finally:
            self._in_progress.discard(path)
        if not self._in_progress:  # inside a cycle the answer is only partial
            self._conditions[path] = result
        return result

    def as_builtin(self, path: str) -> tuple[str, ...]:
        """Returns the symbols that put a .c or .S file into the image even when they are ``m``.

        They are those that every Makefile on the way to the object takes as ``$(subst m,y,...)``.
        """
        counted: set[str] = set()
        plain: set[str] = set()
        for item in (posixpath.splitext(path)[0], *_upward(posixpath.dirname(path))):
            for place in _upward(posixpath.dirname(item)) if item else ():
                lists = self._list(place)
                named = lists.objects.get(item, NEVER) + lists.folders.get(item, NEVER)
                here = lists.as_builtin.get(item, set())
                counted |= here
                plain |= {symbol for alternative in named for symbol in alternative} - here
        return tuple(sorted(counted - plain))

    def _source(self, path: str) -> Condition:
        stem = posixpath.splitext(path)[0]
        places = [
            place
            for place in (*_upward(posixpath.dirname(path)), *self._named_from_elsewhere(stem))
            if stem in self._list(place).objects
        ]
        result = either(
            both(self._folder(place), self._list(place).objects[stem]) for place in places
        )
        if not places:  # what a Makefile names is compiled by itself
            result = self._included(path)
        folder = posixpath.dirname(path)
        if result == NEVER and folder and stem in self._list(folder).others:
            result = both(self._folder(folder), self._list(folder).others[stem])
        if result == NEVER:
            self._look_for_makefiles(folder)
        return result

    def _look_for_makefiles(self, folder: str) -> None:
        """Note each folder from one upward that the build enters and that has no Makefile."""
        for place in filter(None, _upward(folder)):
            names = (f"{place}/Kbuild", f"{place}/Makefile")
            if not any(map(self._listing.has, names)) and self._folder(place) != NEVER:
                self._note(names[1], "is not there; what is built of its folder is not known")

    def _note(self, path: str, what: str) -> None:
        self._problems.setdefault(path, ScanProblem(path, 0, what))

    def _header(self, path: str) -> Condition:
        if path.startswith(("include/", "arch/x86/include/")):
            return ALWAYS
        includers = self._inclusions.includers(path)
        return self._included(path) if includers else ALWAYS

    def _included(self, path: str) -> Condition:
        return either(
            both(self.condition(includer), around)
            for includer, around in self._inclusions.includers(path)
        )

    def _folder(self, folder: str) -> Condition:
        """Returns under which symbols the build enters a folder."""
        known = self._folder_conditions.get(folder)
        if known is not None:
            return known
        self._folder_conditions[folder] = NEVER  # so that a cycle of folders ends
        places = [*_upward(posixpath.dirname(folder)), *self._named_from_elsewhere(folder)]
        result = either(
            both(self._folder(place), self._list(place).folders[folder])
            for place in places
            if folder in self._list(place).folders
        )
        self._folder_conditions[folder] = result
        return result

    def _named_from_elsewhere(self, path: str) -> list[str]:
        """Returns the folders whose Makefile names an object or folder that is not below them."""
        if self._namers is None:
            self._namers = defaultdict(list)
            for name in makefiles_with(self._tree, _FOREIGN_TEXT, _is_built):
                folder = posixpath.dirname(name)
                if not folder or not _FOREIGN.search(self.read(name) or b""):
                    continue
                lists = self._list(folder)
                for named in (*lists.objects, *lists.folders):
                    if not named.startswith(folder + "/") and folder not in self._namers[named]:
                        self._namers[named].append(folder)
        return self._namers.get(path, [])

    def _list(self, folder: str) -> _Lists:
        if folder not in self._lists:
            makefile = Makefile(self.read, folder, _KNOWN)
            if not folder:
                # The top Kbuild uses lists that the top Makefile exports.
                makefile.load("Makefile")
                makefile.load("Kbuild")
            else:
                kbuild = f"{folder}/Kbuild"
                makefile.load(kbuild if self._listing.has(kbuild) else f"{folder}/Makefile")
            self._lists[folder] = _Lists(makefile)
        return self._lists[folder]

    def read(self, path: str) -> bytes | None:
        """Returns a file's content, None if it is not in the tree or cannot be read."""
        if not self._listing.has(path):
            return None
        try:
            content = self._tree.read(path)
        except OSError as error:
            self._note(path, f"cannot be read: {error.strerror or error}")
            return None
        if not path.endswith((".c", ".h", ".S")):
            if b"\0" in content:
                self._note(path, "is no text; what it says of the build is not known for certain")
            elif len(content) > LARGEST:
                self._note(path, f"has more than {LARGEST >> 20} MiB; the rest is not read")
        return content


def _is_built(path: str) -> bool:
    """Whether an x86 build may read a Makefile."""
    if path.startswith("arch/"):
        return path.startswith("arch/x86/")
    return not path.startswith(_OUTSIDE)


def _upward(folder: str) -> list[str]:
    """Returns the folder and those above it, up to the top."""
    result = [folder]
    while folder:
        folder = posixpath.dirname(folder)
        result.append(folder)
    return result
