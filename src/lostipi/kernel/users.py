"""Which files of a kernel tree name some identifiers. Comments count, strings too."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection

from lostipi.kernel.occurrences import C_SUFFIXES
from lostipi.kernel.scan import SourceTree, in_scope
from lostipi.kernel.search import may_hold

_WORD = re.compile(rb"[A-Za-z_]\w*")


def files_naming(tree: SourceTree, names: Collection[str]) -> dict[str, frozenset[str]]:
    """Find the C files in scope that hold each of some identifiers.

    Args:
        tree: The kernel.
        names: The identifiers.

    Returns:
        The files by name; a name that stands nowhere has none.

    Raises:
        OSError: A file cannot be read.
    """
    wanted = {name.encode() for name in names}
    found: dict[bytes, set[str]] = defaultdict(set)
    for path in may_hold(tree, names, in_scope):
        if path.endswith(C_SUFFIXES):
            for name in wanted.intersection(_WORD.findall(tree.read(path))):
                found[name].add(path)
    return {name: frozenset(found[name.encode()]) for name in names}
