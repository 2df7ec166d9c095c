"""The `lostipi` command, one module per subcommand.

Exit codes: 0 clean, 1 problems, 2 could not run.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from lostipi.cli import output
from lostipi.cli.output import PACKAGED, CouldNotRunError
from lostipi.writing import NotWrittenError

COMMANDS = {
    "lint": "check entries: shape, rules across entries, verdicts",
    "fmt": "bring YAML into its canonical form",
    "schema": "write or check the JSON Schemas of data/",
    "scan": "find all sites of the APIs in a kernel tree",
    "coverage": "hold entries against the sites of kernels, in both directions",
    "sites": "say which sites a kernel configuration really builds, and why",
    "compare": "say what became of each site between two kernels",
    "show": "print one entry as a reader sees it",
    "new": "write a draft entry for a caller, with all that the inventories know",
    "review": "record that an entry was reviewed against the current inventories",
    "diff": "say what a change to the base says otherwise, for a pull request",
    "upgrade": "carry the entries of one kernel over to another, and list what must be read",
    "kernel": "list tracked kernels, or fetch the source of one",
}
"""Every subcommand, the module of the same name, and its one line of help."""


CHECKOUT = Path(__file__).resolve().parents[3] / "data"
"""The data beside the package, where that runs from a checkout."""


def find_data(given: Path | None, start: Path) -> Path:
    """Find the data folder: the one given, the nearest parent's, else that of the package.

    Raises:
        CouldNotRunError: when there is none.
    """
    if given is not None:
        if not (given / "kernels.yaml").is_file():
            raise CouldNotRunError(f"{given} is no data folder: it holds no kernels.yaml")
        return given
    for folder in (start, *start.parents):
        if (folder / "data" / "kernels.yaml").is_file():
            return folder / "data"
    for folder in (PACKAGED, CHECKOUT):
        if (folder / "kernels.yaml").is_file():
            return folder
    raise CouldNotRunError(
        f"no data folder in {start} or above it, nor in the package; run inside a checkout, or "
        "give --data DIR"
    )


def parser(command: str | None = None) -> argparse.ArgumentParser:
    """Make the parser. With a command, only that one gets its arguments: imports stay lazy."""
    top = argparse.ArgumentParser(
        prog="lostipi",
        description="What a missing IPI does to a confidential Linux guest, caller by caller.",
        epilog="Exit codes: 0 clean, 1 problems found, 2 could not run.",
    )
    subparsers = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, help_text in COMMANDS.items():
        sub = subparsers.add_parser(
            name, help=help_text, description=help_text[0].upper() + help_text[1:] + "."
        )
        sub.add_argument(
            "--data",
            type=Path,
            metavar="DIR",
            help="the data folder (default: the nearest parent's data/, else the package's own)",
        )
        if command in (None, name):
            importlib.import_module(f"lostipi.cli.{name}").configure(sub)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    command = next((word for word in words if word in COMMANDS), None)
    arguments = parser(command).parse_args(words)
    try:
        arguments.data = find_data(arguments.data, Path.cwd())
        code: int = importlib.import_module(f"lostipi.cli.{arguments.command}").run(arguments)
        output.flush()
    except (CouldNotRunError, NotWrittenError) as error:
        sys.stderr.write(f"lostipi {arguments.command}: error: {error}\n")
        return 2
    except output.ReportLostError as error:
        # Keep the interpreter from complaining at exit of what it still holds.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if str(error):
            sys.stderr.write(f"lostipi {arguments.command}: error: {error}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted\n")
        return 2
    return code


def process() -> NoReturn:
    """Run the command that this process was started for, and end the process.

    All is written and closed by then; to free one by one what a scan holds in memory would take
    a tenth of a second more.
    """
    # Python has None for what was closed before it started (`2>&-`).
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        sys.stderr = sys.stderr or nowhere
        if sys.stdout is None:
            sys.stderr.write("lostipi: error: the report cannot be written: nothing takes it\n")
            code = 2
        else:
            code = main()
            sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
