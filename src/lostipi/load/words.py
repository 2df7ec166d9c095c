"""pydantic's errors in the author's words, at the author's lines."""

from __future__ import annotations

import difflib
import re
import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from lostipi.load.events import REFUSED, Node
from lostipi.load.positions import Loc, Positions
from lostipi.problem import Problem

CODE = "schema"

MAX_PROBLEMS = 100
"""Problems told of one file."""

_KERNEL = r"^v[0-9]+\.[0-9]+$"

FORMS: Mapping[str, str] = {
    r"^[A-Za-z_][A-Za-z0-9_]*$": "must be a C name, such as `smp_call_function`",
    r"^[a-z0-9]+(-[a-z0-9]+)*$": "must be lower case words joined by hyphens, such as `mce-off`",
    r"^[a-z0-9-]+/[A-Za-z_][A-Za-z0-9_]*(-[a-z0-9-]+)?$": (
        "must be the id of a caller entry, such as `sched/kick_ilb`"
    ),
    _KERNEL: "must be a kernel with its `v`, such as `v6.12`",
    r"^[A-Za-z0-9_.+-]+(/[A-Za-z0-9_.+-]+)*$": (
        "must be a file of the kernel tree, such as `kernel/sched/fair.c`"
    ),
    r"^[A-Za-z0-9_.+-]+(/[A-Za-z0-9_.+-]+)*:[A-Za-z_][A-Za-z0-9_]*$": (
        "must be a function and its file, such as `kernel/smp.c:csd_lock`"
    ),
    r"^https://[^\s]+$": "must be an address that starts with `https://`",
    r"^linux-source-[0-9.]+$": "must be a package, such as `linux-source-6.12`",
    r"^[0-9][A-Za-z0-9.+~:-]*$": "must be a package version, such as `6.12.117-1`",
    r"^[0-9a-f]{64}$": "must be a sha256: 64 lower case hexadecimal digits",
    r"^[a-z-]+$": "must be a suite, such as `bookworm-security`",
    r"^[0-9]+(\.[0-9]+){1,2}(-rc[0-9]+)?$": "must be a release, such as `6.12.117`",
    r"^https://[^\s]*\{path\}[^\s]*\{line\}[^\s]*$": (
        "must be an `https://` address with `{path}` and, after it, `{line}`"
    ),
    r"^CONFIG_[A-Z0-9_a-z]+$": "must be a Kconfig symbol with its prefix, such as `CONFIG_SMP`",
    r"^\S+$": "must be one word without spaces",
    r"^[a-z0-9_./-]+$": "must be the name of a sysctl, such as `kernel.sysrq`",
    r"^(v[0-9]+\.[0-9]+|[0-9]{4}-[0-9]{2}-[0-9]{2})$": (
        "must be a kernel, such as `v7.4`, or a day, such as `2027-01-31`"
    ),
    r"^(data|docs)/[A-Za-z0-9_./-]+$": (
        "must be a file as lint names it, such as `data/callsites/sched/kick_ilb.yaml`"
    ),
    r"^[A-Za-z0-9_.+/-]+:(\?|\w+):\w+$": (
        "must be a site as `file:function:api`, such as "
        "`kernel/sched/fair.c:kick_ilb:smp_call_function_single_async`"
    ),
    r"^(callsites/[a-z0-9-]+|apis|preconditions|detectors)/[A-Za-z0-9_-]+$": (
        "must be an entry with its folder, such as `callsites/sched/kick_ilb`"
    ),
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$": "must be a day, such as `2026-11-22`",
    r"^/\S+$": "must be an absolute path without spaces, such as `/sys/devices`",
}
"""What each pattern of the models asks for. A test holds this complete."""

_TYPES = {
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing": "must be a whole number",
    "bool_type": "must be `true` or `false`",
    "bool_parsing": "must be `true` or `false`",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must be a mapping of keys to values",
    "model_type": "must be a mapping of keys to values",
    "model_attributes_type": "must be a mapping of keys to values",
}


def problems_of(
    error: ValidationError, positions: Positions, model: type[BaseModel], path: str
) -> Iterator[Problem]:
    """Translate what pydantic found into problems, each at its line.

    Args:
        error: what pydantic raised.
        positions: the places of the file validated.
        model: the model that the file was validated against.
        path: the file, as problems name it.

    Yields:
        One problem per fault. Faults of values that the YAML reader has already refused, and
        those that only follow from another, are left out.
    """
    errors = error.errors(include_url=False)
    inner = {tuple(found["loc"][:depth]) for found in errors for depth in range(len(found["loc"]))}
    count = 0
    for found in errors:
        loc = found["loc"]
        if found["input"] is REFUSED:
            continue
        if found["type"] == "too_short" and tuple(loc) in inner:
            continue  # pydantic counts only the items that are sound
        count += 1
        if count > MAX_PROBLEMS:
            message = f"{len(errors) - MAX_PROBLEMS} more problems of this file are not listed"
            yield Problem(path, *positions.value(loc), CODE, message)
            return
        place, message = _translate(found, positions, model)
        yield Problem(path, *place, CODE, message)


