"""The command as a newcomer meets it: help, wrong words, exit codes."""

import pytest

from lostipi.cli import COMMANDS, find_data, main, parser
from lostipi.cli.output import CouldNotRunError, plural


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_help_for_every_argument(command, capsys):
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    assert stop.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: lostipi {command}")
    subparsers = next(a for a in parser(command)._actions if a.dest == "command")
    for action in subparsers.choices[command]._actions:
        assert action.help or action.choices, f"{command} {action.dest} has no help"


@pytest.mark.parametrize("words", [[], ["frobnicate"], ["lint", "--frobnicate"]])
def test_a_wrong_word_exits_with_2_and_shows_the_usage(words, capsys):
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert stop.value.code == 2
    assert "usage: lostipi" in capsys.readouterr().err


def test_a_folder_that_is_no_data_folder_is_named(tmp_path, capsys):
    assert main(["lint", "--data", str(tmp_path)]) == 2
    assert f"{tmp_path} is no data folder" in capsys.readouterr().err


def test_the_data_folder_is_found_above_the_current_one(data):
    below = data.parent / "docs" / "deep"
    below.mkdir(parents=True)
    assert find_data(None, below) == data


def test_a_data_folder_given_wins(data, tmp_path):
    assert find_data(data, tmp_path) == data
    with pytest.raises(CouldNotRunError, match=r"kernels\.yaml"):
        find_data(tmp_path, data.parent)


def test_things_are_counted_in_english():
    assert [plural(n, "entry") for n in (0, 1, 2)] == ["0 entries", "1 entry", "2 entries"]
    assert plural(2, "problem") == "2 problems"
