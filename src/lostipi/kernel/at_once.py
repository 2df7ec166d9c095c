"""Do two things at once, the second in a process of its own, where there is a processor for it."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

FEWEST = 16
"""Things to do, below which a second process costs more than it saves."""

_PARTS = 64
"""Into so many parts the things are divided: either process takes the next as it is done."""


def in_two(
    work: Callable[[Sequence[T]], R],
    things: Sequence[T],
    besides: Callable[[], object] | None = None,
    progress: Callable[[int, int], None] | None = None,
    fewest: int = FEWEST,
) -> list[R]:
    """Do the work on all parts of some things, in two processes, or in this one if there are few.

    Args:
        work: Done on a part of the things, as `at_once` asks.
        things: What there is to do.
        besides: What this process may do before it takes part in the work, if another one does.
        progress: Called here with the number of things that are done or begun, and of all.
        fewest: How many things make a second process worth its while.

    Returns:
        What the work returned for each part.
    """
    count = min(_PARTS, len(things))
    waiting, hand_out = os.pipe()
    os.write(hand_out, bytes(range(count)))
    os.close(hand_out)

    def take() -> dict[int, R]:
        done = {}
        while number := os.read(waiting, 1):
            part = number[0]
            if progress is not None and os.getpid() == here:
                progress(part * len(things) // count, len(things))
            done[part] = work(things[part::count])
        return done

    def besides_and_take() -> dict[int, R]:
        if besides is not None:
            besides()
        return take()

    here = os.getpid()
    try:
        if len(things) >= fewest and _two_processors():
            own, others = at_once(besides_and_take, take)
            done = own | others
        else:
            done = take()
    finally:
        os.close(waiting)
    # What another process had begun when it was killed is done here.
    return [done[part] if part in done else work(things[part::count]) for part in range(count)]


def at_once(here: Callable[[], T], there: Callable[[], R]) -> tuple[T, R]:
    """Do one thing in this process and another in a second one, or one after the other.

    Args:
        here: Done in this process.
        there: What it returns can be pickled, and it changes nothing that the caller needs.

    Returns:
        What both returned.
    """
    if not _two_processors():
        return here(), there()
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(read_end)
            with os.fdopen(write_end, "wb") as pipe:
                pipe.write(pickle.dumps(there()))
            status = 0
        finally:
            os._exit(status)  # what the parent has open and registered is the parent's
    os.close(write_end)
    try:
        first = here()
    finally:
        with os.fdopen(read_end, "rb") as pipe:
            sent = pipe.read()
        _, status = os.waitpid(child, 0)
    # If the other process failed or was killed, its work is done here, and any error is seen.
    second: R = pickle.loads(sent) if status == 0 else there()
    return first, second


def _two_processors() -> bool:
    return hasattr(os, "fork") and len(os.sched_getaffinity(0)) > 1
