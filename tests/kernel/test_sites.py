"""The scanner against C whose comments say what must be found, and what is known to be missed."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from ipi_shapes import SHAPES, MemoryTree

from lostipi.kernel.scan import ScanResult, scan
from lostipi.kernel.shape import Gate

FIXTURES = sorted((Path(__file__).parent / "fixtures").glob("*.[chS]"))
ANNOTATION = re.compile(r"/\* (call|not-a-call|todo-call)(?:: (.*?))? \*/")
KEYS = (
    "wait",
    "expr",
    "func",
    "in",
    "guards",
    "enabled",
    "result",
    "weak",
    "end",
    "problem",
)


@dataclass
class Expected:
    """What the comments of one fixture say, by line."""

    calls: dict[int, list[dict[str, str]]] = field(default_factory=lambda: defaultdict(list))
    others: dict[int, str | None] = field(default_factory=dict)
    todo: dict[int, str] = field(default_factory=dict)


def annotations(text: str) -> Expected:
    """Read the comments; one that is alone on its line speaks of the next line of code."""
    expected = Expected()
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        for match in ANNOTATION.finditer(line):
            target = number
            rest = ANNOTATION.sub("", line).replace("\\", "").strip()
            while not rest or rest == "do":
                rest = ANNOTATION.sub("", lines[target]).replace("\\", "").strip()
                target += 1
            kind, words = match[1], match[2] or ""
            if kind == "call":
                expected.calls[target].append(said(words))
            elif kind == "not-a-call":
                expected.others[target] = words or None
            else:
                expected.todo[target] = words
    return expected


def said(words: str) -> dict[str, str]:
    api, *pairs = re.split(rf" (?=(?:{'|'.join(KEYS)})=)", words)
    return {"api": api, **dict(pair.split("=", 1) for pair in pairs)}


def scanned(path: Path) -> ScanResult:
    file = f"kernel/{path.name}"
    tree = MemoryTree({file: path.read_bytes()})
    return scan(tree, SHAPES, lambda _: Gate(((),), "x86", None))


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_every_annotated_call_is_found_as_it_is_described(path: Path) -> None:
    expected = annotations(path.read_text())
    result = scanned(path)
    found = defaultdict(list)
    for site in result.sites:
        found[site.line].append(site)
    assert {line: len(calls) for line, calls in expected.calls.items()} == {
        line: len(sites) for line, sites in found.items()
    }
    for line, calls in expected.calls.items():
        for call, site in zip(calls, found[line], strict=True):
            seen = {
                "api": site.api,
                "wait": site.wait,
                "expr": site.wait_expr or "null",
                "func": site.func or "null",
                "in": site.function or "null",
                "guards": " ; ".join(site.guards),
                "enabled": " ; ".join(site.is_enabled),
                "result": site.result,
                "weak": "yes" if site.weak else "no",
                "end": f"+{site.end_line - site.line}",
            }
            told = {key: value for key, value in call.items() if key != "problem"}
            told.setdefault("guards", "")
            told.setdefault("enabled", "")
            told.setdefault("end", "+0")
            assert told == {key: seen[key] for key in told}, f"line {line}"


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_what_is_no_call_is_classed_as_the_comment_says(path: Path) -> None:
    expected = annotations(path.read_text())
    kinds = defaultdict(set)
    for occurrence in scanned(path).occurrences:
        kinds[occurrence.line].add(occurrence.kind)
    for line, kind in expected.others.items():
        assert kind is None or kind in kinds[line], f"line {line}: {kinds[line]}"


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_a_known_miss_is_still_missed(path: Path) -> None:
    lines = {site.line for site in scanned(path).sites}
    assert not lines & annotations(path.read_text()).todo.keys()


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_problems_are_those_that_the_comments_expect(path: Path) -> None:
    expected = annotations(path.read_text())
    lines = {line for line, kind in expected.others.items() if kind == "unparsed"}
    messages = {}
    for line, calls in expected.calls.items():
        for call in calls:
            if "problem" in call:
                messages[line] = call["problem"]
    problems = scanned(path).problems
    assert {problem.line for problem in problems} == lines | messages.keys()
    for problem in problems:
        assert messages.get(problem.line, "could not be classed") in problem.message


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_every_word_of_an_api_is_accounted_for_once(path: Path) -> None:
    names = "|".join(sorted({shape.name for shape in SHAPES}))
    spliced = path.read_bytes().replace(b"\\\n", b"")
    words = re.findall(rf"(?<![A-Za-z0-9_])(?:{names})(?![A-Za-z0-9_])".encode(), spliced)
    result = scanned(path)
    assert len(words) == len(result.occurrences)
    assert sum(item.kind == "call" for item in result.occurrences) == len(result.sites)


def test_the_fixtures_are_there() -> None:
    assert len(FIXTURES) >= 20
    assert sum(len(annotations(path.read_text()).calls) for path in FIXTURES) > 100
