"""Read a kernel configuration: a `.config`, `/boot/config-*` or `/proc/config.gz`."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LARGEST = 16 << 20
"""Bytes of the largest configuration read, unpacked. A whole one has about 0.3 MiB."""

_GZIP = b"\x1f\x8b"
_HEADER = re.compile(r"# Linux/(\S+) (\d+\.\d+\S*) Kernel Configuration\s*\Z")
_NOT_SET = re.compile(r"# (CONFIG_\w+) is not set\s*\Z", re.ASCII)
_SET = re.compile(
    r'(CONFIG_\w+)=(?:([ymn])|([+-]?\d+|0[xX][0-9a-fA-F]+)|"((?:[^"\\]|\\.)*)")\s*\Z', re.ASCII
)
_NAMED = re.compile(r"(CONFIG_\w+)=", re.ASCII)
_ESCAPED = re.compile(r"\\(.)")


class ConfigError(ValueError):
    """A file that is no kernel configuration; says file, line, what is right and what was got."""


@dataclass(frozen=True, slots=True)
class Config:
    """What one configuration sets. Names are with prefix, as in ``CONFIG_SMP``."""

    path: Path
    """Where it was read from."""
    arch: str | None
    """The architecture that the first lines name (``x86``), if they do."""
    release: str | None
    """The kernel release that the first lines name (``6.12.117``), if they do."""
    values: Mapping[str, str]
    """``y``, ``m``, a number as it is written, or a string without its quotes. What is off (``n``,
    or ``is not set``) is not here."""
    strings: frozenset[str]
    """The names whose value is a string, so that ``"y"`` is not taken for on."""

    def is_on(self, symbol: str) -> bool:
        """Tell whether a symbol (with prefix) is built in or a module: Make's view."""
        return self.is_builtin(symbol) or self.is_module(symbol)

    def is_builtin(self, symbol: str) -> bool:
        """Tell whether a symbol is ``y``."""
        return self.values.get(symbol) == "y" and symbol not in self.strings

    def is_module(self, symbol: str) -> bool:
        """Tell whether a symbol is ``m``."""
        return self.values.get(symbol) == "m" and symbol not in self.strings

    def says(self, symbol: str) -> str:
        """Say what a symbol is, as one would of a line of the file."""
        value = self.values.get(symbol)
        if value is None:
            return f"{symbol} is not set"
        return f'{symbol}="{value}"' if symbol in self.strings else f"{symbol}={value}"


def read_config(path: Path) -> Config:
    """Read a configuration, packed by gzip or not.

    Raises:
        ConfigError: The file is no kernel configuration.
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    return parse_config(_unpacked(data, path), path)


def parse_config(data: bytes, path: Path) -> Config:
    """Parse a configuration. Of a symbol set twice the last value counts, as in Kconfig.

    Args:
        data: The content, unpacked.
        path: Where it is from, for messages.

    Raises:
        ConfigError: A line is neither empty, a comment, nor sets a symbol; or none does.
    """
    if len(data) > LARGEST:
        raise ConfigError(f"{path}: is no kernel configuration: more than {LARGEST >> 20} MiB")
    arch = release = None
    values: dict[str, str] = {}
    strings: set[str] = set()
    seen = False
    for number, raw in enumerate(data.split(b"\n"), 1):
        try:
            line = raw.decode("utf-8").rstrip("\r")
        except UnicodeDecodeError as error:
            raise ConfigError(
                f"{path}:{number}:{error.start + 1}: must be text in UTF-8 "
                f"(got byte {raw[error.start]:#04x})"
            ) from error
        if not line.strip():
            continue
        if line.startswith("#"):
            off = _NOT_SET.match(line)
            if off is not None:
                seen = True
                values.pop(off[1], None)
                strings.discard(off[1])
            elif release is None and (header := _HEADER.match(line)):
                arch, release = header[1], header[2]
            continue
        match = _SET.match(line)
        if match is None:
            raise ConfigError(_fault(path, number, line))
        seen = True
        symbol, state, figure, text = match.groups()
        strings.discard(symbol)
        if state == "n":
            values.pop(symbol, None)
        elif text is not None:
            values[symbol] = _ESCAPED.sub(r"\1", text)
            strings.add(symbol)
        else:
            values[symbol] = state or figure
    if not seen:
        raise ConfigError(f"{path}:1: must set at least one symbol, as CONFIG_SMP=y (got none)")
    return Config(path, arch, release, values, frozenset(strings))


def _unpacked(data: bytes, path: Path) -> bytes:
    if not data.startswith(_GZIP):
        return data
    unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        text = unpacker.decompress(data, LARGEST + 1)
    except zlib.error as error:
        raise ConfigError(f"{path}: must be whole if packed by gzip ({error})") from error
    if not unpacker.eof and len(text) <= LARGEST:
        raise ConfigError(f"{path}: must be whole if packed by gzip (it is cut off)")
    return text


def _fault(path: Path, number: int, line: str) -> str:
    got = f"(got {line[:60]!r})"
    named = _NAMED.match(line)
    if named is not None:
        right = f"{named[1]} must be y, m, n, a number or a string in quotes"
        return f"{path}:{number}:{named.end() + 1}: {right} {got}"
    return f"{path}:{number}:1: must be CONFIG_NAME=value or a comment {got}"
