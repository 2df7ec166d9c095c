"""`lostipi diff` in a small git repository."""

import json
import subprocess

import pytest


def git(root, *words):
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    command = ["git", "-C", str(root), *identity, *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(run, data, scanned):
    run("review", "core/poke")
    root = data.parent
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "data")
    git(root, "commit", "-qm", "first")
    return root


def edit(data):
    entry = data / "callsites/core/poke.yaml"
    text = entry.read_text().replace("never: delay", "never: stall")
    text = text.replace("    adds:", "    objective: [availability]\n    adds:")
    entry.write_text(text.replace("verdict: tolerated", "verdict: dos-only"))


def test_what_is_not_committed_yet_is_compared_with_the_main_branch(run, data, repository):
    code, out, _ = run("diff")
    assert (code, out) == (0, "nothing that the base says has changed\n")
    edit(data)
    code, out, err = run("diff")
    assert code == 0
    assert "core/poke: tolerated -> dos-only (v6.12 on sev-snp, tdx)" in out
    assert "harm stall = dos-only" in out
    assert "1 change of verdict" in err


def test_a_branch_is_compared_with_where_it_left_main(run, data, repository):
    git(repository, "switch", "-qc", "topic")
    edit(data)
    git(repository, "commit", "-qam", "edit")
    assert "tolerated -> dos-only" in run("diff")[1]
    assert run("diff", "HEAD")[1] == "nothing that the base says has changed\n"
    backwards = run("diff", "topic", "main")[1]
    assert "dos-only -> tolerated" in backwards


def test_formats_for_programs_and_pull_requests(run, data, repository):
    (data / "reviews/core/poke.json").unlink()
    record = json.loads(run("diff", "HEAD", "--format", "json")[1])
    assert [one["entry"] for one in record["reviews"]] == ["core/poke"]
    written = run("diff", "HEAD", "--format", "markdown")[1]
    assert "### Reviews that fell away (1)" in written
    assert "- v6.12: sites 1, covered 1, missing 0" in written


def test_a_new_state_that_cannot_be_read_fails(run, data, repository):
    (data / "callsites/core/poke.yaml").write_text("title: [\n")
    code, out, err = run("diff", "HEAD")
    assert code == 1
    assert "the difference is not whole" in err
    assert "removed" not in out


def test_what_is_no_commit_or_no_repository_is_said(run, data, repository, tmp_path):
    code, _, err = run("diff", "nowhere")
    assert (code, "'nowhere' is no commit" in err) == (2, True)
    code, _, err = run("diff", "--", "--upload-pack=x")
    assert (code, "is no commit" in err) == (2, True)


def test_outside_a_repository_it_says_so(run, scanned, monkeypatch, tmp_path):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    code, _, err = run("diff", "HEAD")
    assert code == 2
    assert "not a git repository" in err
