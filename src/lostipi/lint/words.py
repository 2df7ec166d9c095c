"""Rules on the kernel's names in prose: what an entry names exists in one of its kernels."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from lostipi.kernel.inventory import InventoryError, read_words
from lostipi.lint.citations import citations
from lostipi.lint.prose import code_spans, prose
from lostipi.lint.rule import Found
from lostipi.load.knowledge import Knowledge, Loaded
from lostipi.load.positions import Loc
from lostipi.model.precondition import CmdlineCheck, SysctlCheck

_SYMBOL = re.compile(r"\bCONFIG_[A-Za-z0-9_]+\b(?!\*)")
_FUNCTION = re.compile(r"(?<![\w])(?<!\w\*)([A-Za-z_]\w*)\(")
_C_NAME = re.compile(
    r"(?:(?:struct|enum|union) )?[&*]*[A-Za-z_]\w*(?:(?:->|\.)[A-Za-z_]\w*)*(?:\(\))?\Z"
)
_FILE_NAME = re.compile(r".*\.(?:c|config|h|ko|rst|S|so|txt)\Z")
_PARAMETER = re.compile(r"([a-z][\w.-]*)=\S*\Z")
_SYSCTL = re.compile(r"(?:dev|fs|kernel|net|vm)\.[\w.]+(?: ?= ?\S+)?\Z")
_KERNEL = re.compile(r"\bv\d+\.\d+\b")


class Used(NamedTuple):
    """One name that an entry takes from the kernel."""

    loaded: Loaded[Any]
    """The entry."""
    loc: Loc
    """The text."""
    shown: str
    """How the name stands there."""
    word: str
    """What must exist: an identifier, or a Kconfig symbol with its prefix."""
    also: frozenset[str]
    """The kernels that the text itself names."""


def used(knowledge: Knowledge) -> Iterator[Used]:
    """Every name of the kernel in the prose and in the checks of all entries.

    Taken are Kconfig symbols anywhere, and in backquotes: what stands before a parenthesis; names
    of C that hold an underscore and a small letter, one by one (`rq->nohz_csd`); boot parameters
    (`smp.csd_lock_timeout=`) and sysctls (`kernel.sysrq`), by the last part of their name.
    """
    for loaded, loc, text in prose(knowledge, "`"):
        also = frozenset(_KERNEL.findall(text))
        for start, end in code_spans(text)[0]:
            span = text[start:end].strip("` \n")
            for shown, word in _words(span):
                yield Used(loaded, loc, shown, word, also)
    for loaded, loc, text in prose(knowledge, "CONFIG_"):
        also = frozenset(_KERNEL.findall(text))
        for symbol in _SYMBOL.findall(text):
            yield Used(loaded, loc, symbol, symbol, also)
    for precondition in knowledge.preconditions.values():
        for index, check in enumerate(precondition.entry.checks):
            at = ("checks", index)
            if isinstance(check, CmdlineCheck):
                name = check.parameter.partition("=")[0]
                word = _last_part(name)
                yield Used(precondition, (*at, "parameter"), name, word, frozenset())
            elif isinstance(check, SysctlCheck):
                word = _last_part(check.name)
                yield Used(precondition, (*at, "name"), check.name, word, frozenset())


def _words(span: str) -> Iterator[tuple[str, str]]:
    for name in _FUNCTION.findall(span):
        yield f"{name}()", name
    if parameter := _PARAMETER.match(span):
        yield f"{parameter[1]}=", _last_part(parameter[1])
    elif _SYSCTL.match(span):
        name = span.partition("=")[0].strip()
        yield name, _last_part(name)
    elif _C_NAME.match(span) and not _FILE_NAME.match(span) and not span.endswith("()"):
        for word in re.findall(r"\w+", span):
            if "_" in word and word != word.upper():
                yield span, word


def _last_part(name: str) -> str:
    return re.split("[./-]", name)[-1]


def words(knowledge: Knowledge) -> frozenset[str]:
    """All words that entries take from the kernel."""
    return frozenset(one.word for one in used(knowledge))


def folders(knowledge: Knowledge) -> frozenset[str]:
    """All folders of the kernel that hold a site of an entry or something that one cites."""
    paths = {cited.path for cited in citations(knowledge)}
    for caller in knowledge.callers.values():
        paths |= {site.file for site in caller.entry.sites}
    return frozenset(path.rpartition("/")[0] for path in paths)


def words_file(knowledge: Knowledge, kernel: str) -> Path:
    """The file of the words that exist in a kernel."""
    return knowledge.root / "inventory" / f"{kernel}.words.txt"


@lru_cache(maxsize=16)
def _recorded(path: Path, _content: bytes) -> frozenset[str]:
    # Two rules ask for the same words in one run; the content is part of the key.
    return read_words(path)


def words_in_prose_are_recorded(knowledge: Knowledge) -> Iterator[Found]:
    """Without the record of the words that a kernel knows, names in prose cannot be checked.

    Right: `data/inventory/v6.12.words.txt`, written by `lostipi scan TREE --update v6.12`: one
    word a line, sorted.
    """
    anything = next(used(knowledge), None) is not None
    for kernel in knowledge.kernels.names:
        path = words_file(knowledge, kernel)
        name = path.relative_to(knowledge.root.parent).as_posix()
        make = f"`lostipi scan TREE --update {kernel} --names-only` writes it"
        try:
            _recorded(path, path.read_bytes())
        except FileNotFoundError:
            if anything:
                yield Found(name, f"must exist, because entries name what {kernel} has; {make}")
        except OSError as error:
            yield Found(name, f"cannot be read ({error.strerror}); {make}")
        except InventoryError as error:
            line, _, message = str(error).removeprefix(f"{path}:").partition(": ")
            yield Found(name, f"{message}; {make}", (int(line),))


def name_in_prose_exists_in_a_kernel_of_the_entry(knowledge: Knowledge) -> Iterator[Found]:
    """A name that no kernel has cannot be looked up: it is misspelt, made up or gone.

    Right: functions, fields, Kconfig symbols, boot parameters and sysctls that one of the entry's
    kernels has in generic code or in a folder that entries cite, as `data/inventory/*.words.txt`
    records; what only another tracked kernel has goes with that kernel, such as "in v7.2
    `rdmsrq_on_cpu()` took its place"; what is not Linux's stands without backquotes. To record a
    name without kernel source, look it up and add its line.
    """
    recorded: dict[str, frozenset[str]] = {}
    for kernel in knowledge.kernels.names:
        path = words_file(knowledge, kernel)
        try:
            recorded[kernel] = _recorded(path, path.read_bytes())
        except (OSError, InventoryError):
            return  # which another rule tells; half of the kernels would give half of the names
    kernels = _kernels_of_entries(knowledge)
    for one in used(knowledge):
        own = kernels.get(id(one.loaded), list(recorded))
        if own and not any(one.word in recorded[kernel] for kernel in own):
            having = [kernel for kernel in recorded if one.word in recorded[kernel]]
            if not one.also & set(having):
                yield Found(one.loaded, _unknown(one, own, having), one.loc)


def _unknown(one: Used, own: list[str], having: list[str]) -> str:
    message = f"`{one.shown}` is recorded for none of {', '.join(own)}"
    if one.word != one.shown.rstrip("()="):
        message = f"`{one.word}` of {message}"
    if having:
        return f"{message}; it is in {', '.join(having)}, so name that kernel beside it"
    make = f"`lostipi scan TREE --update {own[-1]} --names-only`"
    return f"{message}; {make} records it if it is there"


def _kernels_of_entries(knowledge: Knowledge) -> Mapping[int, list[str]]:
    """By identity of a caller or API entry, the tracked kernels it speaks of."""
    tracked = knowledge.kernels.names
    kernels: dict[int, list[str]] = {}
    for caller in knowledge.callers.values():
        named = {kernel for site in caller.entry.sites for kernel in site.kernels}
        kernels[id(caller)] = [kernel for kernel in tracked if kernel in named]
    for api in knowledge.apis.values():
        named = {kernel for one in api.entry.definitions for kernel in one.kernels}
        kernels[id(api)] = [kernel for kernel in tracked if kernel in named]
    return kernels
