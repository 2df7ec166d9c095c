"""The models as JSON Schemas, for editors and other programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import EnumSchema, ModelSchema

from lostipi.model.api import Api
from lostipi.model.caller import Caller
from lostipi.model.detector import Detector
from lostipi.model.docstrings import docstrings
from lostipi.model.kernels import Kernels
from lostipi.model.meanings import meanings
from lostipi.model.precondition import Precondition
from lostipi.model.reading import Changes, First, Glossary, Removed
from lostipi.model.seed import Seed
from lostipi.model.waiver import Waivers
from lostipi.problem import Problem
from lostipi.writing import locked, replace

CODE = "schema-file"

MODELS: dict[str, type[BaseModel]] = {
    "api": Api,
    "caller": Caller,
    "precondition": Precondition,
    "detector": Detector,
    "kernels": Kernels,
    "seed": Seed,
    "waivers": Waivers,
    "first": First,
    "changes": Changes,
    "removed": Removed,
    "glossary": Glossary,
}
"""The schemas by name."""

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
VERSION = 1
"""The version of the data's shape: of data/, of the schemas and of what the site publishes. It goes
up when a program that reads the present shape would fail on, or misread, the next one."""

_ID = f"urn:lostipi:schema:{VERSION}:{{name}}"


def render() -> dict[str, str]:
    """Make the schemas.

    Returns:
        The text of each schema by its file name, such as ``caller.schema.json``.
    """
    return {
        f"{name}.schema.json": text_of(model, _ID.format(name=name))
        for name, model in MODELS.items()
    }


def check(folder: Path) -> list[Problem]:
    """Compare the files of a folder with what the models say.

    Args:
        folder: the folder of the schemas.

    Returns:
        A problem for each file that is missing, differs, or is no schema of ours.
    """
    rendered = render()
    problems = []
    for name, text in rendered.items():
        path = folder / name
        try:
            got = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            problems.append(_problem(folder, name, 1, "must exist; `lostipi schema` writes it"))
            continue
        except (OSError, UnicodeDecodeError) as error:
            problems.append(_problem(folder, name, 1, f"cannot be read ({error})"))
            continue
        if got != text:
            message = "must be as the models say; `lostipi schema` rewrites it"
            problems.append(_problem(folder, name, _first_difference(got, text), message))
    if folder.is_dir():
        for path in sorted(folder.glob("*")):
            if path.name not in rendered and not path.name.startswith("."):
                message = f"must be one of {', '.join(rendered)}"
                problems.append(_problem(folder, path.name, 1, message))
    return problems


def write(folder: Path) -> list[Path]:
    """Write the schemas that differ from what the models say.

    Args:
        folder: the folder of the schemas; made if need be.

    Returns:
        The files written.

    Raises:
        NotWrittenError: when one cannot be written; all are then as they were.
    """
    texts = {folder / name: text for name, text in render().items()}
    changed = {
        path: text
        for path, text in texts.items()
        if not path.is_file() or path.read_bytes() != text.encode()
    }
    if changed:
        with locked(folder):
            replace(changed)
    return list(changed)


class _WithMeanings(GenerateJsonSchema):
    """Puts docstrings beside fields and beside the values of an enum."""

    def model_schema(self, schema: ModelSchema) -> JsonSchemaValue:
        made = super().model_schema(schema)
        model: type[BaseModel] = schema["cls"]
        texts = docstrings(model)
        for name, field in model.model_fields.items():
            if name in texts:
                made["properties"][field.alias or name]["description"] = texts[name]
        return made

    def enum_schema(self, schema: EnumSchema) -> JsonSchemaValue:
        made = super().enum_schema(schema)
        texts = meanings(schema["cls"])
        # Not of JSON Schema: yaml-language-server shows it on completion and hover.
        return made | {"markdownEnumDescriptions": [texts[one] for one in schema["members"]]}


def text_of(model: type[BaseModel], identifier: str) -> str:
    """The JSON Schema of a model.

    Args:
        model: the model.
        identifier: what the schema calls itself.
    """
    exported = model.model_json_schema(schema_generator=_WithMeanings, mode="validation")
    schema = {
        "$schema": _DIALECT,
        "$id": identifier,
        **_repaired(exported),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _repaired(schema: Any) -> Any:
    """Make what pydantic exports say in a JSON Schema what the models hold.

    A union by tag becomes a test per tag: editors then offer all tags, and blame the one part that
    is wrong instead of every alternative. `null` goes, because the loader refuses empty values.
    Keys that no pattern allows are refused. Generated titles of fields go, because editors show
    them in place of the key itself.
    """
    if isinstance(schema, list):
        return [_repaired(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "discriminator" in schema and "oneOf" in schema:
        return _by_tag(schema)
    options = schema.get("anyOf")
    if options and {"type": "null"} in options:
        rest = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
        (kept,) = (option for option in options if option != {"type": "null"})
        return _repaired({**kept, **rest})
    result: dict[str, Any] = {}
    for key, value in schema.items():
        if key in ("properties", "$defs"):
            result[key] = {name: _repaired(_untitled(key, part)) for name, part in value.items()}
        elif key == "enum" or key == "default":
            result[key] = value
        else:
            result[key] = _repaired(value)
    if "patternProperties" in result:
        result.setdefault("additionalProperties", False)
    return result


def _untitled(key: str, part: Any) -> Any:
    if key == "properties" and isinstance(part, dict):
        return {name: value for name, value in part.items() if name != "title"}
    return part


def _by_tag(schema: dict[str, Any]) -> dict[str, Any]:
    tag = schema["discriminator"]["propertyName"]
    mapping: dict[str, str] = schema["discriminator"]["mapping"]
    rest = {k: v for k, v in schema.items() if k not in ("discriminator", "oneOf")}
    return {
        **rest,
        "type": "object",
        "required": [tag],
        "properties": {tag: {"enum": list(mapping)}},
        "allOf": [
            {
                "if": {"properties": {tag: {"const": name}}, "required": [tag]},
                "then": {"$ref": reference},
            }
            for name, reference in mapping.items()
        ],
    }


def _first_difference(got: str, wanted: str) -> int:
    pairs = zip(got.splitlines(), wanted.splitlines(), strict=False)
    same = 0
    for one, other in pairs:
        if one != other:
            break
        same += 1
    return same + 1


def _problem(folder: Path, name: str, line: int, message: str) -> Problem:
    return Problem(f"{folder.name}/{name}", line, 1, CODE, message)
