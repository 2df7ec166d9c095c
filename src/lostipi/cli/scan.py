"""`lostipi scan`: all sites of a tree; the inventories are written here."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

from lostipi import measure
from lostipi.cli import output
from lostipi.cli.trees import opened
from lostipi.kernel.fetch import package_version
from lostipi.kernel.inventory import Inventory, write_inventory, write_names
from lostipi.kernel.scan import ScanResult
from lostipi.kernel.tree import Tree
from lostipi.lint.citations import citations
from lostipi.lint.rule import Found
from lostipi.load import Knowledge, load


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "tree",
        type=Path,
        metavar="TREE",
        help="a kernel tree: a directory, a source tarball or a git repository",
    )
    parser.add_argument(
        "--kernel",
        metavar="V",
        help="read the APIs in the shapes they have in this tracked kernel (default: the tree's "
        "line, or the nearest older)",
    )
    parser.add_argument(
        "--explain", action="store_true", help="class every occurrence of an API's name instead"
    )
    parser.add_argument(
        "--update",
        metavar="V",
        help="rewrite the inventory and the cited names of this tracked kernel",
    )
    parser.add_argument(
        "--names-only",
        action="store_true",
        help="with --update: rewrite the cited names alone, which takes seconds",
    )
    output.add_format(parser)


def run(arguments: argparse.Namespace) -> int:
    """Scan, print, and with `--update` write."""
    knowledge = load(arguments.data)
    if not knowledge.apis:
        raise output.CouldNotRunError("no API entry could be read; `lostipi lint` says why")
    tree = opened(arguments.tree)
    kernel = _kernel(knowledge, tree, arguments.update or arguments.kernel)
    if arguments.names_only:
        if not arguments.update:
            raise output.CouldNotRunError("--names-only goes with --update V")
        return 1 if _update(knowledge, tree, kernel, None) else 0
    with output.progress("Scanning") as advance:
        result = measure.scan_tree(knowledge, tree, kernel, advance)
    if arguments.explain:
        _explain(result, arguments.format)
    elif not arguments.update:
        _print(tree, result, arguments.format)
    for problem in result.problems:
        output.summary(str(problem))
    missing = _update(knowledge, tree, arguments.update, result) if arguments.update else 0
    count = len(result.problems) + missing
    output.summary(
        f"{tree.release}: {output.plural(len(result.sites), 'site')}, "
        f"{output.plural(len(result.occurrences), 'occurrence')}, "
        f"{output.plural(count, 'problem')}"
    )
    return 1 if count else 0


def _kernel(knowledge: Knowledge, tree: Tree, wanted: str | None) -> str:
    names = knowledge.kernels.names
    if wanted is not None:
        if wanted not in names:
            raise output.CouldNotRunError(
                f"no kernel {wanted!r} is tracked; tracked are {', '.join(names)}"
            )
        return wanted
    kernel = measure.nearest_older(names, tree.release)
    if kernel is None:
        raise output.CouldNotRunError("no kernel is tracked; `lostipi lint` says why")
    return kernel


def _print(tree: Tree, result: ScanResult, form: str) -> None:
    if form == "json":
        line = measure.tracked_line(tree.release)
        record = {
            "kernel": {"name": line, "release": tree.release, "path": str(tree.path)},
            "sites": [site.to_json() for site in result.sites],
        }
        output.report(json.dumps(record, indent=1, ensure_ascii=False))
        return
    for site in result.sites:
        func = f" func={site.func}" if site.func else ""
        output.report(
            f"{site.file}:{site.line}: {site.function or '?'}: {site.api} {site.wait}"
            f"{func} x86={site.x86}"
        )


def _explain(result: ScanResult, form: str) -> None:
    if form == "json":
        rows = [
            {
                "file": o.file,
                "line": o.line,
                "column": o.column,
                "name": o.name,
                "kind": o.kind,
                "why": o.why,
            }
            for o in result.occurrences
        ]
        output.report(json.dumps({"occurrences": rows}, indent=1, ensure_ascii=False))
        return
    for o in result.occurrences:
        why = f": {o.why}" if o.why else ""
        output.report(f"{o.file}:{o.line}:{o.column}: {o.name}: {o.kind}{why}")
    kinds = Counter(o.kind for o in result.occurrences)
    output.summary(", ".join(f"{count} {kind}" for kind, count in kinds.most_common()))


def _update(knowledge: Knowledge, tree: Tree, kernel: str, result: ScanResult | None) -> int:
    """Write a kernel's names and, given a scan, its inventory.

    Returns:
        How many citations have no place.
    """
    line = measure.tracked_line(tree.release)
    if line != kernel:
        raise output.CouldNotRunError(
            f"{tree.path} is {tree.release}, not a release of {kernel}; nothing was written"
        )
    recorded = next(k for k in knowledge.kernels.kernels if k.name == kernel)
    version = package_version(tree.path)
    if tree.release != recorded.release or version not in (None, recorded.source.version):
        raise output.CouldNotRunError(
            f"{tree.path} is {tree.release} ({version or 'of no package'}), but kernels.yaml "
            f"records {recorded.release} ({recorded.source.version}); change kernels.yaml first. "
            "Nothing was written"
        )
    cited = [c for c in citations(knowledge) if c.kernel == kernel]
    names, unresolved = measure.resolve_names(tree, {(c.path, c.symbol) for c in cited})
    try:
        if result is not None:
            write_inventory(
                measure.inventory_path(knowledge.root, kernel),
                Inventory(kernel, tree.release, recorded.source.version, tuple(result.sites)),
            )
        write_names(measure.names_path(knowledge.root, kernel), names)
    except OSError as error:
        raise output.CouldNotRunError(
            f"{error.filename}: {error.strerror}; the inventories are as they were"
        ) from error
    for citation in cited:
        if (citation.path, citation.symbol) in unresolved:
            message = f"`{citation.symbol}` is not defined in {citation.path} of {kernel}"
            found = Found(citation.loaded, message, citation.loc)
            output.summary(str(found.problem("citation-unresolved")))
    also = "" if result is None else "inventory and "
    output.summary(f"{kernel}: {also}{output.plural(len(names), 'cited name')} written")
    return len(unresolved)
