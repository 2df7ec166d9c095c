"""A small site on disk, built with the real configuration, for the tests of what is published."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

import smallbook

ROOT = Path(__file__).parents[1]

ENTRIES: Mapping[str, Any] = {
    "apis/smp_call_function_single": smallbook.API,
    "callsites/core/thing_sync": smallbook.CALLER,
    "preconditions/thing-off": smallbook.PRECONDITION,
    "detectors/csd-lock-debugging": smallbook.DETECTOR,
    "kernels": smallbook.KERNELS,
    "seed": smallbook.SEED,
    "glossary": {"terms": [{"term": "csd", "id": "csd", "forms": ["csd"], "means": "x."}]},
}
"""The files of the small book below data/, without suffix."""

LINKED = {
    "checklist": ("detection", "paravirtual", "script"),
    "contributing": (),
    "glossary": ("csd",),
    "detection": (),
    "developers": (),
    "mechanism": ("queue", "replaced"),
    "method": ("scale",),
    "mitigation": (),
}
"""The hand-written pages that generated ones lead to, and the fragments."""


def lay_out(folder: Path, entries: Mapping[str, Any] = ENTRIES) -> Path:
    """A project folder with the real settings, a few of the real pages and the entries given."""
    config = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    (folder / "mkdocs.yml").write_text(config[: config.index("\nnav:")] + "\n", encoding="utf-8")
    (folder / "src").symlink_to(ROOT / "src")
    shutil.copytree(ROOT / "docs" / "assets", folder / "docs" / "assets")
    (folder / "docs" / "index.md").write_text(
        "# Home\n\n[[ concern_table() ]]\n\n[[ verdict_chart() ]]\n\nC says `{{0}}`.\n\nA csd.\n"
    )
    (folder / "docs" / "callers.md").write_text("# Callers\n\n[[ explorer() ]]\n")
    (folder / "docs" / "issue-151.md").write_text("# Issue\n\n[[ seed_table() ]]\n")
    for name, anchors in LINKED.items():
        headings = "".join(f"\n## {anchor} {{#{anchor}}}\n" for anchor in anchors)
        (folder / "docs" / f"{name}.md").write_text(f"# {name}\n{headings}")
    data = folder / "data"
    for address, entry in entries.items():
        path = data / f"{address}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(entry, sort_keys=False), encoding="utf-8")
    header = {"kernel": "v6.12", "release": "6.12.9", "package_version": "6.12.9-1"}
    lost = {**smallbook.RECORD, "file": "kernel/lost.c", "function": "lost"}
    lines = [json.dumps(record) + "\n" for record in (header, lost, smallbook.RECORD)]
    (data / "inventory").mkdir()
    (data / "inventory" / "v6.12.jsonl").write_text("".join(lines))
    (data / "inventory" / "v6.12.names.jsonl").write_text("")
    return folder


def build(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Build it as scripts/build does, with these variables set."""
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict"],
        cwd=folder,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
