"""Entries of the book as published records: as written, and with what follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from lostipi.model.api import Api
from lostipi.model.caller import Assessment, Caller, Mute, Reach, Verdict
from lostipi.model.detector import Detector
from lostipi.model.precondition import Default, Precondition
from lostipi.model.reading import RemovedEntry
from lostipi.publish.shape import (
    VERSION,
    ApiFile,
    ByDefault,
    CallerFile,
    ComputedApi,
    ComputedAssessment,
    ComputedCaller,
    ComputedDetector,
    ComputedPrecondition,
    DetectorFile,
    HeldHere,
    Line,
    PowerHere,
    PreconditionFile,
    RemovedFile,
    Serves,
    SiteLines,
    Stand,
    Step,
)
from lostipi.render.book import Book, Place
from lostipi.render.detection import power_at
from lostipi.render.standing import (
    USELESS,
    Force,
    Standing,
    default_at,
    force,
    held_at,
    standings,
    worst,
)
from lostipi.verdict import rows_asked, worse

EntryFile = CallerFile | ApiFile | PreconditionFile | DetectorFile | RemovedFile

_BY_DEFAULT: dict[Force, ByDefault] = {
    Force.IN_FORCE: "in-force",
    Force.MAYBE: "unknown",
    Force.HELD: "held",
}

_RUNS = "Can the code run in such a guest?"


def caller_file(book: Book, entry_id: str, caller: Caller) -> CallerFile:
    """A caller entry with its lines, decision paths and standings."""
    address = f"callsites/{entry_id}"
    found = standings(book, caller)
    head = worst(found)
    reviewed = book.reviewed.get(entry_id)
    return CallerFile(
        schema_=_schema(address, "caller"),
        schema_version=VERSION,
        kind="caller",
        id=entry_id,
        page=f"{address}/",
        source=book.paths.get(address, f"data/{address}.yaml"),
        entry=caller,
        computed=ComputedCaller(
            subsystem=entry_id.split("/")[0],
            names=tuple(
                dict.fromkeys([entry_id.split("/")[1], *(s.function for s in caller.sites)])
            ),
            reviewed=reviewed,
            worst=None if head is None else _stand(book, head),
            sites=tuple(_site_lines(book, caller)),
            assessments=tuple(
                ComputedAssessment(
                    number=number,
                    mutes=assessment.mutes or _mutes_of_apis(book, caller),
                    decision=tuple(decision(assessment)),
                )
                for number, assessment in enumerate(caller.assessments, start=1)
            ),
            standings=tuple(_stand(book, one) for one in found),
        ),
    )


def _mutes_of_apis(book: Book, caller: Caller) -> tuple[Mute, ...]:
    apis = dict.fromkeys(site.api for site in caller.sites if site.api in book.apis)
    return tuple(dict.fromkeys(mute for name in apis for mute in book.apis[name].mutes))


def _site_lines(book: Book, caller: Caller) -> Iterator[SiteLines]:
    for site in caller.sites:
        yield SiteLines(
            label=site.label,
            function=site.function,
            api=site.api,
            func=site.func,
            wait=site.wait,
            lines=tuple(
                Line(
                    kernel=kernel,
                    file=record["file"],
                    line=record["line"],
                    end_line=record["end_line"],
                    url=book.kernel(kernel).source_url.format(
                        path=record["file"], line=record["line"]
                    ),
                )
                for kernel in site.kernels
                for record in book.records(site, kernel)
            ),
        )


def decision(assessment: Assessment) -> Iterator[Step]:
    """The questions that lead from the facts of an assessment to its verdict, in order."""
    if assessment.reach is Reach.NEVER or assessment.harm is None or assessment.sender is None:
        yield Step(asks=_RUNS, answer=False, decides=assessment.verdict)
        return
    yield Step(asks=_RUNS, answer=True)
    rows = rows_asked(
        assessment.reach,
        assessment.sender,
        worse(assessment.harm.never, assessment.harm.late),
        frozenset(assessment.objective),
        assessment.confidence.level,
    )
    for row in rows:
        last = row is rows[-1]
        yield Step(asks=row.asks, answer=last, decides=row.verdict if last else None)


def _stand(book: Book, standing: Standing) -> Stand:
    place = Place(standing.kernel, standing.platform)
    return Stand(
        kernel=standing.kernel,
        platform=standing.platform,
        assessment=standing.number,
        sites=standing.labels,
        reach=standing.assessment.reach,
        verdict=standing.assessment.verdict,
        otherwise=standing.assessment.otherwise,
        effective=standing.effective,
        by_default=_BY_DEFAULT[force(book, standing)],
        alternatives=tuple(
            tuple(_held_here(book, name, place) for name in alternative)
            for alternative in standing.assessment.preconditions
        ),
    )


def _held_here(book: Book, name: str, place: Place) -> HeldHere:
    held = held_at(book.preconditions[name], *place)
    return HeldHere(
        id=name,
        by=() if held is None else held.by,
        default=Default.UNKNOWN if held is None else default_at(book, name, *place),
        excludes=held is not None and not set(held.by) <= USELESS,
    )


def api_file(book: Book, name: str, api: Api) -> ApiFile:
    """An API entry with its callers and the number of its sites."""
    address = f"apis/{name}"
    return ApiFile(
        schema_=_schema(address, "api"),
        schema_version=VERSION,
        kind="api",
        id=name,
        page=f"{address}/",
        source=book.paths.get(address, f"data/{address}.yaml"),
        entry=api,
        computed=ComputedApi(
            callers=tuple(book.callers_by.get(("api", name), ())),
            sites={kernel: len(book.records_of(kernel, name)) for kernel in book.inventories},
        ),
    )


def precondition_file(book: Book, name: str, entry: Precondition) -> PreconditionFile:
    """A precondition entry with the callers that it serves."""
    address = f"preconditions/{name}"
    return PreconditionFile(
        schema_=_schema(address, "precondition"),
        schema_version=VERSION,
        kind="precondition",
        id=name,
        page=f"{address}/",
        source=book.paths.get(address, f"data/{address}.yaml"),
        entry=entry,
        computed=ComputedPrecondition(serves=tuple(_serves(book, name))),
    )


def _serves(book: Book, name: str) -> Iterator[Serves]:
    for entry_id in book.callers_by.get(("precondition", name), ()):
        for standing in standings(book, book.callers[entry_id]):
            assessment = standing.assessment
            excludes = any(name in alternative for alternative in assessment.preconditions)
            advised = assessment.advice is not None and name in assessment.advice.preconditions
            if excludes or advised:
                yield Serves(
                    caller=entry_id,
                    kernel=standing.kernel,
                    platform=standing.platform,
                    effective=standing.effective,
                    excludes=excludes,
                )


def detector_file(book: Book, name: str, entry: Detector) -> DetectorFile:
    """A detector entry with what the host can do to it, and the callers that name it."""
    address = f"detectors/{name}"
    powers = [(place, power_at(entry, place.kernel, place.platform)) for place in book.places]
    return DetectorFile(
        schema_=_schema(address, "detector"),
        schema_version=VERSION,
        kind="detector",
        id=name,
        page=f"{address}/",
        source=book.paths.get(address, f"data/{address}.yaml"),
        entry=entry,
        computed=ComputedDetector(
            powers=tuple(
                PowerHere(kernel=place.kernel, platform=place.platform, power=power)
                for place, power in powers
                if power is not None
            ),
            callers=tuple(book.callers_by.get(("detector", name), ())),
        ),
    )


def removed_file(entry: RemovedEntry) -> RemovedFile:
    """What stands in the place of a removed entry."""
    return RemovedFile(
        schema_=_schema(entry.entry, "removed"),
        schema_version=VERSION,
        kind="removed",
        id=entry.entry.partition("/")[2],
        page=f"{entry.entry}/",
        entry=entry,
    )


def every(book: Book) -> Iterator[tuple[str, EntryFile]]:
    """All published entries with their addresses, in a fixed order; removed ones last."""
    for name, api in sorted(book.apis.items()):
        yield f"apis/{name}", api_file(book, name, api)
    for name, caller in sorted(book.callers.items()):
        yield f"callsites/{name}", caller_file(book, name, caller)
    for name, precondition in sorted(book.preconditions.items()):
        yield f"preconditions/{name}", precondition_file(book, name, precondition)
    for name, detector in sorted(book.detectors.items()):
        yield f"detectors/{name}", detector_file(book, name, detector)
    for address, removed in sorted(book.removed.items()):
        yield address, removed_file(removed)


def _schema(
    address: str, kind: Literal["caller", "api", "precondition", "detector", "removed"]
) -> str:
    return f"{'../' * address.count('/')}schema/{kind}.schema.json"


def rows(book: Book) -> Iterator[dict[str, str]]:
    """Caller entries as flat rows, one for each kernel, platform and assessment.

    Lists are joined by spaces, alternatives of preconditions by ` | `.
    """
    for entry_id, caller in sorted(book.callers.items()):
        for standing in standings(book, caller):
            assessment = standing.assessment
            sites = [site for site in caller.sites if site.label in standing.labels]
            harm = assessment.harm
            yield {
                "id": entry_id,
                "subsystem": entry_id.split("/")[0],
                "kernel": standing.kernel,
                "platform": standing.platform.value,
                "assessment": str(standing.number),
                "verdict": assessment.verdict.value,
                "otherwise": _or_empty(assessment.otherwise),
                "effective": standing.effective.value,
                "by_default": _BY_DEFAULT[force(book, standing)],
                "reach": assessment.reach.value,
                "sender": "" if assessment.sender is None else assessment.sender.value,
                "harm_never": "" if harm is None else harm.never.value,
                "harm_late": "" if harm is None else harm.late.value,
                "objective": _joined(assessment.objective),
                "mutes": _joined(assessment.mutes or _mutes_of_apis(book, caller)),
                "preconditions": " | ".join(_joined(a) for a in assessment.preconditions),
                "noticed": _joined(assessment.noticed),
                "when": _joined(assessment.when),
                "trigger": _joined(assessment.trigger),
                "confidence": assessment.confidence.level.value,
                "functions": _joined(dict.fromkeys(site.function for site in sites)),
                "apis": _joined(dict.fromkeys(site.api for site in sites)),
                "funcs": _joined(dict.fromkeys(site.func for site in sites if site.func)),
                "waits": _joined(dict.fromkeys(site.wait.value for site in sites)),
                "files": _joined(dict.fromkeys(site.file for site in sites)),
                "title": caller.title,
                "consequence": assessment.consequence.sentence,
                "reviewed": book.reviewed.get(entry_id, ""),
                "page": f"callsites/{entry_id}/",
            }


def _joined(values: Iterable[object]) -> str:
    return " ".join(str(value) for value in values)


def _or_empty(verdict: Verdict | None) -> str:
    return "" if verdict is None else verdict.value
