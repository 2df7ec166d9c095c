"""A small JSON Schema validator for the tests: the keywords that our schemas use, no others."""

from __future__ import annotations

import re
from typing import Any

KEYWORDS = {
    "markdownEnumDescriptions",
    "$schema", "$id", "$defs", "$ref", "title", "description", "default", "type", "properties",
    "required", "additionalProperties", "patternProperties", "items", "enum", "const", "pattern",
    "minLength", "minItems", "minimum", "maximum", "allOf", "if", "then",
}  # fmt: skip
TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict, "array": list, "string": str, "integer": int, "boolean": bool,
}  # fmt: skip


def faults(value: Any, rule: dict[str, Any], root: dict[str, Any], at: str = "") -> list[str]:
    """Validate by the keywords that our schemas use; any other keyword is an error."""
    assert set(rule) <= KEYWORDS, set(rule) - KEYWORDS
    found: list[str] = []
    if "$ref" in rule:
        found += faults(value, root["$defs"][rule["$ref"].rpartition("/")[2]], root, at)
    kind = rule.get("type")
    if kind and (
        not isinstance(value, TYPES[kind]) or (kind == "integer" and isinstance(value, bool))
    ):
        return [*found, f"{at}: type"]
    if "enum" in rule and value not in rule["enum"]:
        found.append(f"{at}: enum")
    if "const" in rule and value != rule["const"]:
        found.append(f"{at}: const")
    if isinstance(value, str):
        if "pattern" in rule and not re.search(rule["pattern"].replace("(?<", "(?P<"), value):
            found.append(f"{at}: pattern")
        if len(value) < rule.get("minLength", 0):
            found.append(f"{at}: minLength")
    elif isinstance(value, int):
        if not rule.get("minimum", value) <= value <= rule.get("maximum", value):
            found.append(f"{at}: range")
    elif isinstance(value, list):
        if len(value) < rule.get("minItems", 0):
            found.append(f"{at}: minItems")
        for number, item in enumerate(value):
            found += faults(item, rule.get("items", {}), root, f"{at}/{number}")
    elif isinstance(value, dict):
        known = rule.get("properties", {})
        found += [f"{at}: missing {key}" for key in rule.get("required", ()) if key not in value]
        patterns = rule.get("patternProperties", {})
        others = rule.get("additionalProperties")
        for key, item in value.items():
            matching = [part for pattern, part in patterns.items() if re.search(pattern, key)]
            if key in known:
                found += faults(item, known[key], root, f"{at}/{key}")
            elif matching:
                found += [f for part in matching for f in faults(item, part, root, f"{at}/{key}")]
            elif isinstance(others, dict):
                found += faults(item, others, root, f"{at}/{key}")
            elif others is False:
                found.append(f"{at}: unknown {key}")
    for part in rule.get("allOf", ()):
        if "if" not in part or not faults(value, part["if"], root, at):
            found += faults(value, part.get("then", part if "if" not in part else {}), root, at)
    return found
