"""What the method, glossary and reference pages compute: scale, decision table, words, fields."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from itertools import product

from pydantic import BaseModel

from lostipi.model.api import Api, Definition, Form, Waits
from lostipi.model.base import Basis, Evidence, Kind, Platform
from lostipi.model.caller import (
    Adds,
    Assessment,
    Caller,
    CallerSite,
    Confidence,
    Finding,
    Harm,
    Mute,
    NeverReason,
    Objective,
    Reach,
    Sender,
    Subsystem,
    Trigger,
    Wait,
    When,
)
from lostipi.model.detector import Blinding, Detector, DetectorState, Power, Response
from lostipi.model.meanings import meaning
from lostipi.model.precondition import Default, Held, Holder, Precondition
from lostipi.render.book import View
from lostipi.render.html import badge, page, table
from lostipi.render.text import code, esc, inline
from lostipi.render.words import PLATFORMS, SCALE, fields, heading
from lostipi.verdict import judge

_ENUMS: tuple[tuple[str, type[StrEnum]], ...] = (
    ("Reach", Reach),
    ("Reason for never", NeverReason),
    ("Sender", Sender),
    ("Harm", Harm),
    ("Objective", Objective),
    ("Mutes", Mute),
    ("Adds", Adds),
    ("When", When),
    ("Trigger", Trigger),
    ("Confidence", Confidence),
    ("Finding", Finding),
    ("wait", Wait),
    ("Kind of API", Kind),
    ("Form", Form),
    ("Waits", Waits),
    ("Platform", Platform),
    ("Basis of evidence", Basis),
    ("Holder", Holder),
    ("Default", Default),
    ("Power of the host", Power),
    ("Response", Response),
    ("Subsystem", Subsystem),
)

_MODELS: tuple[tuple[str, tuple[type[BaseModel], ...]], ...] = (
    ("Caller", (Caller, CallerSite, Assessment)),
    ("API", (Api, Definition)),
    ("Precondition", (Precondition, Held)),
    ("Detector", (Detector, DetectorState, Blinding)),
    ("Shared", (Evidence,)),
)


def scale() -> str:
    """The verdicts and what each means, as the models define them."""
    rows = [[badge(verdict), inline(meaning(verdict))] for verdict in SCALE]
    return table(["Verdict", "A reader should know"], rows, label="Verdicts")


def decision_table() -> str:
    """The verdict of every combination of the deciding facts, rows with one answer together.

    Computed by calling `lostipi.verdict.judge` over all combinations at confidence `high`; the
    objectives do not matter to it where the harm is known to be `wrong-state`.
    """
    columns = [reach for reach in Reach if reach is not Reach.NEVER]
    groups: dict[tuple[str, ...], list[tuple[Sender, Harm]]] = {}
    for sender, harm in product(Sender, Harm):
        answers = tuple(_answer(reach, sender, harm) for reach in columns)
        groups.setdefault(answers, []).append((sender, harm))
    rows = []
    for answers, cases in groups.items():
        rows.append([_cases(cases), *answers])
    heads = ["Sender and worse harm", *(f"reach {code(reach.value)}" for reach in columns)]
    return table(heads, rows, label="Decision table")


def _answer(reach: Reach, sender: Sender, harm: Harm) -> str:
    found = judge(reach, sender, harm, frozenset(), Confidence.HIGH)
    return badge(found.verdict, found.otherwise)


def _cases(cases: Sequence[tuple[Sender, Harm]]) -> str:
    """Combinations as `sender … with harm …`, whole rows of the grid told as `any`."""
    by_senders: dict[tuple[Harm, ...], list[Sender]] = {}
    for sender in Sender:
        harms = tuple(harm for harm in Harm if (sender, harm) in cases)
        if harms:
            by_senders.setdefault(harms, []).append(sender)
    lines = []
    for harms, senders in by_senders.items():
        who = "any" if len(senders) == len(Sender) else " or ".join(code(s.value) for s in senders)
        what = "any" if len(harms) == len(Harm) else " or ".join(code(h.value) for h in harms)
        lines.append(f"sender {who}, harm {what}")
    return "<br>".join(lines)


def words() -> str:
    """Every value that a fact may take, with its meaning."""
    rows = [
        [esc(name), "<br>".join(f"{code(m.value)} {inline(meaning(m))}" for m in enum)]
        for name, enum in _ENUMS
    ]
    return table(["Fact", "Values"], rows, label="Facts and their values")


def field_tables() -> str:
    """The fields of every kind of entry, from the models that check them."""
    parts = []
    for title, models in _MODELS:
        parts.append(f"## {title} {{#{title.lower()}}}")
        for model in models:
            parts.append(f"<p>{inline(heading(model))}</p>")
            rows = [
                [code(name), "required" if required else "optional", inline(text)]
                for name, required, text in fields(model)
            ]
            heads = ["Field", "", "Meaning"]
            parts.append(table(heads, rows, label=f"Fields of {model.__name__}"))
    return "\n\n".join(parts)


def lint_rules(view: View) -> str:
    """The lint rules, each under a heading of its code."""
    return "\n\n".join(
        page(
            f"## `{name}` {{#{name}}}",
            f"<p><strong>{inline(title)}.</strong> {inline(why)}</p>",
            f"<p>Right: {inline(right)}</p>",
        )
        for name, title, why, right in view.book.rules
    )


def kernels_table(view: View) -> str:
    """The tracked kernels: release, source, platforms."""
    rows = [
        [
            esc(kernel.name),
            esc(kernel.release),
            f"{code(kernel.source.package)} {esc(kernel.source.version)}",
            esc(", ".join(PLATFORMS[platform] for platform in kernel.platforms)),
            view.inline(kernel.platforms_why),
        ]
        for kernel in view.book.kernels.kernels
    ]
    heads = ["Kernel", "Release", "Debian source", "Platforms", "Why these"]
    return table(heads, rows, label="Tracked kernels")