def _translate(
    found: Any, positions: Positions, model: type[BaseModel]
) -> tuple[tuple[int, int], str]:
    kind: str = found["type"]
    loc: Loc = found["loc"]
    context: dict[str, Any] = found.get("ctx", {})
    here = positions.value(loc)
    node = positions.node(loc)
    match kind:
        case "missing":
            return positions.value(loc[:-1]), f"missing key {loc[-1]!r}"
        case "extra_forbidden":
            return positions.key(loc), _unknown_key(str(loc[-1]), model_at(model, loc[:-1]))
        case "enum" | "literal_error":
            choices = context["expected"]
            return here, f"must be one of {choices}{_meant(node, choices)} ({_got(node)})"
        case "union_tag_invalid":
            key = context["discriminator"].strip("'")
            place = positions.value((*loc, key))
            tag = positions.node((*loc, key))
            choices = context["expected_tags"]
            return place, f"must be one of {choices}{_meant(tag, choices)} ({_got(tag)})"
        case "union_tag_not_found":
            return here, f"missing key {context['discriminator']}"
        case "string_pattern_mismatch":
            pattern = context["pattern"]
            return here, f"{FORMS.get(pattern, f'must match {pattern}')} ({_got(node)})"
        case "string_too_short":
            return here, "must not be empty"
        case "too_short":
            return here, f"must hold at least {context['min_length']} item ({_got(node)})"
        case "greater_than_equal":
            return here, f"must be at least {context['ge']} ({_got(node)})"
        case "less_than_equal":
            return here, f"must be at most {context['le']} ({_got(node)})"
        case "value_error":
            message = str(context["error"])
            if isinstance(node.content, str):
                return here, f"{message} ({_got(node)})"
            return _key_meant(message, loc, positions), message
    if kind in _TYPES:
        if kind == "string_type" and "kernels" in loc[-2:-1] and isinstance(found["input"], float):
            return here, f"{FORMS[_KERNEL]} ({_got(node)})"  # quotes alone would not make it one
        return here, f"{_TYPES[kind]} ({_got_instead(kind, found['input'], node)})"
    return here, f"{found['msg']} ({_got(node)})"


def _key_meant(message: str, loc: Loc, positions: Positions) -> tuple[int, int]:
    """The place of the first key that a message names in backquotes, else of what holds it."""
    for name in re.findall(r"`([a-z_]+)", message):
        if positions.has((*loc, name)):
            return positions.key((*loc, name))
    return positions.value(loc)


def _unknown_key(key: str, model: type[BaseModel] | None) -> str:
    message = f"unknown key {_short(key)!r}"
    if model is None:
        return message
    names = [field.alias or name for name, field in model.model_fields.items()]
    close = difflib.get_close_matches(key, names, n=1) if len(key) <= 40 else []
    if close:
        return f"{message}; did you mean {close[0]!r}?"
    return f"{message}; the keys here are {', '.join(names)}"


def _meant(node: Node, choices: str) -> str:
    if not isinstance(node.content, str) or len(node.content) > 40:
        return ""
    names = re.findall(r"'([^']*)'", choices)
    wanted = node.content.lower().replace("_", "-")
    close = difflib.get_close_matches(wanted, names, n=1, cutoff=0.75)
    return f"; did you mean {close[0]!r}?" if close else ""


def _got(node: Node) -> str:
    if isinstance(node.content, str):
        return f"got {_short(node.content)!r}"
    what = "list" if isinstance(node.content, list) else "mapping"
    return f"got {'a' if node.content else 'an empty'} {what}"


def _got_instead(kind: str, value: object, node: Node) -> str:
    """What was got where the type is wrong, with the right form where that is a matter of YAML."""
    if not isinstance(node.content, str):
        return _got(node)
    written = _short(node.content)
    if kind == "string_type" and isinstance(value, bool):
        return f"got the boolean {written}; in quotes it is text: '{written}'"
    if kind == "string_type":
        return f"got the number {written}; in quotes it is text: '{written}'"
    if kind in ("tuple_type", "list_type"):
        return f"got {written!r}; a list of one is [{written}]"
    return _got(node)


def _short(text: str) -> str:
    line = " ".join(text.split()) if "\n" in text else text
    return line if len(line) <= 60 else line[:57] + "..."


def model_at(model: type[BaseModel], loc: Loc) -> type[BaseModel] | None:
    """The model that validates what stands at a place; None where that is no model."""
    found: list[Any] = [model]
    for step in loc:
        models = [one for one in found if isinstance(one, type) and issubclass(one, BaseModel)]
        if isinstance(step, int):
            continue  # `found` holds the models inside the list already
        tagged = [one for one in models if _tag_of(one) == step]
        if tagged:
            found = list(tagged)
            continue
        found = [
            inner
            for one in models
            for name, field in one.model_fields.items()
            if step in (name, field.alias)
            for inner in _models_in(field.annotation)
        ]
    models = [one for one in found if isinstance(one, type) and issubclass(one, BaseModel)]
    return models[0] if len(models) == 1 else None


def _tag_of(model: type[BaseModel]) -> str | None:
    field = model.model_fields.get("kind")
    choices = get_args(field.annotation) if field is not None else ()
    return choices[0] if len(choices) == 1 and isinstance(choices[0], str) else None


def _models_in(annotation: Any) -> list[Any]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) in (Union, types.UnionType, tuple, Annotated, list, dict):
        return [model for part in get_args(annotation) for model in _models_in(part)]
    return []
