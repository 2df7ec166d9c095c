"""`lostipi fmt`: canonical YAML."""

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
        help="files or folders (default: the whole data folder)",
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; report files that would change"
    )
    output.add_format(parser, "github")


def run(arguments: argparse.Namespace) -> int:
    """Format the files given."""
    from lostipi import fmt

    for path in arguments.paths:
        if not path.exists():
            raise output.CouldNotRunError(f"{path}: there is no such file or folder")
    files = fmt.files(arguments.data, arguments.paths)
    if not files:
        raise output.CouldNotRunError("there is no YAML file to format")
    if not arguments.check:
        output.check_editable(arguments.data)
    problems = []
    changed = 0
    for path in files:
        if arguments.check:
            problems += fmt.check(path, arguments.data)
            continue
        done, found = fmt.write(path, arguments.data)
        problems += found
        if done:
            changed += 1
            output.report(str(path))
    output.report_problems(sorted(problems), arguments.format)
    work = "checked" if arguments.check else f"read, {changed} changed"
    files_text = output.plural(len(files), "file")
    output.summary(f"{files_text} {work}, {output.plural(len(problems), 'problem')}")
    return 1 if problems else 0
