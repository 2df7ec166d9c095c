"""An entry as Markdown for the terminal: what `lostipi show` prints."""

from __future__ import annotations

from collections.abc import Iterable

from lostipi.load import Knowledge
from lostipi.model.api import Api
from lostipi.model.base import Evidence, Platform
from lostipi.model.caller import Assessment, Caller
from lostipi.model.detector import Detector
from lostipi.model.precondition import Precondition
from lostipi.render.book import UnknownNameError, platform_names


def show(
    knowledge: Knowledge, name: str, kernel: str | None = None, platform: str | None = None
) -> str:
    """One entry in Markdown, as a reader of a terminal wants it.

    Args:
        knowledge: all entries.
        name: an entry's id, the C name of an API, or any of a caller's names.
        kernel: only what is judged for this kernel.
        platform: only what is judged for this platform, such as `tdx`.

    Raises:
        UnknownNameError: when nothing, or more than one entry, has that name, or the kernel or
            platform is not tracked.
    """
    if kernel is not None and kernel not in knowledge.kernels.names:
        tracked = ", ".join(knowledge.kernels.names)
        raise UnknownNameError(f"kernel must be one of {tracked} (got {kernel!r})")
    if platform is not None and platform not in list(Platform):
        known = ", ".join(p.value for p in Platform)
        raise UnknownNameError(f"platform must be one of {known} (got {platform!r})")
    only = None if platform is None else Platform(platform)
    kind, entry_id = find(knowledge, name)
    if kind == "callsites":
        lines = _caller(entry_id, knowledge, kernel, only)
    elif kind == "apis":
        lines = _api(entry_id, knowledge.apis[entry_id].entry)
    elif kind == "preconditions":
        entry = knowledge.preconditions[entry_id].entry
        lines = _precondition(entry_id, entry, kernel, only)
    else:
        lines = _detector(entry_id, knowledge.detectors[entry_id].entry, kernel, only)
    return "\n".join(lines) + "\n"


def find(knowledge: Knowledge, name: str) -> tuple[str, str]:
    """The folder and id of the entry that a name means.

    Raises:
        UnknownNameError: when it means none, or several callers.
    """
    bare = name.removesuffix("()")
    for folder, entries in (
        ("apis", knowledge.apis),
        ("callsites", knowledge.callers),
        ("preconditions", knowledge.preconditions),
        ("detectors", knowledge.detectors),
    ):
        if bare in entries:
            return folder, bare
    ids = [
        entry_id
        for entry_id, loaded in sorted(knowledge.callers.items())
        if bare in {entry_id.split("/")[1], *(site.function for site in loaded.entry.sites)}
    ]
    if len(ids) == 1:
        return "callsites", ids[0]
    if ids:
        raise UnknownNameError(f"{name!r} is more than one entry: {', '.join(ids)}")
    raise UnknownNameError(f"no entry is called {name!r}")


def _caller(
    entry_id: str, knowledge: Knowledge, kernel: str | None, platform: Platform | None
) -> Iterable[str]:
    caller = knowledge.callers[entry_id].entry
    yield f"# {entry_id.split('/')[1]}()"
    yield f"\n{caller.title} ({entry_id})"
    judged = [a for a in caller.assessments if _concerns(knowledge, a, kernel, platform)]
    if not judged:
        yield "\nNothing is judged for that kernel and platform."
    for assessment in judged:
        yield from _assessment(assessment)
    yield from _sites(caller, kernel)
    if caller.seed:
        claims = {row.id: row.claim for row in knowledge.seed.rows}
        yield "\n## What issue #151 said\n"
        for answer in caller.seed:
            claim = claims.get(answer.row, "")
            yield f"- “{claim}” **{answer.finding.value}**: {answer.why}"


def _concerns(
    knowledge: Knowledge, assessment: Assessment, kernel: str | None, platform: Platform | None
) -> bool:
    kernels = assessment.kernels if kernel is None else (kernel,)
    if kernel is not None and kernel not in assessment.kernels:
        return False
    if platform is None:
        return True
    if assessment.platforms is not None:
        return platform in assessment.platforms
    return any(platform in knowledge.kernels.platforms_of(name) for name in kernels)


