"""Bring the source of a tracked kernel into a cache, from Debian's package or a given path."""

import errno
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lostipi.kernel import archive
from lostipi.kernel.apt import (
    Apt,
    AptError,
    Progress,
    forget_lists,
    isolated,
    machine_sources,
    mirrors_for,
)
from lostipi.kernel.tree import TreeError, in_scope, open_tree, release_of
from lostipi.writing import NotWrittenError, locked

_MARKER = ".lostipi.json"
"""Lies in each cached tree; a tree without it is not one of ours."""

_NEEDS = 2 << 30
"""Bytes free before a download: the package has 0.2 GiB, the text of a kernel 1.5 GiB."""

_MAX_TARBALL = 2 << 30
"""Bytes of the compressed tarball inside a package."""


class FetchError(RuntimeError):
    """The kernel could not be had. The message is a sentence that says what to do."""


class NotOfferedError(FetchError):
    """Nobody gives the kernel: the user must. The message leaves out by which option."""


@dataclass(frozen=True)
class Source:
    """Where a tracked kernel comes from, as recorded."""

    name: str
    """The kernel: ``v6.12``."""
    release: str
    """Its recorded release: ``6.12.117``."""
    package: str
    """Debian's source package: ``linux-source-6.12``."""
    version: str
    """The recorded version of the package."""
    sha256: str
    """Of the recorded version's .deb, in hexadecimal."""
    suites: tuple[str, ...] = ()
    """Debian suites that have it; none for those of the machine itself."""

    @property
    def line(self) -> str:
        """The release line, ``6.12``."""
        return self.name.removeprefix("v")


@dataclass(frozen=True)
class Fetched:
    """A kernel tree that is there to be read."""

    path: Path
    """What `open_tree` opens."""
    release: str
    """By its Makefile."""
    version: str
    """Of the Debian package; '' for a tree that was not unpacked from one."""
    sha256: str
    """Of the .deb; '' for a tree that was not unpacked from one."""
    recorded: bool
    """Whether it is the recorded package, to the byte."""
    note: str
    """What to say about it: which version it is, and why not the recorded one."""


