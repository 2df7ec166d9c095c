"""A declaration at file scope, read up to a brace: is it a function, and of which name?

Grammar is of no help where macros stand for it. A function is the last ``name(...)`` before its
brace that is no attribute; a macro in capitals defines the function it is given.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from lostipi.kernel.ctokens import COMMENT, WORD, Source

# fmt: off
KEYWORDS = frozenset({
    "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else",
    "enum", "extern", "float", "for", "goto", "if", "inline", "int", "long", "register", "return",
    "short", "signed", "sizeof", "static", "struct", "switch", "typedef", "union", "unsigned",
    "void", "volatile", "while", "bool", "_Bool", "__typeof__", "typeof", "__auto_type",
})
"""Words that never name a function or a parameter."""

_ATTRIBUTES = frozenset({
    "__attribute__", "__attribute", "__declspec", "asm", "__asm__", "__asm", "_Alignas",
    "__aligned", "__section", "__printf", "__scanf", "__alias", "__acquires", "__releases",
    "__must_hold", "__must_hold_shared", "__acquires_shared", "__releases_shared",
    "__cond_acquires", "__no_sanitize",
})
# fmt: on
_PLAIN_ATTRIBUTES = frozenset({"notrace", "noinline", "noinstr", "inline", "asmlinkage", "const"})
_AGGREGATES = frozenset({"struct", "union", "enum"})
_TYPEOF = frozenset({"typeof", "__typeof__", "__typeof", "typeof_unqual"})
_WEAK = frozenset({"__weak", "__weak__", "weak"})
_DUNDER_TYPE = re.compile(r"__(?:[usl]?(?:8|16|32|64|128)|[bl]e(?:16|32|64)|wsum|sum16|\w+_t)\Z")


class Declaration(NamedTuple):
    """What is known of a declaration so far. Immutable, so that an ``#if`` can save it."""

    length: int = 0
    """How many words and parentheses were read."""
    name: int = -1
    """The token of the last ``name(...)``, -1 when there is none."""
    params: tuple[int, int] = (-1, -1)
    """Its parentheses."""
    aggregate: bool = False
    """Whether ``struct``, ``union`` or ``enum`` came after it."""
    assigned: bool = False
    """Whether there was a ``=``."""
    weak: bool = False
    """Whether there was ``__weak``."""
    external: bool = False
    """Whether there was ``extern``."""
    typed: bool = False
    """Whether a word that is no attribute came after the last ``name(...)``."""
    typed_before: bool = False
    """The same without the newest word."""
    inner: int = -1
    """The name in ``(*name(...))``, for a function that returns a function pointer."""
    inner_params: tuple[int, int] = (-1, -1)
    """Its parentheses."""
    type_close: int = -1
    """The closing parenthesis of the last ``typeof(...)``."""


EMPTY = Declaration()
"""Nothing read yet."""


def with_words(source: Source, declaration: Declaration, first: int, stop: int) -> Declaration:
    """Read the tokens from one up to another, all outside parentheses."""
    kinds, texts = source.kinds[first:stop], source.texts[first:stop]
    length = declaration.length + len(kinds) - kinds.count(COMMENT)
    assigned = declaration.assigned or "=" in texts
    words = [text for text, kind in zip(texts, kinds, strict=True) if kind == WORD]
    if not words:
        return declaration._replace(length=length, assigned=assigned)
    typed = declaration.typed or not all(map(_looks_attribute, words[:-1]))
    return declaration._replace(
        length=length,
        assigned=assigned,
        aggregate=declaration.aggregate or not _AGGREGATES.isdisjoint(words),
        weak=declaration.weak or not _WEAK.isdisjoint(words),
        external=declaration.external or "extern" in words,
        typed=typed or not _looks_attribute(words[-1]),
        typed_before=typed,
    )


