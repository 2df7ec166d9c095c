"""Small sites built with the real configuration: whatever is broken must fail the build."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import smallbook
from lostipi.sitecheck import check

ROOT = Path(__file__).parents[1]

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


def _site(folder: Path) -> Path:
    """A project folder with the real settings, a few of the real pages and the small data."""
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
    for address, entry in {
        "apis/smp_call_function_single": smallbook.API,
        "callsites/core/thing_sync": smallbook.CALLER,
        "preconditions/thing-off": smallbook.PRECONDITION,
        "detectors/csd-lock-debugging": smallbook.DETECTOR,
        "kernels": smallbook.KERNELS,
        "seed": smallbook.SEED,
        "glossary": {"terms": [{"term": "csd", "id": "csd", "forms": ["csd"], "means": "x."}]},
    }.items():
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


def _build(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict"],
        cwd=folder,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_sound_site_builds_twice_to_the_same_bytes_and_passes_the_checker(
    tmp_path: Path,
) -> None:
    site = _site(tmp_path)
    first = _build(site, PYTHONHASHSEED="1", LOSTIPI_SITE_URL="https://example.org/")
    assert first.returncode == 0, first.stderr
    assert check(site / "site") == []
    digests = _digests(site / "site")
    assert "api/v1/callsites/core/thing_sync.json" in digests
    assert "for/sev-snp/v6.12/index.html" in digests
    assert "changes.xml" in digests
    assert "callsites/core/thing_sync/entry.yaml" in digests
    assert "coverage/v6.12/index.html" in digests
    home = (site / "site" / "index.html").read_text(encoding="utf-8")
    assert "C says <code>{{0}}</code>." in home
    assert 'A <a class="term" href="glossary/#csd" title="x.">csd</a>.' in home
    assert 'type="application/atom+xml" title="Changes" href="changes.xml"' in home
    record = json.loads((site / "site/api/v1/callsites/core/thing_sync.json").read_text())
    assert record["entry"]["assessments"][0]["verdict"] == "excluded"
    # Not the day of the build, but that of the last review; there is none.
    assert "<lastmod>1970-01-01</lastmod>" in (site / "site/sitemap.xml").read_text()
    again = site.rename(tmp_path.with_name(f"{tmp_path.name}-again"))
    shutil.rmtree(again / "site")
    other = {"PYTHONHASHSEED": "2", "TZ": "Pacific/Kiritimati", "LC_ALL": "C"}
    assert _build(again, LOSTIPI_SITE_URL="https://example.org/", **other).returncode == 0
    assert _digests(again / "site") == digests


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[ no_such_variable ]]", "no_such_variable"),
        ("[[ no_such_macro() ]]", "no_such_macro"),
        ("[[ caller_page('core/no_such') ]]", "core/no_such"),
        ("[[ precondition('no-such') ]]", "no-such"),
        ("[[ src('kernel/smp.c') ]]", "path:symbol@kernel"),
        ("[[ explorer( ]]", "unexpected"),
        ("[x](no-such-page.md)", "no-such-page.md"),
        ("[x](callers.md#no-such-anchor)", "no-such-anchor"),
    ],
)
def test_what_is_broken_in_a_page_fails_the_build(tmp_path: Path, text: str, message: str) -> None:
    site = _site(tmp_path)
    with (site / "docs" / "callers.md").open("a") as page:
        page.write(f"\n{text}\n")
    result = _build(site)
    assert result.returncode != 0
    assert message in result.stdout + result.stderr


@pytest.mark.parametrize(
    ("path", "old", "new", "message"),
    [
        ("callsites/core/thing_sync.yaml", "thing-off", "no-such-thing", "no-such-thing"),
        ("callsites/core/thing_sync.yaml", "row: single-1", "row: single-9", "single-9"),
        ("callsites/core/thing_sync.yaml", "sender: goes-on", "sender: gone", "goes-on"),
        ("kernels.yaml", "name: v6.1\n", "name: 6.1\n", "kernels.yaml"),
        ("inventory/v6.12.jsonl", '"line": 40', '"line": "40"', "v6.12.jsonl:"),
    ],
)
def test_what_is_broken_in_the_data_fails_the_build(
    tmp_path: Path, path: str, old: str, new: str, message: str
) -> None:
    site = _site(tmp_path)
    file = site / "data" / path
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    result = _build(site)
    assert result.returncode != 0
    assert message in result.stdout + result.stderr
