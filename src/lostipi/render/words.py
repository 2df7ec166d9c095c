"""The texts that models and enums carry beside their names: docstrings, read once."""

from __future__ import annotations

import ast
import inspect
import textwrap
from enum import StrEnum
from functools import cache

from pydantic import BaseModel

from lostipi.model.base import Platform
from lostipi.model.caller import Verdict

PLATFORMS = {Platform.TDX: "TDX", Platform.SEV_SNP: "SEV-SNP", Platform.SEV_ES: "SEV-ES"}
"""How a platform is written in prose."""

SCALE = (
    Verdict.CONCERN,
    Verdict.UNKNOWN,
    Verdict.EXCLUDED,
    Verdict.DOS_ONLY,
    Verdict.FAIL_STOP,
    Verdict.TOLERATED,
    Verdict.NOT_APPLICABLE,
)
"""The verdicts, what asks for action first."""


@cache
def meanings(enum: type[StrEnum]) -> dict[StrEnum, str]:
    """The docstring of each member of an enum.

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


def fields(model: type[BaseModel]) -> list[tuple[str, bool, str]]:
    """The fields of a model as an author writes them: name, whether required, docstring."""
    return [
        (
            field.alias or name,
            field.is_required(),
            " ".join((field.description or "").split()).replace("``", "`"),
        )
        for name, field in model.model_fields.items()
    ]


def heading(model: type[BaseModel]) -> str:
    """The first paragraph of a model's docstring; Markdown."""
    text = inspect.getdoc(model) or ""
    return " ".join(text.split("\n\n")[0].split()).replace("``", "`")
