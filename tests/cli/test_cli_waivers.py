"""Waivers in `lint` and `coverage`: what they let pass, and what becomes of those nobody needs."""

from __future__ import annotations

import json

import pytest

SITE = "kernel/poke.c:poke:smp_call_function_single"
NUDGE = """\
void nudge(int cpu)
{
\tsmp_call_function_single(cpu, poked, NULL, 0);
}

"""
LINT = """\
waivers:
  - id: poke-later
    rule: verdict
    file: data/callsites/core/poke.yaml
    reason: The table is being changed.
    until: {until}
"""
COVERAGE = """\
waivers:
  - id: poke-later
    rule: {rule}
    site: {site}
    reason: Its entry is being written.
    until: {until}
"""


@pytest.fixture
def wrong(data, scanned):
    """The small base with one verdict that the facts do not support."""
    entry = data / "callsites/core/poke.yaml"
    entry.write_text(entry.read_text().replace("verdict: tolerated", "verdict: concern"))
    return data / "waivers.yaml"


def test_lint_lets_pass_what_is_waived_and_says_how_much(run, wrong):
    problems = json.loads(run("lint", "--format", "json")[1])["problems"]
    assert {problem["code"] for problem in problems} == {
        "verdict",
        "concern-without-fix",
        "analysis",
    }
    wrong.write_text(LINT.format(until="2027-01-31"))
    code, out, err = run("lint", "--today", "2027-01-31")
    assert code == 1
    assert "[verdict]" not in out
    assert "[concern-without-fix]" in out
    assert "2 problems, 1 waived" in err


def test_an_expired_waiver_is_a_problem_and_lets_nothing_pass(run, wrong):
    wrong.write_text(LINT.format(until="2027-01-31"))
    code, out, _ = run("lint", "--today", "2027-02-01")
    assert code == 1
    assert (
        "data/waivers.yaml:6:12: `poke-later` ended, because today is 2027-02-01; mend what it let "
        "pass and remove it [waiver-expired]" in out
    )
    assert "[verdict]" in out


def test_a_waiver_of_a_tracked_kernel_has_ended_whatever_the_day(run, wrong):
    wrong.write_text(LINT.format(until="v6.12"))
    assert "because v6.12 is tracked" in run("lint", "--today", "2000-01-01")[1]


def test_a_waiver_that_lets_nothing_pass_is_a_problem(run, data, scanned):
    (data / "waivers.yaml").write_text(LINT.format(until="2027-01-31"))
    code, out, _ = run("lint", "--today", "2026-12-31")
    assert code == 1
    assert "waivers.yaml:2:9: nothing at data/callsites/core/poke.yaml breaks the rule" in out


@pytest.mark.parametrize("rule", ["verdikt", "schema", "waiver-expired", "fmt"])
def test_a_rule_that_cannot_be_waived_is_refused(run, wrong, rule):
    wrong.write_text(LINT.format(until="2027-01-31").replace("rule: verdict", f"rule: {rule}"))
    code, out, _ = run("lint", "--today", "2026-12-31")
    assert code == 1
    assert f"(got {rule!r}) [waiver-rule]" in out


def test_two_waivers_of_one_id_are_refused(run, wrong):
    text = LINT.format(until="2027-01-31")
    wrong.write_text(text + text.partition("\n")[2])
    assert "a waiver has the id 'poke-later' already" in run("lint", "--today", "2026-12-31")[1]


def test_coverage_lists_what_is_waived_and_does_not_fail_on_it(run, data, scanned):
    poke = scanned / "kernel/poke.c"
    poke.write_text(poke.read_text().replace("void poke(", NUDGE + "void poke("))
    assert run("scan", scanned, "--update", "v6.12")[0] == 0
    assert run("coverage")[0] == 1
    site = SITE.replace(":poke:", ":nudge:")
    text = COVERAGE.format(rule="missing", site=site, until="2027-01-31")
    (data / "waivers.yaml").write_text(text)
    code, out, err = run("coverage", "--today", "2027-01-31")
    assert code == 0
    assert "missing: kernel/poke.c:7" in out
    assert "(waived until 2027-01-31: poke-later)" in out
    assert "1 missing" in err
    report = json.loads(run("coverage", "--today", "2027-01-31", "--format", "json")[1])
    assert report["kernels"][0]["missing"][0]["function"] == "nudge"
    assert report["waived"] == [
        {"kernel": "v6.12", "kind": "missing", "site": site}
        | {"waiver": "poke-later", "until": "2027-01-31"}
    ]
    notice = run("coverage", "--today", "2027-01-31", "--format", "github")[1]
    assert "::notice file=kernel/poke.c,line=7,title=missing::" in notice


def test_coverage_fails_once_the_waiver_has_ended(run, data, scanned):
    entry = data / "callsites/core/poke.yaml"
    entry.write_text(entry.read_text().replace("func: poked", "func: prodded"))
    text = COVERAGE.format(rule="changed", site=SITE, until="2027-01-31")
    (data / "waivers.yaml").write_text(text)
    assert run("coverage", "--today", "2027-01-31")[0] == 0
    assert run("coverage", "--today", "2027-02-01")[0] == 1


def test_a_waiver_of_a_gap_that_is_closed_is_a_problem_once_all_kernels_were_read(
    run, data, scanned, tree
):
    text = COVERAGE.format(rule="missing", site=SITE, until="2027-01-31")
    (data / "waivers.yaml").write_text(text)
    code, out, _ = run("coverage", "--today", "2026-12-31")
    assert code == 1
    assert f"nothing at {SITE} breaks the rule 'missing' any more; remove `poke-later`" in out
