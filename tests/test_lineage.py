"""A caller through the kernels, on sites made by hand and on every entry of the real data."""

from dataclasses import replace
from pathlib import Path

import pytest

from lostipi import measure
from lostipi.coverage import of_callers
from lostipi.kernel.shape import Fingerprints, Site
from lostipi.lineage import Form, forms, lineage
from lostipi.load import load

DATA = Path(__file__).parents[1] / "data"


def site(**changes: object) -> Site:
    base = Site(
        file="kernel/thing.c",
        line=10,
        end_line=10,
        function="thing_sync",
        api="smp_call_function",
        func="thing_set",
        wait="no-wait",
        wait_expr="0",
        result="ignored",
        weak=False,
        guards=(),
        is_enabled=(),
        kconfig=((),),
        x86="x86",
        x86_reason=None,
        fingerprints=Fingerprints("c0", "f0", "g0"),
    )
    return replace(base, **changes)


def test_a_function_is_followed_under_its_other_names_from_any_of_them():
    old = site(function="thing_flush", file="kernel/old.c")
    middle, new = site(), site(line=20)
    inventories = {
        "v5.10": [old],
        "v6.1": [middle],
        "v6.12": [new, site(function="other", func="x")],
    }
    wanted = {"v5.10": (old,), "v6.1": (middle,), "v6.12": (new,)}
    assert lineage(inventories, "kernel/old.c", "thing_flush") == wanted
    assert lineage(inventories, "kernel/thing.c", "thing_sync") == wanted


def test_a_call_that_only_one_kernel_has_belongs_to_its_function():
    second = site(line=12, api="on_each_cpu", func="thing_clear", wait="waits")
    found = lineage({"v6.1": [site()], "v6.12": [site(), second]}, "kernel/thing.c", "thing_sync")
    assert found == {"v6.1": (site(),), "v6.12": (site(), second)}


def test_an_unknown_function_has_no_lineage():
    assert lineage({"v6.1": [site()]}, "kernel/thing.c", "thing") == {}


def test_calls_of_one_form_are_one_item_with_their_number():
    twice = [site(), site(line=14), site(line=12, func="thing_clear")]
    assert forms({"v6.1": [site()], "v6.12": twice, "v7.2": twice}) == (
        Form(
            ("v6.1",),
            "kernel/thing.c",
            "thing_sync",
            "smp_call_function",
            "thing_set",
            "no-wait",
            1,
        ),
        Form(
            ("v6.12", "v7.2"),
            "kernel/thing.c",
            "thing_sync",
            "smp_call_function",
            "thing_set",
            "no-wait",
            2,
        ),
        Form(
            ("v6.12", "v7.2"),
            "kernel/thing.c",
            "thing_sync",
            "smp_call_function",
            "thing_clear",
            "no-wait",
            1,
        ),
    )


@pytest.fixture(scope="module")
def real():
    knowledge = load(DATA)
    apis = {name: loaded.entry for name, loaded in knowledge.apis.items()}
    inventories = {
        n: of_callers(apis, measure.committed(knowledge, n).sites) for n in knowledge.kernels.names
    }
    return knowledge, inventories


GROUPED_BY_HAND = {
    "core/kgdb_roundup_cpus",
    "core/panic_other_cpus_shutdown",
    "core/watchdog_hardlockup_check",
    "kvm/kvm_vcpu_trigger_posted_interrupt",
    "x86/do_boot_cpu",
    "x86/snp_prepare",
    "x86/snp_rmptable_init",
}
"""Entries for which a human put functions together, or took one apart, that code alone does not."""


def test_the_inventories_know_the_sites_of_every_entry(real):
    """The entries were written by hand, so they say what a draft has to know."""
    knowledge, inventories = real
    told, known = {}, {}
    for identifier, loaded in knowledge.callers.items():
        last = loaded.entry.sites[-1]
        found = forms(lineage(inventories, last.file, last.function))
        known[identifier] = {
            (kernel, f.file, f.function, f.api, f.func, f.wait, f.calls)
            for f in found
            for kernel in f.kernels
        }
        told[identifier] = {
            (kernel, s.file, s.function, s.api, s.func, s.wait.value, s.calls)
            for s in loaded.entry.sites
            for kernel in s.kernels
        }
    assert len(told) > 200
    differ = {identifier for identifier in told if known[identifier] != told[identifier]}
    assert differ == GROUPED_BY_HAND, "others differ, or some of these no longer do"
