"""`lostipi upgrade` between two small kernels."""

import json
import shutil
from pathlib import Path

import pytest

PLATFORMS = "    platforms: [tdx, sev-snp]\n    platforms_why: Both.\n"

STEADY = """
static void nudged(void *info)
{
}

void nudge(int cpu)
{
\tsmp_call_function_single(cpu, nudged, NULL, 0);
}
"""

NEW_CALLER = """
static void prodded(void *info)
{
}

void prod(int cpu)
{
\tsmp_call_function_single(cpu, prodded, NULL, 1);
}
"""


@pytest.fixture
def old(run, data, tree):
    """The old kernel with two callers, both reviewed."""
    (tree / "kernel/nudge.c").write_text(STEADY)
    makefile = tree / "kernel/Makefile"
    makefile.write_text(makefile.read_text().replace("poke.o", "poke.o nudge.o"))
    entry = (data / "callsites/core/poke.yaml").read_text().partition("seed:")[0]
    for was, now in (("poked", "nudged"), ("poke", "nudge"), ("Pokes", "Nudges")):
        entry = entry.replace(was, now)
    entry = "# Mine, and to stay.\n" + entry.replace(
        "comes late, and nobody", "is late, and no one"
    )
    (data / "callsites/core/nudge.yaml").write_text(entry)
    assert run("scan", tree, "--update", "v6.12")[0] == 0
    assert run("review", "core/poke", "core/nudge")[0] == 0
    assert run("coverage")[0] == 0
    return tree


@pytest.fixture
def new(old, tmp_path):
    """The next kernel: one caller as it was, one changed, one more."""
    root = tmp_path / "next"
    shutil.copytree(old, root)
    (root / "Makefile").write_text("VERSION = 7\nPATCHLEVEL = 2\nSUBLEVEL = 1\nEXTRAVERSION =\n")
    poke = root / "kernel/poke.c"
    text = poke.read_text().replace("void poke(int cpu)\n{", "void poke(int cpu)\n{\n\tcpu++;")
    poke.write_text(text + NEW_CALLER)
    return root


@pytest.fixture
def upgrade(run, old, new, tmp_path):
    def call(*words):
        source = ("--source", "linux-source-7.2", "7.2.1-1", "cd" * 32)
        trees = ("--tree", new, "--old-tree", old)
        return run("upgrade", "v6.12", "v7.2", *trees, *source, "--date", "2026-02-03", *words)

    return call


def files(data):
    return {p.relative_to(data): p.read_bytes() for p in data.rglob("*.*") if p.name != ".lock"}


def test_what_is_the_same_is_carried_with_its_review(upgrade, data):
    code, out, err = upgrade()
    assert code == 1
    entry = (data / "callsites/core/nudge.yaml").read_text()
    assert entry.startswith("# Mine, and to stay.\n")
    assert entry.count("kernels: [v6.12, v7.2]") == 2
    older, newer = json.loads((data / "reviews/core/nudge.json").read_text())
    assert newer["basis"] == "unchanged"
    assert (newer["since"], newer["release"], newer["date"]) == ("v6.12", "7.2.1", "2026-02-03")
    assert newer["sites"] == older["sites"]
    assert "1 kept, 0 moved, 0 renamed, 1 changed, 0 gone, 1 new" in err
    assert "nudge" not in out


def test_what_changed_is_listed_with_the_difference_of_the_function(upgrade, data):
    code, out, _ = upgrade()
    assert code == 1
    reason = "the caller of poke() differs (changed)"
    assert f"read: data/callsites/core/poke.yaml: {reason}" in out
    worklist = data.parent / "worklist/v6.12-v7.2"
    assert reason in (worklist / "README.md").read_text()
    lines = (worklist / "core/poke.diff").read_text().splitlines()
    assert lines[0] == "--- kernel/poke.c:5 poke@v6.12"
    assert [line for line in lines if line.startswith(("+", "-"))][2:] == ["+\tcpu++;"]
    assert "poked" in "".join(lines)
    assert "prodded" not in "".join(lines)