def with_parentheses(
    source: Source, declaration: Declaration, opened: int, close: int
) -> Declaration:
    """Read a ``(...)``: a parameter list, an attribute's arguments or a declarator."""
    found = declaration._replace(length=declaration.length + 1)
    inside = source.code_between(opened + 1, close - 1)
    before = word_before(source, opened)
    word = source.texts[before] if before >= 0 else ""
    if word in _TYPEOF:
        return found._replace(type_close=close)
    alone = len(inside) == 1 and source.kinds[inside[0]] == WORD
    if inside and source.texts[inside[0]] == "*":
        name, params = _inner_name(source, inside)
        return found._replace(inner=name, inner_params=params, name=-1)
    if word == ")":
        found = found._replace(typed=False, typed_before=False, aggregate=False)
        if before == declaration.type_close and _is_declarator(source, inside):
            # typeof(x)(name(parameters))
            return found._replace(name=inside[0], params=(inside[1], inside[-1]))
        if before == declaration.type_close and alone:
            return found._replace(inner=inside[0], inner_params=(-1, -1))
        if declaration.inner >= 0:
            known = declaration.inner_params[0] >= 0
            params = declaration.inner_params if known else (opened, close)
            return found._replace(name=declaration.inner, params=params)
        return found._replace(params=(opened, close)) if declaration.name >= 0 else found
    if before < 0 or source.kinds[before] != WORD:
        return found
    if word in KEYWORDS:
        # int (name)(parameters): written so when a macro of that name exists.
        return found._replace(inner=inside[0], inner_params=(-1, -1)) if alone else found
    trailing = declaration.name >= 0 and not declaration.typed_before and word.startswith("__")
    above = word_before(source, before)
    tag = above >= 0 and source.texts[above] in _AGGREGATES
    if word in _ATTRIBUTES or trailing or tag:
        return found._replace(typed=declaration.typed_before)
    return found._replace(
        name=before,
        params=(opened, close),
        typed=False,
        typed_before=False,
        aggregate=False,
        inner=-1,
    )


def _is_declarator(source: Source, inside: list[int]) -> bool:
    """Tell whether tokens are ``name(...)``."""
    return len(inside) > 2 and [source.texts[inside[i]] for i in (1, -1)] == ["(", ")"]


def function_name(source: Source, declaration: Declaration) -> str:
    """Give the name of the function that a declaration with a body defines."""
    name = declaration.name
    text = source.texts[name]
    opened = source.next_code(name)
    if opened is None or declaration.inner == name:
        return text
    if opened != declaration.params[0]:
        # NAME(x)(parameters): x is as near to a name as the source comes.
        argument = source.next_code(opened)
        known = argument is not None and source.kinds[argument] == WORD
        return source.texts[argument] if known and argument is not None else text
    if is_definer(text):
        inside = source.code_between(opened + 1, declaration.params[1] - 1)
        return _defined_name(text, source.words_of(inside))
    return text


def is_definer(name: str) -> bool:
    """Tell whether a name is written as macros are: in capitals."""
    return name.upper() == name and any(letter.isalpha() for letter in name)


def word_before(source: Source, index: int) -> int:
    """Give the last token before ``index`` that is no comment, or -1."""
    index -= 1
    while index >= 0 and source.kinds[index] == COMMENT:
        index -= 1
    return index


def _looks_attribute(word: str) -> bool:
    if word in _PLAIN_ATTRIBUTES:
        return True
    return word.startswith("__") and not _DUNDER_TYPE.match(word)


def _inner_name(source: Source, inside: list[int]) -> tuple[int, tuple[int, int]]:
    """Find ``name(...)`` in the tokens of ``*name(...)``."""
    for place, index in enumerate(inside[:-1]):
        if source.kinds[index] == WORD and source.texts[inside[place + 1]] == "(":
            return index, (inside[place + 1], inside[-1])
    return -1, (-1, -1)


def _defined_name(macro: str, arguments: list[str]) -> str:
    """Give the name of the function that ``MACRO(arguments) {`` defines."""
    if not arguments or arguments[0] in KEYWORDS or not re.match(r"[A-Za-z_]", arguments[0]):
        return macro
    if len(arguments) > 1 and arguments[1] != ",":
        # A real parameter list (type and name): a function whose own name is in capitals.
        return macro
    if macro.startswith("SYSCALL_DEFINE"):
        return f"sys_{arguments[0]}"
    if macro.startswith("COMPAT_SYSCALL_DEFINE"):
        return f"compat_sys_{arguments[0]}"
    return arguments[0]
