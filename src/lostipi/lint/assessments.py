"""Rules on assessments: what they cover, their verdicts, and facts that must agree."""

from __future__ import annotations

from collections.abc import Iterator

from lostipi.lint.rule import Found
from lostipi.load.knowledge import Knowledge, Loaded
from lostipi.model.base import Platform
from lostipi.model.caller import (
    Assessment,
    Caller,
    Harm,
    Objective,
    Reach,
    Sender,
    Verdict,
    Wait,
)
from lostipi.model.precondition import Holder, Precondition
from lostipi.verdict import judge, worse

_HOLDS_NOTHING = frozenset({Holder.HOST, Holder.CANNOT})
_SECURITY = frozenset({Objective.INTEGRITY, Objective.CONFIDENTIALITY})


def each(knowledge: Knowledge) -> Iterator[tuple[Loaded[Caller], int, Assessment]]:
    """Every assessment, with its entry and its index."""
    for loaded in knowledge.callers.values():
        for index, assessment in enumerate(loaded.entry.assessments):
            yield loaded, index, assessment


def platforms_of(knowledge: Knowledge, assessment: Assessment, kernel: str) -> list[Platform]:
    """The platforms that an assessment judges in a kernel."""
    tracked = knowledge.kernels.platforms_of(kernel)
    return [p for p in tracked if assessment.platforms is None or p in assessment.platforms]


def kernels_of_assessments_are_those_of_the_sites(knowledge: Knowledge) -> Iterator[Found]:
    """A kernel without the call has nothing to judge, and one with it must be judged.

    Right: all assessments together name exactly the kernels that all sites together name.
    """
    for loaded, index, assessment in each(knowledge):
        sited = {kernel for site in loaded.entry.sites for kernel in site.kernels}
        for place, kernel in enumerate(assessment.kernels):
            if kernel not in sited:
                message = f"no site of this entry is in {kernel}, so there is nothing to judge"
                yield Found(loaded, message, ("assessments", index, "kernels", place))
    for loaded in knowledge.callers.values():
        judged = {kernel for one in loaded.entry.assessments for kernel in one.kernels}
        for index, site in enumerate(loaded.entry.sites):
            for place, kernel in enumerate(site.kernels):
                if kernel not in judged:
                    message = f"no assessment judges {kernel}, which this site is in"
                    yield Found(loaded, message, ("sites", index, "kernels", place))


def platforms_belong_to_the_kernels(knowledge: Knowledge) -> Iterator[Found]:
    """A platform that none of the kernels is judged for would never be shown.

    Right: `platforms: [sev-es]` with v5.10 only, `tdx` and `sev-snp` with newer kernels.
    """
    for loaded, index, assessment in each(knowledge):
        tracked = [
            p for kernel in assessment.kernels for p in knowledge.kernels.platforms_of(kernel)
        ]
        for place, platform in enumerate(assessment.platforms or ()):
            if tracked and platform not in tracked:
                message = f"{', '.join(assessment.kernels)} must be judged for this platform"
                got = f"{message} in kernels.yaml (got {platform.value!r})"
                yield Found(loaded, got, ("assessments", index, "platforms", place))


def sites_of_assessments_exist(knowledge: Knowledge) -> Iterator[Found]:
    """An assessment of a site that is not there judges nothing.

    Right: `sites: [kick]` with a site labelled `kick` in one of the kernels judged.
    """
    for loaded, index, assessment in each(knowledge):
        for place, label in enumerate(assessment.sites or ()):
            loc = ("assessments", index, "sites", place)
            sites = [site for site in loaded.entry.sites if site.label == label]
            if not sites:
                labels = ", ".join(repr(site.label) for site in loaded.entry.sites)
                message = f"must be the label of a site of this entry, one of {labels}"
                yield Found(loaded, f"{message} (got {label!r})", loc)
            elif not {k for site in sites for k in site.kernels} & set(assessment.kernels):
                message = f"site {label!r} is in none of the kernels judged here"
                yield Found(loaded, message, loc)


