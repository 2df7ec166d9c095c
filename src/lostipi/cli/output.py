"""How commands speak: the report on stdout, summary and progress on stderr."""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from lostipi import problem
from lostipi.problem import Explained, Problem
from lostipi.writing import locked, reason

Advance: TypeAlias = Callable[[int, int], None]
"""Called with how much is done and how much there is."""

Stage: TypeAlias = Callable[[str, float | None], None]
"""Called with what goes on and how far it is, from 0 to 1, where that is known."""


PACKAGED = Path(__file__).resolve().parents[1] / "base" / "data"
"""The data inside an installed package; setup.py puts it there."""


class CouldNotRunError(Exception):
    """A command cannot do its work at all; the message says why and what would help."""


def add_format(parser: argparse.ArgumentParser, *more: str) -> None:
    """Add `--format` with text, json and more."""
    parser.add_argument(
        "--format",
        choices=("text", "json", *more),
        default="text",
        help="how the report is written (default: text)",
    )


class ReportLostError(Exception):
    """The report could not be written. The message says why; none when its reader went away."""


def add_today(parser: argparse.ArgumentParser) -> None:
    """Add `--today`, by which waivers end."""
    parser.add_argument(
        "--today",
        type=datetime.date.fromisoformat,
        default=None,
        metavar="YYYY-MM-DD",
        help="the day by which waivers end (default: today, UTC)",
    )


def today(arguments: argparse.Namespace) -> datetime.date:
    """The day given, else the day that it is."""
    given: datetime.date | None = arguments.today
    return given or datetime.datetime.now(tz=datetime.UTC).date()


def report(text: str) -> None:
    """Write a part of the report.

    Raises:
        ReportLostError: when it cannot be written.
    """
    with _reporting():
        sys.stdout.write(text if text.endswith("\n") else text + "\n")


def flush() -> None:
    """Have all of the report written.

    Raises:
        ReportLostError: when it cannot be.
    """
    with _reporting():
        sys.stdout.flush()


@contextmanager
def _reporting() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise ReportLostError from None  # as of `lostipi scan TREE | head`
    except OSError as error:
        raise ReportLostError(f"the report cannot be written: {reason(error)}") from error


def summary(text: str) -> None:
    """Write a line for the person at the terminal."""
    flush()
    sys.stderr.write(text + "\n")


def plural(count: int, noun: str) -> str:
    """Count things: ``1 problem``, ``2 problems``, ``3 entries``."""
    if count == 1:
        return f"1 {noun}"
    return f"{count} {noun[:-1]}ies" if noun.endswith("y") else f"{count} {noun}s"


def report_problems(
    problems: Sequence[Problem], form: str, rules: Iterable[Explained] = ()
) -> None:
    """Write problems in the format asked for; SARIF names the rules too."""
    written = {
        "text": lambda: problem.text(problems),
        "json": lambda: problem.to_json(problems),
        "github": lambda: problem.github(problems),
        "sarif": lambda: problem.sarif(problems, rules),
    }[form]()
    if written:
        report(written)


def check_editable(data: Path) -> None:
    """Refuse to write where the next installation would undo it.

    Raises:
        CouldNotRunError: when the data folder is the one inside the installed package.
    """
    if data.resolve() == PACKAGED:
        raise CouldNotRunError(
            f"{data} belongs to the installed package; copy it and give --data DIR, or run in a "
            "checkout. Nothing was written"
        )


@contextmanager
def editing(data: Path) -> Iterator[None]:
    """Hold the data folder while something in it is read, changed and written back.

    Raises:
        CouldNotRunError: when it is not for editing.
        NotWrittenError: when it cannot be written.
    """
    check_editable(data)
    with locked(data, lambda: summary("waiting for another lostipi that writes here")):
        yield


@contextmanager
def progress(label: str) -> Iterator[Advance]:
    """Show a progress bar on a terminal, and nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def stages() -> Iterator[Stage]:
    """Show what goes on and how far it is: a bar on a terminal, one line per stage in a pipe."""
    if not sys.stderr.isatty():
        said: set[str] = set()

        def tell(label: str, _fraction: float | None) -> None:
            stage = label.partition(" (")[0]
            if stage not in said:
                said.add(stage)
                summary(stage)

        yield tell
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def show(label: str, fraction: float | None) -> None:
            total = None if fraction is None else 1.0
            bar.update(task, description=label, completed=fraction or 0.0, total=total)

        yield show
