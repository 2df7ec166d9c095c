"""Writing: killed at any line, out of room, or two at once, no reader finds half a file."""

from __future__ import annotations

import errno
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from lostipi import writing
from lostipi.writing import NotWrittenError, locked, replace

OLD, NEW = "old\n" * 5000, "new\n" * 9000


def forked(work: Callable[[], None]) -> int:
    """Start work in a process of its own; give its id."""
    child = os.fork()
    if child:
        return child
    try:
        work()
    except BaseException:
        os._exit(1)
    os._exit(0)


def status_of(child: int) -> int:
    """Wait for a process; its exit code, or minus the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def killed_at(step: int, work: Callable[[], None]) -> int:
    """Run work in a process that is killed before the given step (from 0) within `writing`."""

    def die() -> None:
        left = step

        def on_line(frame: FrameType, event: str, _: Any) -> Any:
            nonlocal left
            if frame.f_code.co_filename != writing.__file__:
                return None
            if event in ("line", "return"):
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                left -= 1
            return on_line

        sys.settrace(on_line)
        work()

    return status_of(forked(die))


def test_killed_before_any_line_a_file_is_the_old_or_the_new(tmp_path: Path) -> None:
    one, other = tmp_path / "one.yaml", tmp_path / "folder" / "other.yaml"
    seen = set()
    for step in range(1000):
        one.write_text(OLD)
        code = killed_at(step, lambda: replace({one: NEW, other: NEW}))
        assert one.read_text() in (OLD, NEW)
        assert not other.exists() or other.read_text() == NEW
        assert len(list(tmp_path.rglob(".*"))) <= 2
        seen.add((code, one.read_text() == NEW))
        if code == 0:
            break
    # Both ends were met, and killing came before and after the file was in its place.
    assert seen == {(-signal.SIGKILL, False), (-signal.SIGKILL, True), (0, True)}
    assert [path.name for path in tmp_path.rglob(".*")] == []


def test_what_a_killed_run_left_neither_stops_nor_outlives_the_next(tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    left = tmp_path / ".one.yaml.new"
    left.write_text("half")
    replace({path: NEW})
    assert path.read_text() == NEW
    assert not left.exists()


def test_the_lock_of_a_killed_run_is_free(tmp_path: Path) -> None:
    for step in range(30):

        def work() -> None:
            with locked(tmp_path):
                pass

        code = killed_at(step, work)
        waited: list[bool] = []
        with locked(tmp_path, lambda waited=waited: waited.append(True)):
            assert waited == []
        if code == 0:
            return
    pytest.fail("the work never came to its end")


def test_two_at_once_lose_no_edit(tmp_path: Path) -> None:
    path = tmp_path / "sum"
    path.write_text("0")

    def add() -> None:
        for _ in range(20):
            with locked(tmp_path):
                number = int(path.read_text())
                time.sleep(0.0005)  # long enough for the others to come
                replace({path: str(number + 1)})

    children = [forked(add) for _ in range(4)]
    assert [status_of(child) for child in children] == [0, 0, 0, 0]
    assert path.read_text() == "80"


def test_who_waits_is_told_once(tmp_path: Path) -> None:
    ready, go = os.pipe()

    def hold() -> None:
        with locked(tmp_path):
            os.write(go, b"x")
            time.sleep(0.05)

    child = forked(hold)
    os.read(ready, 1)
    told: list[str] = []
    with locked(tmp_path, lambda: told.append("waiting")):
        assert told == ["waiting"]
    assert status_of(child) == 0
    os.close(ready)
    os.close(go)


def test_no_file_changes_when_one_of_them_cannot_be_written(tmp_path: Path) -> None:
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_text(OLD)
    large.write_text(OLD)
    said = tmp_path / "said"

    def work() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, resource.RLIM_INFINITY))
        try:
            replace({small: "new\n", large: NEW})
        except NotWrittenError as error:
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
            said.write_text(str(error))

    assert status_of(forked(work)) == 0
    assert said.read_text() == (
        f"{large} cannot be written: it is larger than this process may write (`ulimit -f`). "
        "It is as it was"
    )
    assert small.read_text() == large.read_text() == OLD
    assert {path.name for path in tmp_path.iterdir()} == {"small", "large", "said"}


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (errno.ENOSPC, "the disk is full; make room"),
        (errno.EDQUOT, "your quota is used up"),
        (errno.EROFS, "the disk is read-only"),
        (errno.EACCES, "you may not write there"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_what_stands_in_the_way_is_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, says: str
) -> None:
    path = tmp_path / "one"
    path.write_text(OLD)
    with monkeypatch.context() as patch:

        def fail(*_: object) -> None:
            raise OSError(number, os.strerror(number))

        patch.setattr("lostipi.writing.os.open", fail)
        with pytest.raises(NotWrittenError, match=says) as caught:
            replace({path: NEW})
        assert str(path) in str(caught.value)
        with pytest.raises(NotWrittenError, match=says) as caught, locked(tmp_path):
            pass
        assert str(tmp_path) in str(caught.value)
    assert path.read_text() == OLD
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_not_as_it_was_read_is_left_alone(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text(OLD)
    other.write_text("saved by an editor")
    with pytest.raises(NotWrittenError, match="other was changed meanwhile"):
        replace({one: NEW, other: NEW}, read={one: OLD.encode(), other: OLD.encode()})
    assert (one.read_text(), other.read_text()) == (OLD, "saved by an editor")
    assert len(list(tmp_path.iterdir())) == 2


def test_permissions_and_links_stay(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text(OLD)
    real.chmod(0o640)
    link.symlink_to("real")
    replace({link: NEW})
    assert link.is_symlink()
    assert real.read_text() == NEW
    assert real.stat().st_mode & 0o777 == 0o640


def test_a_new_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        replace({tmp_path / "one": NEW})
    finally:
        os.umask(before)
    assert (tmp_path / "one").stat().st_mode & 0o777 == 0o640
