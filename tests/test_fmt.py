"""`fmt`: one canonical form, nothing lost, nothing touched that the loader refuses."""

from __future__ import annotations

import io
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from ruamel.yaml import YAML

from lostipi import fmt
from lostipi.load.events import parse
from lostipi.model.caller import Caller
from lostipi.model.detector import Detector
from lostipi.model.precondition import Precondition
from lostipi.writing import NotWrittenError

VALID = Path(__file__).parent / "entries" / "valid" / "data"
SAMPLES: list[tuple[str, type[BaseModel]]] = [
    ("callsites/sched/kick_one.yaml", Caller),
    ("callsites/x86/probe_new.yaml", Caller),
    ("preconditions/widget-off.yaml", Precondition),
    ("detectors/soft-lockup.yaml", Detector),
]

UNTIDY = """\
# modeline
# header
sites: # all
  # about the first
  - kernels: [v6.1]   # k
    label: a
    # the file
    file: x.c
    function: f
    api: g
    wait: waits
  -   wait: waits
      # about the label

      # more of it
      label: b
      kernels:
      - v6.1
      - v6.12

      api: "x"
# about the title
title: >-
  Folded
  text

  two
assessments:
  - verdict: x
    kernels: [a]
    consequence:
      analysis: |
        # not a comment
        lit
      # about the sentence
      sentence: 'q'
# end
"""

