"""The project's own scripts: Python without a suffix, which tools overlook."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPTS = [
    path
    for path in sorted((ROOT / "scripts").iterdir())
    if path.read_bytes().split(b"\n", 1)[0].endswith(b"python3")
]


def test_the_style_of_every_python_script_is_checked() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    checked = settings["tool"]["ruff"]["extend-include"]
    assert checked == [f"scripts/{path.name}" for path in SCRIPTS]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_every_python_script_says_how_it_is_used(script: Path) -> None:
    run = subprocess.run(
        [sys.executable, script, "--help"], capture_output=True, text=True, timeout=60
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("usage: ")
