"""The func of csds that their own file does not tell: asked of the files beside it, then of all."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from lostipi.kernel.csd import MACROS, Carrier, CsdFuncs, Setting
from lostipi.kernel.ctokens import Source, without_splices
from lostipi.kernel.functions import read_structure
from lostipi.kernel.search import may_hold
from lostipi.kernel.shape import Site
from lostipi.kernel.sites import func_fingerprint
from lostipi.kernel.tree import Files, listing_of

_ENDINGS = (".c", ".h")
_MEMBER = rb"(?:call_single_data_t|struct\s+(?:__call_single_data|irq_work))\s+%s\s*[;\[]"
_VARIABLE = rb"(?:\bextern\b|\bDECLARE_[A-Z_]+\()[^;{}]{0,400}\b%s\b"
_CARRIERS = re.compile(rb"csd|CSD|call_single_data|irq_work|IRQ_WORK|\bfunc\s*=")

_SETTINGS = re.compile(rb"\bfunc\s*(?:=|/)|\b(?:%s)\b" % b"|".join(map(str.encode, MACROS)))
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
        self, tree: Files, in_scope: Callable[[str], bool], read: Callable[[str], bytes]
    ) -> None:
        """Takes the tree, what tells which of its files count, and what gives their content."""
        self._tree = tree
        self._in_scope = in_scope
        self._read = read

    def resolved(self, site: Site, carrier: Carrier) -> Site:
        """Give the site with its func, or as it is when no file tells."""
        for paths in self._nearest_first(site.file, carrier.name.removeprefix(".")):
            searched = self._search(carrier.name, paths)
            possible = [item for item in searched.settings if _may_be(item.setting, carrier)]
            funcs = {item.setting.func for item in possible}
            if len(funcs) > 1:
                return site
            if any(_is(item.setting, carrier, searched.declarations) for item in possible):
                prints = {item.fingerprint for item in possible if item.fingerprint}
                layer = prints.pop() if len(prints) == 1 else None
                layers = replace(site.fingerprints, func=layer)
                return replace(site, func=funcs.pop(), fingerprints=layers)
        return site

    def _nearest_first(self, file: str, word: str) -> Iterator[Sequence[str]]:
        near = listing_of(self._tree).files_in(posixpath.dirname(file))
        yield [path for path in near if path.endswith(_ENDINGS)]
        everywhere = may_hold(self._tree, [word], self._in_scope)
        yield [path for path in everywhere if path.endswith(_ENDINGS)]

    def _search(self, name: str, paths: Sequence[str]) -> _Searched:
        word = name.removeprefix(".").encode()
        declared = re.compile((_MEMBER if name.startswith(".") else _VARIABLE) % word)
        searched = _Searched([], 0)
        for path in paths:
            try:
                data = self._read(path)
            except OSError:
                continue  # the scan itself has reported it
            if word not in data or not _CARRIERS.search(data):
                continue
            searched.declarations += len(declared.findall(data))
            if not _SETTINGS.search(without_splices(data)):
                continue
            source = Source.of_bytes(data)
            structure = read_structure(source)
            for setting in CsdFuncs(source, structure).settings_of(name):
                layer = func_fingerprint(source, structure, setting.func)
                searched.settings.append(_Found(setting, layer))
        return searched


def _may_be(setting: Setting, carrier: Carrier) -> bool:
    return setting.struct is None or carrier.struct in (None, setting.struct)


def _is(setting: Setting, carrier: Carrier, declarations: int) -> bool:
    if not carrier.name.startswith("."):
        return declarations > 0
    return declarations == 1 or (carrier.struct is not None and setting.struct == carrier.struct)
