"""IS_ENABLED() in C: what is recorded is necessary, in functions made up at random.

The oracle knows nothing of the reader: it turns the same statements into jumps and goes along all
of them, for every configuration, each other condition being true or false as it likes.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ipi_shapes import SHAPES, MemoryTree

from lostipi.kernel.config import Config
from lostipi.kernel.ctokens import Source
from lostipi.kernel.ifexpr import Compiled, evaluate
from lostipi.kernel.necessary import necessary
from lostipi.kernel.scan import scan
from lostipi.kernel.shape import Gate, Site

SYMBOLS = ("CONFIG_A", "CONFIG_B")
LABELS = ("here", "there")
CALL = "on_each_cpu(work, NULL, 1)"

# A condition is a symbol's number, None for one that is decided at run time, ("!", condition),
# or ("&&" or "||", condition, condition).
CONDITIONS = st.recursive(
    st.sampled_from([0, 1, 0, 1, None]),
    lambda inner: st.one_of(
        st.tuples(st.just("!"), inner), st.tuples(st.sampled_from(["&&", "||"]), inner, inner)
    ),
    max_leaves=4,
)
SIMPLE = st.one_of(
    st.just(("call",)),
    st.tuples(st.sampled_from(["and", "or", "ternary"]), CONDITIONS),
    st.sampled_from([("return",), ("break",), ("continue",)]),
    st.tuples(st.sampled_from(["goto", "label"]), st.sampled_from(LABELS)),
)


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    block = st.lists(inner, min_size=1, max_size=4)
    return st.one_of(
        st.tuples(st.just("if"), CONDITIONS, block, st.none() | block),
        st.tuples(st.sampled_from(["while", "for"]), CONDITIONS, block),
        st.tuples(st.just("do"), block, CONDITIONS),
        st.tuples(st.just("switch"), st.lists(block, min_size=1, max_size=3)),
    )


PROGRAMS = st.lists(st.recursive(SIMPLE, _nested, max_leaves=12), min_size=1, max_size=8)


def outcomes(condition: Any, config: tuple[bool, bool]) -> set[bool]:
    """What a condition may be."""
    if condition is None:
        return {True, False}
    if isinstance(condition, int):
        return {config[condition]}
    if condition[0] == "!":
        return {not value for value in outcomes(condition[1], config)}
    join = all if condition[0] == "&&" else any
    sides = (outcomes(side, config) for side in condition[1:])
    return {join(values) for values in itertools.product(*sides)}


def spelled(condition: Any) -> str:
    if condition is None:
        return "other()"
    if isinstance(condition, int):
        return f"IS_ENABLED({SYMBOLS[condition]})"
    if condition[0] == "!":
        return f"!({spelled(condition[1])})"
    return f"({spelled(condition[1])}) {condition[0]} ({spelled(condition[2])})"


@dataclass
class Program:
    """Statements as jumps, and as C whose calls are on the lines that the jumps name."""

    config: tuple[bool, bool]
    lines: list[str] = field(default_factory=list)
    jumps: list[tuple[Any, ...]] = field(default_factory=list)
    labels: dict[str, int] = field(default_factory=dict)

    def call(self, text: str) -> None:
        self.lines.append(text)
        self.jumps.append(("call", len(self.lines)))

    def branch(self, condition: Any) -> int:
        """Add a jump that is taken when the condition is false; its target comes later."""
        self.jumps.append(("unless", condition, None))
        return len(self.jumps) - 1

    def land(self, branch: int) -> None:
        self.jumps[branch] = (*self.jumps[branch][:-1], len(self.jumps))

    def leap(self) -> int:
        self.jumps.append(("to", None))
        return len(self.jumps) - 1

    def block(self, statements: Any, ends: list[int] | None, nexts: list[int] | None) -> None:
        for statement in statements:
            self.statement(statement, ends, nexts)

    def statement(self, item: Any, ends: list[int] | None, nexts: list[int] | None) -> None:
        kind = item[0]
        if kind == "call":
            self.call(f"{CALL};")
        elif kind in ("and", "or"):
            condition = item[1] if kind == "and" else ("!", item[1])
            skip = self.branch(condition)
            self.call(f"({spelled(item[1])}) {'&&' if kind == 'and' else '||'} {CALL};")
            self.land(skip)
        elif kind == "ternary":
            no = self.branch(item[1])
            self.call(f"x = {spelled(item[1])} ? {CALL} :")
            out = self.leap()
            self.land(no)
            self.call(f"{CALL};")
            self.land(out)
        elif kind == "return" or (kind == "break" and ends is None):
            self.lines.append("return;")
            self.jumps.append(("end",))
        elif kind == "break" or (kind == "continue" and nexts is None):
            self.lines.append("break;" if ends is not None else ";")
            if ends is not None:
                ends.append(self.leap())
        elif kind == "continue":
            self.lines.append("continue;")
            nexts.append(self.leap())
        elif kind == "goto":
            self.lines.append(f"goto {item[1]};")
            self.jumps.append(("goto", item[1]))
        elif kind == "label":
            if item[1] not in self.labels:  # C knows each label once
                self.lines.append(f"{item[1]}: ;")
                self.labels[item[1]] = len(self.jumps)
        else:
            self.compound(item, ends, nexts)

    def compound(self, item: Any, ends: list[int] | None, nexts: list[int] | None) -> None:
        kind = item[0]
        if kind == "if":
            self.lines.append(f"if ({spelled(item[1])}) {{")
            no = self.branch(item[1])
            self.block(item[2], ends, nexts)
            if item[3] is not None:
                out = self.leap()
                self.land(no)
                self.lines.append("} else {")
                self.block(item[3], ends, nexts)
                no = out
            self.land(no)
            self.lines.append("}")
            return
        out_of: list[int] = []
        again: list[int] = []
        if kind == "switch":
            self.lines.append("switch (x) {")
            self.jumps.append(("any", []))
            head = self.jumps[-1]
            for number, block in enumerate(item[1]):
                self.lines.append(f"case {number}:")
                head[1].append(len(self.jumps))
                self.block(block, out_of, nexts)
            head[1].append(len(self.jumps))
        elif kind == "do":
            self.lines.append("do {")
            start = len(self.jumps)
            self.block(item[1], out_of, again)
            for leap in again:
                self.land(leap)
            stop = self.branch(item[2])
            self.jumps.append(("to", start))
            self.land(stop)
        else:
            head_of = "while ({})" if kind == "while" else "for (x = 0; {}; x++)"
            self.lines.append(f"{head_of.format(spelled(item[1]))} {{")
            start = len(self.jumps)
            stop = self.branch(item[1])
            self.block(item[2], out_of, again)
            for leap in again:
                self.land(leap)
            self.jumps.append(("to", start))
            self.land(stop)
        for leap in out_of:
            self.land(leap)
        self.lines.append(f"}} while ({spelled(item[2])});" if kind == "do" else "}")

    def reached(self) -> Iterator[int]:
        """Give the lines of the calls that may run."""
        seen: set[int] = set()
        waiting = [0]
        while waiting:
            place = waiting.pop()
            if place in seen or place >= len(self.jumps):
                continue
            seen.add(place)
            kind, *rest = self.jumps[place]
            if kind == "call":
                yield rest[0]
                waiting.append(place + 1)
            elif kind == "unless":
                values = outcomes(rest[0], self.config)
                waiting += [place + 1] * (True in values) + [rest[1]] * (False in values)
            elif kind == "to":
                waiting.append(rest[0])
            elif kind == "any":
                waiting += rest[0]
            elif kind == "goto" and rest[0] in self.labels:
                waiting.append(self.labels[rest[0]])


def sites_of(text: str) -> tuple[Site, ...]:
    tree = MemoryTree({"kernel/made.c": text.encode()})
    return tuple(scan(tree, SHAPES, lambda _: Gate(((),), "x86", None)).sites)


def compiled(config: tuple[bool, bool]) -> Compiled:
    values = {symbol: "y" for symbol, on in zip(SYMBOLS, config, strict=True) if on}
    return Compiled(Config(Path("made"), None, None, values, frozenset()), module=False)


@settings(max_examples=400, deadline=None)
@given(PROGRAMS)
def test_a_call_that_may_run_has_no_condition_that_is_false(statements: Any) -> None:
    for config in itertools.product((False, True), repeat=2):
        program = Program(config)
        program.lines.append("static void made(int x) {")
        program.block(statements, None, None)
        program.lines.append("}")
        text = "\n\t".join(program.lines[:-1]) + "\n}\n"
        conditions = {site.line: site.is_enabled for site in sites_of(text)}
        for line in program.reached():
            for condition in conditions[line]:
                told = f"line {line} of\n{text}\nruns with {config}, not only if {condition}"
                assert evaluate(condition, compiled(config)) is True, told


def is_c(lines: list[str]) -> bool:
    """Whether what opens in some lines closes as it must."""
    opened: list[str] = []
    in_two = False
    for line in lines:
        if in_two and not line.startswith(CALL):
            return False
        in_two = line.endswith(CALL + " :")
        if line == "} else {":
            if not opened or opened.pop() != "if":
                return False
            opened.append("else")
        elif line.startswith("}"):
            if not opened or (opened.pop() == "do") != line.startswith("} while"):
                return False
        elif line.endswith("{"):
            opened.append(line.split()[0])
        elif line.startswith("case") and "switch" not in opened:
            return False
    return not opened and not in_two


@settings(max_examples=150, deadline=None)
@given(PROGRAMS, st.lists(st.integers(0, 40), min_size=2, max_size=3))
def test_an_if_group_only_ever_takes_conditions_away(statements: Any, cuts: list[int]) -> None:
    program = Program((False, False))
    program.block(statements, None, None)
    lines = program.lines
    cuts = sorted(min(cut, len(lines)) for cut in cuts)
    marks = ["#if X", *["#else"] * (len(cuts) - 2), "#endif"]
    text = lines[: cuts[0]]
    for mark, first, last in zip(marks, cuts, [*cuts[1:], len(lines)], strict=True):
        text += [mark, *lines[first:last]]
    head = "static void made(int x) {"
    raw = sites_of("\n\t".join([head, *text]) + "\n}\n")
    # In either program that the lines may be, the same call must have at least these conditions.
    for on in (True, False):
        kept = [
            number
            for number in range(len(lines))
            if not cuts[0] <= number < cuts[-1] or (number < cuts[1]) == on
        ]
        program_lines = [lines[number] for number in kept]
        if not is_c(program_lines):
            continue
        found = {
            kept[site.line - 2]: set(site.is_enabled)
            for site in sites_of("\n\t".join([head, *program_lines]) + "\n}\n")
        }
        for site in raw:
            number = site.line - 2 - sum(cut_line < site.line - 2 for cut_line in _marks_at(text))
            if number in found:
                told = f"line {number} of\n" + "\n".join(text)
                assert set(site.is_enabled) <= found[number], told


def _marks_at(text: list[str]) -> list[int]:
    return [number for number, line in enumerate(text) if line.startswith("#")]


def test_a_function_with_a_block_that_is_not_read_has_no_conditions() -> None:
    head = "static void made(int x)\n{\n\tif (!IS_ENABLED(CONFIG_A))\n\t\treturn;\n"
    assert sites_of(f"{head}\t{CALL};\n}}\n")[0].is_enabled == ("IS_ENABLED(CONFIG_A)",)
    assert sites_of(f"{head}if (x) {{\nhere: ;\n}}\n\t{CALL};\n}}\n")[0].is_enabled == ()


@pytest.mark.parametrize("value", [True, False])
@given(condition=CONDITIONS)
def test_what_is_necessary_for_a_condition_follows_from_it(value: bool, condition: Any) -> None:
    found = necessary(Source(spelled(condition)).texts, value)
    for config in itertools.product((False, True), repeat=2):
        if value in outcomes(condition, config):
            assert all(evaluate(text, compiled(config)) for text in found)


@given(condition=CONDITIONS.filter(lambda c: "None" not in repr(c)))
def test_a_condition_of_the_configuration_alone_is_told_whole(condition: Any) -> None:
    found = necessary(Source(spelled(condition)).texts, truth=True)
    for config in itertools.product((False, True), repeat=2):
        told = all(evaluate(text, compiled(config)) for text in found)
        assert {told} == outcomes(condition, config)


@pytest.mark.parametrize(
    "body",
    [
        "if (IS_ENABLED(CONFIG_A)) " * 50_000 + CALL + ";",
        "if (IS_ENABLED(CONFIG_A)) { " * 20_000 + CALL + ";" + "}" * 20_000,
        "x = " + "IS_ENABLED(CONFIG_A) && (" * 20_000 + CALL + ")" * 20_000 + ";",
        "x = " + "IS_ENABLED(CONFIG_A) ? " * 20_000 + CALL + ";",
        "if (IS_ENABLED(CONFIG_A)) {" + (CALL + ";") * 10_000 + "}",
        "if (" + "!" * 200_000 + "IS_ENABLED(CONFIG_A)) " + CALL + ";",
        "\n#if A\n" * 5_000 + CALL + ";if (IS_ENABLED(CONFIG_A));" + "\n#endif\n" * 5_000,
        "if (!IS_ENABLED(CONFIG_A)) return; } }" + CALL + ";",
        "case " + "?" * 50_000 + "IS_ENABLED(CONFIG_A):" + CALL + ";",
        "({" * 20_000 + "IS_ENABLED(CONFIG_A) && " + CALL + ";" + "})" * 20_000,
    ],
    ids=lambda body: body[:24],
)
def test_a_monstrous_function_ends_in_seconds(body: str) -> None:
    started = time.monotonic()
    sites_of(f"static void made(int x)\n{{\n{body}\n}}\n")
    assert time.monotonic() - started < 20


@given(st.lists(st.sampled_from([
    "if (", ")", "{", "}", ";", "else", "IS_ENABLED(CONFIG_A)", "&&", "?", ":", "return", "case",
    "x", "(", "do", "while (", "switch (", CALL, ",", "=", "\n#if X\n", "\n#else\n", "\n#endif\n",
]), max_size=40))  # fmt: skip
def test_any_order_of_words_gives_an_answer(words: list[str]) -> None:
    sites_of(f"static void made(int x)\n{{ {CALL}; IS_ENABLED(CONFIG_A); {' '.join(words)}\n}}\n")