def test_what_must_be_read_is_not_judged_until_it_was(upgrade, run, data):
    upgrade()
    entry = (data / "callsites/core/poke.yaml").read_text()
    assert entry.count("v7.2") == 1
    assert "no assessment judges v7.2" in run("lint", data / "callsites/core/poke.yaml")[1]
    assert len(json.loads((data / "reviews/core/poke.json").read_text())) == 1
    _, _, err = upgrade("--read", "core/poke")
    assert "1 recorded as read" in err
    assert (data / "callsites/core/poke.yaml").read_text().count("kernels: [v6.12, v7.2]") == 2
    newer = json.loads((data / "reviews/core/poke.json").read_text())[1]
    assert (newer["basis"], newer["since"]) == ("difference-read", "v6.12")
    assert run("lint", data / "callsites/core/poke.yaml")[:2] == (0, "")


def test_a_new_call_gets_a_draft_that_stays_as_it_is_answered(upgrade, data):
    _, out, _ = upgrade()
    assert "draft: data/callsites/core/prod.yaml" in out
    draft = data / "callsites/core/prod.yaml"
    assert "kernels: [v7.2]" in draft.read_text()
    assert "at: kernel/poke.c:prod+2@v7.2" in draft.read_text()
    draft.write_text(draft.read_text().replace("title: OPEN", "title: Prods a CPU"))
    upgrade()
    assert "title: Prods a CPU" in draft.read_text()


def test_the_kernel_is_tracked_with_its_inventory(upgrade, run, data, new):
    upgrade("--read", "core/poke")
    assert "  - name: v7.2\n    release: 7.2.1\n" in (data / "kernels.yaml").read_text()
    assert run("fmt", "--check")[1].count("prod.yaml") == len(run("fmt", "--check")[1].splitlines())
    _, out, _ = run("coverage", "--kernel", "v7.2", "--tree", new)
    assert "missing: kernel/poke.c:17" in out
    assert "stale" not in out and "changed" not in out and "difference" not in out


def test_a_second_run_writes_nothing_more(upgrade, data):
    upgrade()
    before = files(data)
    code, out, err = upgrade()
    assert code == 1
    assert "0 files written" in err
    assert files(data) == before
    assert "read: data/callsites/core/poke.yaml" in out


def test_when_all_is_answered_nothing_is_left(upgrade, run, data):
    upgrade("--read", "core/poke")
    entry = (data / "callsites/core/poke.yaml").read_text().partition("seed:")[0]
    for was, now in (("poked", "prodded"), ("poke", "prod"), ("[v6.12, v7.2]", "[v7.2]")):
        entry = entry.replace(was, now)
    entry = entry.replace("kernel/prod.c", "kernel/poke.c").replace("@v6.12", "@v7.2")
    entry = entry.replace("wait: no-wait", "wait: waits")
    entry = entry.replace("goes-on", "blocked").replace("never: delay", "never: stall")
    entry = entry.replace("    adds:", "    objective: [availability]\n    adds:", 1)
    entry = entry.replace("tolerated", "fail-stop").replace(
        "comes late, and nobody", "hangs, and none"
    )
    (data / "callsites/core/prod.yaml").write_text(entry)
    code, out, err = upgrade()
    assert (code, out) == (0, ""), err
    assert run("lint")[:2] == (0, "")
    assert run("coverage")[0] == 0


def test_a_dry_run_writes_nothing(upgrade, data):
    before = files(data)
    code, out, err = upgrade("--dry-run")
    assert code == 1
    assert "draft: " in out
    assert "would be written; nothing was" in err
    assert files(data) == before
    assert not (data.parent / "worklist").exists()


def test_a_failure_writes_nothing(upgrade, data, new):
    before = files(data)
    code, _, err = upgrade("--read", "core/nothing")
    assert code == 2
    assert "nothing of core/nothing is to be read" in err
    assert files(data) == before
    (new / "Makefile").write_text("VERSION = 8\nPATCHLEVEL = 1\n")
    code, _, err = upgrade()
    assert code == 2
    assert files(data) == before


