"""Open the trees that commands are given."""

from __future__ import annotations

from pathlib import Path

from lostipi.cli.output import CouldNotRunError
from lostipi.kernel.tree import Tree, TreeError, open_tree


def opened(path: Path) -> Tree:
    """Open a kernel tree.

    Raises:
        CouldNotRunError: when the path is none.
    """
    try:
        return open_tree(path)
    except TreeError as error:
        raise CouldNotRunError(str(error)) from error
    except OSError as error:
        raise CouldNotRunError(f"{path}: {error.strerror}") from error
