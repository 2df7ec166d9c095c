"""What kernel developers look for: the open concerns, and what change would cure each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lostipi.model.caller import Assessment, Verdict
from lostipi.render.book import Book, View
from lostipi.render.html import unordered
from lostipi.render.standing import Force, Standing, force, standings
from lostipi.render.text import esc
from lostipi.render.words import PLATFORMS


@dataclass(frozen=True)
class Repair:
    """One change of the kernel, and the caller that it would cure."""

    caller: str
    """The caller's id."""
    assessment: Assessment
    """What is judged without the change, in the newest kernel where that stands."""
    number: int
    """The number of that assessment."""
    where: tuple[Standing, ...]
    """Where it is a concern, or would be one if the code ran."""
    newest: bool
    """Whether the newest tracked kernel still needs the change."""


def repairs(book: Book) -> list[Repair]:
    """The changes that concerns ask for, first those that stand by default somewhere."""
    newest = book.kernels.names[-1]
    found = []
    for entry_id, caller in sorted(book.callers.items()):
        open_ = [s for s in standings(book, caller) if s.effective is Verdict.CONCERN]
        if not open_:
            continue
        there = max(book.kernels.names.index(s.kernel) for s in open_)
        last = next(s for s in open_ if book.kernels.names.index(s.kernel) == there)
        found.append(
            Repair(
                entry_id,
                last.assessment,
                last.number,
                tuple(open_),
                any(s.kernel == newest for s in open_),
            )
        )
    order = list(Force)
    return sorted(
        found,
        key=lambda repair: (
            min(order.index(force(book, standing)) for standing in repair.where),
            repair.caller,
        ),
    )


def open_fixes(view: View) -> str:
    """The concerns that the newest kernel still has, by what would cure them."""
    return _listed(view, [r for r in repairs(view.book) if r.newest])


def stable_fixes(view: View) -> str:
    """The concerns that newer kernels do not have any more: what stable lines could take."""
    return _listed(view, [r for r in repairs(view.book) if not r.newest])


def _listed(view: View, found: Sequence[Repair]) -> str:
    if not found:
        return "<p>There is none.</p>"
    return f'<ul class="cases">\n{"".join(_items(view, found))}</ul>'


def _items(view: View, found: Sequence[Repair]) -> Iterator[str]:
    for repair in found:
        fix = repair.assessment.fix
        files = dict.fromkeys(site.file for site in view.book.callers[repair.caller].sites)
        places = ", ".join(esc(file) for file in files)
        yield (
            f"<li><p>{view.caller(repair.caller)} {view.verdict(repair.assessment)} "
            f"<small>{places}</small><br>"
            f"{view.inline(repair.assessment.consequence.sentence)}</p>"
            f"<p><strong>Would cure it:</strong> {view.inline(fix) if fix else 'not known yet'}</p>"
            f'<p class="do">{_where(repair.where)}</p></li>\n'
        )


def _where(found: Sequence[Standing]) -> str:
    kernels: dict[str, dict[str, None]] = {}
    for standing in found:
        kernels.setdefault(standing.kernel, {})[PLATFORMS[standing.platform]] = None
    return "Open in " + "; ".join(
        f"{esc(kernel)} ({esc(', '.join(platforms))})" for kernel, platforms in kernels.items()
    )


def counts(view: View) -> str:
    """How many changes are asked for, in one sentence with its numbers."""
    found = repairs(view.book)
    newest = view.book.kernels.names[-1]
    still = sum(repair.newest for repair in found)
    lines = [
        f"<strong>{still}</strong> callers are a concern in {esc(newest)}, where their code runs.",
        f"<strong>{len(found) - still}</strong> are one in older tracked kernels only.",
    ]
    return unordered(lines)
