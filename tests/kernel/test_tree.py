import bz2
import gzip
import io
import lzma
import pickle
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from lostipi.kernel.archive import safe_name
from lostipi.kernel.packed import Sought
from lostipi.kernel.tree import Tree, TreeError, in_scope, open_tree, release_of

MAKEFILE = b"# SPDX\nVERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 117\nEXTRAVERSION =\nNAME = Some\n"

TEXT = {
    "Makefile": MAKEFILE,
    "Kconfig": b"config SMP\n",
    "MAINTAINERS": b"SMP\n",
    "kernel/smp.c": b"int f(void);\n",
    "kernel/Kconfig.hz": b"config HZ\n",
    "arch/x86/Kbuild": b"obj-y += kernel/\n",
    "arch/x86/Makefile.um": b"a\n",
    "arch/x86/entry/entry_64.S": b"ret\n",
    "include/linux/smp.h": b"\xff not utf-8\n",
    "Documentation/a.rst": b"A\n",
    "Documentation/b.txt": b"B\n",
}
OTHER = {
    ".config": b"CONFIG_SMP=y\n",
    ".git/hooks/sample.c": b"no source\n",
    "kernel/smp.o": b"\x7fELF",
    "COPYING": b"GPL\n",
    "drivers/.hidden.c": b"int x;\n",
}


def folder(path: Path) -> Path:
    for name, content in (TEXT | OTHER).items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


def tar_bytes(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


PACKED = tar_bytes({f"linux-6.12.117/{name}": data for name, data in (TEXT | OTHER).items()})


def git(*words: str, cwd: Path) -> None:
    names = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "core.autocrlf=false"]
    subprocess.run(["git", *names, *words], cwd=cwd, check=True, capture_output=True)


def repository(path: Path) -> Path:
    path.mkdir()
    git("init", "-q", cwd=path)
    for name, content in (TEXT | {"COPYING": b"GPL\n"}).items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    (path / "link.c").symlink_to("kernel/smp.c")
    git("add", "-A", cwd=path)
    git("commit", "-q", "-m", "one", cwd=path)
    return path


def bare(path: Path) -> Path:
    git("clone", "-q", "--bare", str(repository(path / "work")), "bare.git", cwd=path)
    return path / "bare.git"


def not_checked_out(path: Path) -> Path:
    git("clone", "-q", "--no-checkout", str(repository(path / "work")), "empty", cwd=path)
    return path / "empty"


def file_of(name: str, content: bytes) -> Callable[[Path], Path]:
    def write(path: Path) -> Path:
        (path / name).write_bytes(content)
        return path / name

    return write


KINDS: dict[str, Callable[[Path], Path]] = {
    "directory": folder,
    "tar": file_of("linux.tar", PACKED),
    "tar.xz": file_of("linux.tar.xz", lzma.compress(PACKED)),
    "tar.gz": file_of("linux.tar.gz", gzip.compress(PACKED)),
    "tar.bz2": file_of("linux.tar.bz2", bz2.compress(PACKED)),
    "named otherwise": file_of("download", lzma.compress(PACKED)),
    "without a top folder": file_of("linux.tar", tar_bytes(TEXT)),
    "dot before the names": file_of(
        "linux.tar", tar_bytes({f"./linux/{name}": data for name, data in TEXT.items()})
    ),
    "git work tree": lambda path: repository(path / "work"),
    "git folder": lambda path: repository(path / "work") / ".git",
    "bare repository": bare,
    "clone without checkout": not_checked_out,
}


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS.keys())
def test_every_kind_of_tree_has_the_same_files_and_content(
    make: Callable[[Path], Path], tmp_path: Path
) -> None:
    tree = open_tree(make(tmp_path))
    assert tree.release == "6.12.117"
    assert list(tree.files()) == sorted(TEXT)
    assert {name: tree.read(name) for name in tree.files()} == TEXT


def without_programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "none"))


def test_an_xz_tarball_is_read_without_the_xz_program_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tarball = KINDS["tar.xz"](tmp_path)
    without_programs(monkeypatch, tmp_path)
    tree = open_tree(tarball)
    assert {name: tree.read(name) for name in tree.files()} == TEXT
    tarball.write_bytes(tarball.read_bytes()[:200])
    with pytest.raises(TreeError, match="damaged or cut short"):
        open_tree(tarball)


