"""A problem: one thing an author must fix, and how it is printed for people and machines."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

MAX_MESSAGE = 2000
"""Characters of one message."""


@dataclass(frozen=True, order=True, slots=True)
class Problem:
    """One thing an author must fix, and where."""

    path: str
    """The file, with `/` as separator."""
    line: int
    """The line, from 1."""
    column: int
    """The column, from 1, in characters."""
    code: str
    """The rule's code: a word that a reader can look up."""
    message: str
    """What is right, and what was got."""

    def __post_init__(self) -> None:
        """Keep what a hostile file holds from filling the report."""
        if len(self.message) > MAX_MESSAGE:
            object.__setattr__(self, "message", self.message[: MAX_MESSAGE - 3] + "...")

    def __str__(self) -> str:
        """Write the problem as compilers do."""
        return f"{self.path}:{self.line}:{self.column}: {self.message} [{self.code}]"


class Explained(Protocol):
    """What a report needs to know of a rule."""

    @property
    def code(self) -> str:
        """The rule's code."""

    @property
    def title(self) -> str:
        """The rule as a short sentence."""

    @property
    def why(self) -> str:
        """Why the rule exists."""


def text(problems: Iterable[Problem]) -> str:
    """Write one line per problem."""
    return "".join(f"{problem}\n" for problem in problems)


def to_json(problems: Iterable[Problem]) -> str:
    """Write a JSON object whose `problems` are objects with the fields of `Problem`."""
    rows = [
        {"path": p.path, "line": p.line, "column": p.column, "code": p.code, "message": p.message}
        for p in problems
    ]
    return json.dumps({"problems": rows}, indent=2, ensure_ascii=False) + "\n"


def github(problems: Iterable[Problem]) -> str:
    """Write one workflow command per problem, which GitHub shows beside the line."""
    return "".join(
        f"::error file={_property(p.path)},line={p.line},col={p.column},"
        f"title={_property(p.code)}::{_data(p.message)}\n"
        for p in problems
    )


def _data(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")


def sarif(problems: Iterable[Problem], rules: Iterable[Explained]) -> str:
    """Write SARIF 2.1.0.

    Args:
        problems: what was found.
        rules: the rules that may have found it; a code without a rule is named by itself.

    Returns:
        The log as JSON text.
    """
    found = list(problems)
    known = {rule.code: rule for rule in rules}
    codes = [*known, *sorted({p.code for p in found} - known.keys())]
    index = {code: number for number, code in enumerate(codes)}
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "lostipi",
                        "rules": [_sarif_rule(code, known.get(code)) for code in codes],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_sarif_result(p, index[p.code]) for p in found],
            }
        ],
    }
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _sarif_rule(code: str, rule: Explained | None) -> dict[str, object]:
    if rule is None:
        return {"id": code}
    return {
        "id": code,
        "shortDescription": {"text": rule.title},
        "help": {"text": rule.why},
        "defaultConfiguration": {"level": "error"},
    }


def _sarif_result(problem: Problem, rule_index: int) -> dict[str, object]:
    region = {"startLine": problem.line, "startColumn": problem.column}
    place = {"artifactLocation": {"uri": _uri(problem.path)}, "region": region}
    return {
        "ruleId": problem.code,
        "ruleIndex": rule_index,
        "level": "error",
        "message": {"text": problem.message},
        "locations": [{"physicalLocation": place}],
    }


def _uri(path: str) -> str:
    """A relative reference: what is not plain in an address is percent-encoded."""
    plain = "-._~/"
    return "".join(
        char
        if char.isascii() and (char.isalnum() or char in plain)
        else "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogateescape"))
        for char in path
    )


FORMATS = ("text", "json", "github", "sarif")
"""The names that `render` knows."""


def render(problems: Iterable[Problem], form: str, rules: Iterable[Explained] = ()) -> str:
    """Write problems in the format of that name, sorted by place.

    Raises:
        ValueError: for a format not in `FORMATS`.
    """
    found = sorted(problems)
    match form:
        case "text":
            return text(found)
        case "json":
            return to_json(found)
        case "github":
            return github(found)
        case "sarif":
            return sarif(found, rules)
    raise ValueError(f"the format must be one of {', '.join(FORMATS)} (got {form!r})")
