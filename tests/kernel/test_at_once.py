"""Work done in two processes gives what one process gives."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from functools import partial

import pytest

from lostipi.kernel.at_once import FEWEST, at_once, in_two


def squares(numbers: Sequence[int]) -> list[tuple[int, int]]:
    return [(number, number * number) for number in numbers]


@pytest.fixture(params=[1, 2])
def processors(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    count: int = request.param
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(count)))
    return count


@pytest.mark.parametrize("count", [0, 1, FEWEST - 1, FEWEST, 1001])
def test_everything_is_done_once(processors: int, count: int) -> None:
    parts = in_two(squares, range(count))
    assert sorted(pair for part in parts for pair in part) == squares(range(count))


def test_more_than_a_pipe_holds_is_handed_over(processors: int) -> None:
    parts = in_two(lambda numbers: [b"x" * 9999 for _ in numbers], range(100))
    assert sum(map(len, parts)) == 100


def test_what_fails_in_the_other_process_is_done_here(processors: int) -> None:
    here = os.getpid()

    def work(numbers: Sequence[int]) -> list[int]:
        if os.getpid() != here:
            os._exit(3)
        return list(numbers)

    parts = in_two(work, range(100))
    assert sorted(number for part in parts for number in part) == list(range(100))


def test_an_error_of_the_work_is_raised(processors: int) -> None:
    def work(numbers: Sequence[int]) -> list[float]:
        return [1 / number for number in numbers]

    with pytest.raises(ZeroDivisionError):
        in_two(work, range(100))
    with pytest.raises(ZeroDivisionError):
        in_two(work, range(99, -1, -1))


def test_each_process_takes_what_is_next_as_soon_as_it_is_done(processors: int) -> None:
    if processors < 2:
        pytest.skip("one process does all")

    def slow_here(numbers: Sequence[int]) -> list[int]:
        time.sleep(0.1 if os.getpid() == here else 0.01)
        return [os.getpid()] * len(numbers)

    here = os.getpid()
    by = [number for part in in_two(slow_here, range(64)) for number in part]
    assert 0 < by.count(here) < 32


def test_what_this_process_has_to_do_besides_is_done_in_it_first(processors: int) -> None:
    done: list[int] = []
    parts = in_two(squares, range(100), lambda: done.append(os.getpid()))
    assert sorted(pair for part in parts for pair in part) == squares(range(100))
    assert done == ([os.getpid()] if processors > 1 else [])


def test_progress_is_that_of_both_processes(processors: int) -> None:
    seen: list[tuple[int, int]] = []
    slow = partial(map, lambda _: time.sleep(0.0005))  # else one may have done all at once
    in_two(lambda numbers: list(slow(numbers)), range(1000), progress=lambda *at: seen.append(at))
    assert seen == sorted(seen)
    assert {total for _, total in seen} == {1000}
    assert processors > 1 or [done for done, _ in seen] == [1000 * n // 64 for n in range(64)]


def test_two_things_give_what_each_gives(processors: int) -> None:
    here, there = at_once(os.getpid, os.getpid)
    assert here == os.getpid()
    assert (there != here) == (processors > 1)