def everything_is_judged_once(knowledge: Knowledge) -> Iterator[Found]:
    """A site that is not judged is a hole in the guide, and one judged twice has two verdicts.

    Right: each kernel x platform x site in exactly one assessment.
    """
    for loaded in knowledge.callers.values():
        sites = loaded.entry.sites
        seen: dict[tuple[str, Platform, str], int] = {}
        twice: dict[tuple[int, int], list[str]] = {}
        for index, assessment in enumerate(loaded.entry.assessments):
            for kernel in dict.fromkeys(assessment.kernels):
                platforms = platforms_of(knowledge, assessment, kernel)
                if not platforms:
                    continue
                labels = {
                    site.label
                    for site in sites
                    if kernel in site.kernels
                    and (assessment.sites is None or site.label in assessment.sites)
                }
                for platform in platforms:
                    for label in sorted(labels):
                        cell = (kernel, platform, label)
                        first = seen.setdefault(cell, index)
                        if first != index:
                            twice.setdefault((first, index), []).append(_cell(*cell))
        for (first, index), cells in twice.items():
            line, _ = loaded.at(("assessments", first))
            message = f"judged already by the assessment at line {line}: {_some(cells)}"
            yield Found(loaded, message, ("assessments", index))
        judged = {kernel for one in loaded.entry.assessments for kernel in one.kernels}
        missing = [
            _cell(kernel, platform, site.label)
            for site in sites
            for kernel in site.kernels
            if kernel in judged  # a kernel that is missing wholly is told by another rule
            for platform in knowledge.kernels.platforms_of(kernel)
            if (kernel, platform, site.label) not in seen
        ]
        if missing:
            yield Found(loaded, f"no assessment judges {_some(missing)}", ("assessments",))


def _cell(kernel: str, platform: Platform, label: str) -> str:
    return f"{label} in {kernel} on {platform.value}"


def _some(cells: list[str]) -> str:
    shown = ", ".join(cells[:6])
    return shown if len(cells) <= 6 else f"{shown} and {len(cells) - 6} more"


def verdict_follows_from_the_facts(knowledge: Knowledge) -> Iterator[Found]:
    """The verdict is computed, so that equal facts get equal verdicts; it is written for readers.

    Right: the verdict, and with `excluded` what it would be otherwise, as the message gives them.
    """
    for loaded, index, one in each(knowledge):
        at = ("assessments", index)
        sender, harm = one.sender or Sender.UNKNOWN, Harm.UNKNOWN
        if one.harm:
            harm = worse(one.harm.never, one.harm.late)
        right = judge(one.reach, sender, harm, frozenset(one.objective), one.confidence.level)
        if (one.verdict, one.otherwise) == right:
            continue
        facts = [f"reach `{one.reach.value}`"]
        if one.reach is not Reach.NEVER:
            facts += [f"sender `{sender.value}`", f"worse harm `{harm.value}`"]
            if one.objective:
                facts.append("objective " + ", ".join(f"`{o.value}`" for o in one.objective))
        facts.append(f"confidence `{one.confidence.level.value}`")
        if one.verdict is not right.verdict:
            message = f"must be `{right.verdict.value}`"
            if right.otherwise:
                message += f" with `otherwise: {right.otherwise.value}`"
            field, got = "verdict", one.verdict.value
        elif right.otherwise is None:
            message, field, got = "must be left out", "otherwise", str(one.otherwise)
        else:
            message = f"`otherwise` must be `{right.otherwise.value}`"
            field, got = "otherwise", one.otherwise.value if one.otherwise else "none"
        loc = (*at, field) if loaded.positions.has((*at, field)) else (*at, "verdict")
        yield Found(loaded, f"{message}, by {', '.join(facts)} (got `{got}`)", loc)


def judgement_has_evidence(knowledge: Knowledge) -> Iterator[Found]:
    """A verdict that nobody can look up is an opinion.

    Right: at least one `at: path:symbol@kernel` in a kernel of the assessment, unless the verdict
    is `unknown`.
    """
    for loaded, index, assessment in each(knowledge):
        if assessment.verdict is Verdict.UNKNOWN:
            continue
        cited = {at.rpartition("@")[2] for e in assessment.evidence if (at := e.at)}
        if not cited & set(assessment.kernels):
            message = f"`{assessment.verdict.value}` needs evidence in the source of"
            got = f"got citations of {', '.join(sorted(cited))}" if cited else "got none"
            field = "evidence" if assessment.evidence else "verdict"
            kernels = " or ".join(assessment.kernels)
            yield Found(loaded, f"{message} {kernels} ({got})", ("assessments", index, field))


def precondition_is_held_by_more_than_the_host(knowledge: Knowledge) -> Iterator[Found]:
    """What only the host holds, or nobody can hold, excludes nothing: the host undoes it.

    Right: in each alternative, every precondition is held on each kernel and platform judged by
    `build`, `measured-boot`, `guest-runtime` or `platform`.
    """
    for loaded, index, assessment in each(knowledge):
        for j, alternative in enumerate(assessment.preconditions):
            for k, name in enumerate(alternative):
                precondition = knowledge.preconditions.get(name)
                if precondition is None:
                    continue
                weak = [
                    f"{kernel} on {platform.value}"
                    for kernel in assessment.kernels
                    for platform in platforms_of(knowledge, assessment, kernel)
                    if not _held(precondition.entry, kernel, platform)
                ]
                if weak:
                    message = f"{name!r} excludes nothing in {_some(weak)}: by its entry, only"
                    where = ("assessments", index, "preconditions", j, k)
                    yield Found(loaded, f"{message} the host or nobody can hold it there", where)


