"""Work done in two processes gives what one process gives."""

from __future__ import annotations

import os
from collections.abc import Sequence

import pytest

from lostipi.kernel.at_once import FEWEST, at_once, in_two


def squares(numbers: Sequence[int]) -> list[tuple[int, int]]:
    return [(number, number * number) for number in numbers]


@pytest.fixture(params=[1, 2])
def processors(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    count: int = request.param
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(count)))
    return count


@pytest.mark.parametrize("count", [0, 1, FEWEST, 1001])
def test_everything_is_done_once(processors: int, count: int) -> None:
    parts = in_two(squares, range(count))
    assert len(parts) == (processors if count >= FEWEST else 1)
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


def test_what_this_process_has_to_do_besides_is_done_in_it_and_gets_it_less_of_the_work(
    processors: int,
) -> None:
    done: list[int] = []
    parts = in_two(squares, range(100), lambda: done.append(os.getpid()))
    assert sorted(pair for part in parts for pair in part) == squares(range(100))
    if processors > 1:
        assert done == [os.getpid()]
        assert [len(part) for part in parts] == [13, 87]


def test_two_things_give_what_each_gives(processors: int) -> None:
    here, there = at_once(os.getpid, os.getpid)
    assert here == os.getpid()
    assert (there != here) == (processors > 1)