@pytest.mark.parametrize("after", range(1, 10))
def test_a_run_that_was_cut_short_is_finished_by_the_next(
    upgrade, data, tmp_path, monkeypatch, after
):
    """Whatever number of files was in place: it ends as if nothing had happened."""
    shutil.copytree(data, tmp_path / "kept")
    upgrade("--worklist", tmp_path / "list")
    wanted = files(data)
    shutil.rmtree(data)
    shutil.copytree(tmp_path / "kept", data)
    done = 0
    real = Path.replace

    def replace(self, target):
        nonlocal done
        if done == after:
            raise KeyboardInterrupt
        done += 1
        return real(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", replace)
        assert upgrade("--worklist", tmp_path / "list")[0] == 2
    assert done == after
    upgrade("--worklist", tmp_path / "list")
    assert files(data) == wanted


def test_a_plain_tree_of_an_untracked_kernel_needs_its_package(run, data, old, new):
    code, _, err = run("upgrade", "v6.12", "v7.2", "--tree", new, "--old-tree", old)
    assert code == 2
    assert "kernels.yaml has no v7.2" in err and "--source PACKAGE VERSION SHA256" in err
    assert "v7.2" not in (data / "kernels.yaml").read_text()


def test_a_kernel_that_nobody_gives_is_asked_for_by_the_option_for_it(
    run, data, old, tmp_path, monkeypatch
):
    monkeypatch.setenv("LOSTIPI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", "/nonexistent")
    code, _, err = run("upgrade", "v6.12", "v7.2", "--old-tree", old)
    assert code == 2
    assert "Debian package of 7.2 instead, with `--tree PATH`. Nothing was written" in err
    code, _, err = run("upgrade", "v6.12", "v7.2")
    assert code == 2
    assert "Debian package of 6.12 instead, with `--old-tree PATH`." in err
    assert "kernel fetch" not in err


def test_a_kernel_without_its_v_is_refused_before_anything_is_fetched(run, data, old, new):
    code, _, err = run("upgrade", "v6.12", "7.2", "--tree", new, "--old-tree", old)
    assert code == 2
    assert "NEW must be a kernel with its `v`, such as v7.2 (got 7.2)" in err
    assert "Reading" not in err


def test_cited_code_that_differs_is_a_reason_to_read(upgrade, data, new):
    entry = data / "callsites/core/nudge.yaml"
    more = "      - at: kernel/smp.c:smp_call_function_single@v6.12\n"
    more += "        shows: it returns.\n        basis: source\n"
    entry.write_text(entry.read_text() + more)
    smp = new / "kernel/smp.c"
    smp.write_text(smp.read_text().replace("return 0", "return 1"))
    _, out, _ = upgrade()
    cited = "`smp_call_function_single` of kernel/smp.c, which is cited, differs"
    assert f"read: data/callsites/core/nudge.yaml: {cited}" in out
    assert "the definition of `smp_call_function_single` in kernel/smp.c differs" in out
    assert "kernels: [v6.12]\n" in (data / "apis/smp_call_function_single.yaml").read_text()
    upgrade("--read", "apis/smp_call_function_single", "--read", "core/nudge")
    assert "[v6.12, v7.2]" in (data / "apis/smp_call_function_single.yaml").read_text()


def test_a_further_user_of_the_caller_is_a_reason_to_read(upgrade, new):
    (new / "kernel/user.c").write_text("void use(void)\n{\n\tnudge(0);\n}\n")
    _, out, _ = upgrade()
    assert "core/nudge.yaml: `nudge` is named where it was not: kernel/user.c" in out


def test_a_renamed_caller_is_carried_under_its_new_name(upgrade, data, new):
    nudge = new / "kernel/nudge.c"
    nudge.write_text(nudge.read_text().replace("void nudge(", "void give_nudge("))
    entry = data / "callsites/core/nudge.yaml"
    _, out, _ = upgrade()
    assert "nudge" not in out
    text = entry.read_text()
    assert "function: give_nudge" in text
    assert "kernels: [v7.2]" in text
    assert text.count("[v6.12, v7.2]") == 1
    newer = json.loads((data / "reviews/core/nudge.json").read_text())[1]
    assert newer["sites"][0]["function"] == "give_nudge"


def test_a_caller_that_is_gone_is_told_and_left_alone(upgrade, data, new):
    before = (data / "callsites/core/nudge.yaml").read_bytes()
    (new / "kernel/nudge.c").write_text("int nothing;\n")
    _, out, _ = upgrade()
    assert "gone: data/callsites/core/nudge.yaml" in out
    assert (data / "callsites/core/nudge.yaml").read_bytes() == before


def test_a_draft_says_what_its_call_may_have_been(upgrade, new):
    (new / "kernel/nudge.c").write_text("int nothing;\n")
    text = STEADY.replace("void nudge(int cpu)", "int spur_on(int cpu, long why)")
    text = text.replace("{\n}", "{\n\tinfo = NULL;\n}").replace(
        "NULL, 0);", "&why, 0);\n\treturn 0;"
    )
    (new / "kernel/spur.c").write_text(text)
    makefile = new / "kernel/Makefile"
    makefile.write_text(makefile.read_text() + "obj-y += spur.o\n")
    _, out, _ = upgrade()
    draft = "draft: data/callsites/core/spur_on.yaml"
    assert f"{draft}: perhaps what became of a call that is gone: `core/nudge`" in out


def test_another_platform_is_a_reason_to_read(run, data, old, new):
    kernels = data / "kernels.yaml"
    text = kernels.read_text().replace("[tdx, sev-snp]", "[sev-es]")
    newer = text.partition("kernels:\n")[2].replace("v6.12", "v7.2").replace("6.12.7", "7.2.1")
    newer = newer.replace("linux-source-6.12", "linux-source-7.2").replace("sev-es", "tdx")
    kernels.write_text(text + newer)
    words = ("upgrade", "v6.12", "v7.2", "--tree", new, "--old-tree", old)
    _, out, _ = run(*words, "--dry-run")
    assert "core/nudge.yaml: v7.2 is judged for tdx, v6.12 is not" in out
    assert "nudge" not in run(*words, "--dry-run", "--across-platforms")[1]


def test_json_has_all_of_it(upgrade):
    _, out, _ = upgrade("--format", "json", "--dry-run")
    record = json.loads(out)
    assert record["counts"]["kept"] == 1
    assert record["carried"] == ["core/nudge", "apis/smp_call_function_single"]
    assert [item["name"] for item in record["read"]] == ["core/poke"]
    assert record["drafts"] == [{"path": "data/callsites/core/prod.yaml", "hint": ""}]


def test_what_is_to_be_read_for_one_platform_stays_on_the_list(upgrade, run, data, old, new):
    entry = data / "callsites/core/nudge.yaml"
    head, _, one = entry.read_text().partition("  - kernels: [v6.12]\n    reach")
    kernels = "  - kernels: [v6.12]\n    platforms: "
    cited = one.replace("kernel/poke.c:nudged@", "kernel/smp.c:other@").replace(
        "kernel/nudge.c:nudged@", "kernel/smp.c:other@"
    )
    assert cited != one
    entry.write_text(f"{head}{kernels}[tdx]\n    reach{one}{kernels}[sev-snp]\n    reach{cited}")
    for tree, word in ((old, "1"), (new, "2")):
        smp = tree / "kernel/smp.c"
        smp.write_text(smp.read_text() + f"\nint other(void)\n{{\n\treturn {word};\n}}\n")
    assert run("scan", old, "--update", "v6.12")[0] == 0
    wanted = (
        "read: data/callsites/core/nudge.yaml: `other` of kernel/smp.c, which is cited, differs"
    )
    assert wanted in upgrade()[1]
    assert "[v6.12, v7.2]\n    platforms: [tdx]" in entry.read_text()
    assert wanted in upgrade()[1]