def _assessment(assessment: Assessment) -> Iterable[str]:
    verdict = assessment.verdict.value
    if assessment.otherwise is not None:
        verdict += f", else {assessment.otherwise.value}"
    scope = ", ".join(assessment.kernels)
    if assessment.platforms:
        scope += f", {platform_names(assessment.platforms)}"
    if assessment.sites:
        scope += f", site {', '.join(assessment.sites)}"
    yield f"\n## {verdict} ({scope})\n"
    yield assessment.consequence.sentence
    if assessment.consequence.analysis:
        yield f"\n{assessment.consequence.analysis}"
    yield ""
    if assessment.preconditions:
        parts = [" and ".join(f"`{n}`" for n in alt) for alt in assessment.preconditions]
        yield f"- does not run while: {', or '.join(parts)}"
    if assessment.never_reason:
        yield f"- never runs: {assessment.never_reason.value}"
    if assessment.sender:
        limit = f": {assessment.after_timeout}" if assessment.after_timeout else ""
        yield f"- sender: {assessment.sender.value}{limit}"
    if assessment.harm:
        yield f"- harm: never {assessment.harm.never.value}, late {assessment.harm.late.value}"
    if assessment.adds:
        yield f"- adds: {assessment.adds.what.value}. {assessment.adds.why}"
    if assessment.sender:
        yield f"- repaired by: {assessment.repair or 'nothing'}"
        yield f"- noticed by: {', '.join(assessment.noticed) or 'nothing'}"
    if assessment.advice:
        if assessment.advice.preconditions:
            yield "- set: " + ", ".join(f"`{n}`" for n in assessment.advice.preconditions)
        if assessment.advice.text:
            yield f"- advice: {' '.join(assessment.advice.text.split())}"
    if assessment.fix:
        yield f"- fix: {' '.join(assessment.fix.split())}"
    more = assessment.confidence.to_be_sure
    yield f"- confidence: {assessment.confidence.level.value}" + (f" ({more})" if more else "")
    if assessment.evidence:
        yield "\n### Evidence\n"
        yield from _evidence(assessment.evidence)


def _evidence(pieces: Iterable[Evidence]) -> Iterable[str]:
    for piece in pieces:
        yield f"- `{piece.at or piece.url}`: {piece.shows}"


def _sites(caller: Caller, kernel: str | None) -> Iterable[str]:
    yield "\n## Sites\n"
    for site in caller.sites:
        kernels = [name for name in site.kernels if kernel in (None, name)]
        if kernels:
            yield (
                f"- {', '.join(kernels)}: `{site.file}` `{site.function}()` calls `{site.api}()`, "
                f"func `{site.func or 'not found'}`, {site.wait.value}"
            )


def _api(name: str, api: Api) -> Iterable[str]:
    yield f"# {name}()"
    yield f"\n{api.summary}"
    for title, text in (
        ("A call that waits", api.missing.waiting),
        ("A call that does not wait", api.missing.not_waiting),
    ):
        if text:
            yield f"\n## {title}\n\n{text}"
    yield f"\n- mutes: {', '.join(mute.value for mute in api.mutes)}"
    if api.detectors:
        yield f"- may be noticed by: {', '.join(api.detectors)}"
    yield "\n## Shapes\n"
    for shape in api.definitions:
        yield f"- {', '.join(shape.kernels)}: `{shape.signature}` in `{shape.file}`"
    yield "\n## Evidence\n"
    yield from _evidence(api.evidence)


def _precondition(
    name: str, entry: Precondition, kernel: str | None, platform: Platform | None
) -> Iterable[str]:
    yield f"# {entry.title}"
    yield f"\n{entry.statement} ({name})"
    yield f"\n{entry.why}\n"
    for held in entry.held:
        if kernel is not None and kernel not in held.kernels:
            continue
        if None not in (platform, held.platforms) and platform not in (held.platforms or ()):
            continue
        where = ", ".join(held.kernels)
        if held.platforms:
            where += f", {platform_names(held.platforms)}"
        holders = ", ".join(by.value for by in held.by)
        yield f"- {where}: held by {holders}, default {held.default.value}. {held.how}"
    yield f"\nCost: {entry.cost}"
    yield "\n## Evidence\n"
    yield from _evidence(entry.evidence)


def _detector(
    name: str, entry: Detector, kernel: str | None, platform: Platform | None
) -> Iterable[str]:
    yield f"# {entry.title}"
    yield f"\n{entry.sees} ({name})"
    yield f"\nMisses: {entry.misses}\n"
    for blinding in entry.blinded:
        if platform is not None and platform not in blinding.platforms:
            continue
        if None not in (kernel, blinding.kernels) and kernel not in (blinding.kernels or ()):
            continue
        yield f"- {platform_names(blinding.platforms)}: {blinding.power.value}. {blinding.how}"
    for state in entry.states:
        if kernel is None or kernel in state.kernels:
            yield f"- {', '.join(state.kernels)}: {state.default} Needs: {state.needs}"
    yield f"\n## Switch it on\n\n{entry.enable}"
    yield f"\nCost: {entry.cost}"