def test_an_archive_that_ends_between_two_files_is_not_whole_when_the_program_says_so(
    tmp_path: Path,
) -> None:
    # A second stream that is none, just where the next header would be.
    end = PACKED.index(b"linux-6.12.117/include/linux/smp.h")
    tarball = file_of("linux.tar.xz", lzma.compress(PACKED[:end]) + b"\xfd7zXZ\0damage")(tmp_path)
    with pytest.raises(TreeError, match="damaged or cut short"):
        open_tree(tarball)


def test_of_a_tarball_opened_for_a_search_every_file_can_still_be_read(tmp_path: Path) -> None:
    parts: list[float] = []
    tree = open_tree(KINDS["tar.xz"](tmp_path), Sought(("int f",)), parts.append)
    assert tree.holding(["int f(void)"]) == ["kernel/smp.c"]
    assert tree.holding(["int"]) is None
    assert parts
    assert all(0 <= part <= 1 for part in parts)
    assert {name: tree.read(name) for name in tree.files()} == TEXT


def test_a_tarball_without_a_top_folder_is_kept_whole(tmp_path: Path) -> None:
    def not_below_kernel(path: str) -> bool:
        return path != "smp.c"  # as kernel/smp.c would be called if kernel/ were the top folder

    tree = open_tree(
        KINDS["without a top folder"](tmp_path), Sought(("f",), in_scope=not_below_kernel)
    )
    assert tree.holding(["f"]) is None
    assert {name: tree.read(name) for name in tree.files()} == TEXT


def test_a_tarball_that_goes_away_after_it_was_opened_is_an_error_of_the_file(
    tmp_path: Path,
) -> None:
    tarball = KINDS["tar.xz"](tmp_path)
    tree = open_tree(tarball, Sought(("int f",)))
    assert tree.read("kernel/smp.c") == TEXT["kernel/smp.c"]
    tarball.write_bytes(lzma.compress(tar_bytes({"linux/Makefile": MAKEFILE})))
    with pytest.raises(OSError, match="was changed while it was read"):
        tree.read("Documentation/a.rst")


def test_zstd_tarball_is_read_through_the_zstd_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "zstd").write_text('#!/bin/sh\n[ "$1" = -dc ] && exec tail -c +5\n')
    (tmp_path / "zstd").chmod(0o755)
    tarball = file_of("linux.tar.zst", b"\x28\xb5\x2f\xfd" + PACKED)(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert open_tree(tarball).read("kernel/smp.c") == TEXT["kernel/smp.c"]
    monkeypatch.setenv("PATH", str(tmp_path / "none"))
    with pytest.raises(TreeError, match=r"compressed with zstd, and there is no zstd program"):
        open_tree(tarball)


def test_links_are_not_followed_and_loops_do_no_harm(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.c").write_text("int secret;\n")
    tree_folder = folder(tmp_path / "tree")
    (tree_folder / "kernel/loop").symlink_to(tree_folder)
    (tree_folder / "out").symlink_to(outside)
    (tree_folder / "out.c").symlink_to(outside / "secret.c")
    (tree_folder / "self.c").symlink_to("self.c")
    tree = open_tree(tree_folder)
    assert list(tree.files()) == sorted(TEXT)
    for path in ("out/secret.c", "out.c", "kernel/loop/Makefile", "../outside/secret.c"):
        assert not tree.exists(path)
        with pytest.raises(FileNotFoundError, match="not in the kernel tree"):
            tree.read(path)


@pytest.mark.parametrize(
    "path", ["/etc/hosts.h", "../Makefile", "kernel/../Makefile", "kernel", "", "COPYING"]
)
@pytest.mark.parametrize("kind", ["directory", "tar.xz", "bare repository"])
def test_a_path_that_files_does_not_give_does_not_exist(
    kind: str, path: str, tmp_path: Path
) -> None:
    tree = open_tree(KINDS[kind](tmp_path))
    assert not tree.exists(path)
    with pytest.raises(FileNotFoundError):
        tree.read(path)


def test_hostile_names_and_links_in_a_tarball_are_passed_over(tmp_path: Path) -> None:
    buffer = io.BytesIO(PACKED)
    with tarfile.open(fileobj=buffer, mode="a") as tar:
        for name in ("/etc/evil.c", "linux-6.12.117/../../evil.c", "../evil.c", "a//b.c"):
            member = tarfile.TarInfo(name)
            member.size = 1
            tar.addfile(member, io.BytesIO(b"x"))
        for kind, name in (
            (tarfile.SYMTYPE, "linux-6.12.117/sym.c"),
            (tarfile.LNKTYPE, "linux-6.12.117/hard.c"),
            (tarfile.FIFOTYPE, "linux-6.12.117/fifo.c"),
            (tarfile.CHRTYPE, "linux-6.12.117/device.c"),
        ):
            member = tarfile.TarInfo(name)
            member.type = kind
            member.linkname = "/etc/passwd"
            tar.addfile(member)
    (tmp_path / "linux.tar").write_bytes(buffer.getvalue())
    assert list(open_tree(tmp_path / "linux.tar").files()) == sorted(TEXT)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["linux.tar"]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("./a/b.c", "a/b.c"),
        ("a/./b.c", "a/b.c"),
        ("a/../b.c", None),
        ("..", None),
        ("/a.c", None),
        ("a//b.c", None),
        (".", None),
        ("a\x1b[2J.c", None),
    ],
)
def test_a_name_that_leads_elsewhere_is_not_safe(name: str, safe: str | None) -> None:
    assert safe_name(name) == safe


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("kind", ["tar", "tar.xz", "tar.gz", "tar.bz2"])
def test_a_tarball_cut_short_is_refused_not_read_in_part(
    kind: str, part: float, tmp_path: Path
) -> None:
    whole = KINDS[kind](tmp_path)
    # A plain archive ends in 10 KiB of padding, without which it is still whole.
    data = whole.read_bytes() if kind != "tar" else PACKED.rstrip(b"\0")
    whole.write_bytes(data[: int(len(data) * part)])
    with pytest.raises(TreeError, match=r"cannot be read: the archive is damaged or cut short"):
        open_tree(whole)


