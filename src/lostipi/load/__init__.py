"""Reads data/ into models. Whatever is wrong with a file becomes a problem; the rest goes on."""

from __future__ import annotations

import gc
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar, cast

from pydantic import BaseModel, ValidationError

from lostipi.load.events import MAX_BYTES, parse, too_large
from lostipi.load.knowledge import Knowledge, Loaded
from lostipi.load.positions import Positions
from lostipi.load.words import problems_of
from lostipi.model.api import Api
from lostipi.model.caller import Caller, Subsystem
from lostipi.model.detector import Detector
from lostipi.model.kernels import Kernels
from lostipi.model.precondition import Precondition
from lostipi.model.reading import Changes, First, Glossary, Removed
from lostipi.model.seed import Seed
from lostipi.model.waiver import Waivers
from lostipi.problem import Problem

__all__ = [
    "CODES",
    "FOLDERS",
    "OPTIONAL",
    "SINGLES",
    "Knowledge",
    "Loaded",
    "Positions",
    "load",
    "load_file",
]

FOLDERS: dict[str, type[BaseModel]] = {
    "apis": Api,
    "callsites": Caller,
    "preconditions": Precondition,
    "detectors": Detector,
}
"""The folders of entries and what they hold."""

SINGLES: dict[str, type[BaseModel]] = {
    "kernels.yaml": Kernels,
    "seed.yaml": Seed,
    "waivers.yaml": Waivers,
    "first.yaml": First,
    "changes.yaml": Changes,
    "removed.yaml": Removed,
    "glossary.yaml": Glossary,
}
"""The files of data/ itself."""

OPTIONAL = frozenset(SINGLES) - {"kernels.yaml", "seed.yaml"}
"""Those of them that may be left out."""

GENERATED = frozenset(("inventory", "reviews", "replay.json", "benchmark.json"))
"""What programs write; the loader leaves it alone."""

CODES = {
    "file-unreadable": (
        "a file can be read",
        "What cannot be read would silently be missing from the guide.",
        "an ordinary file that its user may read.",
    ),
    "file-stray": (
        "every file of data/ is an entry in its place",
        "A misspelt suffix or folder would otherwise make an entry vanish without a word.",
        "`data/callsites/<subsystem>/<caller>.yaml`, `data/apis/<api>.yaml`.",
    ),
    "yaml-size": (
        "a file is small and shallow",
        "Reading stays bounded in time and memory whatever a contribution holds.",
        "at most 256 KiB and 24 levels; entries have about a tenth of either.",
    ),
    "yaml-encoding": (
        "a file is plain UTF-8 without tabs and invisible characters",
        "What a reviewer sees is what the program reads.",
        "UTF-8 without byte order mark, lines that end with a line feed, spaces for indentation.",
    ),
    "yaml-syntax": (
        "a file is valid YAML",
        "Nothing can be said of an entry that does not parse.",
        "a text with `: ` or ` #` in it stands in quotes or in a block after `>-`.",
    ),
    "yaml-forbidden": (
        "anchors, aliases, tags, directives, merge keys and further documents are not used",
        "They make one text mean different things to different programs, and aliases can grow "
        "without bound.",
        "every value is written out where it belongs.",
    ),
    "yaml-duplicate-key": (
        "a key stands once",
        "Most programs silently take the last of two values, so that half of an edit is lost.",
        "one `verdict` in an assessment.",
    ),
    "yaml-scalar": (
        "every key is text and has a value",
        "An empty value or a number as key is mostly a slip, and which one was meant is unclear.",
        "a key without a value is left out.",
    ),
    "schema": (
        "an entry has the shape of its model",
        "Unknown keys are refused and nothing is coerced, so that what is written is what counts.",
        "as the JSON Schemas in `schema/` say; text that looks like a number stands in quotes.",
    ),
}
"""The codes of the loader's own problems: the rule as a sentence, why it exists,
and what is right."""

M = TypeVar("M", bound=BaseModel)


