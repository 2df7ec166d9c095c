"""What a function or macro passes on, to an API or to a wrapper, of what it is given itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from lostipi.kernel.calls import Call, wait_class
from lostipi.kernel.ctokens import WORD, Source
from lostipi.kernel.functions import Function, parameters
from lostipi.kernel.shape import ApiShape, WaitClass

Passes: TypeAlias = Literal["wait", "func", "target"]
"""What a wrapper leaves to its callers: whether to wait; which function is run, itself or inside
the ``info``; or only which CPUs are meant, and when."""

CHANGES = frozenset({"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=", "++", "--"})
"""What stands after a name that is assigned to."""

_FUNCTION_TYPE = re.compile(r"\w*(?:func|fn|callback|_f|_cb)(?:_t)?\Z")
_FUNCTION_NAME = re.compile(r"(?:\w*_)?(?:func|fn|function|callback)\Z")
_NAME = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class Roles:
    """Which parameters of an API or wrapper, counted from 0, decide what its IPI does."""

    func: int | None
    """The one that is the func, or a function pointer that the func is told to call."""
    info: int | None
    """The one that is the func's argument."""
    target: int | None
    """The one that names the CPU or the CPUs."""
    wait: WaitClass
    """Whether it waits; ``forwarded``: as its arguments say."""
    wait_expr: str | None
    """The wait argument, in terms of its own parameters."""
    wait_params: tuple[tuple[str, int], ...] = ()
    """The parameters in ``wait_expr``."""
    flag: str | None = None
    """The flag that means waiting where the wait argument is a set of flags."""


@dataclass(frozen=True, slots=True)
class Passed:
    """One call of an API or wrapper, as its caller makes it."""

    func: str | None
    """The text of the func argument."""
    wait: WaitClass
    """Whether this call waits; ``forwarded``: as the caller's caller says."""
    wait_expr: str | None
    """The wait expression with this call's arguments in it."""
    passes: Passes | None
    """What the caller leaves to its own callers."""
    roles: Roles
    """The same of the caller, for those who call it."""


def api_roles(shape: ApiShape) -> Roles:
    """Take an API for the wrapper at the end of every chain."""
    info = None if shape.func is None else shape.func + 1
    if shape.waits != "by-argument" or shape.wait is None:
        wait: WaitClass = "waits" if shape.waits == "always" else "async"
        return Roles(shape.func, info, shape.target, wait, None)
    params = (("wait", shape.wait),)
    flag = shape.wait_flag
    return Roles(shape.func, info, shape.target, "forwarded", "wait", params, flag)


def passed_on(source: Source, call: Call, caller: Function | None, callee: Roles) -> Passed:
    """Read what a caller hands to an API or wrapper and what of it is its own parameter."""
    params = _kept_parameters(source, caller, call.name)
    own = {name: number for number, name in params}
    func = _argument(call, callee.func)
    wait, expression, used = _wait(source, call, frozenset(own), callee)
    roles = Roles(
        func=_parameter(source, func, own),
        info=_parameter(source, _argument(call, callee.info), own),
        target=_parameter(source, _argument(call, callee.target), own),
        wait=wait,
        wait_expr=expression,
        wait_params=tuple((name, own[name]) for name in used) if wait == "forwarded" else (),
        flag=callee.flag if expression is not None and callee.flag else None,
    )
    if roles.func is None and caller is not None:
        held = _carried(source, _argument(call, callee.info), caller, own)
        pointers = [own[name] for name in held if _is_function_pointer(source, caller, name)]
        if pointers:
            numbers = {own[name] for name in held}
            info = pointers[0] + 1 if pointers[0] + 1 in numbers else None
            roles = replace(roles, func=pointers[0], info=info)
    passes: Passes | None = None
    if wait == "forwarded":
        passes = "wait"
    elif roles.func is not None:
        passes = "func"
    elif roles.target is not None or (caller is not None and is_one_statement(source, caller)):
        passes = "target"
    text = source.spelled(func) if func else None
    return Passed(text, wait, expression, passes, roles)


def is_one_statement(source: Source, function: Function) -> bool:
    """Tell whether a function or macro has no more than one statement."""
    opened = max(function.body, function.params[1])
    body = range(opened + 1, function.last)
    return sum(source.texts[i] == ";" for i in body) <= 1


