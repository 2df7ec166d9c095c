"""Which other entries a reader of one caller's page may want next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from lostipi.model.caller import Caller, Wait
from lostipi.render.book import View
from lostipi.render.html import facts
from lostipi.render.text import link

_FEW = 12
"""How many names a row lists before it only counts."""


def related(view: View, entry_id: str, caller: Caller) -> Iterable[str]:
    """The section of related entries; each other entry stands in the first row that fits."""
    told = {entry_id}
    apis = dict.fromkeys(site.api for site in caller.sites)
    rows = [("APIs called", ", ".join(view.api(name) for name in apis))]
    forwarding = any(site.wait is Wait.FORWARDED for site in caller.sites)
    mentioned = view.book.callers_by.get(("mention", entry_id), [])
    for title, ids in (
        ("Same func", _sharing(view, "func", (s.func for s in caller.sites if s.func))),
        ("Behind this wrapper" if forwarding else "Named by", mentioned),
        ("Same file", _sharing(view, "file", (s.file for s in caller.sites))),
        ("Same precondition", _sharing(view, "precondition", _preconditions(caller))),
    ):
        fresh = [other for other in ids if other not in told]
        told.update(fresh)
        if fresh:
            rows.append((title, _names(view, fresh)))
    for name in apis:
        others = [i for i in view.book.callers_by.get(("api", name), []) if i != entry_id]
        if others and name in view.book.apis:
            count = f"{len(others)} other callers"
            rows.append(
                (
                    "Same API",
                    f"{link(view.href(f'apis/{name}#callers'), count)} of {view.api(name)}",
                )
            )
    if caller.references:
        links = "<br>".join(link(r.url, view.inline(r.title)) for r in caller.references)
        rows.append(("References", links))
    return ["## Related {#related}", facts(rows, label="Related entries and references")]


def _sharing(view: View, kind: str, names: Iterable[str]) -> list[str]:
    by = view.book.callers_by
    return sorted(dict.fromkeys(chain(*(by.get((kind, n), []) for n in dict.fromkeys(names)))))


def _preconditions(caller: Caller) -> Iterable[str]:
    return chain(*(names for a in caller.assessments for names in a.preconditions))


def _names(view: View, ids: Sequence[str]) -> str:
    shown = ", ".join(view.caller(entry_id) for entry_id in ids[:_FEW])
    return shown + (f" and {len(ids) - _FEW} more" if len(ids) > _FEW else "")
