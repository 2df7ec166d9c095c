"""`lostipi lint`: what is reported, and why a rule exists."""

import json

import pytest


def test_a_sound_base_has_no_problem(run, scanned):
    code, out, err = run("lint")
    assert (code, out) == (0, "")
    assert "0 problems" in err


def test_a_problem_has_file_line_and_column(run, data, scanned):
    entry = data / "callsites/core/poke.yaml"
    entry.write_text(entry.read_text().replace("verdict: tolerated", "verdict: concern"))
    code, out, _ = run("lint")
    assert code == 1
    assert "data/callsites/core/poke.yaml:22:14: must be `tolerated`" in out


def test_paths_narrow_the_report_and_not_the_reading(run, data, scanned):
    entry = data / "callsites/core/poke.yaml"
    entry.write_text(entry.read_text().replace("verdict: tolerated", "verdict: concern"))
    assert run("lint", data / "apis")[:2] == (0, "")
    assert run("lint", entry)[0] == 1


@pytest.mark.parametrize("form", ["json", "sarif"])
def test_machine_formats_are_json_even_without_problems(run, scanned, form):
    code, out, _ = run("lint", "--format", form)
    assert code == 0
    json.loads(out)


def test_explain_gives_the_reason_and_the_right_form(run):
    code, out, _ = run("lint", "--explain", "citation-kernel")
    assert code == 0
    assert "Right: `at: kernel/smp.c:csd_lock@v6.12`" in out


def test_an_unknown_rule_is_told_with_those_that_exist(run):
    code, _, err = run("lint", "--explain", "nonsense")
    assert code == 2
    assert "citation-kernel" in err


def test_a_path_that_is_not_there_is_told(run, data):
    code, _, err = run("lint", data / "nowhere.yaml")
    assert code == 2
    assert "there is no such file or folder" in err
