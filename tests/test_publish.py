"""Published files: each fits its schema, says what the pages say, and is the same every time."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import posixpath
import re
import tarfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import smallbook
from jsonschema2020 import faults
from lostipi.model.reading import RemovedEntry
from lostipi.publish.files import ARCHIVE, files
from lostipi.publish.shape import FILES, VERSION
from lostipi.render.book import PUBLISHED
from lostipi.schema import VERSION as DATA_VERSION
from lostipi.sitedata import gather

ROOT = Path(__file__).parents[1]

REMOVED = RemovedEntry.model_validate(
    {
        "entry": "callsites/core/thing_gone",
        "date": "2026-01-02",
        "why": "It never made a call.",
        "instead": ["callsites/core/thing_sync"],
    }
)


@cache
def real() -> dict[str, bytes]:
    return files(gather(ROOT / "data"))


def small(**changes: Any) -> dict[str, bytes]:
    return files(smallbook.book(removed={REMOVED.entry: REMOVED}, **changes))


@pytest.mark.parametrize("made", [real, small], ids=["data", "small"])
def test_every_json_file_names_a_published_schema_and_fits_it(made: Any) -> None:
    published = made()
    kinds = set()
    for path, content in published.items():
        if not path.endswith(".json") or path.startswith("schema/") or path == "openapi.json":
            continue
        value = json.loads(content)
        place = posixpath.normpath(posixpath.join(posixpath.dirname(path), value["$schema"]))
        schema = json.loads(published[place])
        assert faults(value, schema, schema) == [], path
        assert value["schema_version"] == VERSION, path
        assert schema["$id"] == f"urn:lostipi:v1:{value['kind']}"
        kinds.add(value["kind"])
    assert kinds | {"removed"} == set(FILES)
    assert made is real or "removed" in kinds


def test_the_version_begins_with_that_of_the_data_s_shape() -> None:
    assert VERSION.split(".")[0] == str(DATA_VERSION)
    assert f"api/v{DATA_VERSION}" == PUBLISHED


def test_a_schema_refuses_what_is_not_so() -> None:
    published = small()
    schema = json.loads(published["schema/caller.schema.json"])
    value = json.loads(published["callsites/core/thing_sync.json"])
    value["computed"]["standings"][0]["verdict"] = "fine"
    value["extra"] = 1
    value["entry"].pop("title")
    assert sorted(faults(value, schema, schema)) == [
        "/computed/standings/0/verdict: enum",
        "/entry: missing title",
        ": unknown extra",
    ]


@pytest.mark.parametrize("kind", FILES)
def test_every_field_is_described_and_every_object_closed(kind: str) -> None:
    schema = json.loads(small()[f"schema/{kind}.schema.json"])
    for part in [schema, *(p for p in schema["$defs"].values() if p["type"] == "object")]:
        assert part["additionalProperties"] is False, part["title"]
        assert part["description"]
        for key, field in part["properties"].items():
            named = schema["$defs"].get(field.get("$ref", "").rpartition("/")[2], {})
            assert field.get("description") or named.get("description"), (part["title"], key)


def test_a_caller_is_published_with_what_is_computed_from_it() -> None:
    record = json.loads(small()["callsites/core/thing_sync.json"])
    assert (record["kind"], record["id"]) == ("caller", "core/thing_sync")
    assert record["page"] == "callsites/core/thing_sync/"
    assert record["source"] == "data/callsites/core/thing_sync.yaml"
    assert record["entry"]["assessments"][0]["verdict"] == "excluded"
    computed = record["computed"]
    assert computed["subsystem"] == "core"
    assert computed["names"] == ["thing_sync"]
    (site,) = computed["sites"]
    assert site["lines"] == [
        {
            "kernel": "v6.12",
            "file": "kernel/thing.c",
            "line": 40,
            "end_line": 41,
            "url": "https://example.org/v6.12/kernel/thing.c#n40",
        }
    ]
    (assessment,) = computed["assessments"]
    assert assessment["mutes"] == ["call-queue", "sender-slot"]
    assert [step["answer"] for step in assessment["decision"]] == [True, True]
    assert assessment["decision"][-1]["decides"] == "concern"


def test_a_standing_says_who_holds_what_on_that_platform() -> None:
    record = json.loads(small()["callsites/core/thing_sync.json"])
    by_place = {(s["kernel"], s["platform"]): s for s in record["computed"]["standings"]}
    assert len(by_place) == 4
    tdx, snp = by_place["v6.12", "tdx"], by_place["v6.12", "sev-snp"]
    assert (tdx["verdict"], tdx["effective"], tdx["by_default"]) == ("excluded", "concern", "held")
    assert snp["by_default"] == "in-force"
    assert snp["alternatives"] == [
        [
            {
                "id": "thing-off",
                "by": ["build", "measured-boot"],
                "default": "fails",
                "excludes": True,
            }
        ]
    ]


def test_decision_paths_end_at_the_verdict_when_the_code_runs() -> None:
    checked = 0
    for path, content in real().items():
        if not path.startswith("callsites/"):
            continue
        record = json.loads(content)
        for written, computed in zip(
            record["entry"]["assessments"], record["computed"]["assessments"], strict=True
        ):
            last = computed["decision"][-1]
            assert last["decides"] == written.get("otherwise", written["verdict"]), path
            assert [step["answer"] for step in computed["decision"][1:-1]].count(True) == 0
            checked += 1
    assert checked >= 200


def test_a_precondition_names_the_callers_that_it_serves() -> None:
    record = json.loads(small()["preconditions/thing-off.json"])
    served = record["computed"]["serves"]
    assert {one["caller"] for one in served} == {"core/thing_sync"}
    assert all(one["excludes"] and one["effective"] == "concern" for one in served)


def test_an_api_and_a_detector_name_their_callers() -> None:
    published = small()
    api = json.loads(published["apis/smp_call_function_single.json"])["computed"]
    assert api == {"callers": ["core/thing_sync"], "sites": {"v6.12": 2}}
    detector = json.loads(published["detectors/csd-lock-debugging.json"])["computed"]
    assert detector["callers"] == ["core/thing_sync"]
    assert {(p["platform"], p["power"]) for p in detector["powers"]} == {
        ("tdx", "delay"),
        ("sev-snp", "blind"),
    }


def test_an_inventory_says_which_entry_has_a_site() -> None:
    inside = {
        **smallbook.RECORD,
        "file": "kernel/smp.c",
        "function": "smp_call_function_single",
    }
    lost = {**smallbook.RECORD, "file": "kernel/lost.c", "line": 7}
    inventories = {"v6.12": (smallbook.RECORD, lost, inside)}
    sites = json.loads(small(inventories=inventories)["inventory/v6.12.json"])["sites"]
    assert [site.get("entry") for site in sites] == [
        "callsites/core/thing_sync",
        None,
        "apis/smp_call_function_single",
    ]
    assert "x86_reason" not in sites[0]


def test_a_removed_entry_leaves_a_file_that_says_so() -> None:
    published = small()
    record = json.loads(published["callsites/core/thing_gone.json"])
    assert (record["kind"], record["id"]) == ("removed", "core/thing_gone")
    assert record["entry"]["why"] == "It never made a call."
    index = json.loads(published["index.json"])
    assert index["counts"]["removed"] == 1
    assert {i["address"] for i in index["items"] if i["kind"] == "removed"} == {REMOVED.entry}


def test_the_index_names_every_entry_and_download_with_its_digest() -> None:
    published = real()
    index = json.loads(published["index.json"])
    listed = {item["path"]: item for item in (*index["items"], *index["downloads"])}
    for path, item in listed.items():
        assert hashlib.sha256(published[path]).hexdigest() == item["sha256"]
        assert item.get("bytes", len(published[path])) == len(published[path])
    assert set(published) - set(listed) == {
        "index.json",
        "openapi.json",
        *index["schemas"].values(),
    }


def test_all_holds_the_same_records_as_the_files_of_entries() -> None:
    published = real()
    whole = json.loads(published["all.json"])
    for group in ("apis", "callers", "preconditions", "detectors", "removed"):
        folder = "callsites" if group == "callers" else group
        for record in whole[group]:
            assert json.loads(published[f"{folder}/{record['id']}.json"]) == record


def test_the_table_has_a_row_for_each_standing() -> None:
    published = real()
    table = list(csv.DictReader(io.StringIO(published["callsites.csv"].decode(), newline="")))
    wanted = {
        (record["id"], s["kernel"], s["platform"], str(s["assessment"]), s["effective"])
        for path, content in published.items()
        if path.startswith("callsites/")
        for record in [json.loads(content)]
        for s in record["computed"]["standings"]
    }
    rows = [(r["id"], r["kernel"], r["platform"], r["assessment"], r["effective"]) for r in table]
    assert set(rows) == wanted
    assert len(rows) == len(wanted)
    assert all(None not in row and None not in row.values() for row in table)


def test_the_same_data_gives_the_same_bytes() -> None:
    assert files(smallbook.book()) == files(smallbook.book())


def test_the_archive_holds_every_file_and_nothing_of_the_machine() -> None:
    published = small()
    with tarfile.open(fileobj=io.BytesIO(published[ARCHIVE])) as archive:
        members = archive.getmembers()
        packed = {}
        for member in members:
            held = archive.extractfile(member)
            assert held is not None
            packed[member.name.removeprefix("lostipi-data/")] = held.read()
    wanted = {path: c for path, c in published.items() if path not in ("index.json", ARCHIVE)}
    assert packed == wanted
    assert {(m.mtime, m.uid, m.gid, m.uname, m.gname, m.mode) for m in members} == {
        (0, 0, 0, "", "", 0o644)
    }


def test_openapi_describes_every_address_and_only_what_is_there() -> None:
    published = small()
    document = json.loads(published["openapi.json"])
    assert document["openapi"].startswith("3.1.")
    assert document["info"]["version"] == VERSION
    described: set[str] = set()
    for path, item in document["paths"].items():
        values = {p["name"]: p["schema"] for p in item["get"].get("parameters", ())}
        assert set(re.findall(r"{(\w+)}", path)) == set(values)
        pattern = re.escape(path.removeprefix("/"))
        for name, schema in values.items():
            among = "|".join(map(re.escape, schema.get("enum", ())))
            pattern = pattern.replace(rf"\{{{name}\}}", f"(?:{among or '[^/]+'})")
        found = {name for name in published if re.fullmatch(pattern, name)}
        assert found, path
        described |= found
    assert {p for p in published if not p.startswith("schema/")} - described == {"openapi.json"}
    for reference in re.findall(r'"\$ref": "([^"]+)"', published["openapi.json"].decode()):
        assert reference in published


def test_text_of_entries_stays_text() -> None:
    nasty = 'A "<script>alert(1)</script>", `x`\u2028, and = too.'
    caller = smallbook.caller(consequence={"sentence": nasty, "analysis": "Why so, `x()`."})
    published = small(callers={"core/thing_sync": caller})
    record = json.loads(published["callsites/core/thing_sync.json"])
    assert record["entry"]["assessments"][0]["consequence"]["sentence"] == nasty
    table = list(csv.DictReader(io.StringIO(published["callsites.csv"].decode(), newline="")))
    assert table[0]["consequence"] == nasty
