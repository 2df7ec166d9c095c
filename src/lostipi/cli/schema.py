"""`lostipi schema`: write or check the JSON Schemas."""

from __future__ import annotations

import argparse

from lostipi.cli import output


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing; report files that are not as they should be",
    )
    output.add_format(parser, "github")


def run(arguments: argparse.Namespace) -> int:
    """Write the schemas beside the data folder, or check them."""
    from lostipi import schema

    folder = arguments.data.resolve().parent / "schema"
    if arguments.check:
        problems = schema.check(folder)
        output.report_problems(problems, arguments.format)
        output.summary(f"{len(schema.render())} schemas, {output.plural(len(problems), 'problem')}")
        return 1 if problems else 0
    output.check_editable(arguments.data)
    written = schema.write(folder)
    for path in written:
        output.report(str(path))
    output.summary(f"{output.plural(len(written), 'file')} written")
    return 0
