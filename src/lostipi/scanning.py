"""Scan trees for the APIs that entries define.

What reads C is imported when there is a tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from lostipi.kernel.shape import Site
from lostipi.load import Knowledge
from lostipi.shapes import shapes

if TYPE_CHECKING:
    from lostipi.kernel.packed import Sought
    from lostipi.kernel.scan import ScanResult
    from lostipi.kernel.tree import Tree
    from lostipi.kernel.wrappers import Chains


def tracked_line(release: str) -> str:
    """The release line of a release: ``v6.12`` for ``6.12.117`` and ``6.12-rc3``."""
    major, minor = release.split("-")[0].split(".")[:2]
    return f"v{major}.{minor}"


def nearest_older(names: Sequence[str], release: str) -> str | None:
    """The newest tracked kernel that is not newer than a release; the oldest if all are newer."""

    def order(name: str) -> tuple[int, ...]:
        return tuple(map(int, name[1:].split(".")))

    here = order(tracked_line(release))
    older = [name for name in names if order(name) <= here]
    return max(older, key=order) if older else min(names, key=order, default=None)


def sought(knowledge: Knowledge) -> Sought:
    """Give what a scan searches a tree for, whichever tracked kernel's shapes it goes by."""
    from lostipi.kernel.scan import sought as scan_sought

    apis = {name: loaded.entry for name, loaded in knowledge.apis.items()}
    return scan_sought(
        shape for kernel in knowledge.kernels.names for shape in shapes(apis, kernel)
    )


def scan_tree(
    knowledge: Knowledge,
    tree: Tree,
    kernel: str,
    progress: Callable[[int, int], None] | None = None,
) -> ScanResult:
    """Scan a tree for the APIs in the shapes that they have in a tracked kernel."""
    from lostipi.kernel.gates import Gates
    from lostipi.kernel.scan import scan

    apis = {name: loaded.entry for name, loaded in knowledge.apis.items()}
    gates = Gates(tree)
    result = scan(tree, shapes(apis, kernel), gates, progress, lambda: gates.kconfig)
    known = {(item.file, item.message) for item in result.problems}
    result.problems += (item for item in gates.problems if (item.file, item.message) not in known)
    result.problems.sort()
    return result


def follow_wrappers(
    knowledge: Knowledge,
    tree: Tree,
    kernel: str,
    sites: Iterable[Site],
    progress: Callable[[int, int], None] | None = None,
) -> Chains:
    """Follow what wraps the APIs of a tree to its callers."""
    from lostipi.kernel.wrappers import wrappers

    apis = {name: loaded.entry for name, loaded in knowledge.apis.items()}
    return wrappers(tree, shapes(apis, kernel), sites, progress)
