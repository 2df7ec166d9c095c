"""What a rule is: a code, a sentence, the reason for it, and a function that looks for breaches."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, TypeAlias

from lostipi.load.knowledge import Knowledge, Loaded
from lostipi.load.positions import Loc
from lostipi.problem import Problem


class Found(NamedTuple):
    """A breach of a rule: where, and what is right and what was got."""

    where: Loaded[Any] | str
    """The entry, or the name of a file that is no entry."""
    message: str
    loc: Loc = ()
    """The value in the entry; with a file that is no entry, nothing or the line, from 1."""

    def problem(self, code: str) -> Problem:
        """The same as a problem with the rule's code."""
        if isinstance(self.where, str):
            line = next((step for step in self.loc if isinstance(step, int)), 1)
            return Problem(self.where, line, 1, code, self.message)
        return self.where.problem(code, self.message, *self.loc)


Check: TypeAlias = Callable[[Knowledge], Iterable[Found]]


class Rule(NamedTuple):
    """A rule that entries keep."""

    code: str
    """A word that a reader can look up."""
    title: str
    """The rule as a sentence."""
    why: str
    """Why it exists."""
    right: str
    """What the right form looks like."""
    check: Check | None
    """Looks for breaches; None for the rules that the loader itself holds."""

    def problems(self, knowledge: Knowledge) -> Iterator[Problem]:
        """All breaches as problems."""
        if self.check is not None:
            for found in self.check(knowledge):
                yield found.problem(self.code)


def rule(code: str, check: Check) -> Rule:
    """Make a rule of a function.

    Args:
        code: the rule's code.
        check: a function whose name reads as the rule, and whose docstring says why the rule
            exists and, after ``Right:``, what the right form looks like.

    Returns:
        The rule.

    Raises:
        ValueError: when the docstring lacks one of the two.
    """
    why, mark, right = inspect.cleandoc(check.__doc__ or "").partition("\n\nRight: ")
    if not why or not mark:
        raise ValueError(f"{check.__name__} needs a docstring with a reason and `Right:`")
    title = check.__name__.replace("_", " ")
    return Rule(code, title[0].upper() + title[1:], " ".join(why.split()), right.strip(), check)
