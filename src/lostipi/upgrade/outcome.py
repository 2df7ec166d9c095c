"""What an upgrade comes to: the files to write and what is left for a human. Writes nothing."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path, PurePosixPath

from lostipi.draft import draft
from lostipi.kernel.shape import Site
from lostipi.load import Knowledge
from lostipi.model.base import OPEN
from lostipi.model.kernels import Kernel, Kernels
from lostipi.problem import Problem
from lostipi.review import Review, path_of, text_of
from lostipi.upgrade.others import OtherPlan
from lostipi.upgrade.plan import EntryPlan, Places, Plan, order
from lostipi.upgrade.texts import carried_review, with_entry, with_other
from lostipi.upgrade.worklist import Item


@dataclass(frozen=True)
class Draft:
    """A draft to answer."""

    path: str
    """Its file, from the folder that holds data/."""
    hint: str
    """What the calls may have been, or nothing."""


@dataclass(frozen=True)
class Outcome:
    """What to write and what is left."""

    texts: Mapping[Path, str]
    """The files to write."""
    before: Mapping[Path, bytes]
    """What those of them held that are there already."""
    carried: tuple[str, ...]
    """The entries that hold in the new kernel as in the old, as far as they are judged there."""
    read: tuple[str, ...]
    """The entries whose difference was read just now."""
    items: tuple[Item, ...]
    """The entries to read."""
    drafts: tuple[Draft, ...]
    """The drafts to answer: made now, or open since an earlier run."""
    gone: tuple[str, ...]
    """The entries without a call in the new kernel."""


def with_record(knowledge: Knowledge, record: Kernel) -> Knowledge:
    """Track a kernel: the same entries, and one kernel more."""
    assert knowledge.kernels_file is not None
    kernels = sorted([*knowledge.kernels.kernels, record], key=lambda one: order(one.name))
    entry = Kernels(kernels=tuple(kernels))
    return replace(knowledge, kernels_file=replace(knowledge.kernels_file, entry=entry))


def drafts_in(problems: Sequence[Problem]) -> frozenset[str]:
    """The files that are drafts with an open answer, by the problems of loading them."""
    return frozenset(problem.path for problem in problems if f"(got '{OPEN}')" in problem.message)


def outcome(
    knowledge: Knowledge,
    reviews: Mapping[str, Sequence[Review]],
    plan: Plan,
    others: Sequence[OtherPlan],
    sites: Mapping[str, Sequence[Site]],
    now: Places,
    release: str,
    read: Collection[str],
    date: datetime.date,
) -> Outcome:
    """Carry a plan out, as texts.

    Args:
        knowledge: all entries, with both kernels tracked.
        reviews: the recorded reviews by entry.
        plan: what becomes of the caller entries.
        others: what becomes of the other entries.
        sites: the sites of both kernels.
        now: the symbols found in the new tree.
        release: the release of the new kernel.
        read: the names of entries whose difference was read and whose judgement stands.
        date: the day of their review.

    Raises:
        lostipi.fmt.FormatError: when a file cannot be changed without losing a comment.
        OSError: when an entry cannot be read.
    """
    work = _Work(knowledge.root, {}, {})
    items: list[Item] = []
    carried, done, gone = [], [], []
    for entry in plan.entries:
        path = f"{knowledge.root.name}/callsites/{entry.identifier}.yaml"
        if entry.is_gone:
            gone.append(entry.identifier)
            continue
        stands = entry.identifier in read
        if not entry.is_done:
            file = knowledge.root / "callsites" / f"{entry.identifier}.yaml"
            text = with_entry(work.text(file), entry, plan.step, stands)
            work.write(file, text)
            if stands or not entry.reasons:
                made = carried_review(
                    entry,
                    text,
                    reviews.get(entry.identifier, ()),
                    plan.step,
                    sites,
                    release,
                    date,
                )
                if made is not None:
                    kept = [*reviews[entry.identifier], made]
                    work.write(path_of(knowledge.root, entry.identifier), text_of(kept))
        if entry.reasons and not stands:
            items.append(Item(entry.identifier, path, entry.reasons))
        elif stands:
            done.append(entry.identifier)
        elif entry.carried:
            carried.append(entry.identifier)
    for other in others:
        path = f"{knowledge.root.name}/{other.name}.yaml"
        if other.reasons and other.name not in read:
            items.append(Item(other.name, path, other.reasons))
            continue
        file = knowledge.root / f"{other.name}.yaml"
        work.write(file, with_other(work.text(file), other, plan.step))
        (done if other.name in read else carried).append(other.name)
    drafts = [_draft(knowledge, group, plan, now, work) for group in plan.new]
    return Outcome(
        texts=work.texts,
        before=work.before,
        carried=tuple(carried),
        read=tuple(done),
        items=tuple(items),
        drafts=tuple(drafts),
        gone=tuple(gone),
    )


@dataclass
class _Work:
    """The files as they are and as they will be."""

    root: Path
    texts: dict[Path, str]
    before: dict[Path, bytes]

    def text(self, path: Path) -> str:
        """Read an entry, or what it will be."""
        if path not in self.texts:
            self.before[path] = path.read_bytes()
        return self.texts.get(path) or self.before[path].decode("utf-8")

    def write(self, path: Path, text: str) -> None:
        """Have a text written, unless the file says that already."""
        if path not in self.before and path.is_file():
            self.before[path] = path.read_bytes()
        if self.before.get(path) == text.encode():
            del self.before[path]
        else:
            self.texts[path] = text


def _draft(
    knowledge: Knowledge, group: tuple[Site, ...], plan: Plan, now: Places, work: _Work
) -> Draft:
    new = plan.step.new
    made = draft(knowledge, {new: group}, {new: list(now.values())})
    identifier = made.identifier
    if identifier in knowledge.callers:
        stem = PurePosixPath(group[0].file).stem.lower().replace("_", "-")
        identifier = f"{identifier}-{stem}"
    path = knowledge.root / "callsites" / f"{identifier}.yaml"
    if not path.exists():
        work.write(path, made.text)
    return Draft(path.relative_to(knowledge.root.parent).as_posix(), _hint(group, plan.entries))


def _hint(group: Sequence[Site], entries: Sequence[EntryPlan]) -> str:
    """Name the entries whose calls are gone and may be these, rewritten and renamed."""
    likely = []
    for entry in entries:
        for _, pair in entry.pairs:
            if pair.new is None and pair.old is not None:
                likely += [(_likeness(pair.old, s), entry.identifier) for s in group]
    found = dict.fromkeys(name for likeness, name in sorted(likely, reverse=True) if likeness > 1)
    if not found:
        return ""
    names = ", ".join(f"`{name}`" for name in list(found)[:3])
    return f"perhaps what became of a call that is gone: {names}"


def _likeness(old: Site, new: Site) -> float:
    """How likely one call became another that no fingerprint and no like name links it to."""

    def alike(one: str | None, other: str | None) -> float:
        return SequenceMatcher(None, one or "", other or "", autojunk=False).ratio()

    same = old.func is not None and old.func == new.func
    place = old.file == new.file
    return (
        same + 0.5 * place + 0.25 * (old.api == new.api) + 0.5 * alike(old.function, new.function)
    )
