"""Plans of upgrades, on the real data with nothing looked up and on one site made by hand."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from lostipi import measure
from lostipi.compare import compare
from lostipi.kernel.inventory import Name
from lostipi.load import load
from lostipi.model.base import Evidence
from lostipi.upgrade.others import others
from lostipi.upgrade.plan import Code, Difference, Step, cited, cited_reason, plan

DATA = Path(__file__).parents[1] / "data"
NOTHING = Code({}, {}, {}, {})


@pytest.fixture(scope="module")
def real():
    knowledge = load(DATA)
    return knowledge, {n: measure.committed(knowledge, n).sites for n in knowledge.kernels.names}


def without(knowledge, kernel):
    """The real data as they were before a kernel was judged: the last one."""

    def cut(loaded):
        entry = loaded.entry
        sites = tuple(
            one.model_copy(update={"kernels": kept})
            for one in entry.sites
            if (kept := tuple(name for name in one.kernels if name != kernel))
        )
        labels = {one.label for one in sites}
        judged = tuple(
            one.model_copy(
                update={"kernels": kept, "sites": one.sites and tuple(labels & {*one.sites})}
            )
            for one in entry.assessments
            if (kept := tuple(name for name in one.kernels if name != kernel))
        )
        return replace(
            loaded, entry=entry.model_copy(update={"sites": sites, "assessments": judged})
        )

    callers = {name: cut(loaded) for name, loaded in knowledge.callers.items()}
    return replace(knowledge, callers={n: c for n, c in callers.items() if c.entry.sites})


def test_where_both_kernels_are_judged_there_is_nothing_to_do(real):
    knowledge, inventories = real
    for step in pairwise(inventories):
        made = plan(
            knowledge,
            Step(*step),
            inventories[step[0]],
            inventories[step[1]],
            NOTHING,
            across_platforms=True,
        )
        assert [entry.identifier for entry in made.entries if not entry.is_done] == []
        assert made.new == ()
        # An API that the newer kernel no longer has stays to be looked at.
        left = others(knowledge, Step(*step), {}, {})
        assert [one.name for one in left if one.folder != "apis"] == []


def test_nothing_is_carried_whose_code_differs(real):
    knowledge, inventories = real
    step = Step("v6.12", "v7.2")
    made = plan(without(knowledge, "v7.2"), step, *(inventories[n] for n in step), NOTHING)
    changed = {pair.old for pair in compare(*(inventories[n] for n in step)) if pair.layers}
    carried = [entry for entry in made.entries if entry.carried and not entry.open]
    assert len(carried) > 50
    for entry in carried:
        assert not changed & {pair.old for _, pair in entry.pairs}
        assert entry.reasons == ()


def test_every_call_of_the_new_kernel_is_put_somewhere(real):
    """Each site that needs an entry is added to one, or is new: none slips past."""
    knowledge, inventories = real
    step = Step("v6.12", "v7.2")
    made = plan(without(knowledge, "v7.2"), step, *(inventories[n] for n in step), NOTHING)
    there = {(s.file, s.function, s.api, s.func, s.wait) for s in inventories["v7.2"]}
    put = {
        (f.form.file, f.form.function, f.form.api, f.form.func, f.form.wait)
        for entry in made.entries
        for f in entry.added
    }
    put |= {(s.file, s.function, s.api, s.func, s.wait) for group in made.new for s in group}
    real_ones = {
        (s.file, s.function, s.api, s.func, s.wait.value)
        for loaded in knowledge.callers.values()
        for s in loaded.entry.sites
        if "v7.2" in s.kernels
    }
    assert put <= there
    assert real_ones <= put


EVIDENCE = [
    Evidence(at=at, shows="it.", basis="source")
    for at in ("a.c:old@v5.10", "a.c:both@v6.1", "a.c:both@v6.12", "a.c:new@v7.2")
]


def test_code_cited_before_the_old_kernel_counts_and_after_it_does_not():
    step = Step("v6.1", "v6.12")
    assert cited(EVIDENCE, step) == (("a.c", "old"), ("a.c", "both"))


def name(fingerprint: str) -> Name:
    return Name("a.c", "f", "function", 1, 2, fingerprint)


@pytest.mark.parametrize(
    "was, now, told",
    [
        ("0" * 16, "0" * 16, None),
        ("0" * 16, "1" * 16, "differs"),
        ("0" * 16, None, "is no longer there"),
        (None, "1" * 16, None),
    ],
)
def test_cited_code_is_a_reason_when_it_is_not_the_same(was, now, told):
    place = ("a.c", "f")
    found = cited_reason(
        place, {place: name(was)} if was else {}, {place: name(now)} if now else {}
    )
    if told is None:
        assert found is None
    else:
        assert found is not None
        assert found.text == f"`f` of a.c, which is cited, {told}"
        assert found.differences == (Difference(place, place if now else None),)