def load(data: Path, only: Collection[str] | None = None) -> Knowledge:
    """Read a data directory.

    Args:
        data: the directory that holds apis/, callsites/, kernels.yaml and the rest.
        only: the names of the folders and files to read, for those who need no more; nothing is
            then said of the others.

    Returns:
        All that could be read, and every problem of every file. A directory that holds nothing
        is a problem, too.

    Raises:
        LibyamlMissingError: when ruamel.yaml has no C extension.
    """
    with _collector_paused():
        return _load(Path(data), frozenset((*FOLDERS, *SINGLES)) if only is None else only)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Keep the garbage collector from running: nothing built here is a cycle.

    It would walk everything read so far again and again, for half of the time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _load(data: Path, only: Collection[str]) -> Knowledge:
    problems: list[Problem] = []
    loaded: dict[str, dict[str, Loaded[BaseModel]]] = {folder: {} for folder in FOLDERS}
    broken: dict[str, set[str]] = {folder: set() for folder in FOLDERS}
    for folder, model in FOLDERS.items():
        for path in _entry_files(data, folder, problems) if folder in only else ():
            entry_id = path.relative_to(data / folder).with_suffix("").as_posix()
            entry = load_file(path, model, data.parent, problems)
            if entry is None:
                broken[folder].add(entry_id)
            else:
                loaded[folder][entry_id] = entry
    singles: dict[str, Loaded[BaseModel] | None] = {}
    for name, model in SINGLES.items():
        left_out = name not in only or (name in OPTIONAL and not (data / name).exists())
        singles[name] = None if left_out else load_file(data / name, model, data.parent, problems)
    problems.extend(_strays(data))
    if not any(loaded.values()) and not any(broken.values()):
        message = f"must hold entries in {', '.join(f'{name}/' for name in FOLDERS)} (got none)"
        problems.append(Problem(_name(data, data.parent), 1, 1, "file-stray", message))
    return Knowledge(
        root=data,
        apis=cast("dict[str, Loaded[Api]]", loaded["apis"]),
        callers=cast("dict[str, Loaded[Caller]]", loaded["callsites"]),
        preconditions=cast("dict[str, Loaded[Precondition]]", loaded["preconditions"]),
        detectors=cast("dict[str, Loaded[Detector]]", loaded["detectors"]),
        kernels_file=cast("Loaded[Kernels] | None", singles["kernels.yaml"]),
        seed_file=cast("Loaded[Seed] | None", singles["seed.yaml"]),
        waivers_file=cast("Loaded[Waivers] | None", singles["waivers.yaml"]),
        broken={folder: frozenset(ids) for folder, ids in broken.items()},
        problems=tuple(sorted(problems)),
        first_file=cast("Loaded[First] | None", singles["first.yaml"]),
        changes_file=cast("Loaded[Changes] | None", singles["changes.yaml"]),
        removed_file=cast("Loaded[Removed] | None", singles["removed.yaml"]),
        glossary_file=cast("Loaded[Glossary] | None", singles["glossary.yaml"]),
    )


def load_file(
    path: Path, model: type[M], relative_to: Path, problems: list[Problem]
) -> Loaded[M] | None:
    """Read one file as one model.

    Args:
        path: the file.
        model: what it must be.
        relative_to: the directory that problems name the file from.
        problems: everything found is added here.

    Returns:
        The entry, or None when the file has a problem.
    """
    name = _name(path, relative_to)
    content = _read(path, name, problems)
    if content is None:
        return None
    parsed = parse(content)
    problems.extend(Problem(name, *fault) for fault in parsed.faults)
    if parsed.root is None:
        return None
    positions = Positions(parsed.root)
    try:
        entry = model.model_validate(parsed.data)
    except ValidationError as error:
        problems.extend(problems_of(error, positions, model, name))
        return None
    return None if parsed.faults else Loaded(entry, Path(name), positions)


def _read(path: Path, name: str, problems: list[Problem]) -> bytes | None:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            problems.append(Problem(name, 1, 1, "file-unreadable", "must be an ordinary file"))
            return None
        if status.st_size > MAX_BYTES:
            problems.append(Problem(name, 1, 1, "yaml-size", too_large(status.st_size)))
            return None
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        problems.append(Problem(name, 1, 1, "file-unreadable", "must exist (got no such file)"))
    except OSError as error:
        reason = error.strerror or str(error)
        problems.append(Problem(name, 1, 1, "file-unreadable", f"cannot be read: {reason}"))
    return None


def _name(path: Path, relative_to: Path) -> str:
    try:
        return path.relative_to(relative_to).as_posix()
    except ValueError:
        return path.as_posix()


def _entry_files(data: Path, folder: str, problems: list[Problem]) -> Iterator[Path]:
    """The entry files of a folder, in order; whatever else lies there becomes a problem."""
    top = data / folder
    if not top.is_dir():
        return
    if folder != "callsites":
        yield from _yaml_files(top, data, problems)
        return
    subsystems = [member.value for member in Subsystem]
    for path in sorted(top.iterdir()):
        if path.name.startswith("."):
            continue
        name = _name(path, data.parent)
        if not path.is_dir():
            message = "must lie in the folder of a subsystem: callsites/<subsystem>/<caller>.yaml"
            problems.append(Problem(name, 1, 1, "file-stray", message))
        elif path.name not in subsystems:
            message = f"the folder must be one of {', '.join(subsystems)} (got {path.name!r})"
            problems.append(Problem(name, 1, 1, "file-stray", message))
        else:
            yield from _yaml_files(path, data, problems)


def _yaml_files(folder: Path, data: Path, problems: list[Problem]) -> Iterator[Path]:
    found = False
    for path in sorted(folder.iterdir()):
        name = _name(path, data.parent)
        if path.name.startswith("."):
            continue  # editors and git keep such files beside the entries
        found = True
        if path.is_dir():
            message = "entries must lie in the folder itself (got a folder in it)"
            problems.append(Problem(name, 1, 1, "file-stray", message))
        elif path.suffix != ".yaml":
            message = f"the name of an entry must end with `.yaml` (got {path.name!r})"
            problems.append(Problem(name, 1, 1, "file-stray", message))
        else:
            yield path
    if not found:
        message = "must hold at least one entry (got an empty folder)"
        problems.append(Problem(_name(folder, data.parent), 1, 1, "file-stray", message))


def _strays(data: Path) -> Iterator[Problem]:
    known = {*FOLDERS, *SINGLES, *GENERATED}
    if not data.is_dir():
        return
    for path in sorted(data.iterdir()):
        if path.name not in known and not path.name.startswith("."):
            message = f"unknown file; {data.name}/ holds {', '.join(sorted(known))}"
            yield Problem(_name(path, data.parent), 1, 1, "file-stray", message)
