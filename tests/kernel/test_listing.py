"""The files of a tree folder by folder, on disk and in memory alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from lostipi.kernel.listing import Folder, Listing
from lostipi.kernel.tree import open_tree

FILES = ("Makefile", "kernel/a.c", "kernel/sched/b.c", "kernel/sched/c.h", "mm/d.c")


@pytest.fixture(params=["disk", "memory"])
def listing(request: pytest.FixtureRequest, tmp_path: Path) -> Listing:
    if request.param == "memory":
        return Listing.of(FILES)
    for name in FILES:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("VERSION = 6\nPATCHLEVEL = 12\n")
    (tmp_path / "link").symlink_to("kernel")
    return open_tree(tmp_path).listing


def test_a_file_is_there_or_not(listing: Listing) -> None:
    assert all(listing.has(path) for path in FILES)
    assert not any(
        listing.has(path) for path in ("", "kernel", "a.c", "kernel/none.c", "none/a.c", "link/a.c")
    )


def test_a_folder_s_own_files_and_those_below_are_told_apart(listing: Listing) -> None:
    assert listing.files_in("kernel") == ["kernel/a.c"]
    assert listing.files_below("kernel") == ["kernel/a.c", "kernel/sched/b.c", "kernel/sched/c.h"]
    assert listing.files_below("") == sorted(FILES)
    assert listing.folders_below("kernel") == ["kernel", "kernel/sched"]
    assert listing.folders_below("none") == []


def test_a_folder_is_looked_into_once_and_only_when_asked_for() -> None:
    looked: list[str] = []

    def look(folder: str) -> Folder:
        looked.append(folder)
        below = {"": {"kernel", "mm"}}.get(folder, set())
        return Folder(frozenset({f"{folder}/a.c"} if folder else ()), frozenset(below))

    listing = Listing(look)
    assert listing.has("kernel/a.c")
    assert not listing.has("kernel/none.c")
    assert not listing.has("none/sched/a.c")
    assert looked == ["", "kernel"]


def test_a_folder_that_cannot_be_looked_into_is_remembered() -> None:
    def look(folder: str) -> Folder:
        if folder:
            raise PermissionError(13, "Permission denied", folder)
        return Folder(frozenset({"Makefile"}), frozenset({"kernel"}))

    listing = Listing(look)
    assert listing.files_below("") == ["Makefile"]
    assert listing.unreadable == {"kernel": "Permission denied"}
