"""What reviewers look for: how sure the judgements are, what they rest on, and who looked when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from lostipi.model.base import Basis
from lostipi.model.caller import Assessment, Confidence
from lostipi.model.meanings import meaning
from lostipi.render.book import View
from lostipi.render.html import table
from lostipi.render.text import esc
from lostipi.render.words import SCALE


def _assessments(view: View) -> Iterator[tuple[str, int, Assessment]]:
    for entry_id, caller in sorted(view.book.callers.items()):
        for number, assessment in enumerate(caller.assessments, start=1):
            yield entry_id, number, assessment


def confidence_table(view: View) -> str:
    """How many assessments of each verdict are how sure."""
    counts = Counter(
        ((assessment.otherwise or assessment.verdict), assessment.confidence.level)
        for _, _, assessment in _assessments(view)
    )
    rows = []
    for verdict in SCALE:
        cells = [counts[verdict, level] for level in Confidence]
        if any(cells):
            badge = f'<span class="v v-{verdict.value}">{verdict.value}</span>'
            rows.append([badge, *(str(cell or "") for cell in cells), str(sum(cells))])
    sums = [sum(counts[v, level] for v in SCALE) for level in Confidence]
    rows.append(["all", *(str(total or "") for total in sums), str(sum(sums))])
    heads = [
        "Verdict when the code runs",
        *(f'<span title="{esc(meaning(level))}">{esc(level.value)}</span>' for level in Confidence),
        "Assessments",
    ]
    return table(heads, rows, label="Assessments by verdict and confidence", kind="matrix")


def evidence_table(view: View) -> str:
    """What the entries' evidence rests on."""
    counts: Counter[tuple[str, Basis]] = Counter()
    entries = {
        "Callers": [a.evidence for _, _, a in _assessments(view)],
        "APIs": [api.evidence for api in view.book.apis.values()],
        "Preconditions": [one.evidence for one in view.book.preconditions.values()],
        "Detectors": [one.evidence for one in view.book.detectors.values()],
    }
    for name, found in entries.items():
        for pieces in found:
            for piece in pieces:
                counts[name, piece.basis] += 1
    rows = [[esc(name), *(str(counts[name, basis] or "") for basis in Basis)] for name in entries]
    heads = [
        "Evidence in",
        *(f'<span title="{esc(meaning(basis))}">{esc(basis.value)}</span>' for basis in Basis),
    ]
    return table(heads, rows, label="Evidence by what it rests on", kind="matrix")


def least_sure(view: View) -> str:
    """Every assessment below high confidence, with what it would take to be sure."""
    rows = [
        [
            f"{view.caller(entry_id)}<br><small>{esc(', '.join(assessment.kernels))}</small>",
            view.verdict(assessment),
            esc(assessment.confidence.level.value),
            view.inline(assessment.confidence.to_be_sure or ""),
        ]
        for entry_id, _, assessment in _assessments(view)
        if assessment.confidence.level is not Confidence.HIGH
    ]
    if not rows:
        return "<p>Every assessment is of high confidence.</p>"
    heads = ["Caller", "Verdict", "Confidence", "What it would take to be sure"]
    return table(heads, rows, label="Assessments below high confidence", kind="wide", stack=True)
