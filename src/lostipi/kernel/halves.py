"""Do half of some work in a second process, where there is a second processor for it."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

FEWEST = 16
"""Things to do, below which a second process costs more than it saves."""


def in_halves(work: Callable[[Sequence[T]], R], things: Sequence[T]) -> list[R]:
    """Do the work on two halves at once, or on all if there is no more than one processor.

    Args:
        work: Done on a part of the things; what it returns can be pickled, and it changes nothing
            that the caller needs.
        things: Those at even places make one half.

    Returns:
        What the work returned for each part.
    """
    if len(things) < FEWEST or not hasattr(os, "fork") or len(os.sched_getaffinity(0)) < 2:
        return [work(things)]
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(read_end)
            with os.fdopen(write_end, "wb") as pipe:
                pipe.write(pickle.dumps(work(things[1::2])))
            status = 0
        finally:
            os._exit(status)  # what the parent has open and registered is the parent's
    os.close(write_end)
    try:
        first = work(things[::2])
    finally:
        with os.fdopen(read_end, "rb") as pipe:
            sent = pipe.read()
        _, status = os.waitpid(child, 0)
    # If the other process failed or was killed, its half is done here, and any error is seen.
    second: R = pickle.loads(sent) if status == 0 else work(things[1::2])
    return [first, second]
