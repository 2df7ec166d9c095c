"""`problem`: one line for people, and the formats of machines."""

from __future__ import annotations

import json

import pytest

from lostipi.lint import RULES
from lostipi.problem import FORMATS, Problem, render

PLAIN = Problem("data/a.yaml", 3, 5, "verdict", "must be `concern` (got `tolerated`)")
NASTY = Problem("data/ä b,c:d%.yaml", 1, 1, "new-code", "50 % of\r\ntwo lines: ::error::x, y")


def test_text_is_as_compilers_write_it() -> None:
    assert str(PLAIN) == "data/a.yaml:3:5: must be `concern` (got `tolerated`) [verdict]"
    assert render([], "text") == ""


def test_problems_sort_by_place() -> None:
    later = [
        Problem("a", 2, 1, "x", "m"),
        Problem("a", 10, 1, "x", "m"),
        Problem("b", 1, 1, "x", "m"),
    ]
    assert render(reversed(later), "text").splitlines() == [str(problem) for problem in later]


def test_json_holds_every_field() -> None:
    report = json.loads(render([NASTY, PLAIN], "json"))
    assert report == {
        "problems": [
            {
                "path": "data/a.yaml",
                "line": 3,
                "column": 5,
                "code": "verdict",
                "message": "must be `concern` (got `tolerated`)",
            },
            {
                "path": "data/ä b,c:d%.yaml",
                "line": 1,
                "column": 1,
                "code": "new-code",
                "message": "50 % of\r\ntwo lines: ::error::x, y",
            },
        ]
    }


def test_github_annotation_is_one_escaped_line() -> None:
    assert render([PLAIN], "github") == (
        "::error file=data/a.yaml,line=3,col=5,title=verdict::must be `concern` (got `tolerated`)\n"
    )
    assert render([NASTY], "github") == (
        "::error file=data/ä b%2Cc%3Ad%25.yaml,line=1,col=1,title=new-code::"
        "50 %25 of%0D%0Atwo lines: ::error::x, y\n"
    )


def test_sarif_names_rules_and_places() -> None:
    log = json.loads(render([PLAIN, NASTY], "sarif", RULES))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [*(rule.code for rule in RULES), "new-code"]
    assert all(rule["help"]["text"] for rule in rules[:-1])
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    first, second = run["results"]
    assert first["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "data/a.yaml"},
        "region": {"startLine": 3, "startColumn": 5},
    }
    uri = second["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "data/%C3%A4%20b%2Cc%3Ad%25.yaml"


def test_endless_message_is_cut() -> None:
    assert Problem("a", 1, 1, "x", "m" * 2000).message == "m" * 2000
    cut = Problem("a", 1, 1, "x", "m" * 2001).message
    assert (len(cut), cut[-4:]) == (2000, "m...")


def test_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match="must be one of text, json, github, sarif"):
        render([], "xml")
    for form in FORMATS:
        render([PLAIN], form)
