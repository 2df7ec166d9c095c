"""Every command that writes: killed, twice at once, without room. Old or new, and nothing lost."""

from __future__ import annotations

import io
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lostipi.cli import main
from lostipi.load import load
from lostipi.review import read_reviews

SECOND = """\
  - name: v7.2
    release: 7.2.1
    source:
      package: linux-source-7.2
      version: 7.2.1-1
      sha256: {sha}
      suites: []
    platforms: [tdx, sev-snp]
    platforms_why: Both.
    source_url: https://example.org/{{path}}#L{{line}}
"""


def start(*words: object) -> int:
    """Run the command in a process of its own, silently; give its id."""
    child = os.fork()
    if child:
        return child
    code = 3
    try:
        sys.stdout, sys.stderr = io.StringIO(), io.StringIO()
        code = main([str(word) for word in words])
    finally:
        os._exit(code)


def ended(child: int) -> int:
    """Wait for a process; its exit code, or minus the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def contents(folder: Path) -> dict[str, bytes]:
    """All files but those that no reader takes for data."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package as `kernel fetch --from` takes it, with a kernel of a few hundred files."""

    def tar(files: dict[str, bytes]) -> bytes:
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as archive:
            for name, content in files.items():
                header = tarfile.TarInfo(name)
                header.size = len(content)
                archive.addfile(header, io.BytesIO(content))
        return out.getvalue()

    source = {
        "linux/Makefile": b"VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 7\nEXTRAVERSION =\n",
        "linux/Kbuild": b"obj-y += kernel/\n",
        **{f"linux/kernel/f{number}.c": b"int x;\n" * 200 for number in range(400)},
    }
    members = {
        "debian-binary": b"2.0\n",
        "control.tar.gz": tar({"control": b"Package: linux-source-6.12\nVersion: 6.12.9-1\n"}),
        "data.tar.gz": tar({"usr/src/linux-source-6.12.tar.gz": tar(source)}),
    }
    path = tmp_path / "linux-source.deb"
    with path.open("wb") as file:
        file.write(b"!<arch>\n")
        for name, content in members.items():
            file.write(f"{name:16}{0:<12}{0:<6}{0:<6}{'100644':8}{len(content):<10}`\n".encode())
            file.write(content + b"\n" * (len(content) % 2))
    return path


def moments(longest: float, count: int, seed: str) -> Iterator[float]:
    """Seconds after which to kill, spread over the time that a run takes."""
    chance = random.Random(seed)
    for number in range(count):
        yield longest * (number + chance.random()) / count


@pytest.mark.parametrize("command", ["fmt", "schema", "scan", "review"])
def test_a_command_killed_at_any_moment_leaves_old_or_new_files(
    command: str, data: Path, scanned: Path, tmp_path: Path
) -> None:
    base = data.parent
    words = {
        "fmt": ["fmt", "--data", data],
        "schema": ["schema", "--data", data],
        "scan": ["scan", "--data", data, scanned, "--update", "v6.12"],
        "review": ["review", "--data", data, "core/poke", "--date", "2026-01-31"],
    }[command]
    # Each has something to write: untidy YAML, no schemas, a shorter inventory, no review.
    for path in data.rglob("*.yaml"):
        path.write_text(path.read_text() + "\n\n")
    inventory = data / "inventory/v6.12.jsonl"
    if command == "scan":
        inventory.write_text(inventory.read_text().splitlines(keepends=True)[0])
    old = tmp_path / "old"
    shutil.copytree(base, old)
    before = contents(base)
    begin = time.perf_counter()
    assert ended(start(*words)) == 0
    took = time.perf_counter() - begin
    after = contents(base)
    assert after != before
    killed = 0
    for moment in moments(took, 6, command):
        shutil.rmtree(base)
        shutil.copytree(old, base)
        child = start(*words)
        time.sleep(moment)
        os.kill(child, signal.SIGKILL)
        killed += ended(child) == -signal.SIGKILL
        for name, content in contents(base).items():
            assert content in (before.get(name), after.get(name)), name
        assert load(data).problems == ()
        # What was left does not stand in the way of the next run.
        assert ended(start(*words)) == 0
        assert contents(base) == after
    assert killed


