"""Which of some words a kernel tree knows: identifiers of its code, and its Kconfig symbols."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from lostipi.kernel.scan import SourceTree, in_scope

PREFIX = "CONFIG_"
"""What stands before the name of a Kconfig symbol everywhere but in Kconfig files."""

_DEVICES = ("drivers/", "sound/")
_PARAMETERS = "Documentation/admin-guide/kernel-parameters.txt"

_TO_SPACES = bytes(
    code if chr(code).isascii() and (chr(code).isalnum() or code == ord("_")) else ord(" ")
    for code in range(256)
)
_SYMBOL = re.compile(rb"^[ \t]*(?:menu)?config[ \t]+(\w+)", re.MULTILINE)


def find_words(tree: SourceTree, wanted: Iterable[str], folders: Collection[str]) -> frozenset[str]:
    """Find out which words a kernel tree knows.

    Args:
        tree: The kernel.
        wanted: Words. One with the prefix ``CONFIG_`` is known when a Kconfig file defines it; any
            other when it stands as a whole word in the code in scope or in the list of boot
            parameters, or when a C file, and so perhaps a module, is called by it.
        folders: The folders below ``drivers/`` and ``sound/`` that count. The thirty thousand
            other files there would take three times as long, and excuse misspelt names.

    Returns:
        Those of the wanted words that the tree knows.

    Raises:
        OSError: A file cannot be read.
    """
    symbols = {word for word in wanted if word.startswith(PREFIX)}
    missing = {word.encode() for word in wanted if word not in symbols}
    known = set()
    for path in _counting(tree, frozenset(folders)):
        words = missing.intersection(tree.read(path).translate(_TO_SPACES).split())
        stem, _, suffix = path.rpartition("/")[2].rpartition(".")
        module = stem.replace("-", "_").encode()
        if suffix == "c" and module in missing:
            words.add(module)
        missing -= words
        known |= words
    found = {word.decode() for word in known}
    for path in tree.files():
        if path.rpartition("/")[2].startswith("Kconfig"):
            found |= symbols & {PREFIX + name.decode() for name in _SYMBOL.findall(tree.read(path))}
    return frozenset(found)


def _counting(tree: SourceTree, folders: Collection[str]) -> Iterator[str]:
    for path in tree.files():
        folder = path.rpartition("/")[0]
        counts = not path.startswith(_DEVICES) or folder in folders
        if path == _PARAMETERS or (counts and in_scope(path)):
            yield path
