"""`lostipi scan` on a small kernel."""

import json


def test_sites_are_printed_one_a_line(run, tree):
    code, out, err = run("scan", tree)
    assert code == 0
    assert out == "kernel/poke.c:7: poke: smp_call_function_single no-wait func=poked x86=x86\n"
    assert "6.12.7: 1 site" in err


def test_json_has_the_promised_keys(run, tree):
    _, out, _ = run("scan", tree, "--format", "json")
    record = json.loads(out)
    assert record["kernel"] == {"name": "v6.12", "release": "6.12.7", "path": str(tree)}
    (site,) = record["sites"]
    assert list(site) == [
        "file",
        "line",
        "end_line",
        "function",
        "api",
        "func",
        "wait",
        "wait_expr",
        "result",
        "weak",
        "guards",
        "is_enabled",
        "kconfig",
        "as_builtin",
        "x86",
        "x86_reason",
        "fingerprints",
    ]
    assert list(site["fingerprints"]) == ["call", "function", "func"]


def test_explain_classes_every_occurrence(run, tree):
    poke = tree / "kernel/poke.c"
    poke.write_text("/* smp_call_function_single() below */\n" + poke.read_text())
    code, out, _ = run("scan", tree, "--explain")
    assert code == 0
    assert [line.rpartition(": ")[2] for line in out.splitlines()] == [
        "comment",
        "call",
        "stub",
    ]


def test_update_writes_inventory_and_cited_names(run, data, tree):
    code, out, err = run("scan", tree, "--update", "v6.12")
    assert (code, out) == (0, "")
    assert "inventory, 3 cited names and 0 words written" in err
    names = (data / "inventory/v6.12.names.jsonl").read_text()
    assert '"symbol": "poke"' in names


def test_update_tells_the_place_of_a_citation_that_is_not_in_the_tree(run, data, tree):
    entry = data / "callsites/core/poke.yaml"
    entry.write_text(entry.read_text().replace("poke.c:poke@", "poke.c:pook@"))
    code, _, err = run("scan", tree, "--update", "v6.12")
    assert code == 1
    assert "data/callsites/core/poke.yaml:30:13: `pook` is not defined in kernel/poke.c" in err


def test_update_refuses_a_tree_of_another_line_or_release_and_writes_nothing(run, data, tree):
    makefile = tree / "Makefile"
    makefile.write_text(makefile.read_text().replace("PATCHLEVEL = 12", "PATCHLEVEL = 1"))
    code, _, err = run("scan", tree, "--update", "v6.12")
    assert code == 2
    assert "not a release of v6.12; nothing was written" in err
    assert not (data / "inventory").exists()


def test_what_is_no_kernel_tree_is_said_in_a_sentence(run, tmp_path):
    code, _, err = run("scan", tmp_path)
    assert code == 2
    assert "kernel" in err
    assert "Traceback" not in err


def test_names_only_leaves_the_inventory_alone(run, data, scanned):
    inventory = data / "inventory/v6.12.jsonl"
    before = inventory.read_bytes()
    poke = scanned / "kernel/poke.c"
    poke.write_text("\n\n" + poke.read_text())
    code, out, err = run("scan", scanned, "--update", "v6.12", "--names-only")
    assert (code, out) == (0, "")
    assert "v6.12: 3 cited names and 0 words written" in err
    assert inventory.read_bytes() == before
    assert '"line": 7' in (data / "inventory/v6.12.names.jsonl").read_text()


def test_names_only_alone_is_refused(run, tree):
    assert run("scan", tree, "--names-only")[0] == 2


def test_update_records_the_words_of_prose_that_the_tree_knows(run, data, tree):
    entry = data / "callsites/core/poke.yaml"
    prose = "Both `poked()` and `unpoke()` come late with `CONFIG_POKE`."
    entry.write_text(entry.read_text().replace("The poke comes late", prose))
    (tree / "kernel/Kconfig").write_text("config POKE\n\tbool\n")
    _, _, err = run("scan", tree, "--update", "v6.12", "--names-only")
    assert "2 words written" in err
    assert (data / "inventory/v6.12.words.txt").read_text() == "CONFIG_POKE\npoked\n"


def test_update_with_an_entry_that_cannot_be_read_writes_nothing(run, data, scanned):
    (data / "callsites/core/poke.yaml").write_text("[")
    names = data / "inventory/v6.12.names.jsonl"
    before = names.read_bytes()
    code, _, err = run("scan", scanned, "--update", "v6.12", "--names-only")
    assert code == 2
    assert "poke.yaml cannot be read, and what it names would be dropped" in err
    assert names.read_bytes() == before


WRAPPER = """\

void poke_it(int cpu, int wait)
{
	smp_call_function_single(cpu, poked, NULL, wait);
}

void poke_now(void)
{
	poke_it(1, 0);
}

static struct poke_ops ops = { .poke = poke_it };
"""


def test_wrappers_are_followed_to_those_who_decide(run, tree):
    poke = tree / "kernel/poke.c"
    poke.write_text(poke.read_text() + WRAPPER)
    code, out, err = run("scan", tree, "--wrappers")
    assert code == 0
    assert [
        line.partition(": poke_it ")[2] for line in out.splitlines() if ": poke_it " in line
    ] == [
        "(wait of smp_call_function_single, level 1) no-wait",
        "(wait of smp_call_function_single, level 1) forwarded wait: put into .poke",
    ]
    assert "that call or name them" in err


def test_wrappers_as_json_name_the_kernel_and_every_link(run, tree):
    poke = tree / "kernel/poke.c"
    poke.write_text(poke.read_text() + WRAPPER)
    record = json.loads(run("scan", tree, "--wrappers", "--format", "json")[1])
    assert record["kernel"]["release"] == "6.12.7"
    ends = {(link["wrapper"], link["end"], link["wait"]) for link in record["links"]}
    assert ("poke_it", "call", "no-wait") in ends
    assert ("poke_it", "address", "forwarded") in ends


def test_a_folder_without_its_makefile_is_a_problem_and_the_sites_are_given(run, scanned):
    tree = scanned
    (tree / "kernel/Makefile").unlink()
    code, out, err = run("scan", tree)
    assert code == 1
    assert "kernel/poke.c:7: poke: smp_call_function_single" in out
    assert "kernel/Makefile: is not there; what is built of its folder is not known\n" in err
    code, out, _ = run("coverage", "--tree", tree)
    assert code == 1
    assert "kernel/Makefile: is not there" in out
