"""Open a kernel tree: a directory, a source tarball or a git repository, all read alike."""

import errno
import os
import re
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Protocol, TypeAlias

from lostipi.kernel import archive
from lostipi.kernel.listing import Folder, Listing
from lostipi.kernel.packed import Packed, Sought, TooMuchTextError

_SUFFIXES = (".c", ".h", ".S", ".rst", ".txt")
_STEMS = ("Kconfig", "Makefile", "Kbuild")

_WANTED = "give the top folder of a kernel tree, a source tarball or a git repository"


Progress: TypeAlias = Callable[[float], None]


class TreeError(ValueError):
    """The path is no kernel tree. The message says what it is and what would be right."""


def in_scope(path: str) -> bool:
    """Whether a file of that name is text that we read: source, Kbuild, Kconfig, documents.

    Hidden files and folders (``.git``) are not.
    """
    name = path.rpartition("/")[2]
    return (
        (name.endswith(_SUFFIXES) or name.startswith(_STEMS) or name == "MAINTAINERS")
        and not path.startswith(".")
        and "/." not in path
        and path.isprintable()
    )


def release_of(makefile: bytes) -> str | None:
    """Read the release out of a kernel's top Makefile, in the form of its tag.

    Returns:
        ``6.12.117``, ``7.3-rc7`` or ``7.3``; None if the Makefile names no kernel version.
    """
    found: dict[str, str] = dict(
        re.findall(
            r"^(VERSION|PATCHLEVEL|SUBLEVEL|EXTRAVERSION)[ \t]*=[ \t]*(\S*)[ \t]*$",
            makefile[:4096].decode("utf-8", "replace").replace("\r", ""),
            re.MULTILINE,
        )
    )
    if not (found.get("VERSION", "").isdigit() and found.get("PATCHLEVEL", "").isdigit()):
        return None
    release = f"{found['VERSION']}.{found['PATCHLEVEL']}"
    if found.get("SUBLEVEL", "") not in ("", "0"):
        release += f".{found['SUBLEVEL']}"
    return release + found.get("EXTRAVERSION", "")


