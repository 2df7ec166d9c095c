"""`lostipi scan`: all sites of a tree, or what each occurrence of a name is."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from lostipi import scanning
from lostipi.cli import output
from lostipi.cli.trees import opened
from lostipi.kernel.scan import ScanResult
from lostipi.kernel.tree import Tree
from lostipi.load import Knowledge, load

if TYPE_CHECKING:
    from lostipi.kernel.wrappers import Link


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
    if arguments.update:
        # Its imports take as long as a fourth of the scan of a whole tree.
        from lostipi.cli import recording
    knowledge = load(arguments.data, None if arguments.update else ("apis", "kernels.yaml"))
    if not knowledge.apis:
        raise output.CouldNotRunError("no API entry could be read; `lostipi lint` says why")
    if arguments.update:
        recording.check_readable(knowledge)
    # To write and to follow wrappers, more of the tree is read than a scan does.
    more = arguments.update or arguments.wrappers
    tree = opened(arguments.tree, None if more else scanning.sought(knowledge))
    kernel = _kernel(knowledge, tree, arguments.update or arguments.kernel)
    if arguments.names_only:
        if not arguments.update:
            raise output.CouldNotRunError("--names-only goes with --update V")
        return 1 if recording.record(arguments.data, tree, kernel, None) else 0
    with output.progress("Scanning") as advance:
        result = scanning.scan_tree(knowledge, tree, kernel, advance)
    if arguments.wrappers:
        return _wrappers(knowledge, tree, kernel, result, arguments.format)
    if arguments.explain:
        _explain(result, arguments.format)
    elif not arguments.update:
        _print(tree, result, arguments.format)
    for problem in result.problems:
        output.summary(str(problem))
    missing = recording.record(arguments.data, tree, kernel, result) if arguments.update else 0
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
    kernel = scanning.nearest_older(names, tree.release)
    if kernel is None:
        raise output.CouldNotRunError("no kernel is tracked; `lostipi lint` says why")
    return kernel


def _print(tree: Tree, result: ScanResult, form: str) -> None:
    if form == "json":
        line = scanning.tracked_line(tree.release)
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
        chains = scanning.follow_wrappers(knowledge, tree, kernel, result.sites, advance)
    if form == "json":
        line = scanning.tracked_line(tree.release)
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
