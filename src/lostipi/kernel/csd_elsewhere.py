"""The func of csds that their own file does not tell: asked of the files beside it, then of all."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from lostipi.kernel.csd import MACROS, Carrier, CsdFuncs, Setting
from lostipi.kernel.ctokens import Source, without_splices
from lostipi.kernel.functions import read_structure
from lostipi.kernel.manywords import byte_pattern
from lostipi.kernel.shape import Site
from lostipi.kernel.sites import func_fingerprint
from lostipi.kernel.tree import Files, listing_of

_ENDINGS = (".c", ".h")
_MEMBER = rb"(?:call_single_data_t|struct\s+(?:__call_single_data|irq_work))\s+%s\s*[;\[]"
_VARIABLE = rb"(?:\bextern\b|\bDECLARE_[A-Z_]+\()[^;{}]{0,400}\b%s\b"
_ACCESS = rb"(?:\.|->|\*/|//[^\n]*\n)\s*%s\b"
"""How a member is named, with a comment between at most."""

_CARRIERS = byte_pattern(rb"csd|CSD|call_single_data|irq_work|IRQ_WORK|\bfunc\s*=")

_CSD = tuple(f"{before}csd" for before in "_ \t*&(.>")
"""The name of a csd, but not those many words in which the three letters only happen to stand."""

MARKS = (*_CSD, "CSD_INIT", "INIT_CSD", "call_single_data", "irq_work", "IRQ_WORK")
"""What a file must hold to be asked, unless it lies beside the call.

A file of another folder that sets a csd's ``func`` by hand and mentions neither its type nor any of
these is not found.
"""

_SETTINGS = byte_pattern(rb"\bfunc\s*(?:=|/)|\b(?:%s)\b" % b"|".join(map(str.encode, MACROS)))
"""What a file without line splices must hold to put a function into a csd."""


class _Found(NamedTuple):
    setting: Setting
    fingerprint: str | None


@dataclass(slots=True)
class _Searched:
    """What some files say of one name. A variable is known to others by its declaration."""

    settings: list[_Found]
    declarations: int


class CsdsElsewhere:
    """Finds the one function that other files put into a csd.

    A member counts when the struct is the same as at the call or, where one of both places does
    not tell, when only one struct has a csd of that name; a variable when a header declares it.
    Where two functions are put into it, none is right for certain.
    """

    def __init__(
        self, tree: Files, read: Callable[[str], bytes], everywhere: Sequence[str]
    ) -> None:
        """Takes the tree.

        Args:
            tree: The kernel.
            read: Gives the content of a file.
            everywhere: The files in scope that hold any of `MARKS`.
        """
        self._tree = tree
        self._read = read
        self._everywhere = everywhere
        self._searched: dict[tuple[str, tuple[str, ...]], _Searched] = {}

    def resolved(self, asked: Sequence[tuple[Site, Carrier]]) -> list[Site]:
        """Give the sites with their funcs, or as they are where no file tells."""
        found = [self._told(site, carrier, self._beside(site.file)) for site, carrier in asked]
        left = {_word(c) for done, (_, c) in zip(found, asked, strict=True) if done is None}
        everywhere = self._holding(left)
        return [
            done or self._told(site, carrier, everywhere[_word(carrier)]) or site
            for done, (site, carrier) in zip(found, asked, strict=True)
        ]

    def _told(self, site: Site, carrier: Carrier, paths: Sequence[str]) -> Site | None:
        """Give what some files say of a site's func; None when that is nothing."""
        searched = self._search(carrier.name, paths)
        possible = [item for item in searched.settings if _may_be(item.setting, carrier)]
        funcs = {item.setting.func for item in possible}
        if len(funcs) > 1:
            return site
        if not any(_is(item.setting, carrier, searched.declarations) for item in possible):
            return None
        prints = {item.fingerprint for item in possible if item.fingerprint}
        layer = prints.pop() if len(prints) == 1 else None
        layers = replace(site.fingerprints, func=layer)
        return replace(site, func=funcs.pop(), fingerprints=layers)

    def _beside(self, file: str) -> list[str]:
        near = listing_of(self._tree).files_in(posixpath.dirname(file))
        return [path for path in near if path.endswith(_ENDINGS)]

    def _holding(self, words: Collection[bytes]) -> dict[bytes, list[str]]:
        """Give the files of the tree that hold each word and may have to do with csds."""
        found: dict[bytes, list[str]] = {word: [] for word in words}
        for path in self._everywhere if words else ():
            if path.endswith(_ENDINGS):
                data = self._content(path)
                for word in words:
                    if word in data:
                        found[word].append(path)
        return found

    def _content(self, path: str) -> bytes:
        """Give the content of a file; nothing when it cannot be read, as the scan itself says."""
        try:
            return self._read(path)
        except OSError:
            return b""

    def _search(self, name: str, paths: Sequence[str]) -> _Searched:
        """Search some files, once for all that ask for the same."""
        asked = (name, tuple(paths))
        if asked not in self._searched:
            self._searched[asked] = self._read_for(name, paths)
        return self._searched[asked]

    def _read_for(self, name: str, paths: Sequence[str]) -> _Searched:
        word, is_member = name.removeprefix(".").encode(), name.startswith(".")
        declared = byte_pattern((_MEMBER if is_member else _VARIABLE) % word)
        used = byte_pattern((_ACCESS if is_member else rb"\b%s\b") % word)
        searched = _Searched([], 0)
        for path in paths:
            data = self._content(path)
            if word not in data or not _CARRIERS.search(data):
                continue
            searched.declarations += len(declared.findall(data))
            whole = without_splices(data)
            if not used.search(whole) or not _SETTINGS.search(whole):
                continue
            source = Source.of_bytes(data)
            structure = read_structure(source)
            for setting in CsdFuncs(source, structure).settings_of(name):
                layer = func_fingerprint(source, structure, setting.func)
                searched.settings.append(_Found(setting, layer))
        return searched


def _word(carrier: Carrier) -> bytes:
    return carrier.name.removeprefix(".").encode()


def _may_be(setting: Setting, carrier: Carrier) -> bool:
    return setting.struct is None or carrier.struct in (None, setting.struct)


def _is(setting: Setting, carrier: Carrier, declarations: int) -> bool:
    if not carrier.name.startswith("."):
        return declarations > 0
    return declarations == 1 or (carrier.struct is not None and setting.struct == carrier.struct)