def test_a_fetch_killed_at_any_moment_leaves_a_whole_tree_or_none(
    data: Path, package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    monkeypatch.setenv("LOSTIPI_CACHE", str(cache))
    words = ["kernel", "--data", data, "fetch", "v6.12", "--from", package]
    begin = time.perf_counter()
    assert ended(start(*words)) == 0
    took = time.perf_counter() - begin
    whole = contents(cache)
    assert len(whole) == 402
    killed = 0
    for moment in moments(took, 6, "fetch"):
        shutil.rmtree(cache)
        child = start(*words)
        time.sleep(moment)
        os.kill(child, signal.SIGKILL)
        killed += ended(child) == -signal.SIGKILL
        trees = list(cache.glob("v6.12-*"))
        assert not trees or contents(cache) == whole
        assert ended(start(*words)) == 0
        assert contents(cache) == whole
        assert not list(cache.glob(".tmp-*"))
    assert killed


def test_reviews_written_at_once_are_all_kept(data: Path, scanned: Path) -> None:
    kernels = data / "kernels.yaml"
    kernels.write_text(kernels.read_text() + SECOND.format(sha="cd" * 32))
    for path in (data / "callsites").rglob("*.yaml"):
        path.write_text(path.read_text().replace("[v6.12]", "[v6.12, v7.2]"))
    lines = (data / "inventory/v6.12.jsonl").read_text().splitlines()
    header = {"kernel": "v7.2", "release": "7.2.1", "package_version": "7.2.1-1"}
    (data / "inventory/v7.2.jsonl").write_text("\n".join([json.dumps(header), *lines[1:]]) + "\n")
    review = ["review", "--data", data, "core/poke"]
    for day in ("2026-01-01", "2026-01-02", "2026-01-03"):
        children = [start(*review, "--kernel", v, "--date", day) for v in ("v6.12", "v7.2")]
        assert [ended(child) for child in children] == [0, 0]
        found = read_reviews(data)["core/poke"]
        assert [(r.kernel, r.date.isoformat()) for r in found] == [("v6.12", day), ("v7.2", day)]


def test_of_two_drafts_of_one_caller_at_once_one_is_refused(data: Path, scanned: Path) -> None:
    (data / "callsites/core/poke.yaml").unlink()
    children = [start("new", "--data", data, "kernel/poke.c:poke") for _ in range(2)]
    assert sorted(ended(child) for child in children) == [0, 2]


def test_citations_added_while_a_tree_is_scanned_are_recorded(
    run, data: Path, scanned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = data / "callsites/core/poke.yaml"
    from lostipi import scanning

    scan_tree = scanning.scan_tree

    def slow(*words):
        text = entry.read_text().replace("kernel/poke.c:poked@", "kernel/smp.c:poked@", 1)
        entry.write_text(text.replace("kernel/smp.c:poked@", "kernel/smp.c:SMP_FLAG@"))
        return scan_tree(*words)

    smp = scanned / "kernel/smp.c"
    smp.write_text(smp.read_text() + "#define SMP_FLAG 1\n")
    monkeypatch.setattr(scanning, "scan_tree", slow)
    assert run("scan", scanned, "--update", "v6.12")[0] == 0
    assert '"SMP_FLAG"' in (data / "inventory/v6.12.names.jsonl").read_text()


@pytest.mark.parametrize("command", ["fmt", "schema", "scan", "review"])
def test_without_room_a_command_says_so_and_changes_nothing(
    command: str, data: Path, scanned: Path, tmp_path: Path
) -> None:
    for path in data.rglob("*.yaml"):
        path.write_text(path.read_text() + "\n\n")
    words = {
        "fmt": ["fmt", "--data", data],
        "schema": ["schema", "--data", data],
        "scan": ["scan", "--data", data, scanned, "--update", "v6.12"],
        "review": ["review", "--data", data, "core/poke"],
    }[command]
    before = contents(data.parent)
    said = tmp_path / "said"
    child = os.fork()
    if not child:
        code = 3
        try:
            sys.stdout, sys.stderr = io.StringIO(), io.StringIO()
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
            code = main([str(word) for word in words])
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
            said.write_text(sys.stderr.getvalue())
        finally:
            os._exit(code)
    assert ended(child) == 2
    assert "cannot be written: it is larger than this process may write" in said.read_text()
    assert "It is as it was" in said.read_text()
    assert contents(data.parent) == before
    assert not list(data.parent.rglob(".*.new"))


@pytest.mark.parametrize("command", ["fmt", "schema"])
def test_a_command_with_nothing_to_write_needs_no_right_to_write(
    run, data: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    for path in data.rglob("*.yaml"):
        assert run("fmt", path)[0] == 0
    assert run("schema")[0] == 0

    def fail(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("lostipi.writing.os.open", fail)
    assert run(command)[0] == 0


def test_a_report_that_cannot_be_written_is_told(data: Path, tree: Path, capfd) -> None:
    child = os.fork()
    if not child:
        code = 3
        try:
            full = os.open("/dev/full", os.O_WRONLY)
            os.dup2(full, 1)
            sys.stdout = os.fdopen(1, "w")
            sys.stderr = os.fdopen(2, "w")
            code = main(["scan", "--data", str(data), str(tree)])
            sys.stderr.flush()
        finally:
            os._exit(code)
    assert ended(child) == 2
    assert "error: the report cannot be written: the disk is full" in capfd.readouterr().err


@pytest.mark.parametrize(("closed", "status"), [(1, 2), (2, 0)])
def test_without_somewhere_to_write_a_command_ends_as_it_should(closed: int, status: int) -> None:
    words = f'exec "$0" -m lostipi kernel list {closed}>&-'
    run = subprocess.run(
        ["sh", "-c", words, sys.executable], capture_output=True, text=True, check=False
    )
    assert run.returncode == status
    assert run.stderr.startswith("lostipi: error: the report cannot be" if closed == 1 else "")
    assert "Traceback" not in run.stderr
