"""Stream the files of a tar archive. Unpacks nothing to disk and trusts no name in it."""

import fcntl
import gzip
import io
import lzma
import os
import re
import shutil
import subprocess
import tarfile
from bz2 import BZ2File
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, NamedTuple, Protocol, Self

MAX_FILE = 64 << 20
"""Bytes of one kept file. The largest headers of a kernel (a GPU's registers) have about 20 MiB."""

MAX_STREAM = 16 << 30
"""Bytes of an archive once decompressed. A kernel with all its drivers has about 1.5 GiB."""

_CUT_SHORT = "unexpected end of data"

_MAX_HEADER = 1 << 20
"""Bytes of an extended header, which `tarfile` reads into memory whole."""

_EXTENDED = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)

_ODD_PART = re.compile(r"(?:^|/)\.{0,2}(?:/|$)")

_MAGIC = (
    (b"\x1f\x8b", "gz"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zst"),
    (b"BZh", "bz2"),
    (b"!<arch>\n", "deb"),
)


class ArchiveError(ValueError):
    """The archive is damaged, too large, or of a kind that cannot be read here."""


class _Header(tarfile.TarInfo):
    """A tar header that says so when it is damaged; `tarfile` takes that for the end.

    `tarfile` reads headers through `frombuf` or, since a security fix that distributions have
    taken into older releases too, through `_frombuf`.
    """

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        return cls._checked(super().frombuf, buf, encoding, errors)

    @classmethod
    def _frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str, **options: bool) -> Self:
        read: Callable[..., Self] = super()._frombuf  # type: ignore[misc]  # typeshed lacks it
        return cls._checked(read, buf, encoding, errors, **options)

    @classmethod
    def _checked(
        cls,
        read: Callable[..., Self],
        buf: bytes | bytearray,
        encoding: str,
        errors: str,
        **options: bool,
    ) -> Self:
        plain = cls._of_plain_file(bytes(buf), encoding, errors)
        if plain is not None:
            return plain
        try:
            header = read(buf, encoding, errors, **options)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]  # typeshed lacks it
            raise
        except tarfile.HeaderError as error:
            raise ArchiveError(f"the archive is damaged or cut short ({error})") from None
        if header.type in _EXTENDED and header.size > _MAX_HEADER:
            raise ArchiveError(f"the archive has an extended header of {header.size} bytes")
        return header

    @classmethod
    def _of_plain_file(cls, buf: bytes, encoding: str, errors: str) -> Self | None:
        """Read what we need of a header of the commonest kind, six times as fast as `tarfile`.

        None when it is of another kind, or not just as such a header is.
        """
        if buf[156:157] != tarfile.REGTYPE or buf[257:262] != b"ustar":
            return None
        octal = buf[124:135] + buf[148:154]
        if not octal.isdigit() or b"8" in octal or b"9" in octal:
            return None
        size, checksum = int(octal[:11], 8), int(octal[11:], 8)
        if sum(buf) - sum(buf[148:156]) + 8 * ord(" ") != checksum:
            return None
        name = buf[:100].partition(b"\0")[0]
        prefix = buf[345:500].partition(b"\0")[0]
        if prefix and buf[262] == 0:  # GNU's headers have other fields there
            name = prefix + b"/" + name
        header = cls(name.decode(encoding, errors))
        header.size, header.chksum = size, checksum
        return header


