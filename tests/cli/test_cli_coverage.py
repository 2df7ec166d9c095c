"""`lostipi coverage` on a small kernel: what is noticed, and what fails."""

import json

import pytest


def test_a_base_that_fits_its_kernel_is_clean(run, scanned):
    code, out, err = run("coverage")
    assert (code, out) == (0, "")
    assert "v6.12 (6.12.7): 1 site, 1 covered, 0 missing" in err


def test_a_tree_of_the_same_release_is_identical_to_its_inventory(run, scanned):
    code, out, _ = run("coverage", "--tree", scanned)
    assert (code, out) == (0, "")


def test_a_new_call_is_missing_and_a_difference(run, scanned):
    poke = scanned / "kernel/poke.c"
    poke.write_text(
        poke.read_text() + "void prod(void)\n{\n\tsmp_call_function_single(1, f, NULL, 1);\n}\n"
    )
    code, out, _ = run("coverage", "--tree", scanned)
    assert code == 1
    assert "missing: kernel/poke.c:11: smp_call_function_single in prod has no entry" in out
    assert "difference: kernel/poke.c:11" in out


def test_require_seed_lets_other_callers_be_missing_but_not_those_of_the_issue(run, data, scanned):
    poke = scanned / "kernel/poke.c"
    poke.write_text(
        poke.read_text() + "void prod(void)\n{\n\tsmp_call_function_single(1, f, NULL, 1);\n}\n"
    )
    assert run("scan", scanned, "--update", "v6.12")[0] == 0
    assert run("coverage", "--require", "seed")[0] == 0
    assert run("coverage")[0] == 1
    (data / "callsites/core/poke.yaml").unlink()
    code, out, _ = run("coverage", "--require", "seed")
    assert code == 1
    assert "in poke has no entry" in out


def test_a_deleted_call_is_stale_at_its_entry(run, scanned):
    poke = scanned / "kernel/poke.c"
    poke.write_text(poke.read_text().replace("smp_call_function_single", "other"))
    code, out, _ = run("coverage", "--tree", scanned)
    assert code == 1
    assert "stale: data/callsites/core/poke.yaml" in out


def test_a_changed_argument_is_changed_with_both_sides(run, scanned):
    poke = scanned / "kernel/poke.c"
    poke.write_text(poke.read_text().replace("NULL, 0)", "NULL, 1)"))
    code, out, _ = run("coverage", "--tree", scanned)
    assert code == 1
    assert "was func poked, wait no-wait; now func poked, wait waits" in out


def test_a_newer_release_shows_drift_and_does_not_fail_for_it(run, scanned):
    makefile = scanned / "Makefile"
    makefile.write_text(makefile.read_text().replace("SUBLEVEL = 7", "SUBLEVEL = 8"))
    poke = scanned / "kernel/poke.c"
    poke.write_text("/* moved down a line */\n" + poke.read_text())
    code, out, err = run("coverage", "--tree", scanned)
    assert code == 0
    assert "drift: kernel/poke.c:8" in out
    assert "drift of 1 site" in err
    assert run("coverage", "--tree", scanned, "--fail-on-drift")[0] == 1


def test_a_newer_release_with_new_and_changed_code_is_drift_too(run, scanned):
    assert run("review", "core/poke")[0] == 0
    makefile = scanned / "Makefile"
    makefile.write_text(makefile.read_text().replace("SUBLEVEL = 7", "SUBLEVEL = 8"))
    poke = scanned / "kernel/poke.c"
    text = poke.read_text().replace("void poke(int cpu)\n{", "void poke(int cpu)\n{\n\tx();")
    poke.write_text(text + "void prod(void)\n{\n\tsmp_call_function_single(1, f, NULL, 1);\n}\n")
    code, out, err = run("coverage", "--tree", scanned)
    assert code == 0
    assert "changed: kernel/poke.c:8" in out
    assert "missing: kernel/poke.c:12" in out
    assert "drift of 2 sites" in err
    assert run("coverage", "--tree", scanned, "--fail-on-drift")[0] == 1


def test_a_tree_of_no_tracked_line_is_held_against_the_nearest_older(run, scanned):
    makefile = scanned / "Makefile"
    makefile.write_text(makefile.read_text().replace("PATCHLEVEL = 12", "PATCHLEVEL = 13"))
    (scanned / "kernel/poke.c").rename(scanned / "kernel/moved.c")
    code, out, _ = run("coverage", "--tree", scanned, "--format", "json")
    (report,) = json.loads(out)["kernels"]
    assert report["kernel"] == "v6.13"
    assert report["compared_with"] == "v6.12"
    assert report["covered"] == 0 + report["sites"]
    assert not report["missing"]
    assert code == 0


