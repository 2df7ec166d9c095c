"""Open the trees that commands are given."""

from __future__ import annotations

from pathlib import Path

from lostipi.cli.output import CouldNotRunError, progress
from lostipi.kernel.packed import Sought
from lostipi.kernel.tree import Tree, TreeError, open_tree


def opened(path: Path, sought: Sought | None = None) -> Tree:
    """Open a kernel tree.

    Args:
        path: Where it is.
        sought: What it will be searched for, where that is known.

    Raises:
        CouldNotRunError: when the path is none.
    """
    try:
        with progress("Reading the archive") as advance:
            return open_tree(path, sought, lambda part: advance(round(1000 * part), 1000))
    except TreeError as error:
        raise CouldNotRunError(str(error)) from error
    except OSError as error:
        raise CouldNotRunError(f"{path}: {error.strerror}") from error