class _Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class _Forward(io.RawIOBase):
    """A stream that can only be read on, as a file for `tarfile`, which skips but does not go back.

    But for one byte: where the next header begins, `tarfile` looks whether there is one before it.
    It refuses to give more than `MAX_STREAM` bytes: no archive fills the time or the disk.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._at = 0
        self._last = b""
        self._again = False

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at - self._again

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence != io.SEEK_SET or offset < self._at - len(self._last):
            raise io.UnsupportedOperation("an archive is read from its start to its end")
        self._again = offset < self._at
        while self._at < offset and self.read(min(offset - self._at, 1 << 20)):
            pass
        return self.tell()

    def read(self, size: int = -1) -> bytes:
        if size == 0:
            return b""
        again = self._last if self._again else b""
        self._again = False
        data = self._stream.read(size - len(again) if size > 0 else size)
        self._at += len(data)
        if self._at > MAX_STREAM:
            raise ArchiveError(f"the archive holds more than {MAX_STREAM >> 30} GiB")
        self._last = data[-1:] or self._last
        return again + data


class _Window(io.RawIOBase):
    """The next `size` bytes of a stream: what follows a member is not its content.

    Raises:
        EOFError: When the stream ends before.
    """

    def __init__(self, stream: _Readable, size: int) -> None:
        self._stream = stream
        self._left = size

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        data = self._stream.read(wanted)
        if wanted and not data:
            raise EOFError(_CUT_SHORT)
        self._left -= len(data)
        if size < 0 and self._left:
            raise EOFError(_CUT_SHORT)
        return data


def kind_of(head: bytes) -> str:
    """Tell a file's kind by its first 512 bytes: gz, xz, zst, bz2, deb, tar, or '' for others."""
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    return "tar" if head[257:262] == b"ustar" else ""


def safe_name(name: str) -> str | None:
    """Give the name without a leading ``./``, or None if it is absolute or leads upwards."""
    if name.isprintable() and not _ODD_PART.search(name):
        return name
    parts = [part for part in name.split("/") if part != "."]
    if not all(parts) or ".." in parts or any(not part.isprintable() for part in parts):
        return None  # a leading or doubled slash leaves an empty part
    return "/".join(parts) or None


@contextmanager
def decompressed(stream: IO[bytes], kind: str) -> Iterator[IO[bytes]]:
    """Give the plain bytes of a stream of the given kind.

    Raises:
        ArchiveError: Nothing here can decompress that kind.
    """
    if kind == "gz":
        with gzip.GzipFile(fileobj=stream) as plain_gz:
            yield plain_gz  # type: ignore[misc]
    elif kind == "xz":
        with lzma.LZMAFile(stream) as plain:
            yield plain
    elif kind == "bz2":
        with BZ2File(stream) as plain_bz2:
            yield plain_bz2
    elif kind == "tar":
        yield stream
    elif kind == "zst":
        # Python has it only from 3.14 on.
        if shutil.which("zstd") is None:
            raise ArchiveError(
                "it is compressed with zstd, and there is no zstd program to read it"
            )
        with _through(("zstd", "-dc"), stream) as plain:
            yield plain
    else:
        raise ArchiveError("it is not a tar archive (plain, .xz, .gz, .bz2 or .zst)")


@contextmanager
def _through(words: Sequence[str], stream: IO[bytes]) -> Iterator[IO[bytes]]:
    """Decompress a file with a program.

    Raises:
        ArchiveError: When all is read, and the program says that the file is damaged.
    """
    os.lseek(stream.fileno(), stream.tell(), os.SEEK_SET)  # Python has read ahead of itself
    options = ("XZ_DEFAULTS", "XZ_OPT", "ZSTD_CLEVEL", "ZSTD_NBTHREADS")
    environment = {name: value for name, value in os.environ.items() if name not in options}
    with subprocess.Popen(
        words,
        stdin=stream,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    ) as process:
        assert process.stdout is not None
        try:
            if hasattr(fcntl, "F_SETPIPE_SZ"):
                # Neither process waits for the other at each of 64 KiB.
                with suppress(OSError):
                    fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, 1 << 20)
            yield process.stdout
            at_end = not process.stdout.read(1)
            if at_end and process.wait() != 0:
                raise ArchiveError(f"the archive is damaged or cut short ({words[0]} says so)")
        finally:
            process.kill()


