"""Calls planted, deleted and altered in a small tree are noticed by coverage."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from kernel.ipi_shapes import SHAPES, MemoryTree
from lines import Text
from lostipi.kernel.scan import ScanResult, scan
from lostipi.kernel.shape import Gate, Site
from lostipi.model.caller import Caller
from planting import Bed, Edit, Overlay, Place, Planter, kind_of
from plants import DEFINES, HEADS, STATEMENTS, WAYS, every_shape, write_plant

HERE = Path(__file__).parent
TRIES = 150

# Fixtures whose braces, comments or parentheses are not closed are left out: nothing can be
# planted behind them.
BROKEN = {"extra_brace.c", "missing_brace.c", "unclosed_comment.c", "unmatched_calls.c"}
# Its last function has a typeof(x)(name(y)) head; right behind a macro without a semicolon it is
# taken for the macro's. Either alone is read right.
ODD = {"old_style.c"}

PLAIN = b"""\
#ifndef CONFIG_SMP

int up(int cpu)
{
\tcpu++;
\treturn cpu;
}
#else

static void __init first(struct planted *p,
\t\t\t int (*fn)(void *))
{
\tint a[2] = { 1, 2 };

\tif (p) {
\t\tfn(p);
\t}
\tfor (a[0] = 0; a[0];
\t     a[0]++)
\t\tfn(a);
}

int second(void)
{
\treturn 0;
}

#endif
"""


def gate(path: str) -> Gate:
    return Gate(((),), "no" if "known" in path else "x86", None)


def caller(sites: list[Site]) -> Caller:
    """An entry that claims all calls of one API in one function, as they are."""
    forms = Counter((s.file, s.function, s.api, s.func, s.wait) for s in sites)
    return Caller.model_validate(
        {
            "title": "t",
            "sites": tuple(
                {
                    "label": f"s{number}",
                    "kernels": ("v6.12",),
                    "file": file,
                    "function": function,
                    "api": api,
                    "func": func,
                    "wait": wait,
                    "calls": calls,
                }
                for number, ((file, function, api, func, wait), calls) in enumerate(forms.items())
            ),
            "assessments": (
                {
                    "kernels": ("v6.12",),
                    "reach": "never",
                    "never_reason": "not-x86",
                    "verdict": "not-applicable",
                    "consequence": {"sentence": "none"},
                    "confidence": {"level": "high"},
                },
            ),
        }
    )


@pytest.fixture(scope="module")
def bed() -> Bed:
    files = {
        f"kernel/{path.name}": path.read_bytes()
        for path in (HERE / "kernel" / "fixtures").glob("*.[ch]")
        if path.name not in BROKEN | ODD
    }
    tree = MemoryTree({**files, "kernel/plain.c": PLAIN})
    result = scan(tree, SHAPES, gate)
    functions: dict[tuple[str, str], list[Site]] = {}
    for site in result.sites:
        functions.setdefault((site.file, site.function or ""), []).append(site)
    callers = {f"core/{f}-{g}": caller(sites) for (f, g), sites in functions.items() if g}
    return Bed(tree, "v6.12", {}, callers, {}, SHAPES, gate, result.sites)


def test_the_small_tree_is_covered_before_anything_is_planted(bed):
    assert bed.before.covered == bed.before.required > 50
    assert not (bed.before.missing or bed.before.stale or bed.before.changed)


def test_every_change_is_noticed(bed):
    planter = Planter(bed, "tests")
    edits = [planter.edit(number) for number in range(TRIES)]
    missed = {f"{edit.file}: {edit.kind}": bed.missed(edit) for edit in edits}
    assert {key: why for key, why in missed.items() if why} == {}
    assert len({kind_of(edit) for edit in edits}) == 11


@pytest.mark.parametrize("where, what", every_shape(), ids=lambda value: value)
def test_every_shape_is_found_in_a_file_of_its_own(bed, where, what):
    text = Text("kernel/plain.c", PLAIN)
    for number, (shape, way) in enumerate(zip(SHAPES, WAYS * 2, strict=False)):
        plant = write_plant(shape, what, way, f"planted_{number}", random.Random(number))
        line = 26 if where == "file scope" else 17
        function = plant.function or "first"
        edit = Edit(
            what,
            text.file,
            text.with_line(line, plant.text),
            new=(Place(text.file, function, shape.name),),
            required=True,
        )
        assert bed.missed(edit) == [], plant.text


def without(result: ScanResult, keep: object) -> ScanResult:
    result.sites[:] = [site for site in result.sites if keep(site)]  # type: ignore[operator]
    return result


@pytest.mark.parametrize(
    "blind",
    [
        lambda site: site.wait != "no-wait",
        lambda site: site.result != "void",
        lambda site: not (site.function or "").startswith("planted_fn"),
        lambda site: site.line % 7,
        lambda site: site.end_line == site.line,
    ],
)
def test_a_scanner_that_loses_sites_is_found_out(bed, blind, monkeypatch):
    monkeypatch.setattr("planting.scan", lambda *words: without(scan(*words), blind))
    planter = Planter(bed, "tests")
    assert any(bed.missed(planter.edit(number)) for number in range(60))


def test_the_same_seed_makes_the_same_change_and_another_seed_another(bed):
    assert Planter(bed, "a").edit(7) == Planter(bed, "a").edit(7)
    assert Planter(bed, "a").edit(7) != Planter(bed, "b").edit(7)


def test_the_short_way_says_what_a_scan_of_the_whole_changed_tree_says(bed):
    planter = Planter(bed, "whole")
    for number in range(0, 30, 3):
        edit = planter.edit(number)
        whole = scan(Overlay(bed.tree, edit.file, edit.data), SHAPES, gate)
        assert sorted(bed.after(edit)) == sorted(whole.sites)


def test_functions_and_places_are_read_off_lines():
    text = Text("kernel/plain.c", PLAIN)
    assert [name for name, _, _ in text.functions] == ["up", "first", "second"]
    lines = {line for name, line in text.statement_places() if name == "first"}
    # Not inside the parentheses of for, nor behind the line that only ends in its first semicolon.
    assert lines == {12, 13, 15, 16, 17, 20}
    assert text.smp_off(4)
    assert not text.smp_off(14)


def test_shapes_are_many():
    assert len(STATEMENTS) + len(HEADS) + len(DEFINES) > 80
