"""Which files of a tree may hold some words, told by ripgrep or grep where there is one.

Reading 60,000 files takes Python ten times as long as it takes a search program. What comes back
may hold a file too many, never one too few: without a program, of a tree that is no directory, and
after any error, it is all of them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lostipi.kernel.tree import Files, Tree, folder_of, in_scope

_RIPGREP = ("rg", "--no-config", "-uu", "--text", "--encoding", "none", "--no-messages", "-l0")
_GREP = ("grep", "-r", "-a", "-s", "-l", "-Z")

_MAKEFILES = ("Makefile", "Kbuild")

_SPLICED = r"[A-Za-z0-9_]\\[[:space:]]*$"
"""A line that ends within a word: its rest may be on the next one."""

_FEW = 250
"""Bytes of words up to which ripgrep 13.0 was measured to search fast."""

_MANY = 33
"""Words from which on it was measured to search fast again, however long they are.

Between the two, with 32 words of 390 bytes, it took three times as long for all of v5.10 and v6.12.
"""

_SHORTEST = 8
"""Letters of a word of which too many others have the same ones."""


def may_hold(tree: Files, words: Iterable[str], wanted: Callable[[str], bool]) -> list[str]:
    """Give the files that may hold one of some words.

    Args:
        tree: The kernel.
        words: Parts of identifiers. One that a line splice cuts in two counts, too.
        wanted: Whether a file of that path is asked for. Of a path that ends with ``/`` it says
            whether one below it may be.

    Returns:
        Sorted paths: all wanted files that hold a word, and perhaps others.
    """
    whole = list(words)
    parts = beginnings(whole)
    if isinstance(tree, Tree) and (known := tree.holding(whole)) is not None:
        return sorted(filter(wanted, known))
    asks = [["-F", *(item for word in parts for item in ("-e", word))], ["-e", _SPLICED]]
    return _wanted_files(tree, asks, wanted) if parts else []


def beginnings(words: Iterable[str]) -> list[str]:
    """Give what all words begin with, as short as it takes to search for all of them fast.

    Returns:
        Sorted, none the beginning of another; the words themselves where they are few, or many, or
        where it took less than `_SHORTEST` letters of each.
    """
    whole = sorted(set(words))
    if len(whole) >= _MANY:
        return whole
    for length in range(max(map(len, whole), default=0), _SHORTEST - 1, -1):
        found: list[str] = []
        for word in whole:
            # In this order, what begins like another comes right after it.
            if not found or not word.startswith(found[-1]):
                found.append(word[:length])
        if sum(map(len, found)) <= _FEW:
            return found
    return whole


def makefiles_with(tree: Files, pattern: str, wanted: Callable[[str], bool]) -> list[str]:
    """Give the Makefiles that may hold a match of an extended regular expression, and perhaps more.

    Args:
        tree: The kernel.
        pattern: What is searched, in the language that ripgrep and ``grep -E`` share.
        wanted: As in `may_hold`.
    """
    glob = "--glob" if shutil.which("rg") else "--include"
    options = [f"{glob}={name}" for name in _MAKEFILES]
    extended = [] if shutil.which("rg") else ["-E"]
    found = _wanted_files(tree, [[*options, *extended, "-e", pattern]], wanted)
    return [path for path in found if path.rpartition("/")[2] in _MAKEFILES]


def _wanted_files(
    tree: Files, asks: Sequence[Sequence[str]], wanted: Callable[[str], bool]
) -> list[str]:
    folder = folder_of(tree)
    if folder is None:
        return [path for path in tree.files() if wanted(path)]
    tops = _tops(folder, wanted)
    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(lambda options: _search(folder, options, tops), asks))
    found: set[str] = set()
    for paths in answers:
        if paths is None:
            return [path for path in tree.files() if wanted(path)]
        found |= paths
    return sorted(path for path in found if in_scope(path) and wanted(path))


def _search(folder: Path, options: Sequence[str], tops: Sequence[str]) -> set[str] | None:
    program = _RIPGREP if shutil.which("rg") else _GREP
    try:
        run = subprocess.run(
            [*program, *options, "--", *tops],
            cwd=folder,
            env={**os.environ, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError:
        return None
    if run.returncode not in (0, 1):  # unreadable files, or an option it does not know
        return None
    return set(run.stdout.decode("utf-8", "surrogateescape").split("\0"))


def _tops(folder: Path, wanted: Callable[[str], bool]) -> list[str]:
    """Give what to search: of ``arch/`` the folders below, as one architecture is a small part."""
    found = []
    folders = [""]
    for above in folders:
        with os.scandir(folder / above) as entries:
            for entry in entries:
                path = f"{above}{entry.name}"
                if entry.is_symlink():
                    continue
                if path == "arch":
                    folders.append("arch/")
                elif wanted(f"{path}/" if entry.is_dir() else path):
                    found.append(path)
    return sorted(found)
