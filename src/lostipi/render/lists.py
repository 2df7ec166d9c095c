"""The tables of all callers and all APIs. A small script filters and sorts the first one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lostipi.model.base import Platform
from lostipi.model.caller import Caller, Subsystem, Wait
from lostipi.render.book import View
from lostipi.render.html import table
from lostipi.render.standing import Standing, order, standings, worst
from lostipi.render.text import esc
from lostipi.render.words import PLATFORMS, SCALE, meaning


def callers_table(view: View) -> str:
    """Every caller with its verdict on each platform, worst first; complete without a script."""
    ranked = sorted(view.book.callers.items(), key=lambda item: _place(view, *item))
    rows, attributes = [], []
    for entry_id, caller in ranked:
        found = standings(view.book, caller)
        subsystem = entry_id.split("/")[0]
        apis = dict.fromkeys(site.api for site in caller.sites)
        rows.append(
            [
                f"{view.caller(entry_id)}<br><small>{view.inline(caller.title)}</small>",
                *(_verdicts(view, found, platform) for platform in Platform),
                "<br>".join(view.api(name) for name in apis),
                "<br>".join(dict.fromkeys(esc(site.wait.value) for site in caller.sites)),
                esc(subsystem),
            ]
        )
        attributes.append(
            {
                "data-verdict": " ".join(_tokens(found)),
                "data-subsystem": subsystem,
                "data-api": " ".join(apis),
                "data-wait": " ".join(dict.fromkeys(site.wait.value for site in caller.sites)),
                "data-names": " ".join(
                    dict.fromkeys([entry_id, *(site.function for site in caller.sites)])
                ),
                "data-rank": f"{number(found):02d}",
            }
        )
    heads = ["Caller", *(esc(PLATFORMS[p]) for p in Platform), "API", "wait", "Subsystem"]
    return table(
        heads,
        rows,
        label="All callers",
        kind="wide filterable",
        table_attributes={
            "data-subsystem": " ".join(s.value for s in Subsystem),
            "data-verdict": " ".join(v.value for v in SCALE),
            "data-kernel": " ".join(view.book.kernels.names),
            "data-platform": " ".join(p.value for p in Platform),
            "data-api": " ".join(sorted(view.book.apis)),
            "data-wait": " ".join(w.value for w in Wait),
        },
        row_attributes=attributes,
    )


def _place(view: View, entry_id: str, caller: Caller) -> tuple[int, str]:
    return number(standings(view.book, caller)), entry_id


def number(found: Sequence[Standing]) -> int:
    """The place of a caller among all, worst first, as one number."""
    head = worst(found)
    if head is None:
        return 99
    place, hidden = order(head.assessment)
    return 2 * place + hidden


def _tokens(found: Iterable[Standing]) -> list[str]:
    """What the filter looks for: verdict, kernel and platform of each standing together."""
    tokens: dict[str, None] = {}
    for standing in found:
        words = {standing.assessment.verdict.value, standing.effective.value}
        for word in sorted(words):
            tokens[f"{word}/{standing.kernel}/{standing.platform.value}"] = None
    return list(tokens)


def _verdicts(view: View, found: Sequence[Standing], platform: Platform) -> str:
    """The verdicts on one platform, kernels with the same one together, newest first."""
    groups: dict[str, list[str]] = {}
    for standing in found:
        if standing.platform is platform:
            kernels = groups.setdefault(view.verdict(standing.assessment), [])
            if standing.kernel not in kernels:
                kernels.append(standing.kernel)
    return "<br>".join(
        f'<span data-in="{esc(" ".join(kernels))}">{badge}'
        f" <small>{esc(', '.join(kernels))}</small></span>"
        for badge, kernels in reversed(groups.items())
    )


def apis_table(view: View) -> str:
    """All APIs with their sites per kernel."""
    kernels = list(view.book.inventories)
    rows = []
    for name, api in sorted(view.book.apis.items()):
        waits = dict.fromkeys(meaning(shape.waits) for shape in api.definitions)
        entries = len(view.book.callers_by.get(("api", name), ()))
        counts = [str(len(view.book.records_of(kernel, name))) for kernel in kernels]
        rows.append(
            [
                view.api(name),
                view.inline(api.summary),
                esc(api.kind.value),
                "<br>".join(esc(wait) for wait in waits),
                str(entries),
                *counts,
            ]
        )
    heads = ["API", "Does", "Kind", "Waits", "Caller entries"]
    heads += [f"Sites in {esc(kernel)}" for kernel in kernels]
    return table(heads, rows, label="APIs", kind="wide")
