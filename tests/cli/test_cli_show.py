"""`lostipi show`: entries found by any of their names."""

import json


def test_a_caller_is_found_by_id_and_by_name(run):
    by_id = run("show", "core/poke")
    assert by_id == run("show", "poke")
    assert by_id[0] == 0
    assert "tolerated" in by_id[1]
    assert "The poke comes late" in by_id[1]


def test_an_api_is_found(run):
    code, out, _ = run("show", "smp_call_function_single")
    assert code == 0
    assert "The sender spins." in out


def test_a_name_that_no_entry_has_suggests_near_ones(run):
    code, _, err = run("show", "pook")
    assert code == 2
    assert "did you mean poke" in err


def test_json_is_the_entry(run):
    _, out, _ = run("show", "poke", "--format", "json")
    (entry,) = json.loads(out)["entries"]
    assert (entry["folder"], entry["id"]) == ("callsites", "core/poke")
    assert entry["assessments"][0]["verdict"] == "tolerated"


def test_an_unknown_kernel_is_refused(run):
    code, _, err = run("show", "poke", "--kernel", "v9.9")
    assert code == 2
    assert "tracked are v6.12" in err
