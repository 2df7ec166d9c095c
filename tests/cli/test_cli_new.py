"""`lostipi new` on a small kernel and a base that lacks one of its callers."""

import pytest

SECOND = """
static void prodded(void *info)
{
}

void prod(int cpu)
{
\tsmp_call_function_single(cpu, prodded, NULL, 1);
}
"""

ANSWERS = {
    "title": "Prods a CPU",
    "reach": "yes",
    "sender": "blocked",
    "never": "stall",
    "late": "none",
    "what": "nothing",
    "why": "A paused vCPU does the same.",
    "when": "[runtime]",
    "trigger": "[root]",
    "verdict": "fail-stop",
    "sentence": "The prodding task hangs, and nothing else waits for it.",
    "text": "Nothing to set.",
    "level": "high",
    "shows": "what is called.",
}


@pytest.fixture
def prodded(run, tree):
    poke = tree / "kernel/poke.c"
    poke.write_text(poke.read_text() + SECOND)
    code, _, err = run("scan", tree, "--update", "v6.12")
    assert code == 0, err
    return tree


def test_a_draft_is_written_where_the_entry_goes_and_lint_asks_for_each_answer(run, data, prodded):
    code, out, err = run("new", "kernel/poke.c:prod")
    path = data / "callsites/core/prod.yaml"
    assert (code, out) == (0, f"{path}\n")
    assert "1 site in v6.12, 16 questions to answer" in err
    assert "at: kernel/poke.c:prod+2@v6.12" in path.read_text()
    code, out, _ = run("lint", path)
    assert (code, out.count("[schema]")) == (1, 16)


def test_answers_alone_make_the_draft_an_entry(run, data, prodded):
    run("new", "kernel/poke.c:prod")
    path = data / "callsites/core/prod.yaml"
    lines = []
    for line in path.read_text().splitlines():
        key = line.strip(" -").partition(":")[0]
        if "OPEN" in line and not line.lstrip().startswith("#"):
            if key == "analysis":
                continue  # which `fail-stop` may leave out
            line = f"{line.partition(':')[0]}: {ANSWERS[key]}"
        lines.append(line)
        if key == "late":
            lines.append("    objective: [availability]")
    path.write_text("\n".join(lines) + "\n")
    assert run("lint", path)[:2] == (0, "")
    assert run("fmt", "--check", path)[0] == 0
    assert run("review", "core/prod")[0] == 0
    assert run("coverage")[0] == 0
    assert run("lint")[:2] == (0, "")


def test_a_caller_with_an_entry_is_refused(run, scanned):
    code, out, err = run("new", "kernel/poke.c:poke")
    assert (code, out) == (2, "")
    assert "core/poke.yaml is the entry of this caller" in err


def test_a_call_that_an_entry_lacks_is_printed_for_it(run, data, tree):
    poke = tree / "kernel/poke.c"
    more = "poked, NULL, 0);\n\tsmp_call_function_many(NULL, poked, NULL, 0);"
    poke.write_text(poke.read_text().replace("poked, NULL, 0);", more))
    api = (data / "apis/smp_call_function_single.yaml").read_text()
    many = api.replace("int cpu, smp_call_func_t", "const void *mask, smp_call_func_t")
    many = many.replace("smp_call_function_single", "smp_call_function_many")
    (data / "apis/smp_call_function_many.yaml").write_text(many)
    run("scan", tree, "--update", "v6.12")
    code, out, err = run("new", "kernel/poke.c:poke")
    assert code == 1
    assert out.startswith("  - label: poked\n    kernels: [v6.12]\n    file: kernel/poke.c\n")
    assert "api: smp_call_function_many" in out
    assert "put the sites above into it" in err


def test_an_unknown_caller_is_told_with_its_neighbours(run, prodded):
    code, _, err = run("new", "kernel/other.c:prod")
    assert code == 2
    assert "did you mean kernel/poke.c:prod?" in err
    assert "must be FILE:FUNCTION" in run("new", "prod")[2]


def test_a_function_alone_is_told_with_its_file(run, prodded):
    code, _, err = run("new", "prod")
    assert code == 2
    assert "(got prod); did you mean kernel/poke.c:prod?" in err
    assert "did you mean" not in run("new", "kernel/poke.c:")[2]


def test_a_func_is_told_with_those_who_call_for_it(run, prodded):
    code, _, err = run("new", "kernel/poke.c:prodded")
    assert code == 2
    assert "; it is the func of a call in kernel/poke.c:prod" in err


def test_print_writes_nothing(run, data, prodded):
    code, out, _ = run("new", "kernel/poke.c:prod", "--print")
    assert code == 0
    assert out.startswith("# yaml-language-server")
    assert not (data / "callsites/core/prod.yaml").exists()


def test_a_file_of_that_name_is_left_alone(run, data, prodded):
    path = data / "callsites/core/prod.yaml"
    path.write_text("title: mine\n")
    code, _, err = run("new", "kernel/poke.c:prod")
    assert code == 2
    assert f"cannot be read: perhaps a draft with open questions; `lostipi lint {path}`" in err
    assert path.read_text() == "title: mine\n"
    assert run("new", "kernel/poke.c:prod", "--subsystem", "time")[0] == 0
    assert (data / "callsites/time/prod.yaml").is_file()
