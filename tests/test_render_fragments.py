"""Settings to copy, and the check script: it is run here, against files of our own."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

import smallbook
from lostipi.model.precondition import Precondition
from lostipi.render.book import Book
from lostipi.render.fragments import (
    check_script,
    cmdline_fragment,
    kconfig_fragment,
    recommended,
    script,
)


def _book(*checks: dict[str, Any], cost: str = "None.", **changes: Any) -> Book:
    entry = {**smallbook.PRECONDITION, "cost": cost, "checks": list(checks)}
    if not checks:
        entry["checks_note"] = "Nothing to see."
    return smallbook.book(
        preconditions={"thing-off": Precondition.model_validate(entry)}, **changes
    )


def _run(book: Book, folder: Path, config: str, words: str = "quiet") -> tuple[int, str]:
    (folder / "config").write_text(config)
    (folder / "cmdline").write_text(words + "\n")
    ran = subprocess.run(
        ["sh"],
        input=script(book) + "\n",
        env={
            "PATH": "/usr/bin:/bin:/usr/sbin:/sbin",
            "CONFIG": str(folder / "config"),
            "CMDLINE": str(folder / "cmdline"),
        },
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
        timeout=30,
    )
    assert ran.stderr == ""
    return ran.returncode, ran.stdout


def _file(path: Path, **changes: Any) -> dict[str, Any]:
    return {"kind": "file", "path": str(path), "present": True, **changes}


KCONFIG_N = {"kind": "kconfig", "symbol": "CONFIG_THING", "value": "n"}
KCONFIG_Y = {"kind": "kconfig", "symbol": "CONFIG_THING", "value": "y"}
CMDLINE = {"kind": "cmdline", "parameter": "thing=off"}


@pytest.mark.parametrize(
    ("check", "config", "words", "held"),
    [
        (KCONFIG_N, "# CONFIG_THING is not set\n", "", True),
        (KCONFIG_N, "CONFIG_THING_MORE=y\n", "", True),
        (KCONFIG_N, "CONFIG_THING=y\n", "", False),
        (KCONFIG_N, "CONFIG_THING=m\n", "", False),
        (KCONFIG_Y, "CONFIG_THING=y\n", "", True),
        (KCONFIG_Y, "CONFIG_THING=yes\n", "", False),
        (KCONFIG_Y, "CONFIG_X=y\n", "", False),
        (CMDLINE, "CONFIG_X=y\n", "quiet thing=off", True),
        (CMDLINE, "CONFIG_X=y\n", "nothing=off", False),
        (CMDLINE, "CONFIG_X=y\n", "thing=offline", False),
    ],
)
def test_the_script_tells_held_from_open(
    tmp_path: Path, check: dict[str, Any], config: str, words: str, held: bool
) -> None:
    code, out = _run(_book(check), tmp_path, config, words)
    assert (code, out.split()) == (
        (0, ["HELD", "thing-off", "concern"]) if held else (1, ["OPEN", "thing-off", "concern"])
    )


@pytest.mark.parametrize(
    ("text", "check", "held"),
    [
        (None, {"present": False}, True),
        ("", {"present": False}, False),
        ("", {}, True),
        (None, {}, False),
        ("0\n", {"contains": "^0$"}, True),
        ("10\n", {"contains": "^0$"}, False),
        ("flags : fpu\n", {"lacks": "^flags.*mce"}, True),
        ("flags : mce fpu\n", {"lacks": "^flags.*mce"}, False),
        (None, {"lacks": "^flags.*mce"}, False),
    ],
)
def test_the_script_reads_files(
    tmp_path: Path, text: str | None, check: dict[str, Any], held: bool
) -> None:
    path = tmp_path / "seen"
    if text is not None:
        path.write_text(text)
    code, _ = _run(_book(_file(path, **check)), tmp_path, "CONFIG_X=y\n")
    assert code == (0 if held else 1)


def test_every_check_must_pass(tmp_path: Path) -> None:
    code, _ = _run(_book(KCONFIG_N, CMDLINE), tmp_path, "CONFIG_X=y\n", "quiet")
    assert code == 1


def test_without_a_configuration_nothing_is_called_held(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("")
    ran = subprocess.run(
        ["sh"],
        input=script(_book(KCONFIG_N)),
        env={"PATH": "/usr/bin:/bin", "CONFIG": str(tmp_path / "config")},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (ran.returncode, ran.stdout) == (2, "")


def test_what_no_command_can_tell_is_to_be_looked_at(tmp_path: Path) -> None:
    code, out = _run(_book(), tmp_path, "CONFIG_X=y\n")
    assert (code, out.split()) == (0, ["LOOK", "thing-off", "concern"])


def test_a_quote_in_a_check_stays_inside_the_shell_word(tmp_path: Path) -> None:
    sly = {"kind": "boot-log", "text": "it's $(touch bad)", "present": True}
    _run(_book(sly), tmp_path, "CONFIG_X=y\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cmdline", "config"]


def test_every_kind_of_check_is_a_valid_command(tmp_path: Path) -> None:
    checks: list[dict[str, Any]] = [
        {"kind": "sysctl", "name": "kernel.none", "value": "0"},
        {"kind": "cpuid", "leaf": 1, "register": "ecx", "bit": 3, "value": 0},
        {"kind": "boot-log", "text": "no such line", "present": True},
        {"kind": "boot-log", "text": "no such line", "present": False},
    ]
    for check in checks:
        code, _ = _run(_book(check), tmp_path, "CONFIG_X=y\n")
        assert code in (0, 1), check


def test_what_costs_something_is_recommended_only_against_a_concern() -> None:
    stall = smallbook.caller(
        harm={"never": "stall", "late": "none"}, objective=["availability"], otherwise="dos-only"
    )
    assert [line.name for line in recommended(_book(KCONFIG_N, cost="Speed."))] == ["thing-off"]
    milder = {"core/thing_sync": stall}
    assert recommended(_book(KCONFIG_N, cost="Speed.", callers=milder)) == []
    assert len(recommended(_book(KCONFIG_N, cost="None at all.", callers=milder))) == 1


def test_the_fragment_writes_what_is_off_as_kconfig_does() -> None:
    book = _book(KCONFIG_N, {**KCONFIG_Y, "symbol": "CONFIG_OTHER"}, cost="The `thing`.")
    assert kconfig_fragment(smallbook.view(preconditions=book.preconditions)) == (
        "```kconfig\n# thing-off (concern). Costs: The thing.\n"
        "# CONFIG_THING is not set\nCONFIG_OTHER=y\n```"
    )


def test_words_that_cost_something_are_listed_and_not_copied() -> None:
    free = cmdline_fragment(smallbook.view(preconditions=_book(CMDLINE).preconditions))
    assert free.startswith("```text\nthing=off\n```\n")
    dear = _book(CMDLINE, cost="Half of the CPUs.").preconditions
    page = cmdline_fragment(smallbook.view(preconditions=dear))
    assert "```" not in page
    assert "<code>thing=off</code>" in page


def test_the_script_on_the_page_is_the_script() -> None:
    assert check_script(smallbook.view()) == f"```sh\n{script(smallbook.book())}\n```"
