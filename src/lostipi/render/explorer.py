"""The explorer: all callers in one table, complete without the scripts that filter it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from lostipi.model.meanings import meaning
from lostipi.render.book import View
from lostipi.render.cases import Case, Group, where
from lostipi.render.facets import all_cases, data, groups
from lostipi.render.html import badge
from lostipi.render.standing import rank
from lostipi.render.text import esc, link
from lostipi.render.words import PLATFORMS

_COLUMNS = {
    "name": "Caller",
    "verdict": "Verdict and consequence",
    "api": "API",
    "wait": "Wait",
    "subsystem": "Subsystem",
}
"""The columns: the word by which the address names a sorting, and the heading."""

_SCRIPTS = ("filter.js", "download.js", "page.js")
"""The scripts, in the order in which they need each other."""


def explorer(view: View) -> str:
    """Every caller, grouped by verdict, worst first, with the facts that the scripts filter by."""
    found = all_cases(view.book)
    heads = "".join(
        f'<th scope="col" data-sort="{name}">{esc(text)}</th>' for name, text in _COLUMNS.items()
    )
    bodies = "\n".join(_body(view, group, found) for group in groups(found))
    scripts = "\n".join(
        f'<script src="{esc(view.guide(f"assets/explorer/{name}"))}" defer></script>'
        for name in _SCRIPTS
    )
    # A section, because the search plugin takes the end of any element of the same name within
    # for the end of what it shall leave out: entries are found by their own pages.
    return (
        '<section class="explorer" data-search-exclude>\n'
        f'<table class="t"><thead><tr>{heads}</tr></thead>\n{bodies}\n</table>\n'
        f'<script type="application/json">{_embedded(data(view.book, found))}</script>\n'
        f"{scripts}\n</section>"
    )


def _embedded(value: object) -> str:
    """JSON that no HTML parser takes for the end of its element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _body(view: View, group: Group, found: Mapping[str, Sequence[Case]]) -> str:
    """One verdict's heading and rows; hidden while it has none, for a filter may fill it."""
    verdict, otherwise = group
    ids = [
        entry_id
        for entry_id, own in found.items()
        if min(rank(*case.group) for case in own) == rank(*group)
    ]
    rows = "".join(f"{_row(view, entry_id, found[entry_id])}\n" for entry_id in ids)
    hidden = "" if ids else " hidden"
    return (
        f'<tbody{hidden}><tr class="group"><th scope="rowgroup" colspan="{len(_COLUMNS)}">'
        f'{badge(verdict, otherwise)} <span class="n">{len(ids)}</span> '
        f"<small>{view.unlinked(meaning(verdict))}</small></th></tr>\n{rows}</tbody>"
    )


def _row(view: View, entry_id: str, own: Sequence[Case]) -> str:
    caller = view.book.callers[entry_id]
    subsystem, _, name = entry_id.partition("/")
    head = link(view.href(f"callsites/{entry_id}"), _function(name))
    cells = (
        "".join(_stands(view, own)),
        "<br>".join(dict.fromkeys(_api(view, case.api) for case in own)),
        "<br>".join(dict.fromkeys(esc(case.wait.value) for case in own)),
        esc(subsystem),
    )
    return (
        f'<tr><th scope="row">{head} <small>{view.unlinked(caller.title)}</small></th>'
        + "".join(f"<td>{cell}</td>" for cell in cells)
        + "</tr>"
    )


def _function(name: str) -> str:
    """A function's name that may be broken after underscores."""
    return f"<code>{esc(name).replace('_', '_<wbr>')}()</code>"


def _api(view: View, name: str) -> str:
    shown = _function(name)
    return link(view.href(f"apis/{name}"), shown) if name in view.book.apis else shown


def _stands(view: View, own: Sequence[Case]) -> Iterator[str]:
    """Each verdict with where it holds and what follows, worst first.

    Every sentence names the cases that it is of, by number; a filter shows the first that is left.
    """
    stands: dict[Group, dict[str, list[int]]] = {}
    for number, case in sorted(enumerate(own), key=lambda item: rank(*item[1].group)):
        sentences = stands.setdefault(case.group, {})
        sentences.setdefault(case.assessment.consequence.sentence, []).append(number)
    for group, sentences in stands.items():
        found = {place for case in own if case.group == group for place in case.places}
        told = "".join(
            f'<p data-cases="{" ".join(map(str, numbers))}">{view.unlinked(sentence)}</p>'
            for sentence, numbers in sentences.items()
        )
        yield (
            f'<div class="stand">{badge(*group)} '
            f"<small>{esc(where(view.book, found, PLATFORMS))}</small>{told}</div>"
        )
