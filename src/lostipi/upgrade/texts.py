"""What the files of data/ say once a plan is carried out. Pure: texts in, texts out."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from lostipi.fmt import edit
from lostipi.kernel.shape import Site
from lostipi.load import FOLDERS
from lostipi.load.events import parse
from lostipi.model.caller import Caller
from lostipi.model.kernels import Kernel, Kernels
from lostipi.review import Review, ReviewBasis, reviews_of
from lostipi.upgrade.others import OtherPlan
from lostipi.upgrade.plan import Added, EntryPlan, Step, order


def with_kernel(text: str, record: Kernel) -> str:
    """Put the record of a kernel into kernels.yaml, oldest first."""

    def change(content: Any) -> None:
        listed = content["kernels"]
        names = [order(item["name"]) for item in listed]
        at = sum(name < order(record.name) for name in names)
        made = record.model_dump(mode="json")
        item = CommentedMap(made)
        item["source"] = CommentedMap(made["source"])
        item["source"]["suites"] = _flow(made["source"]["suites"])
        item["platforms"] = _flow(made["platforms"])
        listed.insert(at, item)

    return edit(text, change, Kernels)


def with_entry(text: str, entry: EntryPlan, step: Step, read: bool) -> str:
    """Put the new kernel into a caller entry.

    Args:
        text: the entry's file.
        entry: its plan.
        step: the two kernels.
        read: whether the difference was read and the open judgements hold as well.
    """

    def change(content: Any) -> None:
        for added in entry.added:
            _add_site(content["sites"], added, step.new)
        for index in sorted({*entry.carried, *(entry.open if read else ())}):
            one = content["assessments"][index]
            _insert(one["kernels"], step.new)
            if "sites" in one:
                judged = set(one["sites"])
                for added in entry.added:
                    if judged & set(added.was) and added.label not in one["sites"]:
                        one["sites"].append(added.label)

    return edit(text, change, Caller)


def with_other(text: str, plan: OtherPlan, step: Step) -> str:
    """Put the new kernel into the lists of an API, precondition or detector that name the old."""

    def change(content: Any) -> None:
        for where in plan.lists:
            here = content
            for part in where:
                here = here[part]
            _insert(here, step.new)

    return edit(text, change, FOLDERS[plan.folder])


def caller_of(text: str) -> Caller:
    """Read a caller entry.

    Raises:
        pydantic.ValidationError: when it is none.
    """
    return Caller.model_validate(parse(text.encode()).data)


def carried_review(
    entry: EntryPlan,
    text: str,
    reviews: Sequence[Review],
    step: Step,
    sites: Mapping[str, Sequence[Site]],
    release: str,
    date: datetime.date,
) -> Review | None:
    """Make the review of an entry in the new kernel that goes on from the one of the old.

    Args:
        entry: its plan.
        text: its file, with the new kernel in it.
        reviews: its reviews.
        step: the two kernels.
        sites: the sites of both.
        release: the release of the new one.
        date: the day.

    Returns:
        The review; None where the old kernel has none that still holds, or the new one has one.
    """
    before = {review.kernel: review for review in reviews}
    caller = caller_of(text)
    if step.old not in before or step.new in before:
        return None
    last = before[step.old]
    now = reviews_of(entry.identifier, caller, step.old, last.release, sites[step.old], last.date)
    if now is None or now.sites != last.sites:
        return None  # the old kernel's own code is not as reviewed
    basis = ReviewBasis.DIFFERENCE_READ if entry.open else ReviewBasis.UNCHANGED
    return reviews_of(
        entry.identifier, caller, step.new, release, sites[step.new], date, basis, step.old
    )


def _add_site(listed: Any, added: Added, kernel: str) -> None:
    form = added.form
    if added.known:
        for item in listed:
            if item["label"] == added.label and _is(item, added):
                _insert(item["kernels"], kernel)
        return
    item = CommentedMap(label=added.label, kernels=_flow([kernel]), file=form.file)
    item["function"], item["api"] = form.function, form.api
    if form.func is not None:
        item["func"] = form.func
    item["wait"] = form.wait
    if form.calls > 1:
        item["calls"] = form.calls
    listed.append(item)


def _is(item: Mapping[str, Any], added: Added) -> bool:
    form = added.form
    return (
        item["file"],
        item["function"],
        item["api"],
        item.get("func"),
        item["wait"],
        item.get("calls", 1),
    ) == (form.file, form.function, form.api, form.func, form.wait, form.calls)


def _insert(kernels: Any, kernel: str) -> None:
    """Put a kernel into a list of kernels, in its place."""
    if kernel not in kernels:
        kernels.insert(sum(order(name) < order(kernel) for name in kernels), kernel)


def _flow(items: Collection[str]) -> CommentedSeq:
    made = CommentedSeq(items)
    made.fa.set_flow_style()
    return made
