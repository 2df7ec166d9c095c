"""The package: installed alone, far from any checkout, it has the base inside and works with it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# A kernel of no tracked line: one call that a tracked kernel has too, one that none has.
TREE = {
    "Makefile": "VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 1\nEXTRAVERSION = -acme\n",
    "Kbuild": "obj-y += kernel/\n",
    "kernel/Makefile": "obj-y += acme.o sched/\n",
    "kernel/sched/Makefile": "obj-y += fair.o\n",
    "kernel/sched/fair.c": """\
static void kick_ilb(unsigned int flags)
{
\tsmp_call_function_single_async(ilb_cpu, &cpu_rq(ilb_cpu)->nohz_csd);
}
""",
    "kernel/acme.c": """\
void acme_poke(int cpu)
{
\tsmp_call_function_single(cpu, acme_poked, NULL, 0);
}
""",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run = subprocess.run(
        [ROOT / "scripts/package", folder],
        env={**os.environ, "LOSTIPI_ENVIRONMENT_READY": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    (path,) = folder.glob("lostipi-*.whl")
    assert run.stdout == f"{path}\n"
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel alone; it only borrows what the wheel depends on."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin/python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-index"]
    subprocess.run([*pip, "--no-deps", str(wheel)], check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin/lostipi"


@pytest.fixture
def lostipi(installed: Path, tmp_path: Path):
    """Run the installed command in an empty folder; gives exit code, stdout and stderr."""
    away = tmp_path / "away"
    away.mkdir()

    def call(*words: object) -> tuple[int, str, str]:
        run = subprocess.run(
            [installed, *map(str, words)], cwd=away, capture_output=True, text=True, check=False
        )
        assert "Traceback" not in run.stderr, run.stderr
        return run.returncode, run.stdout, run.stderr

    return call


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "linux-acme"
    for name, text in TREE.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_the_wheel_holds_the_base_as_it_is_in_the_checkout(wheel: Path) -> None:
    files = [*ROOT.glob("data/**/*"), *ROOT.glob("schema/*.json"), *ROOT.glob("docs/**/*.md")]
    named = {path.relative_to(ROOT).as_posix() for path in files if path.is_file()}
    wanted = {name for name in named if not Path(name).name.startswith(".")}
    assert len(wanted) > 300
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        held = {name.removeprefix("lostipi/base/") for name in names if "/base/" in name}
        assert held == wanted
        for name in sorted(wanted):
            assert archive.read(f"lostipi/base/{name}") == (ROOT / name).read_bytes(), name


def test_installed_alone_it_lints_and_shows_its_own_base(lostipi) -> None:
    code, out, err = lostipi("lint")
    assert (code, out) == (0, ""), err
    assert "0 problems" in err
    code, out, _ = lostipi("show", "kick_ilb")
    assert code == 0
    assert "smp_call_function_single_async" in out


def test_installed_alone_it_scans_and_covers_a_distributions_tree(lostipi, tree: Path) -> None:
    code, out, _ = lostipi("scan", tree, "--format", "json")
    assert code == 0
    record = json.loads(out)
    assert record["kernel"]["release"] == "7.3.1-acme"
    assert {site["function"] for site in record["sites"]} == {"kick_ilb", "acme_poke"}
    code, out, _ = lostipi("coverage", "--tree", tree, "--format", "json")
    assert code == 1
    (report,) = json.loads(out)["kernels"]
    assert report["compared_with"]
    assert [site["function"] for site in report["missing"]] == ["acme_poke"]


@pytest.mark.parametrize("words", [["fmt"], ["schema"], ["review", "sched/kick_ilb"]])
def test_the_base_of_an_installed_package_is_not_written_to(lostipi, words: list[str]) -> None:
    code, _, err = lostipi(*words)
    assert code == 2
    assert "belongs to the installed package; copy it and give --data DIR" in err


def test_a_copy_of_the_base_is_written_to(lostipi, tmp_path: Path) -> None:
    data = tmp_path / "mine/data"
    shutil.copytree(ROOT / "data", data)
    code, out, err = lostipi("review", "sched/kick_ilb", "--date", "2026-01-31", "--data", data)
    assert code == 0, err
    assert out == f"{data}/reviews/sched/kick_ilb.json\n"
    assert '"2026-01-31"' in (data / "reviews/sched/kick_ilb.json").read_text()