def _held(precondition: Precondition, kernel: str, platform: Platform) -> bool:
    rows = [
        held
        for held in precondition.held
        if kernel in held.kernels and (held.platforms is None or platform in held.platforms)
    ]
    # A hole in the precondition's own table is told by the rule for it.
    return not rows or any(set(held.by) - _HOLDS_NOTHING for held in rows)


def blocked_sender_is_a_stall(knowledge: Knowledge) -> Iterator[Found]:
    """A sender that never goes on is stopped, so the harm of an IPI that never comes is a stall.

    Right: `sender: blocked` with `harm.never: stall` or `wrong-state`.
    """
    for loaded, index, one in each(knowledge):
        if one.sender is Sender.BLOCKED and one.harm and one.harm.never in (Harm.NONE, Harm.DELAY):
            message = "must be `stall` or `wrong-state`, because a blocked sender is a stall"
            got = f"{message} (got `{one.harm.never.value}`)"
            yield Found(loaded, got, ("assessments", index, "harm", "never"))


def waiting_call_blocks_its_sender(knowledge: Knowledge) -> Iterator[Found]:
    """A sender cannot go on from a call that waits; a call that does must be judged apart from it.

    Right: `sender: blocked` where a site judged has `wait: waits`.
    """
    for loaded, index, one in each(knowledge):
        if one.sender not in (Sender.GOES_ON, Sender.BOUNDED):
            continue
        waiting = [
            site.label
            for site in loaded.entry.sites
            if site.wait is Wait.WAITS
            and set(site.kernels) & set(one.kernels)
            and (one.sites is None or site.label in one.sites)
        ]
        if waiting:
            message = f"must be `blocked`, because site {waiting[0]!r} waits until func has run"
            got = f"{message}; judge it apart if others differ (got `{one.sender.value}`)"
            yield Found(loaded, got, ("assessments", index, "sender"))


def objective_fits_the_harm(knowledge: Knowledge) -> Iterator[Found]:
    """Hanging and going on wrongly are never one thing, and each harm breaks its own objective.

    Right: integrity or confidentiality or both with `wrong-state`; availability with `stall`;
    none with `none` and `delay`.
    """
    for loaded, index, one in each(knowledge):
        if one.harm is None:
            if one.objective:
                message = "must be left out where there is no harm"
                yield Found(loaded, message, ("assessments", index, "objective"))
            continue
        harms = {one.harm.never, one.harm.late}
        message = _objective_fault(harms, set(one.objective))
        if message:
            field = "objective" if one.objective else "harm"
            yield Found(loaded, message, ("assessments", index, field))


def _objective_fault(harms: set[Harm], objective: set[Objective]) -> str:
    worst = worse(*(*harms, *harms)[:2])
    got = ", ".join(sorted(o.value for o in objective)) or "none"
    if Harm.WRONG_STATE in harms and not objective & _SECURITY:
        return f"`wrong-state` needs objective integrity or confidentiality (got {got})"
    if worst is Harm.STALL and Objective.AVAILABILITY not in objective:
        return f"`stall` needs objective availability (got {got})"
    if Harm.UNKNOWN in harms:
        return ""
    if Harm.WRONG_STATE not in harms and objective & _SECURITY:
        return f"integrity and confidentiality go with `wrong-state` (got harm `{worst.value}`)"
    if Harm.STALL not in harms and Objective.AVAILABILITY in objective:
        return f"availability goes with `stall` (got harm `{worst.value}`)"
    return ""


def concern_has_a_fix(knowledge: Knowledge) -> Iterator[Found]:
    """Where the guest goes on wrongly, a reader may ask what change in the kernel would cure it.

    Right: `fix` with `verdict: concern`, and with `excluded` that would be a concern otherwise.
    """
    for loaded, index, one in each(knowledge):
        if Verdict.CONCERN in (one.verdict, one.otherwise) and one.fix is None:
            yield Found(loaded, "`concern` needs `fix`", ("assessments", index, "verdict"))


def unknown_says_what_it_would_take(knowledge: Knowledge) -> Iterator[Found]:
    """`unknown` is an honest verdict if the next person learns from it where to go on.

    Right: `confidence.to_be_sure` with `verdict: unknown`, alone or as `otherwise`.
    """
    for loaded, index, one in each(knowledge):
        if Verdict.UNKNOWN in (one.verdict, one.otherwise) and one.confidence.to_be_sure is None:
            message = "`unknown` needs `to_be_sure`: what it would take to know"
            yield Found(loaded, message, ("assessments", index, "confidence"))
