"""`lostipi review`: what is recorded, and how a review by difference is told from one in full."""

import json

import pytest

NEWER = """\
  - name: v7.2
    release: 7.2.1
    source:
      package: linux-source-7.2
      version: 7.2.1-1
      sha256: {sha}
      suites: []
    platforms: [tdx, sev-snp]
    platforms_why: Both.
    source_url: https://example.org/{{path}}#L{{line}}
"""


@pytest.fixture
def two(run, data, tree):
    """Two kernels alike, both with an inventory."""
    run("scan", tree, "--update", "v6.12")
    kernels = data / "kernels.yaml"
    kernels.write_text(kernels.read_text() + NEWER.format(sha="cd" * 32))
    for path in (*data.glob("apis/*.yaml"), *data.glob("callsites/*/*.yaml")):
        path.write_text(path.read_text().replace("[v6.12]", "[v6.12, v7.2]"))
    makefile = tree / "Makefile"
    makefile.write_text("VERSION = 7\nPATCHLEVEL = 2\nSUBLEVEL = 1\nEXTRAVERSION =\n")
    code, _, err = run("scan", tree, "--update", "v7.2")
    assert code == 0, err
    return data / "reviews/core/poke.json"


def test_a_review_in_full_says_nothing_of_another_kernel(run, two):
    assert run("review", "core/poke", "--date", "2026-01-02")[0] == 0
    reviews = json.loads(two.read_text())
    assert [r["kernel"] for r in reviews] == ["v6.12", "v7.2"]
    assert all("basis" not in r and "since" not in r for r in reviews)


def test_a_draft_with_open_questions_is_no_entry_yet(run, two, data):
    path = data / "callsites/core/prod.yaml"
    path.write_text("title: OPEN\n")
    code, _, err = run("review", "core/prod")
    assert code == 2
    assert f"{path} cannot be read yet; `lostipi lint {path}` says why" in err
    assert "no caller entry is called core/gone" in run("review", "core/gone")[2]


def test_a_review_of_the_difference_is_recorded_as_one(run, two):
    run("review", "core/poke", "--kernel", "v6.12")
    code, _, err = run("review", "core/poke", "--kernel", "v7.2", "--since", "v6.12")
    assert code == 0, err
    older, newer = json.loads(two.read_text())
    assert (newer["basis"], newer["since"]) == ("difference-read", "v6.12")
    assert "basis" not in older
    assert run("coverage")[0] == 0


def test_a_difference_needs_a_review_to_go_on_from(run, two):
    code, _, err = run("review", "core/poke", "--kernel", "v7.2", "--since", "v6.12")
    assert code == 2
    assert "core/poke has no review of v6.12 to go on from" in err
    assert not two.exists()
    assert "--since goes with --kernel" in run("review", "core/poke", "--since", "v6.12")[2]
