"""Small sites built with the real configuration: whatever is broken must fail the build."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from lostipi.sitecheck import check
from smallsite import build, lay_out

ROOT = Path(__file__).parents[1]


def _digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_sound_site_builds_twice_to_the_same_bytes_and_passes_the_checker(
    tmp_path: Path,
) -> None:
    site = lay_out(tmp_path)
    first = build(site, PYTHONHASHSEED="1", LOSTIPI_SITE_URL="https://example.org/")
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
    assert build(again, LOSTIPI_SITE_URL="https://example.org/", **other).returncode == 0
    assert _digests(again / "site") == digests


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[ no_such_variable ]]", "no_such_variable"),
        ("[[ no_such_macro() ]]", "no_such_macro"),
        ("[[ caller('core/no_such') ]]", "core/no_such"),
        ("[[ precondition('no-such') ]]", "no-such"),
        ("[[ src('kernel/smp.c') ]]", "path:symbol@kernel"),
        ("[[ explorer( ]]", "unexpected"),
        ("[x](no-such-page.md)", "no-such-page.md"),
        ("[x](callers.md#no-such-anchor)", "no-such-anchor"),
    ],
)
def test_what_is_broken_in_a_page_fails_thebuild(tmp_path: Path, text: str, message: str) -> None:
    site = lay_out(tmp_path)
    with (site / "docs" / "callers.md").open("a") as page:
        page.write(f"\n{text}\n")
    result = build(site)
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
def test_what_is_broken_in_the_data_fails_thebuild(
    tmp_path: Path, path: str, old: str, new: str, message: str
) -> None:
    site = lay_out(tmp_path)
    file = site / "data" / path
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    result = build(site)
    assert result.returncode != 0
    assert message in result.stdout + result.stderr
