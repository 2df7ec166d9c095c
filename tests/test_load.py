"""`load`: YAML to models; whatever is wrong becomes a problem at its place."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pydantic import BaseModel

from lostipi.load import CODES, FOLDERS, Knowledge, load, load_file
from lostipi.load.events import MAX_BYTES, MAX_DEPTH, MAX_FAULTS, REFUSED, parse
from lostipi.load.words import FORMS, MAX_PROBLEMS, model_at
from lostipi.model.api import Api
from lostipi.model.caller import Caller, CallerSite, Evidence
from lostipi.model.detector import Detector
from lostipi.model.kernels import DebianSource, Kernels
from lostipi.model.precondition import KconfigCheck, Precondition
from lostipi.model.reading import Changes, First, Glossary
from lostipi.model.seed import Seed
from lostipi.model.waiver import Waivers
from lostipi.problem import Problem

ENTRIES = Path(__file__).parent / "entries"
VALID = ENTRIES / "valid" / "data"
INVALID = sorted((ENTRIES / "invalid").rglob("*.yaml"))
MODELS: dict[str, type[BaseModel]] = {
    "api": Api,
    "caller": Caller,
    "detector": Detector,
    "kernels": Kernels,
    "precondition": Precondition,
    "seed": Seed,
    "waivers": Waivers,
    "changes": Changes,
    "first": First,
    "glossary": Glossary,
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    shutil.copytree(VALID, tmp_path / "data")
    return tmp_path / "data"


def faults(content: bytes | str) -> list[str]:
    text = content.encode() if isinstance(content, str) else content
    return [f"{f.line}:{f.column}: {f.message} [{f.code}]" for f in parse(text).faults]


def shown(knowledge: Knowledge) -> list[str]:
    return [str(problem) for problem in knowledge.problems]


@pytest.mark.parametrize("path", INVALID, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_invalid_file_says_what_is_wrong_and_where(path: Path) -> None:
    problems: list[Problem] = []
    assert load_file(path, MODELS[path.parent.name], path.parent, problems) is None
    expected = path.with_suffix(".errors.txt").read_text(encoding="utf-8").splitlines()
    got = [f"{p.line}:{p.column}: {p.message} [{p.code}]" for p in sorted(problems)]
    assert got == expected


def test_every_invalid_case_has_its_messages() -> None:
    assert len(INVALID) >= 40
    for path in (ENTRIES / "invalid").rglob("*.errors.txt"):
        assert path.with_name(path.name.replace(".errors.txt", ".yaml")).exists()
        assert path.read_text(encoding="utf-8").strip()


def test_valid_data_has_no_problems_and_ids_are_paths() -> None:
    knowledge = load(VALID)
    assert shown(knowledge) == []
    assert set(knowledge.callers) == {"sched/kick_one", "x86/probe_new"}
    assert set(knowledge.preconditions) == {"widget-off"}
    assert knowledge.kernels.names == ("v5.10", "v6.12")
    assert len(knowledge.seed.rows) == 3
    assert knowledge.files == 13
    assert knowledge.files == 13


def test_positions_are_those_of_the_text() -> None:
    loaded = load(VALID).callers["sched/kick_one"]
    lines = (VALID / "callsites/sched/kick_one.yaml").read_text().splitlines()
    assert loaded.path == Path("data/callsites/sched/kick_one.yaml")
    line, column = loaded.at(("sites", 1, "calls"))
    assert lines[line - 1][column - 1 :] == "2"
    line, column = loaded.positions.key(("sites", 1, "calls"))
    assert lines[line - 1][column - 1 :] == "calls: 2"
    line, column = loaded.at(("assessments", 0, "kernels", 1))
    assert lines[line - 1][column - 1 :] == "v6.12]"
    assert loaded.at(("assessments", 0, "platforms")) == loaded.at(("assessments", 0))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("n", "n"),
        ("2026-11-22", "2026-11-22"),
        ("2026-13-45", "2026-13-45"),
        ("12:30:45", "12:30:45"),
        ("true", True),
        ("FALSE", False),
        ("0", 0),
        ("-7", -7),
        ("0x1F", 31),
        ("0o17", 15),
        ("'12'", "12"),
        ('"true"', "true"),
        ("1_000", "1_000"),
        ("v6.12", "v6.12"),
        ("+", "+"),
        ("=", "="),
        ("0x", "0x"),
        ("deadbeef", "deadbeef"),
    ],
)
def test_scalars_follow_yaml_1_2(text: str, value: object) -> None:
    got = parse(f"a: {text}\n".encode()).data["a"]
    assert (got, type(got)) == (value, type(value))


@pytest.mark.parametrize(
    "text", ["6.10", "010", "-007", "1e3", "1234567e1234", ".5", "5.", ".inf", "-.INF", ".nan"]
)
def test_number_that_is_no_plain_integer_is_a_float(text: str) -> None:
    assert isinstance(parse(f"a: {text}\n".encode()).data["a"], float)


def test_integer_of_any_length_is_read_in_bounded_time() -> None:
    begin = time.process_time()
    assert isinstance(parse(b"a: " + b"9" * 200_000).data["a"], float)
    assert time.process_time() - begin < 1


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("nothing", b"", "1:1: must hold a mapping (got an empty file) [yaml-syntax]"),
        ("a comment", b"# x\n", "2:1: must hold a mapping (got an empty file) [yaml-syntax]"),
        (
            "a byte order mark",
            b"\xef\xbb\xbfa: b\n",
            "1:1: must not hold a byte order mark; save the file without it [yaml-encoding]",
        ),
        (
            "UTF-16",
            "a: b\n".encode("utf-16"),
            "1:1: must be UTF-8 without byte order mark (got UTF-16 or UTF-32) [yaml-encoding]",
        ),
        ("Latin-1", b"x: y\na: \xe4\n", "2:4: must be UTF-8 (got the byte 0xe4) [yaml-encoding]"),
        ("half a character", b"a: \xc3", "1:4: must be UTF-8 (got the byte 0xc3) [yaml-encoding]"),
        (
            "a line separator",
            "a: b\u2028c: d\n".encode(),
            "1:5: must not hold the invisible character U+2028; leave it out [yaml-encoding]",
        ),
        (
            "too much",
            b"a: " + b"x" * MAX_BYTES,
            "1:1: must not be larger than 256 KiB (got 262147 bytes) [yaml-size]",
        ),
        (
            "too deep",
            b"[" * 100_000,
            f"1:25: must not be nested deeper than {MAX_DEPTH} levels [yaml-size]",
        ),
        (
            "too deep in blocks",
            b"".join(b" " * n + b"a:\n" for n in range(200)),
            f"25:25: must not be nested deeper than {MAX_DEPTH} levels [yaml-size]",
        ),
        ("a document end", b"a: b\n...\n", "2:1: must not hold a `...` line"),
        ("a key twice deep down", b"a: {b: 1, c: 2, b: 3}\n", "1:5: duplicate key 'b'"),
        ("a bad escape", b'a: "\\q"\n', "1:5: not valid YAML: found unknown escape character"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 30 else "",
)
def test_hostile_text_is_a_problem_at_its_place(name: str, content: bytes, expected: str) -> None:
    begin = time.process_time()
    assert faults(content)[0].startswith(expected)
    assert time.process_time() - begin < 1


def test_deepest_and_largest_text_allowed_is_read() -> None:
    assert faults(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH) == []
    assert faults(b"a: " + b"x" * (MAX_BYTES - 3)) == []


def test_alias_bomb_is_refused_without_being_expanded() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 8)}]" for n in range(1, 12)]
    found = faults("\n".join(lines) + "\n")
    assert found[0] == "1:5: must not set the anchor `&a0`; leave it out [yaml-forbidden]"
    assert len(found) == MAX_FAULTS + 1
    assert found[-1].endswith("more faults of the YAML are not listed [yaml-syntax]")


def test_recursive_alias_is_refused() -> None:
    assert any("`*a`" in fault for fault in faults("a: &a [*a]\n"))


def test_duplicate_among_thousands_of_keys_is_found_in_bounded_time() -> None:
    text = "".join(f"k{n}: 1\n" for n in range(20_000)) + "k1: 2\n"
    begin = time.process_time()
    assert len(parse(text.encode()).faults) == 2
    assert time.process_time() - begin < 3


def test_thousands_of_unknown_keys_are_told_in_bounded_number(data: Path) -> None:
    text = "".join(f"k{n}: 1\n" for n in range(5_000))
    (data / "detectors/soft-lockup.yaml").write_text(text)
    knowledge = load(data)
    assert len(knowledge.problems) == MAX_PROBLEMS + 1
    assert "more problems of this file are not listed" in shown(knowledge)[-1]


def test_interpreter_survives_what_makes_a_composer_crash(tmp_path: Path) -> None:
    path = tmp_path / "deep.yaml"
    path.write_bytes(b"[" * 100_000)
    code = (
        "import sys, pathlib; from lostipi.load.events import parse;"
        "print(len(parse(pathlib.Path(sys.argv[1]).read_bytes()).faults))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr


def test_missing_extension_is_said_and_no_slow_way_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ruamel.yaml.__with_libyaml__", False)
    with pytest.raises(RuntimeError, match=r"ruamel\.yaml\[oldlibyaml\]"):
        parse(b"a: b\n")


def test_refused_value_gets_one_problem_only(data: Path) -> None:
    path = data / "callsites/x86/probe_new.yaml"
    path.write_text(path.read_text().replace("title: Probes a widget", "title:"))
    assert len(load(data).problems) == 1
    assert parse(b"a:\n").data == {"a": REFUSED}


def test_problems_of_all_files_are_told_in_one_run(data: Path) -> None:
    (data / "apis/smp_call_function_single.yaml").write_text("a: &x b\n")
    (data / "detectors/soft-lockup.yaml").write_text("[")
    (data / "kernels.yaml").unlink()
    knowledge = load(data)
    assert {p.path for p in knowledge.problems} == {
        "data/apis/smp_call_function_single.yaml",
        "data/detectors/soft-lockup.yaml",
        "data/kernels.yaml",
    }
    assert set(knowledge.callers) == {"sched/kick_one", "x86/probe_new"}
    assert knowledge.broken["apis"] == {"smp_call_function_single"}
    assert knowledge.kernels.names == ()


@pytest.mark.parametrize(
    ("stray", "message"),
    [
        ("callsites/sched/late.yml", "the name of an entry must end with `.yaml`"),
        ("callsites/sched/late.yaml.orig", "the name of an entry must end with `.yaml`"),
        ("callsites/late.yaml", "must lie in the folder of a subsystem"),
        ("callsites/shed/late.yaml", "the folder must be one of block, core"),
        ("apis/old/late.yaml", "entries must lie in the folder itself"),
        ("api/late.yaml", "unknown file; data/ holds apis"),
        ("seed.yml", "unknown file; data/ holds apis"),
    ],
)
def test_file_in_no_place_is_a_problem(data: Path, stray: str, message: str) -> None:
    (data / stray).parent.mkdir(exist_ok=True)
    (data / stray).write_text("title: x\n")
    (problem,) = load(data).problems
    assert problem.code == "file-stray"
    assert problem.message.startswith(message)


def test_hidden_files_of_editors_are_left_alone(data: Path) -> None:
    (data / "callsites/sched/.kick_one.yaml.swp").write_bytes(b"\0")
    (data / ".cache").mkdir()
    assert shown(load(data)) == []


def test_empty_folder_is_a_problem(data: Path) -> None:
    (data / "callsites/rcu").mkdir()
    (problem,) = load(data).problems
    assert problem.path == "data/callsites/rcu"
    assert problem.message == "must hold at least one entry (got an empty folder)"


def test_loading_nothing_is_a_problem(tmp_path: Path) -> None:
    messages = [p.message for p in load(tmp_path).problems]
    assert any(message.endswith("(got none)") for message in messages)


def test_folder_that_is_named_like_an_entry_is_a_problem(data: Path) -> None:
    (data / "detectors/x.yaml").mkdir()
    (problem,) = load(data).problems
    assert problem.code == "file-stray"


def test_link_to_nowhere_is_a_problem(data: Path) -> None:
    (data / "detectors/x.yaml").symlink_to("nowhere")
    (problem,) = load(data).problems
    assert problem.message == "must exist (got no such file)"


def test_link_to_a_device_is_not_read(data: Path) -> None:
    (data / "detectors/x.yaml").symlink_to("/dev/zero")
    (problem,) = load(data).problems
    assert problem.message == "must be an ordinary file"


def test_large_file_is_refused_by_its_size(data: Path) -> None:
    with (data / "detectors/x.yaml").open("wb") as file:
        file.truncate(1 << 40)
    (problem,) = load(data).problems
    assert problem.code == "yaml-size"


def test_every_pattern_of_the_models_has_words() -> None:
    patterns: set[str] = set()

    def walk(schema: object) -> None:
        if isinstance(schema, dict):
            if isinstance(schema.get("pattern"), str):
                patterns.add(schema["pattern"])
            for part in schema.values():
                walk(part)
        elif isinstance(schema, list):
            for part in schema:
                walk(part)

    for model in MODELS.values():
        walk(model.model_json_schema())
    citation = {pattern for pattern in patterns if "<symbol>" in pattern}
    assert len(citation) == 1
    assert patterns - citation <= set(FORMS)


@pytest.mark.parametrize(
    ("model", "loc", "found"),
    [
        (Caller, (), Caller),
        (Caller, ("sites", 0), CallerSite),
        (Caller, ("assessments", 3, "evidence", 0), Evidence),
        (Precondition, ("checks", 0, "kconfig"), KconfigCheck),
        (Kernels, ("kernels", 1, "source"), DebianSource),
        (Caller, ("title",), None),
        (Caller, ("nothing", 0), None),
    ],
)
def test_model_is_found_by_its_place(
    model: type[BaseModel], loc: tuple[str | int, ...], found: type[BaseModel] | None
) -> None:
    assert model_at(model, loc) is found


def test_every_folder_of_entries_has_a_model_and_every_code_its_words() -> None:
    assert set(FOLDERS) == {"apis", "callsites", "preconditions", "detectors"}
    for code, words in CODES.items():
        assert len(words) == 3, code
        assert all(words), code