def test_a_damaged_header_in_the_middle_is_not_taken_for_the_end(tmp_path: Path) -> None:
    damaged = bytearray(PACKED)
    at = PACKED.index(b"linux-6.12.117/include/linux/smp.h")
    damaged[at : at + 5] = b"LINUX"
    (tmp_path / "linux.tar").write_bytes(damaged)
    with pytest.raises(TreeError, match="damaged or cut short"):
        open_tree(tmp_path / "linux.tar")


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_huge_extended_header_is_refused_before_it_is_read(kind: bytes, tmp_path: Path) -> None:
    header = tarfile.TarInfo("linux/a.c")
    header.type, header.size = kind, 5 << 30
    (tmp_path / "linux.tar").write_bytes(header.tobuf(tarfile.GNU_FORMAT) + bytes(10240))
    with pytest.raises(TreeError, match=f"extended header of {5 << 30} bytes"):
        open_tree(tmp_path / "linux.tar")


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_headers_of_every_form_are_read_as_tarfile_reads_them(form: int, tmp_path: Path) -> None:
    deep = "/".join(["linux", *["folder" * 3] * 7])
    names = ["linux/Makefile", "linux/é.c", f"{deep}/a.c", f"linux/{'b' * 90}.c"]
    if form != tarfile.USTAR_FORMAT:
        names.append(f"{deep}/{'long' * 40}.c")
    with tarfile.open(tmp_path / "linux.tar", "w", format=form, encoding="utf-8") as tar:
        for name in names:
            member = tarfile.TarInfo(name)
            content = MAKEFILE if name.endswith("Makefile") else name.encode()
            member.size, member.mtime = len(content), 1e9 + 0.5 if form == 2 else 1e9
            tar.addfile(member, io.BytesIO(content))
    tree = open_tree(tmp_path / "linux.tar")
    assert list(tree.files()) == sorted(name.removeprefix("linux/") for name in names)
    assert tree.read(names[-1].removeprefix("linux/")) == names[-1].encode()


@pytest.mark.parametrize("size", [b"-0000000001", b"1_000000001", b"0000000009\0"])
def test_a_size_that_is_no_octal_number_is_damage(size: bytes, tmp_path: Path) -> None:
    damaged = bytearray(PACKED)
    at = PACKED.index(b"linux-6.12.117/include/linux/smp.h")
    damaged[at + 124 : at + 124 + len(size)] = size
    damaged[at + 148 : at + 156] = b"        "
    damaged[at + 148 : at + 156] = b"%06o\0 " % sum(damaged[at : at + 512])
    (tmp_path / "linux.tar").write_bytes(damaged)
    with pytest.raises(TreeError, match="cannot be read"):
        open_tree(tmp_path / "linux.tar")


