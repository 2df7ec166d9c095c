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


def in_two(
    work: Callable[[Sequence[T]], R],
    things: Sequence[T],
    besides: Callable[[], object] | None = None,
) -> list[R]:
    """Do the work on two parts of some things at once, or on all if there are few.

    Args:
        work: Done on a part of the things, as `at_once` asks.
        things: Every second one makes one part; with `besides` every eighth one.
        besides: What this process has to do anyway, and takes nearly as long as the work.

    Returns:
        What the work returned for each part.
    """
    if len(things) < FEWEST or not _two_processors():
        return [work(things)]
    share = 2 if besides is None else 8

    def here() -> R:
        if besides is not None:
            besides()
        return work(things[::share])

    rest = [thing for place, thing in enumerate(things) if place % share]
    return list(at_once(here, lambda: work(rest)))


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
