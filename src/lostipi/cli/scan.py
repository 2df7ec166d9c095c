"""`lostipi scan`: all sites of a tree; the inventories are written here."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from lostipi import measure
from lostipi.cli import output
from lostipi.cli.trees import opened
from lostipi.kernel.fetch import package_version
from lostipi.kernel.inventory import (
    Inventory,
    InventoryError,
    inventory_text,
    names_text,
    words_text,
)
from lostipi.kernel.scan import ScanResult
from lostipi.kernel.shape import Site
from lostipi.kernel.tree import Tree
from lostipi.kernel.words import find_words
from lostipi.kernel.wrappers import Link
from lostipi.lint.citations import citations
from lostipi.lint.rule import Found
from lostipi.lint.words import folders, words
from lostipi.load import Knowledge, load
from lostipi.writing import replace


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
        "--wrappers",
        action="store_true",
        help="follow functions and macros that leave the wait, the func or the CPU to their "
        "callers, and list those callers instead",
    )
    parser.add_argument(
        "--update",
        metavar="V",
        help="rewrite what is recorded of this tracked kernel: its inventory, the names that "
        "entries cite and the words that their prose takes from it",
    )
    parser.add_argument(
        "--names-only",
        action="store_true",
        help="with --update: rewrite the cited names and the words alone, which takes seconds",
    )
    output.add_format(parser)


def run(arguments: argparse.Namespace) -> int:
    """Scan, print, and with `--update` write."""
    knowledge = load(arguments.data)
    if not knowledge.apis:
        raise output.CouldNotRunError("no API entry could be read; `lostipi lint` says why")
    if arguments.update:
        _check_readable(knowledge)
    tree = opened(arguments.tree)
    kernel = _kernel(knowledge, tree, arguments.update or arguments.kernel)
    if arguments.names_only:
        if not arguments.update:
            raise output.CouldNotRunError("--names-only goes with --update V")
        return 1 if _update(arguments.data, tree, kernel, None) else 0
    with output.progress("Scanning") as advance:
        result = measure.scan_tree(knowledge, tree, kernel, advance)
    if arguments.wrappers:
        return _wrappers(knowledge, tree, kernel, result, arguments.format)
    if arguments.explain:
        _explain(result, arguments.format)
    elif not arguments.update:
        _print(tree, result, arguments.format)
    for problem in result.problems:
        output.summary(str(problem))
    missing = _update(arguments.data, tree, kernel, result) if arguments.update else 0
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


def _wrappers(knowledge: Knowledge, tree: Tree, kernel: str, result: ScanResult, form: str) -> int:
    """Print who calls the wrappers; give the exit status."""
    with output.progress("Following") as advance:
        chains = measure.follow_wrappers(knowledge, tree, kernel, result.sites, advance)
    if form == "json":
        line = measure.tracked_line(tree.release)
        record = {
            "kernel": {"name": line, "release": tree.release, "path": str(tree.path)},
            "links": [link.to_json() for link in chains.links],
        }
        output.report(json.dumps(record, indent=1, ensure_ascii=False))
    else:
        for link in chains.links:
            output.report(_told(link))
    problems = sorted({*result.problems, *chains.problems})
    for problem in problems:
        output.summary(str(problem))
    ends = Counter(_end(link) for link in chains.links)
    count = len({link.wrapper for link in chains.links})
    output.summary(
        f"{tree.release}: {output.plural(count, 'wrapper')}, "
        f"{output.plural(len(chains.links), 'place')} that call or name them: "
        + ", ".join(f"{count} {end}" for end, count in ends.most_common())
    )
    return 1 if problems else 0


def _end(link: Link) -> str:
    return link.wait if link.end == "call" else link.end


def _told(link: Link) -> str:
    """Write one place that calls or names a wrapper."""
    wrapper = link.wrapper
    wait = f" {link.wait_expr}" if link.wait_expr and link.wait in ("forwarded", "runtime") else ""
    func = f" func={link.func}" if link.func else ""
    end = {
        "call": "",
        "followed": f": see callers of {link.function}",
        "address": f": put into {link.place}",
        "unused": ": nobody calls it",
    }[link.end]
    return (
        f"{link.file}:{link.line}: {link.function or '?'}: {wrapper.name} "
        f"({wrapper.passes} of {wrapper.api}, level {wrapper.level}) {link.wait}{wait}{func}{end}"
    )


def _sites(knowledge: Knowledge, kernel: str, result: ScanResult | None) -> Sequence[Site]:
    """The sites that a scan found, else those of the inventory, which may not be there yet."""
    if result is not None:
        return result.sites
    try:
        return measure.committed(knowledge, kernel).sites
    except measure.NoInventoryError:
        return ()
    except InventoryError as error:
        raise output.CouldNotRunError(f"{error}. Nothing was written") from error


def _check_readable(knowledge: Knowledge) -> None:
    if knowledge.problems:
        raise output.CouldNotRunError(
            f"{knowledge.problems[0].path} cannot be read, and what it names would be dropped; "
            "`lostipi lint` says what is wrong. Nothing was written"
        )


def _update(data: Path, tree: Tree, kernel: str, result: ScanResult | None) -> int:
    """Write a kernel's names and words and, given a scan, its inventory.

    Returns:
        How many citations have no place.
    """
    with output.editing(data):
        # Entries may have been edited while the tree was scanned; what they cite now counts.
        knowledge = load(data)
        _check_readable(knowledge)
        return _written(knowledge, tree, kernel, result)


def _written(knowledge: Knowledge, tree: Tree, kernel: str, result: ScanResult | None) -> int:
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
    without = measure.names_of_drafts(knowledge, kernel, _sites(knowledge, kernel, result))
    names += measure.resolve_names(tree, without)[0]
    try:
        known = find_words(tree, words(knowledge), folders(knowledge))
    except OSError as error:
        raise output.CouldNotRunError(
            f"{error.filename}: {error.strerror}; nothing was written"
        ) from error
    texts = {
        measure.names_path(knowledge.root, kernel): names_text(names),
        measure.words_path(knowledge.root, kernel): words_text(known),
    }
    if result is not None:
        inventory = Inventory(kernel, tree.release, recorded.source.version, tuple(result.sites))
        texts[measure.inventory_path(knowledge.root, kernel)] = inventory_text(inventory)
    replace(texts)
    for citation in cited:
        if (citation.path, citation.symbol) in unresolved:
            message = f"`{citation.symbol}` is not defined in {citation.path} of {kernel}"
            found = Found(citation.loaded, message, citation.loc)
            output.summary(str(found.problem("citation-unresolved")))
    also = "" if result is None else "inventory, "
    output.summary(
        f"{kernel}: {also}{output.plural(len(names), 'cited name')} and "
        f"{output.plural(len(known), 'word')} written"
    )
    return len(unresolved)
