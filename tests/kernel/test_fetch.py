import fcntl
import hashlib
import io
import lzma
import os
import sys
import tarfile
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from lostipi.kernel import apt, fetch
from lostipi.kernel.fetch import FetchError, NotOfferedError, Source, cache_folder, choose, in_line
from lostipi.kernel.tree import open_tree

MAKEFILE = b"VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = %d\nEXTRAVERSION =\n"


def tar_bytes(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def deb(version: str, sublevel: int, more: dict[str, bytes] | None = None) -> bytes:
    """A linux-source package: an ar archive of two tar archives, the kernel's inside the last."""
    kernel = {
        "linux-source-6.12/Makefile": MAKEFILE % sublevel,
        "linux-source-6.12/kernel/smp.c": b"int x;\n",
        "linux-source-6.12/kernel/smp.o": b"no text",
    }
    source = lzma.compress(tar_bytes(kernel | (more or {})))
    control = f"Package: linux-source-6.12\nVersion: {version}\n".encode()
    members = {
        "debian-binary": b"2.0\n",
        "_odd": b"x",  # members start at even bytes
        "control.tar.xz": lzma.compress(tar_bytes({"./control": control})),
        "data.tar.xz": lzma.compress(
            tar_bytes({"./usr/src/linux-source-6.12.tar.xz": source, "./usr/share/doc": b"x"})
        ),
    }
    whole = b"!<arch>\n"
    for name, content in members.items():
        whole += f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode()
        whole += content + b"\n" * (len(content) % 2)
    return whole


RECORDED, NEWER = "6.12.117-1~deb12u1", "6.12.120-1"
DEB = deb(RECORDED, 117)
SOURCE = Source(
    "v6.12",
    "6.12.117",
    "linux-source-6.12",
    RECORDED,
    hashlib.sha256(DEB).hexdigest(),
    ("bookworm", "bookworm-security"),
)

FAKE_CACHE = """#!{python}
import pathlib, sys
kind = "isolated" if "-c" in sys.argv else "machine"
for version in pathlib.Path("{home}", kind).read_text().split():
    print(f" {{sys.argv[-1]}} | 9.9 | http://mirror.example/debian x/main Sources")
    print(f" {{sys.argv[-1]}} | {{version}} | http://mirror.example/debian x/main amd64 Packages")
"""
FAKE_GET = """#!{python}
import os, pathlib, re, shutil, sys
home = pathlib.Path("{home}")
kind = "isolated" if "-c" in sys.argv else "machine"
with (home / "log").open("a") as log:
    log.write(f"{{kind}} {{sys.argv[-1]}}\\n")
fd = int(re.search(r"APT::Status-Fd=(\\d+)", " ".join(sys.argv))[1])
os.write(fd, b"dlstatus:1:50.0:Retrieving file 1 of 1\\n")
failure = home / f"{{kind}}-fails"
if failure.exists():
    sys.exit("W: Some warning\\nE: " + failure.read_text())
once = home / f"{{kind}}-fails-once"
if "download" in sys.argv and once.exists():
    once.unlink()
    sys.exit("E: 404  Not Found")
if "download" in sys.argv:
    version = sys.argv[-1].partition("=")[2]
    shutil.copy(home / f"{{version}}.deb", f"linux_{{version}}_all.deb")
"""


class Machine:
    """A machine whose apt is two small programs that serve what a test says."""

    def __init__(self, home: Path) -> None:
        self.home, self.cache, self.etc = home, home / "cache", home / "etc"
        (home / "bin").mkdir()
        self.etc.mkdir()
        (self.etc / "sources.list").write_text("deb http://mirror.example/debian bookworm main\n")
        for name, text in {"apt-cache": FAKE_CACHE, "apt-get": FAKE_GET}.items():
            (home / "bin" / name).write_text(text.format(python=sys.executable, home=home))
            (home / "bin" / name).chmod(0o755)
        self.serves()
        (home / f"{RECORDED}.deb").write_bytes(DEB)
        (home / f"{NEWER}.deb").write_bytes(deb(NEWER, 120))
        self.told: list[tuple[str, float | None]] = []

    def serves(self, machine: str = "", isolated: str = "") -> None:
        (self.home / "machine").write_text(machine)
        (self.home / "isolated").write_text(isolated)

    def fails(self, kind: str, why: str) -> None:
        (self.home / f"{kind}-fails").write_text(why)

    def log(self) -> list[str]:
        log = self.home / "log"
        return log.read_text().splitlines() if log.exists() else []

    def fetch(
        self, source: Source = SOURCE, path: Path | None = None, newest: bool = False
    ) -> fetch.Fetched:
        def tell(what: str, part: float | None) -> None:
            self.told.append((what, part))

        return fetch.fetch(source, self.cache, tell, path, newest=newest, etc=self.etc)

    def left(self) -> list[str]:
        """What the cache holds beside the lock and apt's lists."""
        return sorted(p.name for p in self.cache.iterdir() if p.name not in (".lock", "apt"))


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(fetch, "_NEEDS", 0)
    return Machine(tmp_path)


def test_the_recorded_package_is_taken_though_a_newer_one_is_served(machine: Machine) -> None:
    machine.serves(machine=f"{NEWER} {RECORDED}")
    fetched = machine.fetch()
    assert fetched.recorded
    assert fetched.note == f"{RECORDED}, the recorded package"
    assert (fetched.release, fetched.sha256) == ("6.12.117", SOURCE.sha256)
    assert fetched.path == machine.cache / f"v6.12-{RECORDED}"
    assert list(open_tree(fetched.path).files()) == ["Makefile", "kernel/smp.c"]
    assert machine.log() == [f"machine linux-source-6.12={RECORDED}"]
    assert machine.left() == [f"v6.12-{RECORDED}"]
    assert (f"Downloading linux-source-6.12 {RECORDED}", 0.5) in machine.told


def test_a_second_fetch_asks_nobody(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.serves(machine=RECORDED)
    first = machine.fetch()
    monkeypatch.setenv("PATH", "/nonexistent")
    assert machine.fetch() == first
    assert fetch.cached(SOURCE, machine.cache) == first


def test_a_newer_package_is_used_and_said(machine: Machine) -> None:
    machine.serves(isolated=NEWER)
    fetched = machine.fetch()
    assert not fetched.recorded
    assert fetched.release == "6.12.120"
    newer = f"{NEWER} (6.12.120), newer than the recorded {RECORDED}"
    assert fetched.note == f"{newer}; sha256 {fetched.sha256}"
    assert machine.log() == ["isolated update", f"isolated linux-source-6.12={NEWER}"]
    assert machine.fetch() == fetched
    assert len(machine.log()) == 2, "lists of today and the unpacked tree are used again"


def test_the_newest_can_be_asked_for(machine: Machine) -> None:
    machine.serves(machine=f"{NEWER} {RECORDED}", isolated=f"{NEWER} {RECORDED}")
    machine.fetch()
    assert machine.fetch(newest=True).version == NEWER


def test_a_kernel_the_machine_does_not_know_comes_through_an_isolated_apt(
    machine: Machine,
) -> None:
    machine.serves(machine="6.12.1-1", isolated=RECORDED)
    assert machine.fetch().recorded
    folder = machine.cache / "apt" / "bookworm"
    assert (
        "URIs: http://mirror.example/debian\nSuites: bookworm\n"
        in (folder / "lostipi.sources").read_text()
    )
    settings = (folder / "apt.conf").read_text()
    assert 'Dir::Etc::sourceparts "-";' in settings
    assert f'Dir::State::lists "{folder}/lists";' in settings
    assert "trusted" not in settings.lower() + (folder / "lostipi.sources").read_text().lower()


def test_lists_of_yesterday_are_fetched_anew(machine: Machine) -> None:
    machine.serves(isolated=RECORDED)
    machine.fetch()
    os.utime(machine.cache / "apt/bookworm/updated", (0, 0))
    machine.fetch(newest=True)
    assert machine.log().count("isolated update") == 2


def test_lists_that_name_a_dropped_package_are_fetched_once_anew(machine: Machine) -> None:
    machine.serves(isolated=RECORDED)
    (machine.home / "isolated-fails-once").touch()
    assert machine.fetch().recorded
    assert machine.log().count("isolated update") == 2


def test_stale_lists_of_the_machine_are_made_up_for_by_fresh_ones(machine: Machine) -> None:
    machine.serves(machine=RECORDED, isolated=RECORDED)
    machine.fails("machine", "Failed to fetch http://mirror.example/x.deb  404  Not Found")
    assert machine.fetch().recorded
    assert machine.log()[-1] == f"isolated linux-source-6.12={RECORDED}"


def test_the_recorded_version_with_another_sha256_is_refused(machine: Machine) -> None:
    machine.serves(machine=RECORDED)
    wrong = replace(SOURCE, sha256="0" * 64)
    with pytest.raises(FetchError, match=rf"has sha256 {SOURCE.sha256}, but 0+ is recorded"):
        machine.fetch(wrong)
    assert machine.left() == []
    machine.fetch()
    with pytest.raises(FetchError, match="it is refused"):
        machine.fetch(wrong)


def test_what_a_killed_run_left_is_cleared_and_never_used(machine: Machine) -> None:
    machine.serves(machine=RECORDED)
    (machine.cache / ".tmp-killed/tree").mkdir(parents=True)
    half = machine.cache / f"v6.12-{RECORDED}"
    half.mkdir()
    (half / "half.c").write_text("int half;\n")
    assert machine.fetch().path == half
    assert machine.left() == [f"v6.12-{RECORDED}"]
    assert not (half / "half.c").exists()


@pytest.mark.parametrize("cut", [30, 200, 700, len(DEB) - 60])
def test_a_package_cut_short_leaves_nothing_behind(machine: Machine, cut: int) -> None:
    data = DEB[:cut]
    machine.serves(machine=RECORDED)
    (machine.home / f"{RECORDED}.deb").write_bytes(data)
    with pytest.raises(FetchError, match=r"cannot be unpacked: .*damaged or cut short"):
        machine.fetch(replace(SOURCE, sha256=hashlib.sha256(data).hexdigest()))
    assert machine.left() == []


def test_hostile_names_in_a_package_are_passed_over(machine: Machine) -> None:
    hostile = {"linux-source-6.12/../../evil.c": b"x", "/evil.c": b"x", "loose.c": b"x"}
    (machine.home / f"{NEWER}.deb").write_bytes(deb(NEWER, 120, hostile))
    machine.serves(machine=NEWER)
    assert list(open_tree(machine.fetch().path).files()) == ["Makefile", "kernel/smp.c"]
    assert not list(machine.home.rglob("evil.c")) + list(machine.home.rglob("loose.c"))


def test_without_apt_the_message_says_what_to_do(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(
        NotOfferedError,
        match=r"^linux-source-6\.12 could not be fetched: there is no apt-cache on this machine; "
        r"give a tree, tarball, git repository or Debian package of 6\.12 instead$",
    ):
        machine.fetch()


def test_a_machine_without_a_debian_mirror_says_so(machine: Machine) -> None:
    (machine.etc / "sources.list").write_text("deb http://ubuntu.example/ubuntu noble main\n")
    with pytest.raises(FetchError, match=r"name no Debian mirror to ask for bookworm, bookworm-s"):
        machine.fetch()


def test_without_network_the_reason_is_apts_own(machine: Machine) -> None:
    machine.fails("isolated", "Failed to fetch  http://mirror.example/ Could not resolve")
    with pytest.raises(FetchError, match=r"fetched: Failed to fetch http://mirror.example/ Could"):
        machine.fetch()


def test_a_package_that_is_gone_is_said_to_be_gone(machine: Machine) -> None:
    with pytest.raises(
        NotOfferedError,
        match=r"no package of that name is served any more in bookworm "
        r"\(bookworm-security not asked: the apt sources in .*/etc name no mirror of it\); give a",
    ):
        machine.fetch()


def test_an_earlier_tree_serves_when_apt_gives_none_and_the_note_says_so(machine: Machine) -> None:
    machine.serves(machine=NEWER)
    machine.fetch()
    machine.serves()
    fetched = machine.fetch()
    assert fetched.version == NEWER
    assert "from the cache, as apt gave none (no package of that name" in fetched.note


def test_a_full_disk_is_one_sentence(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.serves(machine=RECORDED)
    monkeypatch.setattr(fetch, "_NEEDS", 1 << 60)
    with pytest.raises(FetchError, match=r"the disk of .*cache is full; free about"):
        machine.fetch()
    assert machine.left() == []


def test_a_cache_that_cannot_be_written_is_one_sentence(machine: Machine) -> None:
    machine.cache.write_text("a file in its place")
    with pytest.raises(FetchError, match=r"cache cannot be written: .*; set LOSTIPI_CACHE"):
        machine.fetch()


def test_two_runs_do_not_fetch_at_once(machine: Machine) -> None:
    machine.serves(machine=RECORDED)
    machine.cache.mkdir()
    with (machine.cache / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        other = threading.Thread(target=machine.fetch)
        other.start()
        other.join(0.5)
        assert other.is_alive()
        assert machine.told == [("Waiting for another lostipi that fetches", None)]
        assert machine.log() == []
    other.join(30)
    assert machine.left() == [f"v6.12-{RECORDED}"]


def test_a_given_tree_is_returned_as_it_is(machine: Machine) -> None:
    tree = machine.home / "tree"
    tree.mkdir()
    (tree / "Makefile").write_bytes(MAKEFILE % 90)
    fetched = machine.fetch(path=tree)
    assert (fetched.path, fetched.release, fetched.recorded) == (tree, "6.12.90", False)
    assert fetched.note == "6.12.90, given by path"
    assert not machine.cache.exists()


def test_a_given_tree_of_another_line_is_refused(machine: Machine) -> None:
    tree = machine.home / "tree"
    tree.mkdir()
    (tree / "Makefile").write_bytes(MAKEFILE % 90)
    with pytest.raises(FetchError, match=r"tree is kernel 6\.12\.90; v6\.1 is the line 6\.1$"):
        machine.fetch(replace(SOURCE, name="v6.1"), path=tree)


def test_a_given_path_that_is_no_kernel_says_what_it_is(machine: Machine) -> None:
    with pytest.raises(FetchError, match="is a directory without a kernel Makefile"):
        machine.fetch(path=machine.etc)


def test_the_recorded_package_given_by_path_counts_as_recorded(machine: Machine) -> None:
    fetched = machine.fetch(path=machine.home / f"{RECORDED}.deb")
    assert fetched.recorded
    assert machine.fetch() == fetched
    assert machine.log() == []


def test_another_package_given_by_path_is_never_taken_for_one_from_apt(machine: Machine) -> None:
    given = machine.fetch(path=machine.home / f"{NEWER}.deb")
    assert given.release == "6.12.120"
    assert given.path.name.startswith(f"v6.12-{NEWER}-")
    with pytest.raises(FetchError, match="no package of that name"):
        machine.fetch()


def test_a_folder_of_the_cache_given_by_path_tells_its_package(machine: Machine) -> None:
    unpacked = machine.fetch(path=machine.home / f"{NEWER}.deb")
    given = machine.fetch(path=unpacked.path)
    sha256 = hashlib.sha256((machine.home / f"{NEWER}.deb").read_bytes()).hexdigest()
    assert (given.path, given.version, given.sha256) == (unpacked.path, NEWER, sha256)
    assert (given.recorded, given.note) == (False, "6.12.120, given by path")


def test_a_forged_recorded_package_given_by_path_is_refused(machine: Machine) -> None:
    (machine.home / "forged.deb").write_bytes(deb(RECORDED, 117, {"linux-source-6.12/a.c": b"x"}))
    with pytest.raises(FetchError, match="it is refused"):
        machine.fetch(path=machine.home / "forged.deb")


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"LOSTIPI_CACHE": "/a/b", "XDG_CACHE_HOME": "/x"}, "/a/b"),
        ({"XDG_CACHE_HOME": "/x"}, "/x/lostipi"),
        ({"XDG_CACHE_HOME": "relative"}, "~/.cache/lostipi"),
        ({"LOSTIPI_CACHE": ""}, "~/.cache/lostipi"),
    ],
)
def test_cache_is_where_the_environment_says(environment: dict[str, str], folder: str) -> None:
    assert cache_folder(environment) == Path(folder).expanduser()


@pytest.mark.parametrize(
    ("versions", "newest", "chosen"),
    [(["3", "2", "1"], False, "2"), (["3", "2"], True, "3"), (["3"], False, "3"), ([], True, None)],
)
def test_recorded_is_chosen_where_served_else_the_newest(
    versions: list[str], newest: bool, chosen: str | None
) -> None:
    assert choose(versions, "2", newest) == chosen


@pytest.mark.parametrize(
    ("release", "line", "belongs"),
    [
        ("6.1.192", "6.1", True),
        ("6.12.117", "6.1", False),
        ("6.1", "6.1", True),
        ("7.3-rc7", "7.3", True),
        ("5.10.1", "6.1", False),
    ],
)
def test_a_release_belongs_to_its_line(release: str, line: str, belongs: bool) -> None:
    assert in_line(release, line) is belongs


ONE_LINE = """
# deb http://commented.example/debian bookworm main
deb http://mirror.example/debian bookworm main contrib # after
deb [arch=amd64 signed-by=/usr/share/keyrings/k.gpg] \
https://s.example/debian-security bookworm-security main
deb-src http://mirror.example/debian bookworm main
deb [trusted=yes] http://other.example/ ./
"""
DEB822 = """
Types: deb deb-src
# a comment inside
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/k.gpg

Types: deb
URIs: https://s.example/debian-security
Suites: bookworm-security
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 -----END PGP PUBLIC KEY BLOCK-----

Types: deb
Enabled: no
URIs: http://off.example/debian
Suites: bookworm
Components: main
"""
THIRD = """
deb [signed-by=/etc/apt/keyrings/h.gpg] https://apt.tool.example bookworm main
deb https://browser.example/chrome/deb/ stable main
deb https://mirror.example/remote bookworm main
deb https://mirror.example/remote bookworm-updates main
"""


def test_machine_sources_are_read_in_both_forms(tmp_path: Path) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list").write_text(ONE_LINE)
    (tmp_path / "sources.list.d/debian.sources").write_text(DEB822)
    (tmp_path / "sources.list.d/off.list.disabled").write_text("deb http://no.example/ sid main\n")
    found = apt.machine_sources(tmp_path)
    assert [(r.uris[0], r.suites, r.signed_by) for r in found] == [
        ("http://mirror.example/debian", ("bookworm",), ""),
        (
            "https://s.example/debian-security",
            ("bookworm-security",),
            "/usr/share/keyrings/k.gpg",
        ),
        ("http://other.example/", ("./",), ""),
        (
            "http://mirror.example/debian",
            ("bookworm", "bookworm-updates"),
            "/usr/share/keyrings/k.gpg",
        ),
        ("https://s.example/debian-security", ("bookworm-security",), ""),
    ]


@pytest.mark.parametrize(
    "sources",
    [apt.one_line_sources(ONE_LINE), apt.deb822_sources(DEB822)],
    ids=["one line", "deb822"],
)
def test_each_suite_gets_the_mirror_of_its_kind(sources: list[apt.Repository]) -> None:
    mirrors = apt.mirrors_for(["bullseye", "bullseye-security", "sid"], sources)
    assert {suite: uri for suite, (uri, _) in mirrors.items()} == {
        "bullseye": "http://mirror.example/debian",
        "bullseye-security": "https://s.example/debian-security",
        "sid": "http://mirror.example/debian",
    }


def test_other_repositories_with_debians_suite_names_are_not_its_mirrors() -> None:
    mirrors = apt.mirrors_for(["sid"], apt.one_line_sources(THIRD))
    assert mirrors == {"sid": ("https://mirror.example/remote", "")}


def test_isolated_sources_keep_the_keyring() -> None:
    text = apt.sources_text({"sid": ("http://mirror.example/debian", "/usr/share/keyrings/k.gpg")})
    assert text == (
        "Types: deb\nURIs: http://mirror.example/debian\nSuites: sid\nComponents: main\n"
        "Targets: Packages\nSigned-By: /usr/share/keyrings/k.gpg\n"
    )
