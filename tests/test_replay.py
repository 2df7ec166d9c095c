"""The record of the replay: its shape, and that what it says was read was read."""

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest

from lostipi.load import load
from lostipi.render.replay import replay_figures
from lostipi.replay import Carry, ReplayError, read_replay
from lostipi.sitedata import gather

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="module")
def record():
    found = read_replay(DATA)
    assert found is not None
    return found


def test_every_step_between_tracked_kernels_is_on_record(record):
    names = load(DATA).kernels.names
    assert [(s.old, s.new) for s in record.steps] == [*pairwise(names)]


def test_at_least_forty_carried_entries_and_every_candidate_were_read(record):
    sample = [one for step in record.steps for one in step.sample]
    candidates = [one for step in record.steps for one in step.candidates]
    assert len(sample) >= 40
    assert all(one.finding is not Carry.UNREAD for one in (*sample, *candidates))


def test_a_finding_that_is_no_matter_of_course_says_why(record):
    for step in record.steps:
        assert all(one.why for one in step.candidates)
        assert all(one.why for one in step.sample if one.finding is Carry.FALSE)


def test_what_is_held_back_rightly_is_part_of_what_is_held_back(record):
    for step in record.steps:
        assert 0 <= step.held_back_differing <= step.held_back <= step.entries.read


def test_the_page_shows_the_figures_of_the_record(record):
    from lostipi.render.book import View

    html = replay_figures(View(gather(DATA), "../"))
    for step in record.steps:
        row = re.search(rf"{step.old} to {step.new}.*?</tr>", html, re.DOTALL)
        assert row is not None
        numbers = [int(n) for n in re.findall(r">(\d+)<", row[0])]
        assert numbers[:6] == list(step.sites.values())
        assert numbers[6:] == [
            step.entries.carried,
            step.entries.read,
            step.entries.drafts,
            step.entries.gone,
        ]


def test_a_broken_record_is_named_by_file_and_field(tmp_path):
    assert read_replay(tmp_path) is None
    content = json.loads((DATA / "replay.json").read_text())
    content["steps"][0]["carried_sites"] = "many"
    (tmp_path / "replay.json").write_text(json.dumps(content))
    with pytest.raises(ReplayError, match=r"replay\.json: steps\.0\.carried_sites: "):
        read_replay(tmp_path)