def cache_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Give the cache: ``$LOSTIPI_CACHE``, else ``$XDG_CACHE_HOME/lostipi`` or its default."""
    if own := environment.get("LOSTIPI_CACHE"):
        return Path(own).expanduser().absolute()
    shared = environment.get("XDG_CACHE_HOME", "")
    base = Path(shared) if shared.startswith("/") else Path("~/.cache").expanduser()
    return base / "lostipi"


def in_line(release: str, line: str) -> bool:
    """Whether a release belongs to a line: 6.12.117 and 6.12-rc3 to 6.12, 6.1 does not."""
    return release == line or release.startswith((f"{line}.", f"{line}-"))


def choose(versions: list[str], recorded: str, newest: bool) -> str | None:
    """Choose a version: the recorded one where it is served, else (or if asked) the newest.

    Args:
        versions: Those served, the newest first.
        recorded: The version that the committed inventory was made from.
        newest: Whether the newest is wanted in any case.
    """
    if recorded in versions and not newest:
        return recorded
    return versions[0] if versions else None


def cached(source: Source, cache: Path) -> Fetched | None:
    """Give the recorded package's tree if the cache has it. Writes nothing, asks nobody.

    Raises:
        FetchError: The cache has this version from a package with another sha256.
    """
    return _read_marker(source, cache / _folder_name(source, source.version))


def package_version(tree: Path) -> str | None:
    """Give the version of the Debian package that a fetched tree came from; None for any other."""
    try:
        return str(json.loads((tree / _MARKER).read_text("utf-8"))["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def fetch(
    source: Source,
    cache: Path,
    progress: Progress,
    from_path: Path | None = None,
    *,
    newest: bool = False,
    etc: Path = Path("/etc/apt"),
) -> Fetched:
    """Give the tree of a tracked kernel: from the cache, else from apt, else of `from_path`.

    The recorded version is taken where it is served, so that inventories can be compared
    exactly; otherwise the newest one, which the note says.

    Args:
        source: What is recorded of the kernel.
        cache: Folder for unpacked trees and isolated package lists; made if need be.
        progress: Told what goes on.
        from_path: A tree, tarball, git repository or .deb to take instead.
        newest: Take the newest version that is served, not the recorded one.
        etc: Where the machine's apt sources are.

    Raises:
        FetchError: It could not be had.
    """
    try:
        if from_path is not None:
            return _given(source, cache, progress, from_path)
        if not newest and (found := cached(source, cache)):
            return found
        with _locked(cache, progress):
            if not newest and (found := cached(source, cache)):  # while we waited
                return found
            return _from_apt(source, cache, progress, newest, etc)
    except NotWrittenError as error:
        raise FetchError(f"{error}; set LOSTIPI_CACHE to a folder that you may write") from None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise FetchError(
                f"the disk of {cache} is full; free about {_NEEDS >> 30} GiB, or set LOSTIPI_CACHE "
                "to a folder with room"
            ) from None
        where = str(error.filename or cache)
        hint = "; set LOSTIPI_CACHE to a folder that you may write"
        raise FetchError(
            f"{where}: {error.strerror}{hint if where.startswith(str(cache)) else ''}"
        ) from None


def _from_apt(source: Source, cache: Path, progress: Progress, newest: bool, etc: Path) -> Fetched:
    room = shutil.disk_usage(cache).free
    with tempfile.TemporaryDirectory(prefix=".tmp-", dir=cache) as temporary:
        try:
            version, apt = _offered(source, cache, progress, newest, etc)
            folder = cache / _folder_name(source, version)
            if found := _read_marker(source, folder):
                return found
            if room < _NEEDS:
                raise OSError(errno.ENOSPC, "")
            package = _downloaded(source, version, apt, cache, progress, Path(temporary), etc)
        except AptError as error:
            earlier = _earlier(source, cache)
            if earlier is None:
                raise NotOfferedError(
                    f"{source.package} could not be fetched: {error}; {_by_path(source)}"
                ) from None
            why = f"{earlier.note}; from the cache, as apt gave none ({error})"
            return Fetched(**{**vars(earlier), "note": why})
        return _unpacked(source, package, version, folder, progress)


def _by_path(source: Source) -> str:
    return f"give a tree, tarball, git repository or Debian package of {source.line} instead"


def _offered(
    source: Source, cache: Path, progress: Progress, newest: bool, etc: Path
) -> tuple[str, Apt]:
    """Choose a version and the apt that serves it: the machine's if it has the recorded one."""
    progress(f"Looking for {source.package}", None)
    machine = Apt()
    known = machine.versions(source.package)
    if not newest and source.version in known:
        return source.version, machine
    try:
        apt = _isolated(source, cache, progress, etc)
        versions = apt.versions(source.package)
        if not versions:
            raise AptError(_gone(source, etc))
    except AptError:
        if not known:
            raise
        apt, versions = machine, known
    version = choose(versions, source.version, newest)
    assert version is not None  # one of the two knows it
    return version, apt


def _gone(source: Source, etc: Path) -> str:
    mirrors = mirrors_for(_suites(source), machine_sources(etc))
    unasked = [suite for suite in _suites(source) if suite not in mirrors]
    said = f"no package of that name is served any more in {', '.join(mirrors)}"
    if unasked:
        said += f" ({', '.join(unasked)} not asked: the apt sources in {etc} name no mirror of it)"
    return said


def _downloaded(
    source: Source,
    version: str,
    apt: Apt,
    cache: Path,
    progress: Progress,
    folder: Path,
    etc: Path,
) -> Path:
    """Download; lists that name a package which the mirror has dropped are fetched once anew."""
    try:
        return apt.download(source.package, version, folder, progress)
    except AptError as error:
        forget_lists(apt)
        try:
            fresh = _isolated(source, cache, progress, etc)
        except AptError:
            raise error from None
        if version not in fresh.versions(source.package):
            raise
        return fresh.download(source.package, version, folder, progress)


