"""The texts of closed lists: the docstring that stands under each member of an enum."""

from __future__ import annotations

import ast
import inspect
import textwrap
from enum import StrEnum
from functools import cache


@cache
def meanings(enum: type[StrEnum]) -> dict[StrEnum, str]:
    """The docstring of each member of an enum; Markdown.

    Raises:
        ValueError: when a member has none.
    """
    tree = ast.parse(textwrap.dedent(inspect.getsource(enum)))
    body = tree.body[0]
    assert isinstance(body, ast.ClassDef)
    found: dict[StrEnum, str] = {}
    for assign, text in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(assign, ast.Assign)
            and isinstance(assign.targets[0], ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
        ):
            words = " ".join(str(text.value.value).split()).replace("``", "`")
            found[enum[assign.targets[0].id]] = words
    missing = [member.value for member in enum if member not in found]
    if missing:
        raise ValueError(f"{enum.__name__}: no docstring for {', '.join(missing)}")
    return found


def meaning(member: StrEnum) -> str:
    """The docstring of one member of an enum; Markdown."""
    return meanings(type(member))[member]
