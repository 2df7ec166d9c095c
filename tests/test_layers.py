"""Imports point one way: the kernel knows nothing of entries, the models nothing of anything."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "lostipi"

ALLOWED = {
    "problem": set(),
    "model": {"model"},
    "verdict": {"model"},
    "writing": set(),
    "kernel": {"kernel", "writing"},
    "load": {"load", "model", "problem"},
    "review": {"kernel", "model"},
    "compare": {"kernel"},
    "coverage": {"compare", "kernel", "model", "review"},
    "shapes": {"kernel", "model"},
    "scanning": {"kernel", "load", "shapes"},
    "waivers": {"coverage", "load", "model", "problem"},
    "guide": {"model"},
    "lint": {"guide", "lint", "load", "model", "problem", "verdict", "kernel", "waivers"},
    "lineage": {"compare", "kernel"},
    "draft": {"coverage", "kernel", "lineage", "load", "model"},
    "upgrade": {
        "compare",
        "coverage",
        "draft",
        "fmt",
        "kernel",
        "lineage",
        "load",
        "model",
        "problem",
        "review",
        "upgrade",
    },
    "fmt": {"load", "model", "problem", "writing"},
    "schema": {"model", "problem", "writing"},
    "measure": {"coverage", "kernel", "load", "model", "review", "scanning"},
    "difference": {"compare", "coverage", "kernel", "load", "model", "review", "verdict"},
    "replay": {"compare", "model"},
    "benchmark": {"model"},
    "render": {
        "benchmark",
        "coverage",
        "difference",
        "load",
        "model",
        "render",
        "replay",
        "verdict",
    },
    "sitedata": {
        "benchmark",
        "compare",
        "coverage",
        "kernel",
        "lint",
        "load",
        "measure",
        "model",
        "publish",
        "render",
        "replay",
        "review",
    },
    "publish": {"model", "publish", "render", "schema", "verdict"},
    "sitecheck": set(),
    "searchindex": set(),
    "theme": {"searchindex"},
    "macros": {"model", "publish", "render", "sitedata"},
    "blocks": set(),
    "entrypage": {"blocks", "render"},
    "pages": {"blocks", "entrypage", "macros", "publish", "render", "sitedata"},
    "cli": None,
    "__main__": {"cli"},
    "__init__": set(),
}
"""Each room of the package and the rooms it may import; `cli` may import all."""


def room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            if node.module == "lostipi":
                found |= {f"lostipi.{alias.name}" for alias in node.names}
            else:
                found.add(node.module or "")
    return {room(name) for name in found if name.split(".")[0] == "lostipi"}


FILES = sorted(SOURCE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_a_module_imports_only_what_its_room_may(path):
    here = path.relative_to(SOURCE).parts[0].removesuffix(".py")
    allowed = ALLOWED[here]
    if allowed is not None:
        assert imported(path) <= allowed | {here}


def test_every_room_is_listed_and_every_listed_room_exists():
    rooms = {path.relative_to(SOURCE).parts[0].removesuffix(".py") for path in FILES}
    assert rooms == set(ALLOWED)


def test_nobody_imports_the_command_line():
    users = [path for path in FILES if "cli" in imported(path)]
    assert {path.relative_to(SOURCE).parts[0] for path in users} <= {"cli", "__main__.py"}
