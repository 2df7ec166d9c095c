"""The texts that models and enums carry beside their names: docstrings, read once."""

from __future__ import annotations

import inspect

from pydantic import BaseModel

from lostipi.model.base import Platform
from lostipi.model.caller import Verdict
from lostipi.model.docstrings import docstrings

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


def fields(model: type[BaseModel]) -> list[tuple[str, bool, str]]:
    """The fields of a model as an author writes them: name, whether required, docstring."""
    texts = docstrings(model)
    return [
        (
            field.alias or name,
            field.is_required(),
            " ".join(texts.get(name, "").split()).replace("``", "`"),
        )
        for name, field in model.model_fields.items()
    ]


def heading(model: type[BaseModel]) -> str:
    """The first paragraph of a model's docstring; Markdown."""
    text = inspect.getdoc(model) or ""
    return " ".join(text.split("\n\n")[0].split()).replace("``", "`")
