"""The coverage page of one kernel, from the report and the inventory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from lostipi.render.book import Record, UnknownNameError, View
from lostipi.render.html import facts, page, table
from lostipi.render.text import code, esc
from lostipi.render.timeline import conditions

_SITE_CLASSES = {
    "x86": "built by x86 kernels",
    "x86_64": "built by 64-bit x86 kernels only",
    "x86_32": "built by 32-bit x86 kernels only",
    "compile-test": "built on x86 with COMPILE_TEST only",
    "no": "not built on x86",
}


def coverage_page(view: View, kernel: str) -> str:
    """What is covered in one kernel, and every site that is not.

    Raises:
        UnknownNameError: when the kernel is not tracked or has no inventory.
    """
    known = view.book.kernel(kernel)
    report = view.book.coverage.get(kernel)
    if report is None:
        raise UnknownNameError(f"{kernel!r} has no inventory")
    records = view.book.inventories[kernel]
    missing = report["missing"]
    share = 100 * report["covered"] / report["sites"] if report["sites"] else 100.0
    classes = Counter(str(record["x86"]) for record in records)
    return page(
        f"# Coverage of {kernel}",
        f'<p class="lede">{report["covered"]} of {report["sites"]} sites that need an entry have '
        f"one ({share:.0f} %). {len(missing)} are missing.</p>",
        facts(
            [
                ("Release", f"Linux {esc(known.release)}"),
                ("Source", f"{code(known.source.package)} {esc(known.source.version)}"),
                ("Platforms", esc(", ".join(p.value for p in known.platforms))),
                (
                    "Calls in the tree",
                    f"{len(records)}: "
                    + "; ".join(
                        f"{classes[key]} {text}"
                        for key, text in _SITE_CLASSES.items()
                        if classes[key]
                    ),
                ),
            ],
            label="The kernel",
        ),
        "<p>Sites need an entry when an x86 kernel with SMP can build them. The lines are those of "
        "the release above; a distribution's patches may shift them.</p>",
        "## Missing: sites without an entry {#missing}",
        _missing(view, kernel, missing, records),
        *_section(
            "Stale: entries' sites that the kernel does not have",
            "stale",
            ["Entry", "File", "Function", "API"],
            (
                [
                    view.caller(item["entry"]),
                    code(item["file"]),
                    code(f"{item['function']}()"),
                    view.api(item["api"]),
                ]
                for item in report["stale"]
            ),
        ),
        *_section(
            "Changed: not as the entry or its review says",
            "changed",
            ["Entry", "Place", "API", "Layers", "Was", "Is"],
            (
                [
                    view.caller(item["entry"]),
                    view.source(kernel, item["file"], item.get("line")),
                    view.api(item["api"]),
                    esc(", ".join(item["layers"])),
                    code(item.get("was", "")),
                    code(item.get("now", "")),
                ]
                for item in report["changed"]
            ),
        ),
        *_section(
            "Overlapping: sites that two entries claim",
            "overlapping",
            ["File", "Function", "API", "Entries"],
            (
                [
                    code(item["file"]),
                    code(f"{item['function']}()"),
                    view.api(item["api"]),
                    ", ".join(view.caller(name) for name in item["entries"]),
                ]
                for item in report["overlapping"]
            ),
        ),
        "## Sites that need no entry {#listed}",
        _listed(view, kernel, records),
    )


def _missing(view: View, kernel: str, missing: Sequence[Record], records: Sequence[Record]) -> str:
    if not missing:
        return "<p>None.</p>"
    at = {(r["file"], r["line"], r["api"]): r for r in records}
    rows = []
    for item in missing:
        record = at.get((item["file"], item["line"], item["api"]))
        rows.append(
            [
                view.source(kernel, item["file"], item["line"]),
                code(f"{item['function']}()") if item["function"] else "file scope",
                view.api(item["api"]),
                code(record["func"]) if record and record["func"] else "",
                esc(record["wait"]) if record else "",
                conditions(record) if record else "",
            ]
        )
    heads = ["Place", "Function", "API", "func", "wait", "Conditions"]
    return table(heads, rows, label="Missing sites", search=False)


def _section(
    title: str, anchor: str, heads: Sequence[str], rows: Iterable[Sequence[str]]
) -> Iterable[str]:
    found = list(rows)
    yield f"## {title} {{#{anchor}}}"
    yield table(heads, found, label=title, search=False) if found else "<p>None.</p>"


def _listed(view: View, kernel: str, records: Sequence[Record]) -> str:
    rows = [
        [
            view.source(kernel, record["file"], record["line"]),
            code(f"{record['function']}()") if record["function"] else "file scope",
            view.api(record["api"]),
            esc(record["x86"]),
            esc(record["x86_reason"] or ""),
        ]
        for record in records
        if record["x86"] in ("no", "x86_32")
    ]
    if not rows:
        return "<p>None.</p>"
    heads = ["Place", "Function", "API", "x86", "Why"]
    return (
        f"<details><summary>{len(rows)} sites that no 64-bit x86 kernel builds</summary>\n"
        + table(heads, rows, label="Sites that need no entry", search=False)
        + "\n</details>"
    )
