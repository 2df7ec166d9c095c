"""The page of an API entry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from lostipi.model.api import Api, Definition
from lostipi.model.caller import CallerSite
from lostipi.model.meanings import meaning
from lostipi.render.book import UnknownNameError, View, breakable
from lostipi.render.cases import where
from lostipi.render.entry import references, this_entry
from lostipi.render.html import facts, page, table, term
from lostipi.render.pictures import api_graph
from lostipi.render.standing import order, standings, worst
from lostipi.render.text import code, esc, link
from lostipi.render.words import PLATFORMS


def api_page(view: View, name: str) -> str:
    """All that is known of one API.

    Raises:
        UnknownNameError: when there is no such entry.
    """
    api = view.book.apis.get(name)
    if api is None:
        raise UnknownNameError(f"{name!r} is no API entry")
    return page(
        f"# `{name}()`",
        f'<p class="lede">{view.inline(api.summary)}</p>',
        "## When the IPI is missing {#missing}",
        *_missing(view, api),
        facts(_facts(view, api), label="Facts"),
        "## Shapes it has had {#definitions}",
        _definitions(view, name, api),
        "## Callers {#callers}",
        api_graph(view, name),
        callers_of(view, name),
        "## Evidence {#evidence}",
        view.evidence(api.evidence),
        *references(view, api),
        *this_entry(view, f"apis/{name}"),
    )


def _missing(view: View, api: Api) -> list[str]:
    parts = []
    if api.missing.waiting:
        parts += [
            "### A call that waits {#waiting}",
            f"<div>{view.block(api.missing.waiting)}</div>",
        ]
    if api.missing.not_waiting:
        text = view.block(api.missing.not_waiting)
        parts += ["### A call that does not wait {#not-waiting}", f"<div>{text}</div>"]
    return parts


def _facts(view: View, api: Api) -> list[tuple[str, str]]:
    rows = [
        ("Kind", term(api.kind.value, meaning(api.kind))),
        ("Mutes besides", "<br>".join(term(m.value, meaning(m)) for m in api.mutes)),
    ]
    if api.replaced_by:
        rows.append(("Replaced in a guest by", ", ".join(view.api(n) for n in api.replaced_by)))
    if api.detectors:
        rows.append(("May be noticed by", ", ".join(view.detector(n) for n in api.detectors)))
    return rows


def _definitions(view: View, name: str, api: Api) -> str:
    rows = [
        [
            esc(", ".join(shape.kernels)),
            _place(view, name, shape),
            esc(shape.form.value) + (f", {view.inline(shape.when)}" if shape.when else ""),
            code(shape.signature),
            term(shape.waits.value, meaning(shape.waits))
            + (f" {code(shape.wait)}" if shape.wait else "")
            + (f" {code(shape.wait_flag)}" if shape.wait_flag else ""),
            ", ".join(
                [
                    *(view.api(n) for n in shape.forwards_to),
                    *(_implementation(view, shape, place) for place in shape.implementations),
                ]
            )
            or "nothing on record",
        ]
        for shape in api.definitions
    ]
    heads = ["Kernels", "File", "Form", "Signature", "Waits", "Passes on to"]
    return table(heads, rows, label="Definitions", search=False, stack=True)


def _implementation(view: View, shape: Definition, place: str) -> str:
    file, _, function = place.partition(":")
    kernel = shape.kernels[-1]
    line = view.book.names.get(kernel, {}).get((file, function))
    return view.source(kernel, file, line, code(f"{function}()"))


def _place(view: View, name: str, shape: Definition) -> str:
    kernel = shape.kernels[-1]
    line = view.book.names.get(kernel, {}).get((shape.file, name))
    return view.source(kernel, shape.file, line, f"<code>{breakable(shape.file)}</code>")


def callers_of(view: View, name: str) -> str:
    """The callers of an API that have entries, worst first, and how many sites have none."""
    rows = []
    for entry_id in view.book.callers_by.get(("api", name), ()):
        caller = view.book.callers[entry_id]
        sites = [site for site in caller.sites if site.api == name]
        labels = {site.label for site in sites}
        head = worst(s for s in standings(view.book, caller) if labels & set(s.labels))
        if head is None:
            continue
        rows.append(
            (
                (order(head.assessment), entry_id),
                [
                    f"{view.caller(entry_id)}<br><small>{_calls(sites)}</small>",
                    link(
                        view.href(f"callsites/{entry_id}#a{head.number}"),
                        view.verdict(head.assessment),
                    ),
                    view.inline(head.assessment.consequence.sentence),
                    esc(_kernels(view, sites)),
                ],
            )
        )
    rows.sort(key=lambda row: row[0])
    counts = site_counts(view, name)
    heads = ["Caller", "Worst verdict", "Consequence", "Kernels"]
    listed = [cells for _, cells in rows]
    found = (
        table(heads, listed, label=f"Callers of {name}()", kind="wide", stack=True) if rows else ""
    )
    return "\n\n".join(part for part in (found, counts) if part)


def _calls(sites: Sequence[CallerSite]) -> str:
    """What some sites run on the target, and whether they wait."""
    funcs = ", ".join(dict.fromkeys(code(site.func) for site in sites if site.func))
    waits = esc(", ".join(dict.fromkeys(site.wait.value for site in sites)))
    return f"runs {funcs}, {waits}" if funcs else waits


def _kernels(view: View, sites: Sequence[CallerSite]) -> str:
    """The kernels that have some sites, in short."""
    names = {name for site in sites for name in site.kernels}
    return where(
        view.book, ((n, p) for n in names for p in view.book.kernels.platforms_of(n)), PLATFORMS
    )


def site_counts(view: View, name: str) -> str:
    """How many sites of an API each kernel has, by wait, and how many lack an entry."""
    rows = []
    for kernel in view.book.inventories:
        mine = view.book.records_of(kernel, name)
        waits = Counter(str(record["wait"]) for record in mine)
        missing = [m for m in view.book.coverage[kernel]["missing"] if m["api"] == name]
        rows.append(
            [
                link(view.href(f"coverage/{kernel}"), esc(kernel)),
                str(len(mine)),
                ", ".join(f"{count} {esc(wait)}" for wait, count in sorted(waits.items())),
                str(len(missing)),
            ]
        )
    heads = ["Kernel", "Sites in the tree", "By wait", "Still without an entry"]
    return table(heads, rows, label="Sites per kernel", search=False) if rows else ""
