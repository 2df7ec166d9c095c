"""The figures of the method page: sites and occurrences per kernel, times, memory, planting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from lostipi.benchmark import Measured, Speed
from lostipi.model.caller import Wait
from lostipi.render.book import View
from lostipi.render.html import page, table
from lostipi.render.text import code, esc


def site_figures(view: View) -> str:
    """Sites per kernel by wait class, and folded away per API."""
    book = view.book
    rows = [
        [
            esc(kernel),
            str(len(records)),
            *(str(waits[wait]) for wait in Wait),
            str(len({record["api"] for record in records})),
        ]
        for kernel, records in book.inventories.items()
        for waits in [Counter(record["wait"] for record in records)]
    ]
    heads = ["Kernel", "Sites", *(code(wait.value) for wait in Wait), "APIs with sites"]
    by_api = [
        [view.api(name), *(_waits(view, kernel, name) for kernel in book.inventories)]
        for name in sorted(book.apis, key=str.casefold)
    ]
    apis = table(
        ["API", *map(esc, book.inventories)], by_api, label="Sites by API and wait", search=False
    )
    return page(
        table(heads, rows, label="Sites by kernel and wait"),
        f"<details><summary>By API</summary>\n{apis}\n</details>",
    )


def _waits(view: View, kernel: str, api: str) -> str:
    """The sites of an API in a kernel, by wait class."""
    found = Counter(record["wait"] for record in view.book.records_of(kernel, api))
    return ", ".join(f"{found[wait.value]} {wait.value}" for wait in Wait if found[wait.value])


def occurrence_figures(view: View) -> str:
    """What each occurrence of an API's name was found to be, per kernel."""
    recorded = view.book.occurrences
    if not recorded:
        return "<p>No occurrences are on record.</p>"
    kinds = sorted({kind for counts in recorded.values() for kind in counts})
    rows = [_counts(kind, recorded) for kind in kinds]
    total = [str(sum(counts.values())) for counts in recorded.values()]
    rows.append(["all", *total])
    return table(["What it is", *map(esc, recorded)], rows, label="Occurrences by kind and kernel")


def _counts(kind: str, recorded: Mapping[str, Mapping[str, int]]) -> list[str]:
    return [esc(kind), *(str(counts.get(kind, 0)) for counts in recorded.values())]


def speed_figures(view: View) -> str:
    """Times, ratios and memory of the scanner, per kernel."""
    parts = [_speed(one, one.speed) for one in view.book.benchmark.kernels if one.speed is not None]
    return page(*parts) if parts else "<p>No times are on record.</p>"


def _speed(one: Measured, speed: Speed) -> str:
    rows = []
    for timing in speed.timings:
        ratio = speed.ratio(timing)
        held = "" if ratio is None else f"{ratio:.1f} times {code(timing.against or '')}"
        rows.append([code(timing.what), f"{timing.wall:.2f} s", f"{timing.cpu:.2f} s", held])
    rows.append(["peak memory of a scan", f"{speed.peak} MiB", "", ""])
    if speed.peak_archive is not None:
        rows.append(["the same of the .tar.xz", f"{speed.peak_archive} MiB", "", ""])
    heads = ["Command", "Time or memory", "CPU time", "Held against"]
    return (
        f"<p>{esc(one.release)}, {speed.files} files, {speed.read} of them in scope. "
        f"{esc(speed.run)}</p>\n" + table(heads, rows, label=f"Times with {one.kernel}")
    )


def planting_figures(view: View) -> str:
    """How many planted changes were noticed, per kernel."""
    rows = [
        [esc(one.release), str(one.planted.tries), str(one.planted.noticed), code(one.planted.seed)]
        for one in view.book.benchmark.kernels
        if one.planted is not None
    ]
    if not rows:
        return "<p>No planting is on record.</p>"
    return table(["Release", "Changes made", "Noticed", "Seed"], rows, label="Changes planted")