def _suites(source: Source) -> tuple[str, ...]:
    if source.suites:
        return source.suites
    text = Path("/etc/os-release").read_text("utf-8", "replace")
    match = re.search(r'^VERSION_CODENAME="?(\w+)', text, re.MULTILINE)
    return (match[1], f"{match[1]}-security") if match else ()


def _isolated(source: Source, cache: Path, progress: Progress, etc: Path) -> Apt:
    suites = _suites(source)
    mirrors = mirrors_for(suites, machine_sources(etc))
    if not mirrors:
        raise AptError(
            f"this machine's apt sources ({etc}) name no Debian mirror to ask for "
            f"{', '.join(suites)}"
        )
    folder = cache / "apt" / "+".join(name.replace("/", "_") for name in mirrors)
    return isolated(folder, mirrors, progress)


def _given(source: Source, cache: Path, progress: Progress, path: Path) -> Fetched:
    """Check what was given by path; a package is unpacked into the cache."""
    path = path.expanduser().absolute()
    if path.is_file():
        with path.open("rb") as file:
            kind = archive.kind_of(file.read(512))
        if kind == "deb":
            return _given_package(source, cache, progress, path)
    progress(f"Reading {path}", None)
    try:
        release = open_tree(path).release
    except TreeError as error:
        raise FetchError(str(error)) from None
    _check_line(source, release, path)
    package = _read_marker(source, path)  # a folder of the cache knows it
    version, sha256 = (package.version, package.sha256) if package else ("", "")
    return Fetched(path, release, version, sha256, False, f"{release}, given by path")


def _given_package(source: Source, cache: Path, progress: Progress, path: Path) -> Fetched:
    version = _version_of(path)
    sha256 = _sha256(path)
    _check_sha256(source, version, sha256)
    name = _folder_name(source, version)
    if version != source.version:  # nobody vouches for it: never taken for one from apt
        name += f"-{sha256[:12]}"
    with _locked(cache, progress):
        return _read_marker(source, cache / name) or _unpacked(
            source, path, version, cache / name, progress, vouched=version == source.version
        )


def _version_of(package: Path) -> str:
    try:
        with archive.opened_package(package, "control.tar") as stream:
            for _, content in archive.files(stream, lambda name: name == "control"):
                text = content.decode("utf-8", "replace")
                if match := re.search(r"^Version:[ \t]*(\S+)", text, re.MULTILINE):
                    return match[1]
    except archive.ArchiveError as error:
        raise FetchError(f"{package} cannot be read: {error}") from None
    raise FetchError(f"{package} cannot be read: the package names no version")


def _check_line(source: Source, release: str, path: Path) -> None:
    if not in_line(release, source.line):
        raise FetchError(f"{path} is kernel {release}; {source.name} is the line {source.line}")


