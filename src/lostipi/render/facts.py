"""The facts of an assessment that its verdict does not turn on, as a compact table."""

from __future__ import annotations

from collections.abc import Iterable

from lostipi.model.base import Platform
from lostipi.model.caller import Assessment, Caller, Confidence, Mute
from lostipi.model.detector import Power
from lostipi.render.book import View
from lostipi.render.decision import asks_sender, said, sender_words
from lostipi.render.html import chip, facts
from lostipi.render.words import PLATFORMS


def facts_table(view: View, caller: Caller, assessment: Assessment, scope: str) -> str:
    """What the decision path has not told; nothing for code that can never run."""
    rows = list(_rows(view, caller, assessment))
    return facts(rows, label=f"Further facts: {scope}") if rows else ""


def _rows(view: View, caller: Caller, assessment: Assessment) -> Iterable[tuple[str, str]]:
    if assessment.sender is not None:
        yield from _running(view, caller, assessment)
    level = assessment.confidence
    if level.level is not Confidence.HIGH or not asks_sender(assessment):
        more = f"<br>To be sure: {view.inline(level.to_be_sure)}" if level.to_be_sure else ""
        yield "Confidence", said(level.level) + more


def _running(view: View, caller: Caller, assessment: Assessment) -> Iterable[tuple[str, str]]:
    if not asks_sender(assessment):
        yield "Sender", sender_words(view, assessment)
    mutes = assessment.mutes or inherited_mutes(view, caller)
    if mutes:
        source = "" if assessment.mutes else ' <small class="dim">(from the API)</small>'
        yield "Mutes besides", "<br>".join(said(mute) for mute in mutes) + source
    if assessment.adds is not None:
        why = f"<br>{view.inline(assessment.adds.why)}"
        yield "Adds over a paused vCPU", said(assessment.adds.what) + why
    yield "Repaired by", view.inline(assessment.repair) if assessment.repair else "nothing"
    yield "Noticed by", noticed(view, assessment)
    if assessment.when:
        yield "When", "<br>".join(said(when) for when in assessment.when)
    if assessment.trigger:
        yield "Trigger", "<br>".join(said(trigger) for trigger in assessment.trigger)


def inherited_mutes(view: View, caller: Caller) -> tuple[Mute, ...]:
    """What the APIs of the sites mute, each once."""
    apis = dict.fromkeys(site.api for site in caller.sites)
    return tuple(
        dict.fromkeys(
            m for name in apis if name in view.book.apis for m in view.book.apis[name].mutes
        )
    )


def noticed(view: View, assessment: Assessment) -> str:
    """The detectors that see it, with those marked that the host can blind."""
    if not assessment.noticed:
        return "nothing"
    return "<br>".join(
        " ".join([view.detector(name), *_blinded_on(view, name, assessment)])
        for name in assessment.noticed
    )


def _blinded_on(view: View, name: str, assessment: Assessment) -> list[str]:
    """A mark for the platforms of an assessment on which the host can blind a detector."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for platform in Platform:
        if assessment.platforms is not None and platform not in assessment.platforms:
            continue
        judged = [
            kernel
            for kernel in assessment.kernels
            if platform in view.book.kernels.platforms_of(kernel)
        ]
        kernels = [
            kernel
            for kernel in judged
            if any(
                blinding.power is Power.BLIND
                and platform in blinding.platforms
                and (blinding.kernels is None or kernel in blinding.kernels)
                for blinding in view.book.detectors[name].blinded
            )
        ]
        if kernels:
            of = () if kernels == judged else tuple(kernels)
            groups.setdefault(of, []).append(PLATFORMS[platform])
    return [
        chip(
            f"host can blind it on {', '.join(platforms)}" + (f" ({', '.join(of)})" if of else ""),
            "warn",
        )
        for of, platforms in groups.items()
    ]
