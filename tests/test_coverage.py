"""Coverage, on sites and entries made by hand."""

from dataclasses import replace
from datetime import date

import pytest

from lostipi.coverage import cover, drift, is_required, of_callers
from lostipi.kernel.shape import Fingerprints, Site
from lostipi.model.api import Api, Callers
from lostipi.model.caller import Caller
from lostipi.review import reviews_of


def site(**changes: object) -> Site:
    base = Site(
        file="kernel/sched/fair.c",
        line=10,
        end_line=10,
        function="kick_ilb",
        api="smp_call_function_single_async",
        func="nohz_csd_func",
        wait="async",
        wait_expr=None,
        result="ignored",
        weak=False,
        guards=("defined(CONFIG_NO_HZ_COMMON)",),
        is_enabled=(),
        kconfig=((),),
        x86="x86",
        x86_reason=None,
        fingerprints=Fingerprints("c0", "f0", "g0"),
    )
    return replace(base, **changes)


def caller(*sites: dict[str, object]) -> Caller:
    made = [
        {
            "label": f"s{number}",
            "kernels": ("v6.12",),
            "file": "kernel/sched/fair.c",
            "function": "kick_ilb",
            "api": "smp_call_function_single_async",
            "func": "nohz_csd_func",
            "wait": "async",
        }
        | changes
        for number, changes in enumerate(sites or ({},))
    ]
    return Caller.model_validate(
        {
            "title": "t",
            "sites": tuple(made),
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


def api(**changes: object) -> Api:
    definition = {
        "kernels": ("v6.12",),
        "file": "kernel/smp.c",
        "form": "function",
        "signature": "int smp_call_function_single_async(int cpu, call_single_data_t *csd)",
        "csd": "csd",
        "waits": "never",
    } | changes
    return Api.model_validate(
        {
            "kind": "call-function",
            "summary": "s",
            "definitions": (definition,),
            "missing": {},
            "mutes": ("call-queue",),
            "evidence": ({"at": "kernel/smp.c:x@v6.12", "shows": "s", "basis": "source"},),
        }
    )


APIS = {"smp_call_function_single_async": api()}


def covered(callers, sites, reviews=None, kernel="v6.12"):
    return cover(callers, APIS, reviews or {}, kernel, "6.12.1", sites)


def test_a_site_with_an_entry_that_agrees_is_covered():
    report = covered({"sched/kick_ilb": caller()}, [site()])
    assert (report.required, report.covered) == (1, 1)
    assert not (report.missing or report.stale or report.changed or report.overlapping)


def test_a_site_without_an_entry_is_missing_with_its_line():
    report = covered({}, [site(line=42)])
    assert [(m.file, m.line, m.function, m.api) for m in report.missing] == [
        ("kernel/sched/fair.c", 42, "kick_ilb", "smp_call_function_single_async")
    ]
    assert report.covered == 0


def test_an_entry_for_a_site_that_is_gone_is_stale():
    report = covered({"sched/kick_ilb": caller()}, [])
    assert [(s.entry, s.function) for s in report.stale] == [("sched/kick_ilb", "kick_ilb")]


def test_an_entry_counts_only_in_the_kernels_it_names():
    report = covered({"sched/kick_ilb": caller()}, [site()], kernel="v7.2")
    assert len(report.missing) == 1
    assert not report.stale


def test_a_second_call_of_the_same_form_is_missing_until_the_entry_counts_it():
    twice = [site(), site(line=20, end_line=20)]
    assert len(covered({"sched/kick_ilb": caller()}, twice).missing) == 1
    assert not covered({"sched/kick_ilb": caller({"calls": 2})}, twice).missing


def test_an_entry_that_counts_a_call_too_many_is_stale():
    assert len(covered({"sched/kick_ilb": caller({"calls": 2})}, [site()]).stale) == 1


@pytest.mark.parametrize("field, value", [("func", "other_func"), ("wait", "no-wait")])
def test_a_fact_that_differs_is_changed_and_says_both_sides(field, value):
    report = covered({"sched/kick_ilb": caller()}, [site(**{field: value})])
    (change,) = report.changed
    assert change.layers == ("facts",)
    assert "nohz_csd_func" in change.was
    assert value in change.now
    assert not report.missing
    assert not report.stale


def test_two_entries_for_one_site_overlap():
    both = {"sched/kick_ilb": caller(), "sched/kick_ilb-again": caller()}
    report = covered(both, [site()])
    assert [o.entries for o in report.overlapping] == [("sched/kick_ilb", "sched/kick_ilb-again")]


@pytest.mark.parametrize(
    "changes, needs",
    [
        ({}, True),
        ({"x86": "x86_64"}, True),
        ({"x86": "compile-test"}, True),
        ({"x86": "x86_32"}, False),
        ({"x86": "no", "x86_reason": "CONFIG_MIPS"}, False),
        ({"guards": ("!(defined(CONFIG_SMP))",)}, False),
        ({"guards": ("!defined(CONFIG_SMP)",)}, False),
        ({"guards": ("!(!defined(CONFIG_SMP))",)}, True),
        ({"guards": ("defined(CONFIG_X)", "0")}, False),
    ],
)
def test_only_what_an_x86_smp_kernel_can_build_needs_an_entry(changes, needs):
    assert is_required(site(**changes)) is needs
    report = covered({}, [site(**changes)])
    assert bool(report.missing) is needs
    assert report.required + report.listed == 1


def test_where_callers_are_only_listed_a_site_is_not_about_a_caller():
    only_listed = api().model_copy(update={"callers": Callers.LISTED})
    apis = {"irq_work_queue": only_listed, "kick": api()}
    judged, listed = site(api="kick"), site(api="irq_work_queue")
    assert of_callers(apis, [listed, judged]) == (judged,)


def test_a_site_that_needs_no_entry_may_have_one():
    report = covered({"sched/kick_ilb": caller()}, [site(x86="no", x86_reason="r")])
    assert not report.stale
    assert report.required == 0


def test_a_changed_call_of_a_caller_entry_is_changed_also_inside_the_definition_of_an_api():
    place = {"file": "kernel/smp.c", "function": "smp_call_function_single_async"}
    report = covered({"core/async": caller(place)}, [site(func="other", **place)])
    assert [(c.entry, c.layers) for c in report.changed] == [("core/async", ("facts",))]
    assert not (report.stale or report.missing)
    assert report.covered == report.required == 1


def test_a_call_inside_the_definition_of_an_api_belongs_to_that_api():
    inside = site(file="kernel/smp.c", function="smp_call_function_single_async")
    assert not covered({}, [inside]).missing
    elsewhere = site(file="kernel/other.c", function="smp_call_function_single_async")
    assert covered({}, [elsewhere]).missing


@pytest.mark.parametrize(
    "prints, layers",
    [
        (("c1", "f0", "g0"), ("call",)),
        (("c0", "f1", "g0"), ("function",)),
        (("c0", "f0", "g1"), ("func",)),
        (("c1", "f1", None), ("call", "function", "func")),
    ],
)
def test_code_that_is_not_as_reviewed_is_changed_in_its_layer(prints, layers):
    entry = caller()
    review = reviews_of("sched/kick_ilb", entry, "v6.12", "6.12.1", [site()], date(2026, 1, 1))
    assert review is not None
    reviews = {"sched/kick_ilb": (review,)}
    same = covered({"sched/kick_ilb": entry}, [site()], reviews)
    assert not same.changed
    now = site(fingerprints=Fingerprints(*prints))
    (change,) = covered({"sched/kick_ilb": entry}, [now], reviews).changed
    assert change.layers == layers


def test_drift_lists_new_gone_and_changed_sites_and_nothing_for_equal_ones():
    other = site(function="trigger_load_balance", line=50, end_line=50)
    assert drift([site()], [site()]) == ()
    assert [d.kind for d in drift([site()], [site(), other])] == ["new"]
    assert [d.kind for d in drift([site(), other], [site()])] == ["gone"]
    (moved,) = drift([site()], [site(line=11, end_line=11)])
    assert (moved.kind, moved.what) == ("changed", "line, end_line")