def _check_sha256(source: Source, version: str, sha256: str) -> None:
    if version == source.version and sha256 != source.sha256:
        raise FetchError(
            f"{source.package} {version} has sha256 {sha256}, but {source.sha256} is recorded for "
            "this version; it is refused: find out which of the two is wrong"
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _folder_name(source: Source, version: str) -> str:
    plain = re.sub(r"[^\w.+~-]", "_", version)
    return f"{source.name}-{plain}"


def _unpacked(
    source: Source,
    package: Path,
    version: str,
    folder: Path,
    progress: Progress,
    *,
    vouched: bool = True,
) -> Fetched:
    """Put the text of a package's kernel in its folder: all of it or nothing."""
    sha256 = _sha256(package)
    _check_sha256(source, version, sha256)
    with tempfile.TemporaryDirectory(prefix=".tmp-", dir=folder.parent) as temporary:
        tree = Path(temporary) / "tree"
        tree.mkdir()
        try:
            _extract(package, tree, progress)
        except archive.ArchiveError as error:
            raise FetchError(f"{package.name} cannot be unpacked: {error}") from None
        makefile = tree / "Makefile"
        release = release_of(makefile.read_bytes()) if makefile.exists() else None
        if release is None:
            raise NotOfferedError(f"{package.name} holds no kernel source; {_by_path(source)}")
        _check_line(source, release, package)
        marker = {"version": version, "sha256": sha256, "release": release, "vouched": vouched}
        (tree / _MARKER).write_text(json.dumps(marker) + "\n", "utf-8")
        if folder.exists():  # without a marker, or we had not come here
            shutil.rmtree(folder)
        tree.rename(folder)
    return _fetched(source, folder, marker)


def _extract(package: Path, tree: Path, progress: Progress) -> None:
    """Write the text of a linux-source package's tarball below a folder, without its top folder.

    Raises:
        ArchiveError: The package is damaged or holds no source tarball.
    """
    tarball = re.compile(r"usr/src/linux-source-[\w.]+\.tar\.(xz|gz|bz2)")
    with archive.opened_package(package, "data.tar") as outer:
        packed = archive.members(
            outer, lambda name: tarball.fullmatch(name) is not None, _MAX_TARBALL
        )
        found = False
        for name, content in packed:  # to the end: only there it shows whether all came
            with archive.decompressed(content, name.rpartition(".")[2]) as inner:
                _write(archive.files(inner, in_scope), tree, progress)
            found = True
    if not found:
        raise archive.ArchiveError("the package holds no usr/src/linux-source-*.tar")


def _write(files: Iterator[tuple[str, bytes]], tree: Path, progress: Progress) -> None:
    made = {""}
    for number, (name, content) in enumerate(files):
        path = name.partition("/")[2]
        if not path:
            continue  # beside the top folder
        folder = path.rpartition("/")[0]
        if folder not in made:
            (tree / folder).mkdir(parents=True, exist_ok=True)
            made.add(folder)
        (tree / path).write_bytes(content)
        if number % 1000 == 0:
            progress(f"Unpacking the source ({number} files)", None)


def _read_marker(source: Source, folder: Path) -> Fetched | None:
    try:
        marker = json.loads((folder / _MARKER).read_text("utf-8"))
        version, sha256 = str(marker["version"]), str(marker["sha256"])
        _check_sha256(source, version, sha256)
        return _fetched(source, folder, marker)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _earlier(source: Source, cache: Path) -> Fetched | None:
    """Give the cached tree of this kernel that was fetched last, if any came from apt."""
    folders = sorted(cache.glob(f"{source.name}-*"), key=lambda path: path.stat().st_mtime)
    for folder in reversed(folders):
        found = _read_marker(source, folder)
        if found and json.loads((folder / _MARKER).read_text("utf-8")).get("vouched"):
            return found
    return None


def _fetched(source: Source, folder: Path, marker: Mapping[str, object]) -> Fetched:
    version, release = str(marker["version"]), str(marker["release"])
    recorded = version == source.version
    note = f"{version}, the recorded package"
    if not recorded:
        order = _numbers(release), _numbers(source.release)
        than = "newer" if order[0] > order[1] else "older" if order[0] < order[1] else "other"
        note = (
            f"{version} ({release}), {than} than the recorded {source.version}; sha256 "
            f"{marker['sha256']}"
        )
    return Fetched(folder, release, version, str(marker["sha256"]), recorded, note)


def _numbers(release: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", release)]


@contextmanager
def _locked(cache: Path, progress: Progress) -> Iterator[None]:
    """Hold the cache, so that two runs do not fetch at once; clear what a killed run left."""
    waiting = "Waiting for another lostipi that fetches"
    with locked(cache, lambda: progress(waiting, None)):
        for left in cache.glob(".tmp-*"):
            shutil.rmtree(left, ignore_errors=True)
        yield
