"""`lostipi lint`: check entries."""

from __future__ import annotations

import argparse
from pathlib import Path

from lostipi.cli import output


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="report only problems in these files or folders; everything is read all the same",
    )
    parser.add_argument(
        "--tree",
        action="append",
        default=[],
        type=Path,
        metavar="TREE",
        help="a kernel tree, to check citations at the source; may be given once per kernel",
    )
    parser.add_argument("--explain", metavar="CODE", help="say why a rule exists, and stop")
    output.add_today(parser)
    output.add_format(parser, "github", "sarif")


def run(arguments: argparse.Namespace) -> int:
    """Lint the data folder."""
    from lostipi import lint, waivers
    from lostipi.load import load

    if arguments.explain:
        return _explain(arguments.explain)
    wanted = [_inside(path, arguments.data) for path in arguments.paths]
    knowledge = load(arguments.data)
    trees = []
    if arguments.tree:
        from lostipi.kernel.tree import TreeError, open_tree

        for path in arguments.tree:
            try:
                trees.append(open_tree(path))
            except (TreeError, OSError) as error:
                raise output.CouldNotRunError(str(error)) from error
    today = output.today(arguments)
    in_force = waivers.InForce.on(knowledge, today)
    found, waived = waivers.split(lint.lint(knowledge, trees), in_force)
    problems = sorted(
        [
            *knowledge.problems,
            *found,
            *waivers.expired(knowledge, today),
            *waivers.unused(knowledge, in_force, lint.WAIVABLE),
        ]
    )
    if wanted:
        problems = [p for p in problems if any(_below(p.path, name) for name in wanted)]
    output.report_problems(problems, arguments.format, lint.RULES)
    entries = sum(
        map(
            len,
            (knowledge.apis, knowledge.callers, knowledge.preconditions, knowledge.detectors),
        )
    )
    entries_text = output.plural(entries, "entry")
    also = f", {len(waived)} waived" if waived else ""
    output.summary(f"{entries_text} read, {output.plural(len(problems), 'problem')}{also}")
    return 1 if problems else 0


def _explain(code: str) -> int:
    from lostipi import lint

    for rule in lint.RULES:
        if rule.code == code:
            right = f"\nRight: {rule.right}\n" if rule.right else ""
            output.report(f"{rule.code}: {rule.title}\n\n{rule.why}\n{right}")
            return 0
    known = ", ".join(sorted(rule.code for rule in lint.RULES))
    raise output.CouldNotRunError(f"no rule is called {code!r}; the rules are {known}")


def _inside(path: Path, data: Path) -> str:
    """Name a path as problems name it: from the folder that holds the data folder."""
    if not path.exists():
        raise output.CouldNotRunError(f"{path}: there is no such file or folder")
    try:
        return path.resolve().relative_to(data.resolve().parent).as_posix()
    except ValueError:
        raise output.CouldNotRunError(f"{path} is not inside {data.resolve().parent}") from None


def _below(path: str, name: str) -> bool:
    return name == "." or path == name or path.startswith(f"{name}/")