TIDY = """\
# modeline
# header
# about the title
title: >-
  Folded
  text

  two
sites: # all
  # about the first
  - label: a
    kernels: [v6.1]   # k
    # the file
    file: x.c
    function: f
    api: g
    wait: waits
  # about the label

  # more of it
  - label: b
    kernels:
      - v6.1
      - v6.12

    api: "x"
    wait: waits
assessments:
  - kernels: [a]
    verdict: x
    consequence:
      # about the sentence
      sentence: 'q'
      analysis: |
        # not a comment
        lit
# end
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    shutil.copytree(VALID, tmp_path / "data")
    return tmp_path / "data"


def test_keys_are_ordered_and_comments_go_with_them() -> None:
    assert fmt.format_text(UNTIDY, Caller) == TIDY
    assert fmt.format_text(TIDY, Caller) == TIDY


def test_keys_of_tagged_checks_are_ordered() -> None:
    flow = "  - {bit: 1, kind: cpuid}\n"
    text = f"checks:\n  - value: n\n    symbol: CONFIG_X\n    kind: kconfig\n{flow}"
    assert fmt.format_text(text, Precondition) == (
        f"checks:\n  - kind: kconfig\n    symbol: CONFIG_X\n    value: n\n{flow}"
    )


def test_without_a_model_keys_stay() -> None:
    assert fmt.format_text("b: 1\na:\n- 0x10\n\n\n") == "b: 1\na:\n  - 0x10\n"


def test_long_lines_and_quotes_and_prose_stay() -> None:
    text = f'title: {"word " * 900}end\nwhy: "a: b"\nlast: |\n  a\n    b\n\n  c\n'
    assert fmt.format_text(text) == text


@pytest.mark.parametrize("name", [name for name, _ in SAMPLES])
def test_sound_files_are_canonical(name: str) -> None:
    assert fmt.check(VALID / name, VALID) == []


def shuffled(value: Any, rng: random.Random) -> Any:
    if isinstance(value, dict):
        keys = list(value)
        rng.shuffle(keys)
        return {key: shuffled(value[key], rng) for key in keys}
    if isinstance(value, list):
        return [shuffled(item, rng) for item in value]
    return value


def ordered_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return [(key, ordered_keys(item)) for key, item in value.items()]
    if isinstance(value, list):
        return [ordered_keys(item) for item in value]
    return None


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**9), st.sampled_from(SAMPLES), st.booleans(), st.integers(0, 3))
def test_any_order_and_layout_comes_to_one_form_that_stays(
    seed: int, sample: tuple[str, type[BaseModel]], indented: bool, comments: int
) -> None:
    name, model = sample
    rng = random.Random(seed)
    content = parse((VALID / name).read_bytes()).data
    yaml = YAML()
    yaml.width = 100_000
    if indented:
        yaml.indent(mapping=4, sequence=6, offset=3)
    out = io.StringIO()
    yaml.dump(shuffled(content, rng), out)
    lines = out.getvalue().splitlines()
    for number in range(comments):
        place = rng.randrange(len(lines) + 1)
        like = lines[min(place, len(lines) - 1)]
        indent = len(like) - len(like.lstrip())
        lines.insert(place, " " * indent + f"# comment {number}")
    text = "\n".join(lines) + "\n"
    try:
        done = fmt.format_text(text, model)
    except fmt.FormatError as error:
        # Refusing is right where a comment would be lost, and only there.
        assert "comment" in str(error)
        assert comments
        return
    assert fmt.format_text(done, model) == done
    assert parse(done.encode()).data == content
    assert ordered_keys(parse(done.encode()).data) == ordered_keys(content)
    for number in range(comments):
        assert f"# comment {number}\n" in done


def test_check_names_the_first_line_that_differs(data: Path) -> None:
    path = data / "detectors/soft-lockup.yaml"
    path.write_text(path.read_text().replace("does: [report, panic]", "does:   [report, panic]"))
    (problem,) = fmt.check(path, data)
    assert str(problem) == (
        "data/detectors/soft-lockup.yaml:16:1: must be 'does: [report, panic]' here (got "
        "'does:   [report, panic]'); `lostipi fmt` rewrites the file [fmt]"
    )


def test_check_names_a_missing_end_of_line(data: Path) -> None:
    path = data / "detectors/soft-lockup.yaml"
    path.write_text(path.read_text().rstrip("\n"))
    (problem,) = fmt.check(path, data)
    assert "must be an empty line here (got the end of the file)" in problem.message


def test_write_keeps_the_mode_and_leaves_nothing_behind(data: Path) -> None:
    path = data / "detectors/soft-lockup.yaml"
    before = path.read_text()
    path.write_text(before.replace("does: [report, panic]", "does:   [report, panic]"))
    path.chmod(0o640)
    names = sorted(p.name for p in path.parent.iterdir())
    assert fmt.write(path, data) == (True, [])
    assert path.read_text() == before
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(p.name for p in path.parent.iterdir()) == names
    assert fmt.write(path, data) == (False, [])


def test_what_an_editor_saved_meanwhile_is_left_alone(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = data / "detectors/soft-lockup.yaml"
    path.write_text(path.read_text() + "\n\n")
    format_text = fmt.format_text

    def slow(text: str, model: type[BaseModel] | None = None) -> str:
        path.write_text(text + "# saved meanwhile\n")
        return format_text(text, model)

    monkeypatch.setattr("lostipi.fmt.format_text", slow)
    with pytest.raises(NotWrittenError, match="was changed meanwhile; it is as it was saved"):
        fmt.write(path, data)
    assert path.read_text().endswith("# saved meanwhile\n")


def test_link_stays_a_link(data: Path) -> None:
    path = data / "detectors/soft-lockup.yaml"
    real = data / "detectors/.real.yaml"
    path.rename(real)
    path.symlink_to(real.name)
    real.write_text(real.read_text() + "\n\n")
    assert fmt.write(path, data)[1] == []
    assert path.is_symlink()
    assert real.read_text() == (VALID / "detectors/soft-lockup.yaml").read_text()


def test_failed_write_leaves_the_file_as_it_was(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = data / "detectors/soft-lockup.yaml"
    untidy = path.read_text() + "\n\n"
    path.write_text(untidy)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("lostipi.writing.os.fsync", fail)
    with pytest.raises(NotWrittenError, match="the disk is full"):
        fmt.write(path, data)
    assert path.read_text() == untidy
    assert [p.name for p in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("title: Soft", "title:   &x Soft", "yaml-forbidden"),
        ("title: Soft", "title:   Soft\ntitle: Hard", "yaml-duplicate-key"),
        ("title: Soft", "titel:   Soft", "schema"),
        ("title: Soft", "title: [Soft", "yaml-syntax"),
    ],
)
def test_refused_file_is_not_touched(data: Path, old: str, new: str, code: str) -> None:
    path = data / "detectors/soft-lockup.yaml"
    broken = path.read_text().replace(old, new)
    path.write_text(broken)
    changed, problems = fmt.write(path, data)
    assert not changed
    assert code in {problem.code for problem in problems}
    assert path.read_text() == broken
    assert fmt.check(path, data) == problems


def test_file_outside_the_data_is_not_touched(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("b:   1\n")
    changed, problems = fmt.write(path, data)
    assert not changed
    assert "must lie in data/" in problems[0].message
    assert path.read_text() == "b:   1\n"


def test_files_are_those_of_the_data_or_those_given(data: Path) -> None:
    everything = fmt.files(data)
    assert len(everything) == 13
    assert data / "kernels.yaml" in everything
    assert fmt.files(data, [data / "callsites", data / "callsites/sched/kick_one.yaml"]) == [
        data / "callsites/sched/kick_one.yaml",
        data / "callsites/x86/probe_new.yaml",
    ]


def test_comment_that_would_be_lost_is_said_and_nothing_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("lostipi.fmt._round_trip", lambda text: text.replace("# c", ""))
    with pytest.raises(fmt.FormatError, match="losing a comment"):
        fmt.format_text("a: b # c\n")


def test_changed_meaning_is_said_and_nothing_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lostipi.fmt._round_trip", lambda text: text.replace("b", "c"))
    with pytest.raises(fmt.FormatError, match="changing what it says"):
        fmt.format_text("a: b\n")


def test_an_edit_keeps_the_authors_comments_and_the_form():
    text = "# mine\na: [x] # why\nb: >-\n  folded\n  text\n"
    edited = fmt.edit(text, lambda content: content["a"].append("y"))
    assert edited == "# mine\na: [x, y] # why\nb: >-\n  folded\n  text\n"


def test_an_edit_that_would_lose_a_comment_is_refused():
    with pytest.raises(fmt.FormatError, match="losing a comment"):
        fmt.edit("a: 1\nb: 2 # why\n", lambda content: content.pop("b"))
