"""`lostipi compare` on small kernels: inventories and trees."""

import json
import shutil

import pytest


@pytest.fixture
def newer(tree, tmp_path):
    """A later kernel: the caller has another name and a line above it, and there is a new one."""
    root = tmp_path / "linux-next"
    shutil.copytree(tree, root)
    makefile = root / "Makefile"
    makefile.write_text(makefile.read_text().replace("PATCHLEVEL = 12", "PATCHLEVEL = 13"))
    poke = root / "kernel/poke.c"
    poke.write_text(
        "/* A comment. */\n"
        + poke.read_text().replace("poke(int", "poke_cpu(int")
        + "void prod(int cpu)\n{\n\tsmp_call_function_single(cpu, prodded, NULL, 1);\n}\n"
    )
    return root


def test_an_inventory_compared_with_itself_is_kept(run, scanned):
    code, out, err = run("compare", "v6.12", "v6.12")
    assert code == 0
    assert out == "kept: kernel/poke.c:7: poke: smp_call_function_single\n"
    counts = "1 kept, 0 moved, 0 renamed, 0 changed, 0 gone, 0 new"
    assert err == f"v6.12 (6.12.7) to v6.12 (6.12.7): {counts}\n"


def test_a_tree_may_stand_for_a_kernel_and_differences_are_no_failure(run, scanned, newer):
    code, out, err = run("compare", "v6.12", newer)
    assert code == 0
    assert out.splitlines() == [
        "renamed: kernel/poke.c:8: poke_cpu: smp_call_function_single; "
        "was poke at kernel/poke.c:7 (same body under another name or in another file)",
        "new: kernel/poke.c:12: prod: smp_call_function_single",
    ]
    assert err.startswith("v6.12 (6.12.7) to v6.13 (6.13.7): 0 kept, 0 moved, 1 renamed, ")


def test_two_trees_need_no_inventory(run, tree, newer):
    _, out, _ = run("compare", newer, tree)
    assert [line.partition(":")[0] for line in out.splitlines()] == ["renamed", "gone"]


def test_a_changed_site_names_its_layers_and_both_sides_of_what_differs(run, scanned, tmp_path):
    root = tmp_path / "changed"
    shutil.copytree(scanned, root)
    poke = root / "kernel/poke.c"
    poke.write_text(
        "#ifdef CONFIG_POKE\n" + poke.read_text().replace("NULL, 0)", "NULL, 1)") + "#endif\n"
    )
    _, out, _ = run("compare", "v6.12", root)
    assert out == (
        "changed: kernel/poke.c:8: poke: smp_call_function_single; differs in call, function; "
        "wait no-wait -> waits; wait_expr 0 -> 1; guards [] -> [defined(CONFIG_POKE)]\n"
    )


def test_only_lists_what_is_asked_for_and_counts_all(run, scanned, newer):
    _, out, err = run("compare", "v6.12", newer, "--only", "new", "--only", "gone")
    assert out == "new: kernel/poke.c:12: prod: smp_call_function_single\n"
    assert "1 renamed" in err


def test_json_has_both_kernels_the_counts_and_both_records(run, scanned, newer):
    code, out, _ = run("compare", "v6.12", newer, "--format", "json")
    record = json.loads(out)
    assert code == 0
    assert record["old"] == {"name": "v6.12", "release": "6.12.7", "path": None}
    assert record["new"] == {"name": "v6.13", "release": "6.13.7", "path": str(newer)}
    assert record["counts"] == {
        "kept": 0,
        "moved": 0,
        "renamed": 1,
        "changed": 0,
        "gone": 0,
        "new": 1,
    }
    renamed, new = record["sites"]
    assert list(renamed) == ["status", "why", "layers", "facts", "old", "new"]
    assert (renamed["status"], renamed["layers"], renamed["facts"]) == ("renamed", [], {})
    assert (renamed["old"]["function"], renamed["new"]["function"]) == ("poke", "poke_cpu")
    assert (new["status"], new["why"], new["old"]) == ("new", None, None)


def test_two_runs_write_the_same(run, scanned, newer):
    words = ("compare", "v6.12", newer, "--format", "json")
    assert run(*words) == run(*words)


@pytest.mark.parametrize(
    "words, says",
    [
        (["v6.12", "v9.9"], "'v9.9' is neither a tracked kernel (v6.12) nor the path of a tree"),
        (["v6.12", "/"], "/"),
        (["v6.12"], "NEW"),
        (["v6.12", "v6.12", "--only", "lost"], "lost"),
    ],
)
def test_what_cannot_be_compared_says_why_and_exits_with_2(run, scanned, words, says):
    code, out, err = run("compare", *words)
    assert (code, out) == (2, "")
    assert says in err
    assert "Traceback" not in err


def test_a_broken_or_missing_inventory_cannot_be_compared(run, data, tree):
    code, _, err = run("compare", "v6.12", tree)
    assert code == 2
    assert "lostipi scan TREE --update v6.12" in err
    path = data / "inventory/v6.12.jsonl"
    path.parent.mkdir()
    path.write_text("{}\n")
    code, _, err = run("compare", "v6.12", tree)
    assert code == 2
    assert "v6.12.jsonl:1" in err


def test_coverage_counts_a_renamed_caller_in_a_tree_of_no_tracked_line(run, scanned, newer):
    code, out, err = run("coverage", "--tree", newer)
    assert code == 1
    assert out == (
        "v6.13: missing: kernel/poke.c:12: smp_call_function_single in prod has no entry\n"
    )
    assert "2 sites, 1 covered, 1 missing, 0 stale" in err
