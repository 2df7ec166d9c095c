"""Write files so that a reader finds the old or the new one, and writers wait for each other."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_IMODE

LOCK = ".lock"
"""The file, in the folder that is written to, whose lock a writer holds. Never removed: another
writer may be waiting for it."""

_SUFFIX = ".new"
"""What a file that is not yet in its place is called: ``.kick_ilb.yaml.new``."""

_REASONS = {
    errno.ENOSPC: "the disk is full; make room and run the command again",
    errno.EDQUOT: "your quota is used up; make room and run the command again",
    errno.EFBIG: "it is larger than this process may write (`ulimit -f`)",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "you may not write there",
    errno.EPERM: "you may not write there",
}


class NotWrittenError(OSError):
    """A file could not be written. The message says which one, why, and that nothing was lost."""


def reason(error: OSError) -> str:
    """Say in words of the reader why a file could not be written."""
    return _REASONS.get(error.errno or 0, error.strerror or str(error))


def replace(files: Mapping[Path, str], read: Mapping[Path, bytes] | None = None) -> None:
    """Give files a new content. Whoever reads one, at any moment, finds all of the old or the new.

    Every text is on the disk before the first file is put in its place, so that a full disk leaves
    all of them as they were. The caller holds the lock of their folder (`locked`).

    Args:
        files: the texts by path. A symbolic link stays one. Folders are made if need be.
        read: for some of the files what they held when their text was made from it: a file that
            an editor saved since then is left alone.

    Raises:
        NotWrittenError: when a file could not be written; names it.
    """
    ready: dict[Path, Path] = {}
    path = Path()
    try:
        for path, text in files.items():
            target = path.resolve()
            target.parent.mkdir(parents=True, exist_ok=True)
            ready[target] = _beside(target)
            _write(ready[target], text, target)
        for path, before in (read or {}).items():
            if path.read_bytes() != before:
                raise NotWrittenError(
                    f"{path} was changed meanwhile; it is as it was saved. Run the command again"
                )
        for target, new in ready.items():
            path = target
            new.replace(target)
        for path in {target.parent for target in ready}:
            _sync(path)
    except NotWrittenError:
        raise
    except OSError as error:
        message = f"{path} cannot be written: {reason(error)}. It is as it was"
        raise NotWrittenError(message) from error
    finally:
        for new in ready.values():
            with suppress(OSError):
                new.unlink(missing_ok=True)


@contextmanager
def locked(folder: Path, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold a folder, so that what one run reads and writes back is not what another just wrote.

    The lock ends with the process, however it ends.

    Args:
        folder: made if need be.
        waiting: called once when another run holds it.

    Raises:
        NotWrittenError: when the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        message = f"{folder} cannot be written: {reason(error)}. Nothing was changed"
        raise NotWrittenError(message) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _beside(path: Path) -> Path:
    """The name of a file on its way: always the same, so that a killed run leaves one at most.

    It begins with a dot: neither the loader nor git takes it for an entry.
    """
    return path.with_name(f".{path.name}{_SUFFIX}")


def _write(new: Path, text: str, like: Path) -> None:
    """Put a text on the disk, with the permissions of the file whose place it will take."""
    new.unlink(missing_ok=True)
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
        with suppress(FileNotFoundError):
            os.fchmod(handle, S_IMODE(like.stat().st_mode))
        file.write(text)
        file.flush()
        os.fsync(handle)


def _sync(folder: Path) -> None:
    """Have a folder's names on the disk, so that a power failure does not undo the replacing."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
