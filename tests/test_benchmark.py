"""The record of a benchmark, and the figures of the method page that come from records."""

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from lostipi.benchmark import (
    Benchmark,
    BenchmarkError,
    Measured,
    Planted,
    Speed,
    Timing,
    path_of,
    read_benchmark,
)
from lostipi.load import load
from lostipi.render.book import View
from lostipi.render.figures import (
    occurrence_figures,
    planting_figures,
    site_figures,
    speed_figures,
)
from lostipi.sitedata import gather

DATA = Path(__file__).parents[1] / "data"
SEARCH = Timing(what="grep", wall=2.0, cpu=1.0)
SCAN = Timing(what="scan", wall=3.0, cpu=2.5, against="grep")
SPEED = Speed(run="One machine.", files=9, read=8, timings=(SEARCH, SCAN), peak=120)


def cells(html: str, head: str) -> list[str]:
    """The cells of the first row with a heading, without their tags."""
    row = re.search(rf'<th scope="row">(?:<[^>]+>)*{re.escape(head)}<.*?</tr>', html, re.DOTALL)
    assert row is not None, head
    return [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<td>(.*?)</td>", row[0])]


@pytest.fixture(scope="module")
def view() -> View:
    return View(gather(DATA), "../")


@pytest.fixture(scope="module")
def lines() -> dict[str, list[dict[str, object]]]:
    """Each inventory as JSON, read without the code under test."""
    return {
        name: [
            json.loads(line)
            for line in (DATA / "inventory" / f"{name}.jsonl").read_text().splitlines()
        ]
        for name in load(DATA).kernels.names
    }


def test_a_ratio_is_of_what_a_thing_is_held_against() -> None:
    assert SPEED.ratio(SCAN) == 1.5
    assert SPEED.ratio(SEARCH) is None


def test_a_timing_held_against_what_was_not_timed_is_refused() -> None:
    with pytest.raises(ValueError, match="`scan` is held against `grep`, not timed"):
        Speed(run="r", files=1, read=1, timings=(SCAN,), peak=1)


def test_what_is_measured_again_takes_the_old_place_and_the_rest_stays() -> None:
    order = ("v6.1", "v6.12")
    planted = Planted(seed="s", tries=5, noticed=5)
    newer = Measured(kernel="v6.12", release="6.12.1", speed=SPEED)
    older = Measured(kernel="v6.1", release="6.1.1", speed=SPEED)
    record = Benchmark(kernels=(newer,)).with_kernel(older, order)
    assert record.kernels == (older, newer)
    record = record.with_kernel(Measured(kernel="v6.12", release="6.12.1", planted=planted), order)
    assert record.kernels[1].speed == SPEED
    assert record.kernels[1].planted == planted


def test_what_was_measured_of_another_release_does_not_stay() -> None:
    old = Measured(kernel="v6.12", release="6.12.1", speed=SPEED)
    new = Measured(kernel="v6.12", release="6.12.2", planted=Planted(seed="s", tries=1, noticed=1))
    assert Benchmark(kernels=(old,)).with_kernel(new, ("v6.12",)).kernels == (new,)
    assert Benchmark(kernels=(old,)).with_kernel(new, ()).kernels == ()


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert read_benchmark(tmp_path) == Benchmark()
    record = Benchmark(kernels=(Measured(kernel="v6.12", release="6.12.1", speed=SPEED),))
    path_of(tmp_path).write_text(record.text())
    assert read_benchmark(tmp_path) == record


def test_a_broken_record_is_named_by_file_and_field(tmp_path: Path) -> None:
    path_of(tmp_path).write_text('{"kernels": [{"kernel": "6.12", "release": "6.12.1"}]}')
    with pytest.raises(BenchmarkError, match=r"benchmark\.json: kernels\.0\.kernel: "):
        read_benchmark(tmp_path)


def test_what_is_on_record_is_of_the_releases_that_are_tracked() -> None:
    releases = {kernel.name: kernel.release for kernel in load(DATA).kernels.kernels}
    recorded = read_benchmark(DATA).kernels
    assert recorded
    assert all(one.release == releases[one.kernel] for one in recorded)
    assert all(one.planted.noticed == one.planted.tries for one in recorded if one.planted)


def test_the_page_counts_the_sites_of_the_inventories_by_wait_and_api(view, lines) -> None:
    html = site_figures(view)
    waits = ("waits", "no-wait", "async", "forwarded", "runtime")
    heads = re.findall(r'<th scope="col">(?:<code>)?([a-z-]+)<', html)
    assert tuple(heads[:5]) == waits
    for kernel, (_, *sites) in lines.items():
        count = Counter(site["wait"] for site in sites)
        assert cells(html, kernel) == [
            str(len(sites)),
            *(str(count[wait]) for wait in waits),
            str(len({site["api"] for site in sites})),
        ]
    newest, (_, *sites) = list(lines.items())[-1]
    count = Counter(site["wait"] for site in sites if site["api"] == "smp_call_function_single")
    said = cells(html, "smp_call_function_single()")[list(lines).index(newest)]
    assert said == ", ".join(f"{count[wait]} {wait}" for wait in waits if count[wait])


def test_the_page_shows_the_occurrences_recorded_with_the_inventories(view, lines) -> None:
    html = occurrence_figures(view)
    recorded = [header["occurrences"] for header, *_ in lines.values()]
    for kind in {kind for counts in recorded for kind in counts}:
        assert cells(html, kind) == [str(counts.get(kind, 0)) for counts in recorded]
    assert cells(html, "all") == [str(sum(counts.values())) for counts in recorded]


def test_no_occurrence_on_record_is_unclassed_and_every_call_is_a_site(lines) -> None:
    for header, *sites in lines.values():
        assert "unparsed" not in header["occurrences"]
        assert header["occurrences"]["call"] == len(sites)


def test_the_page_shows_times_ratios_and_memory_of_each_run(view) -> None:
    html = speed_figures(view)
    for one in view.book.benchmark.kernels:
        if one.speed is not None:
            assert one.release in html
            assert f"{one.speed.peak} MiB" in html
            for timing in one.speed.timings:
                assert f"<code>{timing.what}</code>" in html
                assert f"{timing.wall:.2f} s" in html


def test_the_page_shows_how_many_planted_changes_were_noticed(view) -> None:
    html = planting_figures(view)
    for one in view.book.benchmark.kernels:
        if one.planted is not None:
            tries = str(one.planted.tries)
            assert cells(html, one.release) == [
                tries, str(one.planted.noticed), one.planted.seed
            ]  # fmt: skip


def test_without_records_the_page_says_so() -> None:
    view = View(replace(gather(DATA), occurrences={}, benchmark=Benchmark()), "../")
    assert "No occurrences" in occurrence_figures(view)
    assert "No times" in speed_figures(view)
    assert "No planting" in planting_figures(view)
