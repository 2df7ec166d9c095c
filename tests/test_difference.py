"""Differences between two states of the base, on the small book's entries."""

import itertools
from pathlib import Path

import pytest

from lostipi.coverage import Changed, Report
from lostipi.difference import State, difference, path
from lostipi.load import Knowledge
from lostipi.load.events import parse
from lostipi.load.knowledge import Loaded
from lostipi.load.positions import Positions
from lostipi.model.caller import Assessment, Caller, Confidence, Harm, Objective, Reach, Sender
from lostipi.model.kernels import Kernels
from lostipi.render.difference import LARGEST, markdown, text
from lostipi.review import Review
from lostipi.verdict import judge, worse
from smallbook import ASSESSMENT, CALLER, KERNELS


def loaded(entry):
    return Loaded(entry, Path("entry.yaml"), Positions(parse(b"{}").root))


def state(callers=None, reviews=None, **report):
    """A state with these callers, by default the small book's one."""
    if callers is None:
        callers = {"core/thing_sync": caller()}
    knowledge = Knowledge.__new__(Knowledge)
    for name, value in {
        "root": Path("data"),
        "apis": {},
        "callers": {name: loaded(entry) for name, entry in callers.items()},
        "preconditions": {},
        "detectors": {},
        "kernels_file": loaded(Kernels.model_validate(KERNELS)),
        "seed_file": None,
        "waivers_file": None,
        "broken": {f: frozenset() for f in ("callsites", "apis", "preconditions", "detectors")},
        "problems": (),
    }.items():
        object.__setattr__(knowledge, name, value)
    reports = {"v6.12": Report("v6.12", "6.12.9", 2, 1, **report)}
    return State(knowledge, reviews or {}, {}, reports)


def caller(**changes):
    return Caller.model_validate({**CALLER, "assessments": [{**ASSESSMENT, **changes}]})


def review(**changes):
    site = {
        "file": "kernel/thing.c",
        "function": "thing_sync",
        "api": "smp_call_function_single",
        "fingerprints": {"call": "0" * 16, "function": None, "func": None},
    }
    fields = {
        "entry": "core/thing_sync",
        "kernel": "v6.12",
        "release": "6.12.9",
        "date": "2026-01-01",
        "sites": [site],
    }
    return Review.model_validate({**fields, **changes})


STALL = {
    "harm": {"never": "stall", "late": "none"},
    "objective": ["availability"],
    "otherwise": "dos-only",
}


def test_equal_states_have_no_difference():
    found = difference(state(), state())
    assert found.is_empty
    assert text(found) == "nothing that the base says has changed\n"


def test_an_entry_is_added_or_removed():
    found = difference(state({"core/old": caller()}), state({"core/new": caller()}))
    assert (found.added, found.removed) == (("callsites/core/new",), ("callsites/core/old",))


def test_a_changed_verdict_comes_with_both_ways_through_the_table():
    (change,) = difference(state(), state({"core/thing_sync": caller(**STALL)})).verdicts
    assert (change.before, change.after) == ("excluded, else concern", "excluded, else dos-only")
    assert change.kernels == ("v6.1", "v6.12")
    assert change.platforms == ("sev-snp", "tdx")
    assert change.functions == ("thing_sync",)
    assert change.path_before.startswith(
        "harm wrong-state = concern; reach conditional (thing-off)"
    )
    assert change.path_after.startswith("no concern > no unknown > no fail-stop > harm stall = dos")


def test_a_fact_that_changes_no_verdict_is_an_edit():
    new = state({"core/thing_sync": caller(when=["boot"], fix="Wait longer.")})
    found = difference(state(), new)
    assert found.verdicts == ()
    assert [edit.fields for edit in found.edited] == [("assessments.fix", "assessments.when")]


def test_evidence_that_fell_away_is_told_once():
    evidence = [{"at": "kernel/smp.c:csd_unlock@v6.12", "shows": "it ends.", "basis": "source"}]
    found = difference(state(), state({"core/thing_sync": caller(evidence=evidence)}))
    assert [one.what for one in found.evidence] == ["kernel/smp.c:csd_lock+2@v6.12"]


def test_a_review_that_is_gone_or_no_longer_fits_fell_away():
    before = {"core/thing_sync": (review(),)}
    (lost,) = difference(state(reviews=before), state()).reviews
    assert lost.what == "the review of v6.12 is no longer recorded"
    changed = (
        Changed("core/thing_sync", "kernel/thing.c", 1, "thing_sync", "x", ("call",), "0", "1"),
    )
    (lost,) = difference(state(), state(changed=changed)).reviews
    assert lost.what == "the code or the facts of v6.12 are no longer as reviewed"
    assert difference(state(changed=changed), state(changed=changed)).reviews == ()


def test_new_reviews_are_counted_by_what_they_rest_on():
    after = (review(), review(kernel="v6.1", basis="unchanged", since="v6.12"))
    found = difference(state(), state(reviews={"core/thing_sync": after}))
    assert found.reviewed == {"read": 1, "unchanged": 1}
    assert "1 of code unchanged since a kernel that was reviewed" in text(found)


def test_a_precondition_is_affected_by_who_needs_it():
    free = {"reach": "yes", "preconditions": [], "verdict": "concern", "otherwise": None}
    free["advice"] = {"text": "Nothing."}
    (found,) = difference(state(), state({"core/thing_sync": caller(**free)})).preconditions
    assert (found.precondition, found.gained, found.lost) == (
        "thing-off",
        (),
        ("core/thing_sync",),
    )


def test_coverage_is_told_before_and_after():
    (one,) = difference(state(), state(listed=3)).coverage
    assert one.before == one.after
    assert one.after["sites"] == 2


REACHES = [reach for reach in Reach if reach is not Reach.NEVER]


@pytest.mark.parametrize(
    "reach, sender, harm, sure", [*itertools.product(REACHES, Sender, Harm, Confidence)]
)
def test_the_path_ends_where_the_verdict_is(reach, sender, harm, sure):
    objective = frozenset({Objective.INTEGRITY}) if harm is Harm.WRONG_STATE else frozenset()
    verdict, otherwise = judge(reach, sender, worse(harm, Harm.NONE), objective, sure)
    one = Assessment.model_validate(
        {
            **ASSESSMENT,
            "reach": reach,
            "preconditions": ASSESSMENT["preconditions"] if reach is Reach.CONDITIONAL else [],
            "sender": sender,
            "after_timeout": "A second." if sender is Sender.BOUNDED else None,
            "harm": {"never": harm, "late": "none"},
            "objective": list(objective),
            "confidence": {"level": sure, "to_be_sure": "Look."},
            "verdict": verdict,
            "otherwise": otherwise,
        }
    )
    told = path(one)
    assert told.endswith(f"= {verdict.value}" + (f", else {otherwise.value}" if otherwise else ""))
    assert f"reach {reach.value}" in told or verdict == "unknown"


def test_markdown_fits_into_a_comment_whatever_changed():
    many = {f"core/thing_{number}": caller() for number in range(5000)}
    written = markdown(difference(state({}), state(many)), "What changes")
    assert len(written) <= LARGEST
    assert "more; `lostipi diff` lists them" in written
    assert written.startswith("## What changes\n")
    assert written.count("<details>") == written.count("</details>") == 1


def test_markdown_has_verdicts_first():
    written = markdown(difference(state(), state({"core/thing_sync": caller(**STALL)})), "T")
    assert written.index("### Verdicts changed (1)") < written.index("### Entries edited")
    head = "- `core/thing_sync`: excluded, else concern -> excluded, else dos-only"
    assert head in written
