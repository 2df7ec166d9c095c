"""Which files of a tree may hold some words, told by ripgrep or grep where there is one.

Reading 60,000 files takes Python ten times as long as it takes a search program. What comes back
may hold a file too many, never one too few: without a program, of a tree that is no directory, and
after any error, it is all of them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from lostipi.kernel.tree import folder_of

_RIPGREP = ("rg", "--no-config", "-uu", "--text", "--encoding", "none", "--no-messages", "-l0")
_GREP = ("grep", "-r", "-a", "-s", "-l", "-Z")

_SPLICED = r"[A-Za-z0-9_]\\$"
"""A line that ends within a word: its rest may be on the next one."""


def may_hold(tree: object, files: Sequence[str], words: Iterable[str]) -> frozenset[str]:
    """Narrow files down to those that may hold one of some words.

    Args:
        tree: The kernel.
        files: The files asked about, relative to it.
        words: Parts of identifiers. One that a line splice cuts in two counts, too.

    Returns:
        Those of the files that hold a word, and perhaps others.
    """
    folder = folder_of(tree)
    if folder is None or not files:
        return frozenset(files)
    tops = sorted({_top(path) for path in files})
    patterns = [part for word in sorted(words) for part in ("-e", word)]
    found: set[str] = set()
    # Two passes: together in one expression they would cost a search program its fast path.
    for options in (["-F", *patterns], ["-e", _SPLICED]):
        paths = _search(folder, options, tops)
        if paths is None:
            return frozenset(files)
        found |= paths
    return frozenset(files) & found


def _top(path: str) -> str:
    """Give what to search: of ``arch/`` the folder below, as one architecture is a small part."""
    parts = path.split("/")
    return "/".join(parts[: 2 if parts[0] == "arch" else 1])


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
    return set(run.stdout.decode("utf-8", "replace").split("\0"))