def test_code_that_an_untracked_kernel_has_otherwise_was_not_reviewed(run, scanned):
    assert run("review", "core/poke")[0] == 0
    makefile = scanned / "Makefile"
    makefile.write_text(makefile.read_text().replace("PATCHLEVEL = 12", "PATCHLEVEL = 13"))
    assert run("coverage", "--tree", scanned)[0] == 0
    poke = scanned / "kernel/poke.c"
    text = poke.read_text()
    poke.write_text(text.replace("void poke(int cpu)\n{", "void poke(int cpu)\n{\n\tx();"))
    code, out, _ = run("coverage", "--tree", scanned)
    assert code == 1
    assert "v6.13: changed: kernel/poke.c:8" in out
    assert "the entry was judged by v6.12: read both" in out
    assert "lostipi review" not in out
    poke.write_text(text.replace("poke(int", "pook(int"))
    _, out, _ = run("coverage", "--tree", scanned)
    assert "v6.13: changed: kernel/poke.c" not in out, "a name alone is no change"
    poke.write_text("")
    code, out, _ = run("coverage", "--tree", scanned)
    assert (code, "take v6.13" in out) == (1, False)
    assert "the kernel has no smp_call_function_single in poke" in out


def test_json_has_the_promised_keys_and_lists_all_whatever_is_required(run, data, scanned):
    (data / "callsites/core/poke.yaml").unlink()
    code, out, _ = run("coverage", "--require", "seed", "--format", "json")
    (report,) = json.loads(out)["kernels"]
    assert report["kernel"] == "v6.12"
    assert (report["sites"], report["covered"]) == (1, 0)
    assert report["missing"] == [
        {
            "file": "kernel/poke.c",
            "line": 7,
            "function": "poke",
            "api": "smp_call_function_single",
        }
    ]
    assert {"stale", "changed", "overlapping"} <= report.keys()
    assert code == 1


@pytest.mark.parametrize(
    "break_it, says",
    [
        (lambda text: text.replace('"poke"', '"pook"'), "has no entry"),
        (lambda text: text.replace('"no-wait"', '"nowait"'), "data/inventory/v6.12.jsonl:2"),
        (lambda text: text[:-10], "data/inventory/v6.12.jsonl:2"),
        (lambda text: text.split("\n")[0] + "\n", "stale"),
        (lambda text: text.replace("6.12.7-1", "6.12.7-2"), "v6.12.jsonl:1"),
        (lambda text: "", "v6.12.jsonl:1"),
    ],
)
def test_an_inventory_broken_by_hand_fails_and_names_the_place(run, data, scanned, break_it, says):
    path = data / "inventory/v6.12.jsonl"
    path.write_text(break_it(path.read_text()))
    code, out, _ = run("coverage")
    assert code == 1
    assert says in out
    assert str(data.parent) not in out


def test_a_missing_inventory_says_how_to_make_it(run, data):
    code, out, _ = run("coverage")
    assert code == 1
    assert "lostipi scan TREE --update v6.12" in out


def test_code_other_than_reviewed_is_changed_until_it_is_reviewed_again(run, scanned):
    assert run("review", "core/poke", "--date", "2026-01-01")[0] == 0
    assert run("coverage")[0] == 0
    poke = scanned / "kernel/poke.c"
    poke.write_text(
        poke.read_text().replace("void poke(int cpu)\n{", "void poke(int cpu)\n{\n\tx();")
    )
    assert run("scan", scanned, "--update", "v6.12")[0] == 0
    code, out, _ = run("coverage")
    assert code == 1
    assert "changed: kernel/poke.c:8" in out
    assert ": function: was" in out
    assert run("review", "core/poke")[0] == 0
    assert run("coverage")[0] == 0


@pytest.mark.parametrize(
    "words, says",
    [
        (["--kernel", "v9.9"], "tracked are v6.12"),
        (["--against", "v6.12"], "--against goes with --tree"),
        (["--tree", "/nonexistent"], "/nonexistent"),
    ],
)
def test_what_cannot_run_says_why_and_exits_with_2(run, words, says):
    code, _, err = run("coverage", *words)
    assert code == 2
    assert says in err


def test_github_annotations_name_file_and_line(run, data, scanned):
    (data / "callsites/core/poke.yaml").unlink()
    _, out, _ = run("coverage", "--format", "github")
    lines = out.splitlines()
    assert "::error file=kernel/poke.c,line=7,title=missing::v6.12: " in lines[-1]
    assert all(line.startswith("::error") for line in lines)


def test_a_review_of_no_entry_is_told(run, data, scanned):
    assert run("review", "core/poke")[0] == 0
    (data / "callsites/core/poke.yaml").rename(data / "callsites/core/poke-a.yaml")
    code, out, _ = run("coverage")
    assert code == 1
    assert "data/reviews/core/poke.json: there is no entry of that name" in out