def test_a_huge_file_in_a_tarball_is_refused_before_it_is_read(tmp_path: Path) -> None:
    header = tarfile.TarInfo("linux/big.c")
    header.size = 1 << 30
    (tmp_path / "linux.tar").write_bytes(header.tobuf() + bytes(10240))
    with pytest.raises(TreeError, match=f"linux/big.c in the archive has {1 << 30} bytes"):
        open_tree(tmp_path / "linux.tar")


def makefile_in(where: str) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        (path / where).parent.mkdir(parents=True, exist_ok=True)
        (path / where).write_bytes(MAKEFILE)
        return path

    return make


def without_version(path: Path) -> Path:
    (path / "Makefile").write_text("obj-y += smp.o\n")
    return path


def empty_repository(path: Path) -> Path:
    git("init", "-q", "--bare", cwd=path)
    return path


WRONG: dict[str, tuple[Callable[[Path], Path], str]] = {
    "no such path": (lambda path: path / "none", "does not exist; give the top folder of a kernel"),
    "empty folder": (lambda path: path, "is a directory without a kernel Makefile; give the top"),
    "folder above": (makefile_in("linux-6.12/Makefile"), "Makefile; did you mean .*/linux-6.12?"),
    "folder inside": (without_version, "has no Makefile that names a kernel version; give the"),
    "text file": (file_of("notes.txt", b"hello\n"), "is a file, but no tar archive; give the"),
    "empty file": (file_of("linux.tar", b""), "is a file, but no tar archive; give the"),
    "package": (file_of("linux.deb", b"!<arch>\n"), "is a Debian package; `lostipi kernel fetch"),
    "device": (lambda path: Path("/dev/null"), "is neither a file nor a directory; give the"),
    "two kernels": (
        file_of("linux.tar", tar_bytes({"a/Makefile": MAKEFILE, "b/Makefile": MAKEFILE})),
        "has several top folders with a Makefile",
    ),
    "other tarball": (
        file_of("other.tar", tar_bytes({"a/b.c": b"int x;\n"})),
        "has no top folder with a Makefile",
    ),
    "empty repository": (empty_repository, "git cannot read HEAD"),
}


@pytest.mark.parametrize(("make", "said"), WRONG.values(), ids=WRONG.keys())
def test_what_is_no_kernel_tree_is_called_what_it_is(
    make: Callable[[Path], Path], said: str, tmp_path: Path
) -> None:
    path = make(tmp_path)
    with pytest.raises(TreeError, match=said) as caught:
        open_tree(path)
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize(
    ("lines", "release"),
    [
        ("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 117\nEXTRAVERSION =\n", "6.12.117"),
        ("VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 0\nEXTRAVERSION = -rc7\n", "7.3-rc7"),
        ("VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 0\nEXTRAVERSION =\n", "7.3"),
        ("VERSION=5\r\nPATCHLEVEL=10\r\nSUBLEVEL=1\r\nEXTRAVERSION=\r\n", "5.10.1"),
        ("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 3\nEXTRAVERSION = -custom\n", "6.12.3-custom"),
        ("VERSION = 6\n", None),
        ("VERSION = $(shell false)\nPATCHLEVEL = 1\n", None),
        ("", None),
    ],
)
def test_release_has_the_form_of_the_tag(lines: str, release: str | None) -> None:
    assert release_of(b"# SPDX\n" + lines.encode()) == release


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("kernel/smp.c", True),
        ("kernel/Kconfig.preempt", True),
        ("scripts/Makefile.build", True),
        ("linux-6.12/MAINTAINERS", True),
        ("kernel/smp.o", False),
        ("kernel/smp.cc", False),
        (".tmp/smp.c", False),
        ("a/.b/smp.c", False),
        ("a/\ud800.c", False),
        ("a/\n.c", False),
    ],
)
def test_scope_is_source_build_files_and_documents(path: str, wanted: bool) -> None:
    assert in_scope(path) is wanted


@pytest.mark.parametrize("kind", ["directory", "tar.xz", "bare repository"])
def test_a_tree_can_be_handed_to_another_process(kind: str, tmp_path: Path) -> None:
    tree = open_tree(KINDS[kind](tmp_path))
    tree.read("Makefile")
    other: Tree = pickle.loads(pickle.dumps(tree))
    assert other.read("kernel/smp.c") == TEXT["kernel/smp.c"]


def test_a_file_that_vanishes_after_opening_is_an_os_error(tmp_path: Path) -> None:
    tree = open_tree(folder(tmp_path))
    (tmp_path / "kernel/smp.c").unlink()
    with pytest.raises(OSError, match=r"smp\.c"):
        tree.read("kernel/smp.c")
