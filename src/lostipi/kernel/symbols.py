"""Where a cited name stands in a file of a kernel: a function, an option, a word of a document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from lostipi.kernel.ctokens import COMMENT, STRING, WORD, Source, fingerprint
from lostipi.kernel.declarations import KEYWORDS
from lostipi.kernel.functions import Structure, read_structure

_C_SUFFIXES = (".c", ".h", ".S", ".inc", ".cpp", ".cc", ".hpp")
_TAGS = frozenset({"struct", "union", "enum"})
_FARTHEST = 20_000
"""Tokens looked back from an enumerator or a member to what it is inside of."""

_KCONFIG_ENDS = re.compile(
    r"(?:config|menuconfig|choice|endchoice|menu|endmenu|if|endif|comment|source|mainmenu)\b"
)
_ASSEMBLY = r"(?:SYM_\w*START\w*\s*\(\s*{0}\s*\)|(?:ENTRY|GLOBAL)\s*\(\s*{0}\s*\)|{0}\s*:)"
_ASSEMBLY_END = r"(?:SYM_\w*END\w*|END|ENDPROC)\s*\(\s*{0}\s*\)"

# What a name most likely means when one file has it in several senses, best first.
_ORDER = (
    "function",
    "macro",
    "struct",
    "union",
    "enum",
    "typedef",
    "enumerator",
    "variable",
    "param",
    "member",
    "declaration",
)


@dataclass(frozen=True, slots=True)
class Symbol:
    """One named thing in one file of one kernel."""

    name: str
    """As it was asked for."""
    kind: str
    """``function``, ``macro``, ``struct``, ``union``, ``enum``, ``typedef``, ``enumerator``,
    ``variable``, ``param`` (a boot or module parameter), ``member``, ``declaration``, ``kconfig``,
    ``kbuild`` (a Makefile line) or ``text``."""
    line: int
    """The line of its name, counted from 1."""
    end_line: int
    """The last line of its definition."""
    fingerprint: str
    """Hash of its tokens."""


def find_symbol(text: str, path: str, symbol: str) -> Symbol | None:
    """Find what a citation ``path:symbol`` names.

    A file may define a name several times (a function and its stub under ``#else``): the longest
    counts, then the first.

    Args:
        text: The file's content.
        path: Its path, whose ending says what language it is in.
        symbol: The name; a Kconfig option with or without ``CONFIG_``, a boot parameter without
            its ``=``.

    Returns:
        The symbol, or None when the file does not define it.
    """
    name = path.rpartition("/")[2]
    if name.startswith("Kconfig"):
        return _in_kconfig(text, symbol)
    if name.startswith(("Makefile", "Kbuild")):
        return _in_makefile(text, symbol)
    if path.endswith(".S"):
        return _in_assembly(text, symbol) or _in_c(text, symbol)
    if path.endswith(_C_SUFFIXES):
        return _in_c(text, symbol)
    return _in_document(text, symbol)


@lru_cache(maxsize=8)
def _read(text: str) -> tuple[Source, Structure]:
    source = Source(text)
    words = {i for i, kind in enumerate(source.kinds) if kind == WORD}
    return source, read_structure(source, words)


def _in_c(text: str, symbol: str) -> Symbol | None:
    source, structure = _read(text)
    found = list(_definitions(source, structure, symbol))
    if not found:
        return None
    kind, first, last = min(
        found, key=lambda item: (_ORDER.index(item[0]), item[1] - item[2], item[1])
    )
    words = source.words_of(source.code_between(first, last))
    return Symbol(symbol, kind, source.line(first), source.end_line(last), fingerprint(words))


def _definitions(
    source: Source, structure: Structure, symbol: str
) -> Iterator[tuple[str, int, int]]:
    """Give kind, first and last token of every definition of a name."""
    for function in structure.functions:
        if symbol in (function.name, source.texts[function.first]):
            yield "function", function.first, function.last
    for directive in source.directives:
        if directive.name == "define":
            words = source.code_between(directive.first, directive.last)[2:3]
            if words and source.texts[words[0]] == symbol:
                yield "macro", words[0], directive.last
    heads = {function.first for function in structure.functions}
    for index, text in enumerate(source.texts):
        kind = source.kinds[index]
        if kind == STRING and text in (f'"{symbol}"', f'"{symbol}="'):
            yield from _boot_parameter(source, index)
        elif kind == WORD and text == symbol and index not in heads:
            yield from _declared(source, structure, index)


def _boot_parameter(source: Source, index: int) -> Iterator[tuple[str, int, int]]:
    opened = source.code_before(index)
    macro = source.code_before(opened) if opened is not None else None
    if opened is None or macro is None or source.texts[opened] != "(":
        return
    if source.texts[macro] in ("__setup", "early_param", "__setup_param", "early_param_on_off"):
        yield "param", index, _closing(source, opened)


def _declared(source: Source, structure: Structure, index: int) -> Iterator[tuple[str, int, int]]:
    place = structure.places.get(index)
    before, after = source.code_before(index), source.next_code(index)
    if place is None or after is None or source.directive_of(index) is not None:
        return
    left = source.texts[before] if before is not None else ""
    right = source.texts[after]
    if left in (".", "->"):
        return
    if left in _TAGS:
        brace = _body_of_tag(source, after)
        if brace is not None:
            yield left, index, _closing(source, brace)
        return
    if place.function is not None and place.group is None:
        return
    if place.group is not None:
        if place.group in ("module_param", "module_param_named", "core_param", "module_param_cb"):
            yield "param", index, index
        elif _declares(place.group) and right in (",", ")") and left in ("(", ","):
            yield "variable", index, _statement_end(source, index)
        return
    named = before is not None and (source.kinds[before] == WORD or left in ("*", ")", ","))
    if place.file_scope and (named or (left == "}" and right in (";", "=", "[", ","))):
        if right == "(":
            yield "declaration", index, _statement_end(source, index)
        elif right in ("=", ";", "[", ",", ":") or source.texts[after].startswith("__"):
            kind = "typedef" if _begins_with_typedef(source, index) else "variable"
            yield kind, index, _statement_end(source, index)
    elif place.header:
        inside = _enclosing(source, index)
        if inside == "enum" and left in ("{", ",") and right in ("=", ",", "}"):
            yield "enumerator", index, index
        elif inside in ("struct", "union") and _names_member(left, right, named):
            yield "member", index, index


def _names_member(left: str, right: str, named: bool) -> bool:
    return (left == "*" and right == ")") or (named and right in (";", "[", ":", ",", "("))


def _declares(macro: str) -> bool:
    """Tell whether ``MACRO(..., name, ...)`` at file scope may declare that name."""
    return macro.upper() == macro and "EXPORT" not in macro


def _body_of_tag(source: Source, index: int | None) -> int | None:
    """Find the brace after ``struct x`` and its attributes."""
    while index is not None:
        text = source.texts[index]
        if text == "{":
            return index
        if text == "(":
            index = source.next_code(_closing(source, index))
        elif source.kinds[index] == WORD and (text.startswith("__") and text not in KEYWORDS):
            index = source.next_code(index)
        else:
            return None
    return None


def _closing(source: Source, opened: int) -> int:
    """Find what closes a bracket; its own place if nothing does."""
    depth = 0
    for index in range(opened, len(source.kinds)):
        if source.kinds[index] == COMMENT:
            continue
        text = source.texts[index]
        if text in ("(", "{", "["):
            depth += 1
        elif text in (")", "}", "]"):
            depth -= 1
            if depth == 0:
                return index
    return opened


def _statement_end(source: Source, index: int) -> int:
    """Find the semicolon that ends a file-scope declaration, or the line's end without one."""
    depth, end = 0, index
    place: int | None = index
    while place is not None:
        text = source.texts[place]
        if text in ("(", "{", "["):
            depth += 1
        elif text in (")", "}", "]"):
            depth -= 1
        elif text == ";" and depth <= 0:
            return place
        end = place
        following = source.next_code(place)
        if following is not None and depth <= 0 and following in source.directive_at:
            return end
        if depth < 0 and (following is None or source.texts[following] not in (";", "=", "[")):
            return end
        place = following
    return end


def _begins_with_typedef(source: Source, index: int) -> bool:
    depth = 0
    place = source.code_before(index)
    for _ in range(_FARTHEST):
        if place is None:
            return False
        text = source.texts[place]
        if text in ("}", ")", "]"):
            depth += 1
        elif text in ("{", "(", "["):
            depth -= 1
        elif depth == 0 and text == ";":
            return False
        elif depth == 0 and text == "typedef":
            return True
        if depth < 0:
            return False
        place -= 1
        while place >= 0 and source.kinds[place] == COMMENT:
            place -= 1
        place = place if place >= 0 else None
    return False


def _enclosing(source: Source, index: int) -> str:
    """Tell what the innermost brace around a token belongs to: a struct, union, enum or other."""
    depth = 0
    for place in range(index - 1, max(-1, index - _FARTHEST), -1):
        if source.kinds[place] == COMMENT:
            continue
        text = source.texts[place]
        if text == "}":
            depth += 1
        elif text == "{":
            depth -= 1
        if depth < 0:
            words = [place - back for back in range(1, 8) if place - back >= 0]
            for word in words:
                if source.texts[word] in _TAGS:
                    return source.texts[word]
                if source.texts[word] in (";", "}", "=", "{"):
                    break
            return ""
    return ""


def _in_kconfig(text: str, symbol: str) -> Symbol | None:
    name = symbol.removeprefix("CONFIG_")
    head = re.compile(rf"(\s*)(?:menu)?config\s+{re.escape(name)}\s*(?:#.*)?\Z")
    lines = text.split("\n")
    best: Symbol | None = None
    for number, line in enumerate(lines):
        match = head.match(line)
        if match is None:
            continue
        end = number
        for later in range(number + 1, len(lines)):
            body = lines[later].strip()
            if body and not body.startswith("#"):
                indent = len(lines[later]) - len(lines[later].lstrip())
                if indent <= len(match[1]) and _KCONFIG_ENDS.match(body):
                    break
                end = later
        words = " ".join(lines[number : end + 1]).split()
        found = Symbol(symbol, "kconfig", number + 1, end + 1, fingerprint(words))
        if best is None or found.end_line - found.line > best.end_line - best.line:
            best = found
    return best


def _in_makefile(text: str, symbol: str) -> Symbol | None:
    lines = text.split("\n")
    word = re.compile(rf"(?<!\w){re.escape(symbol)}(?!\w)")
    objects = re.compile(rf"[\w-]+-\$[({{]{re.escape(symbol)}[)}}]\s*[:+]?=")
    for pattern in (objects, word):
        for number, line in enumerate(lines):
            if line.lstrip().startswith("#") or not pattern.search(line):
                continue
            end = number
            while end + 1 < len(lines) and lines[end].endswith("\\"):
                end += 1
            words = " ".join(lines[number : end + 1]).split()
            return Symbol(symbol, "kbuild", number + 1, end + 1, fingerprint(words))
    return None


def _in_assembly(text: str, symbol: str) -> Symbol | None:
    name = re.escape(symbol)
    head = re.compile(r"\s*" + _ASSEMBLY.format(name))
    tail = re.compile(r"\s*" + _ASSEMBLY_END.format(name))
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if head.match(line):
            ends = (i for i in range(number, len(lines)) if tail.match(lines[i]))
            end = next(ends, number)
            source = Source("\n".join(lines[number : end + 1]))
            words = source.words_of(source.code_between(0, len(source.kinds) - 1))
            return Symbol(symbol, "function", number + 1, end + 1, fingerprint(words))
    return None


def _in_document(text: str, symbol: str) -> Symbol | None:
    """Find a heading, else a line, that has the word; a heading reaches to the next one."""
    lines = text.split("\n")
    word = re.compile(rf"(?<!\w){re.escape(symbol)}(?!\w)")
    matches = [number for number, line in enumerate(lines) if word.search(line)]
    for number in matches:
        if _is_heading(lines, number):
            later = range(number + 2, len(lines))
            end = next((i - 1 for i in later if _is_heading(lines, i)), len(lines) - 1)
            return _text_symbol(symbol, lines, number, end)
    for number in matches:
        later = range(number + 1, len(lines))
        end = next((i - 1 for i in later if not lines[i].strip()), len(lines) - 1)
        return _text_symbol(symbol, lines, number, end)
    return None


def _is_heading(lines: list[str], number: int) -> bool:
    if number + 1 >= len(lines) or not lines[number].strip():
        return False
    below = lines[number + 1].rstrip()
    return len(below) >= 3 and not below[0].isalnum() and below == below[0] * len(below)


def _text_symbol(symbol: str, lines: list[str], first: int, last: int) -> Symbol:
    while last > first and not lines[last].strip():
        last -= 1
    words = " ".join(lines[first : last + 1]).split()
    return Symbol(symbol, "text", first + 1, last + 1, fingerprint(words))