def files(stream: IO[bytes], keep: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of the regular files of an uncompressed tar stream, in its order.

    Absolute names, names with ``..``, links, devices and sparse files are passed over.

    Args:
        stream: Read once, from its start to its end marker.
        keep: Whether a file of that name is wanted; others are not held in memory.

    Raises:
        ArchiveError: The archive is damaged, cut short or larger than any kernel.
    """
    for name, member in members(stream, keep):
        with _damage_told():
            content = member.read()
        yield name, content


def members(
    stream: IO[bytes], keep: Callable[[str], bool], limit: int = MAX_FILE
) -> Iterator[tuple[str, IO[bytes]]]:
    """Yield name and an open stream of each wanted file; read it before asking for the next one.

    Args:
        stream: An uncompressed tar stream.
        keep: Whether a file of that name is wanted.
        limit: Bytes that one wanted file may have.

    Raises:
        ArchiveError: As `files`.
    """
    forward = _Forward(stream)
    with _damage_told(), tarfile.open(fileobj=forward, mode="r:", tarinfo=_Header) as tar:
        while (header := tar.next()) is not None:
            tar.members = []  # type: ignore[attr-defined]  # else all headers stay in memory
            name = safe_name(header.name) if header.isreg() else None
            if name is None or header.sparse is not None or not keep(name):
                continue
            if header.size > limit:
                raise ArchiveError(f"{name} in the archive has {header.size} bytes")
            forward.seek(header.offset_data)
            yield name, _Window(forward, header.size)  # type: ignore[misc]  # a stream, as said
        # Only who reads to the end learns whether it is whole.
        while forward.read(1 << 20):
            pass


@contextmanager
def _damage_told() -> Iterator[None]:
    """Say of every error of the libraries that the archive is damaged."""
    try:
        yield
    except (tarfile.TarError, EOFError, lzma.LZMAError, gzip.BadGzipFile) as error:
        raise ArchiveError(f"the archive is damaged or cut short ({error})") from None


class Opened(NamedTuple):
    """An archive that is being read."""

    stream: IO[bytes]
    """Its plain tar stream."""
    passed: Callable[[], float]
    """Gives which part of the file has been read, from 0 to 1."""


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """Open a tar archive of any kind.

    Raises:
        ArchiveError: The file is of another kind, or damaged.
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        kind = kind_of(file.read(512))
        file.seek(0)
        size = max(1, os.fstat(file.fileno()).st_size)

        def passed() -> float:
            # The place that a program shares with us when the file is its input.
            return min(1.0, os.lseek(file.fileno(), 0, os.SEEK_CUR) / size)

        if kind == "xz" and shutil.which("xz"):
            # It decompresses while this process reads, and on all processors what has blocks.
            with _through(("xz", "-dc", "-T0"), file) as plain:
                yield Opened(plain, passed)
        else:
            with decompressed(file, kind) as stream:
                yield Opened(stream, passed)


@contextmanager
def opened_package(path: Path, member: str) -> Iterator[IO[bytes]]:
    """Open one of the two archives inside a Debian package as a plain tar stream.

    Args:
        path: The .deb, which is an `ar` archive.
        member: ``control.tar`` or ``data.tar``, whatever its compression.

    Raises:
        ArchiveError: The package is damaged, or compressed with zstd (Debian's are not).
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        if kind_of(file.read(8)) != "deb":
            raise ArchiveError("it is not a Debian package")
        while len(header := file.read(60)) == 60 and header[58:].startswith(b"`"):
            name = header[:16].decode("ascii", "replace").strip().rstrip("/")
            if not (digits := header[48:58].strip()).isdigit():
                break
            size = int(digits)
            if name.startswith(member):
                kind = name.rpartition(".")[2]
                if kind not in ("tar", "xz", "gz", "bz2"):
                    raise ArchiveError(f"its {name} is of a kind that cannot be read here")
                with decompressed(_Window(file, size), kind) as stream:  # type: ignore[arg-type]
                    yield stream
                return
            file.seek(size + size % 2, io.SEEK_CUR)  # members start at even bytes
    raise ArchiveError(f"the package is damaged or cut short: it has no {member}")