def _argument(call: Call, number: int | None) -> Sequence[int]:
    if number is None or number >= len(call.arguments):
        return ()
    return call.arguments[number]


def _kept_parameters(source: Source, caller: Function | None, before: int) -> list[tuple[int, str]]:
    """Give the parameters that still have the caller's value at a call."""
    if caller is None:
        return []
    first = min(caller.body, before) + 1
    changed = {
        source.texts[index]
        for index in range(first, before)
        if source.kinds[index] == WORD
        and source.texts[index - 1] not in (".", "->")
        and (source.texts[index + 1] in CHANGES or source.texts[index - 1] in ("++", "--"))
    }
    names = parameters(source, caller)
    return [(number, name) for number, name in enumerate(names) if name not in changed]


def _parameter(source: Source, argument: Sequence[int], own: dict[str, int]) -> int | None:
    """Tell which parameter an argument is; brackets around it and a cast do not count."""
    words = source.words_of(argument)
    while len(words) > 2 and words[0] == "(" and words[-1] == ")":
        words = words[1:-1]
    if len(words) > 3 and words[0] == "(" and words[-2] == ")":
        words = words[-1:]
    return own.get(words[0]) if len(words) == 1 else None


def _carried(
    source: Source, info: Sequence[int], caller: Function, own: dict[str, int]
) -> list[str]:
    """Give the parameters that a caller puts into the struct that it passes as ``info``."""
    names = [source.texts[i] for i in info if source.kinds[i] == WORD]
    if not names or names[-1] in own:
        return []
    found = []
    for index in range(caller.body + 1, caller.last):
        text = source.texts[index]
        if text not in own or source.texts[index - 1] in (".", "->"):
            continue
        after = source.next_code(index)
        if after is None or source.texts[after] not in (",", ";", "}"):
            continue
        if _set_in(source, index, caller.body) == names[-1]:
            found.append(text)
    return found


def _set_in(source: Source, index: int, floor: int) -> str | None:
    """Name the variable that a value is assigned into, itself or a member of it."""
    name, depth = None, 0
    for place in range(index - 1, floor, -1):
        text = source.texts[place]
        depth += (text in ("}", ")")) - (text in ("{", "("))
        if text == ";" or (text in ("{", "(") and source.texts[place - 1] not in ("=", ")")):
            break
        if text == "=" and depth <= 0:
            left = place - 1
            while source.texts[left - 1] in (".", "->"):
                left -= 2
            name = source.texts[left] if source.kinds[left] == WORD else name
    return name


def _is_function_pointer(source: Source, function: Function, name: str) -> bool:
    opened, close = function.params
    typed = False
    for index in range(opened + 1, close):
        if source.texts[index] != name:
            continue
        before = source.texts[index - 1]
        typed = before not in ("(", ",")
        if before == "*" and source.texts[index - 2] == "(":
            return True
        if _FUNCTION_TYPE.match(before):
            return True
    return not typed and _FUNCTION_NAME.match(name) is not None


def _wait(
    source: Source, call: Call, own: frozenset[str], callee: Roles
) -> tuple[WaitClass, str | None, list[str]]:
    """Give the wait of one call: its class, its expression, and the own parameters in it."""
    if callee.wait != "forwarded" or callee.wait_expr is None:
        return callee.wait, callee.wait_expr, []
    given = {name: _argument(call, number) for name, number in callee.wait_params}
    names = [
        source.texts[index]
        for argument in given.values()
        for index in argument
        if source.kinds[index] == WORD
    ]
    used = sorted(own.intersection(names))
    if list(given) == [callee.wait_expr]:
        (argument,) = given.values()
        shape = ApiShape("", None, None, 0, "by-argument", callee.flag, 1)
        return wait_class(source, argument, shape, own), source.spelled(argument) or None, used
    texts = {name: source.spelled(argument) for name, argument in given.items()}
    expression = _NAME.sub(lambda word: _bracketed(texts, word[0]), callee.wait_expr)
    classes = {
        wait_class(source, argument, ApiShape("", None, None, 0, "by-argument", "", 1), own)
        for argument in given.values()
    }
    if "runtime" in classes:
        return "runtime", expression, used
    return ("forwarded" if "forwarded" in classes else "runtime"), expression, used


def _bracketed(texts: dict[str, str], word: str) -> str:
    text = texts.get(word, word)
    return text if _NAME.fullmatch(text) or text == word else f"({text})"