class Tree(ABC):
    """The text files of one kernel. Links are not followed: each file has one name."""

    path: Path
    """Where it was opened."""
    release: str
    """The kernel's release, by its top Makefile: ``6.12.117``, ``7.3-rc7``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        release = release_of(self.read("Makefile")) if self.exists("Makefile") else None
        if release is None:
            raise TreeError(f"{path} has no Makefile that names a kernel version; {_WANTED}")
        self.release = release

    @cached_property
    def listing(self) -> Listing:
        """All regular files in scope, folder by folder."""
        return Listing.of(self._files())

    @abstractmethod
    def _files(self) -> Iterable[str]: ...

    def holding(self, words: Iterable[str]) -> Sequence[str] | None:  # noqa: ARG002
        """Give the files that may hold any of some words, if that is known without a search."""
        return None

    @cached_property
    def _sorted(self) -> Sequence[str]:
        return self.listing.files_below("")

    def files(self) -> Sequence[str]:
        """Give the sorted paths of all regular files in scope, relative, with ``/``."""
        return self._sorted

    def exists(self, path: str) -> bool:
        """Whether `files` has this path."""
        return self.listing.has(path)

    def read(self, path: str) -> bytes:
        """Give the content of one file of `files`.

        Raises:
            FileNotFoundError: The tree has no such file (or it is a link, or not text).
            OSError: It cannot be read.
        """
        if not self.exists(path):
            raise FileNotFoundError(errno.ENOENT, f"not in the kernel tree {self.path}", path)
        return self._read(path)

    @abstractmethod
    def _read(self, path: str) -> bytes: ...


class _Directory(Tree):
    """An unpacked kernel, also a git work tree. Listed no further than somebody asks."""

    @cached_property
    def listing(self) -> Listing:
        return Listing(self._look)

    def _files(self) -> Iterable[str]:
        return self.listing.files_below("")

    def _look(self, folder: str) -> Folder:
        prefix = f"{folder}/" if folder else ""
        files, folders = [], []
        with os.scandir(self.path / folder) as entries:
            for entry in entries:
                path = prefix + entry.name
                if entry.is_dir(follow_symlinks=False):
                    if not entry.name.startswith("."):
                        folders.append(path)
                elif in_scope(path) and entry.is_file(follow_symlinks=False):
                    files.append(path)
        return Folder(frozenset(files), frozenset(folders))

    def _read(self, path: str) -> bytes:
        return (self.path / path).read_bytes()


class _Tarball(Tree):
    """A source tarball: its text, or what of it is sought, compressed file by file in memory."""

    def __init__(self, path: Path, sought: Sought | None, progress: Progress) -> None:
        self._sought = sought
        self._progress = progress
        super().__init__(path)

    @cached_property
    def _packed(self) -> Packed:
        return self._read_through(self._sought)

    @cached_property
    def _all(self) -> Packed:
        return self._read_through(None)

    def _read_through(self, sought: Sought | None) -> Packed:
        def files(opened: archive.Opened) -> Iterator[tuple[str, bytes]]:
            for number, file in enumerate(archive.files(opened.stream, in_scope)):
                if number % 256 == 0:
                    self._progress(opened.passed())
                yield file

        try:
            with archive.opened(self.path) as opened:
                packed = Packed(files(opened), sought)
        except TooMuchTextError:
            raise TreeError(f"{self.path} holds more text than any kernel; {_WANTED}") from None
        top = _top_folder(self.path, packed.names)
        if not top and sought is not None:
            self._sought = None  # its paths were taken for those below a top folder
            return self._all
        packed.without(top)
        return packed

    def _files(self) -> Iterable[str]:
        return self._packed.names

    def holding(self, words: Iterable[str]) -> Sequence[str] | None:
        answers = self._sought is not None and self._sought.answers(words)
        return self._packed.holding if answers else None

    def _read(self, path: str) -> bytes:
        content = self._packed.get(path)
        if content is None:
            try:
                content = self._all.get(path)
            except (archive.ArchiveError, TreeError) as error:
                raise OSError(errno.EIO, str(error), path) from None
        if content is None:
            raise OSError(errno.EIO, "the tarball was changed while it was read", path)
        return content


def folder_of(tree: object) -> Path | None:
    """Where the files of a tree lie as they are, for programs that read them themselves."""
    return tree.path if isinstance(tree, _Directory) else None


class Files(Protocol):
    """What has files."""

    def files(self) -> Sequence[str]:
        """Give the sorted paths of the files."""


def listing_of(tree: Files) -> Listing:
    """Give the files of a tree folder by folder."""
    return tree.listing if isinstance(tree, Tree) else Listing.of(tree.files())


def _top_folder(path: Path, names: Sequence[str]) -> str:
    """Give the one folder of a tarball that has a Makefile, or nothing when it is not in one."""
    makefiles = [name for name in names if name == "Makefile" or name.endswith("/Makefile")]
    if "Makefile" in makefiles:
        return ""
    tops = [name.removesuffix("Makefile") for name in makefiles if name.count("/") == 1]
    if len(tops) != 1:
        what = "several top folders" if tops else "no top folder"
        raise TreeError(f"{path} has {what} with a Makefile; {_WANTED}")
    return tops[0]


class _Repository(Tree):
    """HEAD of a git repository without a work tree."""

    _process: subprocess.Popen[bytes] | None = None
    _owner = 0
    """The process that may talk to `_process`: a fork must not share its pipes."""

    @cached_property
    def _blobs(self) -> dict[str, str]:
        listing = self._git("ls-tree", "-r", "-z", "--full-tree", "HEAD")
        blobs = {}
        for line in filter(None, listing.split(b"\0")):
            meta, _, name = line.partition(b"\t")
            mode, kind, blob = meta.decode().split()
            path = name.decode("utf-8", "replace")
            if kind == "blob" and mode in ("100644", "100755") and in_scope(path):
                blobs[path] = blob
        return blobs

    def _files(self) -> Iterable[str]:
        return self._blobs

    def _command(self, *words: str) -> tuple[list[str], dict[str, str]]:
        # A partial clone would otherwise go to the network for each file.
        return ["git", "--git-dir", str(self.path), *words], {
            **os.environ,
            "GIT_NO_LAZY_FETCH": "1",
        }

    def _git(self, *words: str) -> bytes:
        command, environment = self._command(*words)
        try:
            done = subprocess.run(command, env=environment, capture_output=True, check=True)
        except FileNotFoundError:
            raise TreeError(
                f"{self.path} is a git repository, and there is no git program to read it"
            ) from None
        except subprocess.CalledProcessError as error:
            said = error.stderr.decode("utf-8", "replace").strip().splitlines()
            raise TreeError(f"{self.path}: git cannot read HEAD: {' '.join(said[:1])}") from None
        return done.stdout

    def _read(self, path: str) -> bytes:
        if self._process is None or self._owner != os.getpid():
            command, environment = self._command("cat-file", "--batch")
            self._process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            self._owner = os.getpid()
        requests, answers = self._process.stdin, self._process.stdout
        assert requests is not None
        assert answers is not None
        requests.write(self._blobs[path].encode() + b"\n")
        requests.flush()
        answer = answers.readline().split()
        if len(answer) != 3:
            raise OSError(errno.EIO, "git has no content for it (a partial clone?)", path)
        content = answers.read(int(answer[2]) + 1)
        return content[:-1]

    def __getstate__(self) -> dict[str, object]:
        state = self.__dict__.copy()
        state.pop("_process", None)
        return state

    def __del__(self) -> None:
        if self._process is not None and self._owner == os.getpid():
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()
            self._process.wait()


def _is_git_folder(path: Path) -> bool:
    return (path / "HEAD").is_file() and (path / "objects").is_dir() and (path / "refs").is_dir()


def _untold(_part: float) -> None:
    pass


def open_tree(path: Path, sought: Sought | None = None, progress: Progress = _untold) -> Tree:
    """Open a kernel tree for reading.

    Args:
        path: A directory (also a git work tree), a tarball (.tar, .tar.xz, .tar.gz, .tar.bz2,
            .tar.zst; its one top folder is left out), or a git repository without a work tree,
            of which HEAD is read.
        sought: What it will be searched for, where that is known: a tarball is then held in memory
            only as far as the search will read it.
        progress: Called with the part of a tarball that has been read, from 0 to 1.

    Raises:
        TreeError: The path is no kernel tree.
    """
    try:
        return _open(path, sought, progress)
    except OSError as error:
        raise TreeError(f"{error.filename or path} cannot be read: {error.strerror}") from None
    except archive.ArchiveError as error:
        raise TreeError(f"{path} cannot be read: {error}; {_WANTED}") from None


def _open(path: Path, sought: Sought | None, progress: Progress) -> Tree:
    if path.is_dir():
        if (path / "Makefile").is_file():
            return _Directory(path)
        if _is_git_folder(path):
            return _Repository(path)
        if _is_git_folder(path / ".git"):  # cloned without checking out
            return _Repository(path / ".git")
        raise TreeError(f"{path} is a directory without a kernel Makefile; {_hint(path)}")
    if not path.exists():
        raise TreeError(f"{path} does not exist; {_WANTED}")
    if not path.is_file():
        raise TreeError(f"{path} is neither a file nor a directory; {_WANTED}")
    with path.open("rb") as file:
        kind = archive.kind_of(file.read(512))
    if kind == "deb":
        raise TreeError(
            f"{path} is a Debian package; `lostipi kernel fetch V --from {path}` unpacks it"
        )
    if not kind:
        raise TreeError(f"{path} is a file, but no tar archive; {_WANTED}")
    return _Tarball(path, sought, progress)


def _hint(path: Path) -> str:
    """Name the one folder below that is a kernel tree, if that is so."""
    below = [
        makefile.parent
        for makefile in sorted(path.glob("*/Makefile"))[:100]
        if makefile.is_file() and release_of(makefile.read_bytes())
    ]
    return f"did you mean {below[0]}?" if len(below) == 1 else _WANTED
