"""Where a caller stands: per kernel and platform, and by default."""

import smallbook
from lostipi.model.base import Platform
from lostipi.model.caller import Caller, Verdict
from lostipi.model.precondition import Precondition
from lostipi.render.standing import Force, force, rank, standings, to_set, worst


def _forces(**changes: object) -> dict[tuple[str, str], Force]:
    book = smallbook.book(**changes)
    caller = book.callers["core/thing_sync"]
    return {(s.kernel, s.platform.value): force(book, s) for s in standings(book, caller)}


def _precondition(**changes: object) -> Precondition:
    held = [{**smallbook.PRECONDITION["held"][0], "platforms": None, **changes}]
    return Precondition.model_validate({**smallbook.PRECONDITION, "held": held})


def test_each_kernel_and_platform_is_judged_once() -> None:
    book = smallbook.book()
    found = standings(book, book.callers["core/thing_sync"])
    assert [(s.kernel, s.platform.value, s.labels) for s in found] == [
        ("v6.1", "tdx", ("sync",)),
        ("v6.1", "sev-snp", ("sync",)),
        ("v6.12", "tdx", ("sync",)),
        ("v6.12", "sev-snp", ("sync",)),
    ]


def test_a_kernel_without_the_call_is_not_judged() -> None:
    site = {**smallbook.CALLER["sites"][0], "kernels": ["v6.12"]}
    caller = Caller.model_validate({**smallbook.CALLER, "sites": [site]})
    book = smallbook.book(callers={"core/thing_sync": caller})
    assert {s.kernel for s in standings(book, caller)} == {"v6.12"}


def test_what_excludes_it_by_default_holds_it_on_that_platform_only() -> None:
    forces = _forces()
    assert forces["v6.12", "tdx"] is Force.HELD
    assert forces["v6.12", "sev-snp"] is Force.IN_FORCE


def test_a_precondition_that_only_the_host_holds_holds_nothing() -> None:
    forces = _forces(preconditions={"thing-off": _precondition(by=["host"])})
    assert set(forces.values()) == {Force.IN_FORCE}


def test_a_default_that_nobody_looked_at_decides_nothing() -> None:
    forces = _forces(preconditions={"thing-off": _precondition(default="unknown")})
    assert set(forces.values()) == {Force.MAYBE}


def test_one_alternative_that_holds_is_enough_and_all_of_it_must() -> None:
    fails = _precondition(default="fails")
    holds = _precondition(default="holds")
    both = {"thing-off": fails, "other-off": holds}
    either = smallbook.caller(preconditions=[["thing-off"], ["other-off"]])
    together = smallbook.caller(preconditions=[["thing-off", "other-off"]])
    for caller, expected in ((either, Force.HELD), (together, Force.IN_FORCE)):
        found = _forces(preconditions=both, callers={"core/thing_sync": caller})
        assert set(found.values()) == {expected}


def test_a_caller_that_nothing_excludes_is_in_force() -> None:
    caller = smallbook.caller(
        reach="yes",
        preconditions=[],
        verdict="concern",
        otherwise=None,
        advice={"text": "Nothing helps."},
    )
    assert set(_forces(callers={"core/thing_sync": caller}).values()) == {Force.IN_FORCE}


def test_a_concern_that_the_advice_takes_away_is_held_where_the_advice_holds_by_default() -> None:
    caller = smallbook.caller(
        reach="yes",
        preconditions=[],
        sender="goes-on",
        harm={"never": "none", "late": "wrong-state"},
        objective=["integrity"],
        verdict="concern",
        otherwise=None,
        advice={"preconditions": ["thing-off"]},
        fix="Wait.",
    )
    states = {"holds": Force.HELD, "fails": Force.IN_FORCE, "unknown": Force.MAYBE}
    for default, wanted in states.items():
        held = {"thing-off": _precondition(default=default)}
        forces = _forces(preconditions=held, callers={"core/thing_sync": caller})
        assert set(forces.values()) == {wanted}


def test_excluded_stands_just_behind_the_verdict_it_would_have() -> None:
    concern, hidden, unknown = (
        rank(Verdict.CONCERN),
        rank(Verdict.EXCLUDED, Verdict.CONCERN),
        rank(Verdict.UNKNOWN),
    )
    assert concern < hidden < unknown < rank(Verdict.DOS_ONLY) < rank(Verdict.FAIL_STOP)


def test_the_worst_standing_wins_and_the_newest_kernel_among_equals() -> None:
    book = smallbook.book()
    head = worst(standings(book, book.callers["core/thing_sync"]))
    assert head is not None
    assert (head.kernel, head.platform) == ("v6.12", Platform.SEV_SNP)
    assert worst([]) is None


def test_what_to_set_names_each_precondition_once_advice_first() -> None:
    caller = smallbook.caller(
        preconditions=[["other-off", "thing-off"]],
        advice={"preconditions": ["thing-off"]},
    )
    book = smallbook.book(callers={"core/thing_sync": caller})
    assert to_set(standings(book, caller)) == ["thing-off", "other-off"]
