"""The inventories say what was read by hand in the source of their kernels.

The facts of a kernel that has no inventory are held to its tree by `scripts/spot-check`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from byhand import (
    FIELDS,
    ODD_KINDS,
    Fact,
    draw,
    drawn,
    kind_differences,
    oddness,
    read_facts,
    site_differences,
)
from lostipi.kernel.inventory import Inventory, read_inventory
from lostipi.kernel.occurrences import Kind, Occurrence
from lostipi.kernel.shape import Fingerprints, Site

FACTS = {
    path.stem: read_facts(path)
    for path in (Path(__file__).parent / "kernel/spotchecks").glob("*.yaml")
}
ROOT = Path(__file__).resolve().parents[1]
INVENTORIES = {
    path.stem: read_inventory(path) for path in (ROOT / "data/inventory").glob("v*[0-9].jsonl")
}

READ = [
    pytest.param(
        INVENTORIES[kernel],
        fact,
        id=f"{kernel}-{fact.file}:{fact.line}",
    )
    for kernel, facts in FACTS.items()
    if kernel in INVENTORIES
    for fact in facts.sites
]
SITE = Site(
    file="kernel/a.h",
    line=3,
    end_line=4,
    function="caller",
    api="on_each_cpu",
    func="work",
    wait="no-wait",
    wait_expr="0",
    result="ignored",
    weak=False,
    guards=("defined(CONFIG_SMP)",),
    is_enabled=(),
    kconfig=(("CONFIG_B",), ("CONFIG_A",)),
    x86="x86",
    x86_reason=None,
    fingerprints=Fingerprints("0" * 16, "a" * 16, None),
)
FACT = Fact(
    "kernel/a.h",
    3,
    "on_each_cpu",
    {
        "function": "caller",
        "func": "work",
        "wait": "no-wait",
        "result": "ignored",
        "weak": False,
        "guards": ["defined(CONFIG_SMP)"],
        "kconfig": [["CONFIG_A"], ["CONFIG_B"]],
        "x86": "x86",
    },
)
NAMED = Occurrence("kernel/a.c", 7, 4, "on_each_cpu", "comment")


def test_each_tracked_kernel_and_one_that_is_not_were_read() -> None:
    assert set(INVENTORIES) < set(FACTS)
    for kernel, facts in FACTS.items():
        assert len({(f.file, f.line, f.name) for f in facts.sites}) == 20, kernel
        assert len(facts.others) == 20, kernel
        assert facts.release.startswith(kernel[1:] + ".")
        assert {fact.read["kind"] for fact in facts.others} < set(get_args(Kind)) - {"call"}


@pytest.mark.parametrize(("inventory", "fact"), READ)
def test_an_inventory_says_what_was_read(inventory: Inventory, fact: Fact) -> None:
    assert site_differences(fact, inventory.sites) == []


def test_the_facts_are_of_the_releases_that_were_scanned() -> None:
    for kernel, inventory in INVENTORIES.items():
        assert FACTS[kernel].release == inventory.release


def test_a_site_as_it_was_read_differs_in_nothing() -> None:
    assert site_differences(FACT, [SITE]) == []
    assert set(FACT.read) == set(FIELDS)


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("function", "another"),
        ("func", None),
        ("wait", "waits"),
        ("result", "used"),
        ("weak", True),
        ("guards", ()),
        ("kconfig", ((),)),
        ("x86", "x86_64"),
    ],
)
def test_each_field_that_was_read_is_compared(field: str, other: object) -> None:
    (line,) = site_differences(FACT, [replace(SITE, **{field: other})])  # type: ignore[arg-type]
    assert line.startswith(f"kernel/a.h:3: on_each_cpu(): {field}: read ")


def test_a_site_that_is_not_there_is_a_difference() -> None:
    assert "found 0 times" in site_differences(FACT, [replace(SITE, line=4)])[0]
    assert "found 2 times" in site_differences(FACT, [SITE, SITE])[0]


def test_the_kind_of_a_name_is_compared() -> None:
    fact = Fact("kernel/a.c", 7, "on_each_cpu", {"kind": "comment", "column": 4})
    assert kind_differences(fact, [NAMED]) == []
    assert kind_differences(fact, [replace(NAMED, kind="other")])
    assert kind_differences(fact, [replace(NAMED, column=5)])


def test_a_field_that_nobody_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "v1.0.yaml"
    path.write_text("release: 1.0.1\nsites: [{at: 'a.c:1', api: on_each_cpu}]\nothers: []\n")
    with pytest.raises(ValueError, match=r"v1\.0\.yaml: a\.c:1: not the fields"):
        read_facts(path)


def test_what_is_to_be_read_is_drawn_from_a_seed_and_tells_nothing_of_the_scan() -> None:
    sites = [replace(SITE, line=line) for line in range(1, 100)]
    names = [replace(NAMED, line=line) for line in range(1, 100)]
    text = drawn(sites, names, "one")
    assert text == drawn(sites, names, "one") != drawn(sites, names, "two")
    assert (text.count("api: "), text.count("name: ")) == (20, 20)
    assert "work" not in text
    assert "comment" not in text


def test_the_odd_are_drawn_rather_than_the_plain() -> None:
    plain = replace(SITE, file="a.c", guards=(), kconfig=((),))
    assert oddness(plain) < oddness(replace(plain, wait="runtime")) < oddness(SITE)
    sites = [plain] * 100 + [SITE] * 100
    odd = draw(sites, lambda site: 1 + oddness(site) ** 2, 20, "seed").count(SITE)
    assert odd > 10
    assert set(ODD_KINDS) | {"call"} == set(get_args(Kind))
