"""The workflows: pinned, without logic; and the scripts that they call, run as they run them."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
KICK = "data/callsites/sched/kick_ilb.yaml"
ISSUE = Path("scripts/ci-issue")

GH = """\
#!/bin/sh
# A gh that writes down what it is asked, and knows the open issue or pull request in GH_OPEN.
echo "$@" >> "$GH_LOG"
case "$1 $2" in "issue list" | "pr list") echo "$GH_OPEN" ;; esac
"""


def read(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path)


def steps() -> list[tuple[str, dict[str, Any]]]:
    return [
        (path.name, step)
        for path in WORKFLOWS
        for job in read(path)["jobs"].values()
        for step in job["steps"]
    ]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout of its own, with the environment of this one."""
    root = tmp_path / "checkout"
    root.mkdir()
    for folder in ("data", "schema", "docs", "scripts"):
        shutil.copytree(ROOT / folder, root / folder)
    for name in ("pyproject.toml", "requirements.lock"):
        shutil.copyfile(ROOT / name, root / name)
    (root / ".venv").symlink_to(ROOT / ".venv")
    return root


def run(root: Path, *words: object, **more: str) -> subprocess.CompletedProcess[str]:
    # A summary of a run that these tests are part of is not theirs.
    given = {name: text for name, text in os.environ.items() if not name.startswith("GITHUB_")}
    return subprocess.run(
        [str(word) for word in words],
        cwd=root,
        env=given | {"LOSTIPI_ENVIRONMENT_READY": "1"} | more,
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_action_is_pinned_by_commit_with_its_version_beside_it() -> None:
    for path in WORKFLOWS:
        uses = [line for line in path.read_text().splitlines() if "uses:" in line]
        assert uses
        for line in uses:
            assert re.search(r"uses: [\w./-]+@[0-9a-f]{40} # v[0-9]+\.[0-9]+\.[0-9]+$", line), line


def test_every_step_is_an_action_or_one_script_of_this_repository() -> None:
    ran = [(name, step["run"]) for name, step in steps() if "run" in step]
    assert len(ran) >= 7
    for name, command in ran:
        assert re.fullmatch(r"scripts/[\w-]+( [\w.]+)*", command), f"{name}: {command}"
        assert os.access(ROOT / command.split()[0], os.X_OK), f"{name}: {command}"


def test_every_workflow_starts_without_any_right() -> None:
    assert len(WORKFLOWS) >= 5
    for path in WORKFLOWS:
        content = read(path)
        assert content["permissions"] == {}, path.name
        assert all(job["permissions"] for job in content["jobs"].values()), path.name


def test_zizmor_finds_nothing() -> None:
    done = run(ROOT, ".venv/bin/zizmor", "--offline", "--persona", "pedantic", ".github")
    assert done.returncode == 0, done.stdout


def test_lint_annotates_the_line_and_writes_sarif(checkout: Path) -> None:
    entry = checkout / KICK
    text = entry.read_text().replace("verdict: tolerated", "verdict: fail-stop")
    for path in (checkout / "data/callsites").glob("*/*.yaml"):
        path.unlink()  # only for speed: the layout of each file is checked
    entry.write_text(text)
    done = run(checkout, "scripts/ci-lint", "lint.sarif")
    assert done.returncode == 1
    line = text.splitlines().index("    verdict: fail-stop") + 1
    assert f"::error file={KICK},line={line},col=14,title=verdict::must be `toler" in done.stdout
    (found,) = json.loads((checkout / "lint.sarif").read_text())["runs"]
    places = {
        result["ruleId"]: result["locations"][0]["physicalLocation"] for result in found["results"]
    }
    assert places["verdict"]["artifactLocation"]["uri"] == KICK
    assert places["verdict"]["region"]["startLine"] == line


def test_coverage_annotates_and_sums_up(checkout: Path, tmp_path: Path) -> None:
    (checkout / KICK).unlink()
    summary = tmp_path / "summary.md"
    done = run(checkout, "scripts/ci-coverage", GITHUB_STEP_SUMMARY=str(summary))
    assert done.returncode == 1
    assert re.search(r"::error file=kernel/sched/fair\.c,line=\d+,title=missing::v6", done.stdout)
    assert re.search(
        r"^- v6\.12 \(.*\): \d+ sites, .* 1 missing", summary.read_text(), re.MULTILINE
    )


def test_spelling_finds_a_misspelt_word_in_a_file(checkout: Path) -> None:
    page = checkout / "docs/page.md"
    page.write_text("All is well.\n")
    assert run(checkout, "scripts/spelling", page).returncode == 0
    page.write_text("All is " + "rec" + "ieved.\n")
    assert run(checkout, "scripts/spelling", page).returncode != 0


@pytest.fixture
def released(tmp_path: Path) -> str:
    """The address of a list of releases, whose newest is of no tracked line, with a new call."""
    files = {
        "Makefile": "VERSION = 99\nPATCHLEVEL = 1\nSUBLEVEL = 2\nEXTRAVERSION =\n",
        "Kbuild": "obj-y += kernel/\n",
        "kernel/Makefile": "obj-y += acme.o\n",
        "kernel/acme.c": "void acme(int cpu)\n{\n\tsmp_call_function_single(cpu, f, NULL, 0);\n}\n",
    }
    tarball = tmp_path / "linux-99.1.2.tar.gz"
    with tarfile.open(tarball, "w:gz") as archive:
        for name, text in files.items():
            header = tarfile.TarInfo(f"linux-99.1.2/{name}")
            header.size = len(text)
            archive.addfile(header, io.BytesIO(text.encode()))
    record = {
        "latest_stable": {"version": "99.1.2"},
        "releases": [
            {"version": "99.2-rc1", "source": "nowhere"},
            {"version": "99.1.2", "source": tarball.as_uri()},
        ],
    }
    path = tmp_path / "releases.json"
    path.write_text(json.dumps(record))
    return path.as_uri()


def test_a_scan_that_can_have_no_kernel_says_so(checkout: Path, tmp_path: Path) -> None:
    nothing = (tmp_path / "nothing.json").as_uri()
    words = [sys.executable, "scripts/ci-kernels", "report.md", "--releases", nothing]
    # No package can be had: no apt program is found.
    more = {"PATH": str(tmp_path), "LOSTIPI_CACHE": str(tmp_path / "cache")}
    done = run(checkout, *words, **more)
    assert done.returncode == 2
    assert "## the newest release\n\ncould not be had\n" in (checkout / "report.md").read_text()


@pytest.fixture
def gh(tmp_path: Path) -> dict[str, str]:
    """What puts a made-up gh in the place of the real one."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "gh").write_text(GH)
    (folder / "gh").chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}", "GH_LOG": str(tmp_path / "gh.log")}


def asked(tmp_path: Path) -> list[str]:
    """The commands that change something."""
    log = tmp_path / "gh.log"
    lines = log.read_text().splitlines() if log.exists() else []
    return [line for line in lines if " list " not in line]


@pytest.mark.parametrize(
    ("found", "opened", "wanted"),
    [
        (1, "", ["label create kernel-drift", "issue create --title"]),
        (1, "7", ["issue edit 7 --body-file report.md"]),
        (0, "7", ["issue close 7"]),
        (0, "", []),
    ],
)
def test_there_is_one_issue_while_something_is_found(
    tmp_path: Path, gh: dict[str, str], found: int, opened: str, wanted: list[str]
) -> None:
    done = run(tmp_path, ROOT / ISSUE, found, "report.md", GH_OPEN=opened, **gh)
    assert done.returncode == 0, done.stderr
    said = asked(tmp_path)
    assert len(said) == len(wanted)
    assert all(line.startswith(begin) for line, begin in zip(said, wanted, strict=True)), said


def test_the_issue_stays_when_no_kernel_could_be_had(tmp_path: Path, gh: dict[str, str]) -> None:
    assert run(tmp_path, ROOT / ISSUE, 2, "report.md", GH_OPEN="7", **gh).returncode == 2
    assert asked(tmp_path) == []


def test_the_scheduled_job_scans_and_opens_the_issue(
    checkout: Path, tmp_path: Path, gh: dict[str, str], released: str
) -> None:
    keys = tmp_path / "keys.gpg"
    keys.touch()
    for name in ("apt-get", "apt-cache"):  # no network: no package is served
        program = tmp_path / "bin" / name
        program.write_text("#!/bin/sh\nexit 100\n")
        program.chmod(0o755)
    summary = tmp_path / "summary.md"
    more = {
        "DEBIAN_KEYS": str(keys),
        "DEBIAN_MIRROR": "https://mirror.example/debian",
        "LOSTIPI_CACHE": str(tmp_path / "cache"),
        "GITHUB_STEP_SUMMARY": str(summary),
        "GH_OPEN": "",
    }
    done = run(checkout, "scripts/ci-scan", "--releases", released, **more, **gh)
    assert done.returncode == 0, done.stderr
    text = summary.read_text()
    assert "## v6.12\n\ncould not be had\n" in text
    assert "## 99.1.2\n\nv99.1 (99.1.2 held against v" in text
    assert "missing: kernel/acme.c:3: smp_call_function_single in acme has no entry" in text
    assert [line.split(" --")[0] for line in asked(tmp_path)] == [
        "label create kernel-drift",
        "issue create",
    ]


def git(root: Path, *words: str) -> str:
    done = run(root, "git", "-c", "user.name=A", "-c", "user.email=a@example.org", *words)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("opened", ["", "7"])
def test_a_renewed_lock_is_offered_once(
    checkout: Path, tmp_path: Path, gh: dict[str, str], opened: str
) -> None:
    origin = tmp_path / "origin.git"
    git(tmp_path, "init", "-q", "--bare", str(origin))
    git(checkout, "init", "-q", "-b", "main")
    git(checkout, "add", "requirements.lock", "scripts")
    git(checkout, "commit", "-q", "-m", "all")
    git(checkout, "remote", "add", "origin", str(origin))
    lock = checkout / "scripts/lock"
    lock.write_text("#!/bin/sh\n:\n")
    assert run(checkout, "scripts/ci-update", GH_OPEN=opened, **gh).returncode == 0
    assert git(origin, "branch", "--list") == ""
    lock.write_text("#!/bin/sh\necho 'new==1' >> requirements.lock\n")
    done = run(checkout, "scripts/ci-update", GH_OPEN=opened, **gh)
    assert done.returncode == 0, done.stderr
    assert git(origin, "show", "renew-the-lock:requirements.lock").endswith("new==1")
    assert git(origin, "show", "--name-only", "--format=%s", "renew-the-lock").split("\n\n") == [
        "lock: newest versions",
        "requirements.lock",
    ]
    created = [line for line in asked(tmp_path) if line.startswith("pr create")]
    assert len(created) == (0 if opened else 1)


def test_the_difference_of_a_pull_request_is_told_in_its_summary(
    checkout: Path, tmp_path: Path
) -> None:
    shutil.copyfile(ROOT / ".gitignore", checkout / ".gitignore")
    git(checkout, "init", "-q", "-b", "main")
    git(checkout, "add", "data")
    git(checkout, "commit", "-q", "-m", "all")
    git(checkout, "switch", "-q", "-c", "mine")
    entry = checkout / KICK
    entry.write_text(entry.read_text().replace("verdict: tolerated", "verdict: unknown"))
    git(checkout, "commit", "-q", "-a", "-m", "other")
    summary = tmp_path / "summary.md"
    more = {"GITHUB_BASE_REF": "main", "GITHUB_STEP_SUMMARY": str(summary)}
    done = run(checkout, "scripts/ci-diff", **more)
    assert done.returncode == 0, done.stderr
    assert "kick_ilb" in summary.read_text()
    assert "unknown" in summary.read_text()
    assert run(checkout, "scripts/ci-diff", GITHUB_BASE_REF="nowhere").returncode == 2
