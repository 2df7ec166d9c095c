"""`lostipi coverage`: entries against sites, in both directions."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from lostipi import measure, scanning
from lostipi.cli import output
from lostipi.cli.trees import opened
from lostipi.coverage import Report
from lostipi.kernel.inventory import InventoryError
from lostipi.load import Knowledge, load
from lostipi.model.waiver import GAPS, Waiver
from lostipi.problem import Problem
from lostipi.review import ReviewError, read_reviews
from lostipi.waivers import InForce, unused, without


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "--kernel",
        action="append",
        metavar="V",
        help="only this tracked kernel; may be given more than once (default: all)",
    )
    parser.add_argument(
        "--tree",
        type=Path,
        metavar="TREE",
        help="scan this tree instead of reading the committed inventories",
    )
    parser.add_argument(
        "--against",
        metavar="V",
        help="with --tree: hold it against the entries of this tracked kernel",
    )
    parser.add_argument(
        "--require",
        choices=("seed", "all"),
        default="all",
        help="what fails: `seed` lets sites that issue #151 does not name be missing (they are "
        "printed all the same), `all` (default) does not",
    )
    parser.add_argument(
        "--fail-on-drift",
        action="store_true",
        help="fail on differences between a newer release and the committed inventory too",
    )
    output.add_today(parser)
    output.add_format(parser, "github")


def run(arguments: argparse.Namespace) -> int:
    """Measure and report."""
    knowledge = load(arguments.data)
    _check_names(knowledge, [*(arguments.kernel or ()), *filter(None, [arguments.against])])
    if arguments.against and not arguments.tree:
        raise output.CouldNotRunError("--against goes with --tree")
    faults: list[str] = []
    reports: list[Report] = []
    try:
        reviews = read_reviews(knowledge.root)
        known = {*knowledge.callers, *knowledge.broken["callsites"]}
        faults += [
            f"data/reviews/{name}.json: there is no entry of that name to review; remove the file, "
            f"and list `callsites/{name}` in data/removed.yaml, so that its page says so"
            for name in reviews
            if name not in known
        ]
        if arguments.tree:
            tree = opened(arguments.tree, scanning.sought(knowledge))
            with output.progress("Scanning") as advance:
                measured = measure.cover_tree(knowledge, reviews, tree, arguments.against, advance)
            faults += measured.problems
            reports.append(measured.report)
        else:
            for name in arguments.kernel or knowledge.kernels.names:
                inventory = measure.committed(knowledge, name)
                reports.append(measure.cover_kernel(knowledge, reviews, inventory))
    except (InventoryError, ReviewError, measure.NoInventoryError) as error:
        # Named from the folder that holds data/, as all other problems are.
        faults.append(str(error).removeprefix(f"{knowledge.root.parent}/"))
    seed = {name for row in knowledge.seed.rows for name in row.callers}
    waivers = InForce.on(knowledge, output.today(arguments))
    failed = not reports
    for report in reports:
        standing = without(report, waivers)
        failed |= _fails(standing, arguments.require, arguments.fail_on_drift, seed)
    if len(reports) == len(knowledge.kernels.names):  # else one may be of another kernel
        faults += map(str, unused(knowledge, waivers, GAPS))
    failed |= bool(knowledge.problems or faults)
    _write(reports, knowledge.problems, faults, waivers, arguments.format, arguments.require)
    return 1 if failed else 0


def _check_names(knowledge: Knowledge, names: Sequence[str]) -> None:
    for name in names:
        if name not in knowledge.kernels.names:
            tracked = ", ".join(knowledge.kernels.names)
            raise output.CouldNotRunError(f"no kernel {name!r} is tracked; tracked are {tracked}")


def _fails(report: Report, require: str, fail_on_drift: bool, seed: set[str]) -> bool:
    """Whether a report fails the run.

    What differs only because a tracked line has a newer release is drift: it is reported, and
    fails only when asked to.
    """
    if not report.same_release and not fail_on_drift:
        return bool(report.overlapping)
    if require == "all":
        missing = bool(report.missing)
    else:
        missing = any(item.function in seed for item in report.missing)
    return bool(missing or report.stale or report.changed or report.overlapping or report.drift)


def _write(
    reports: Sequence[Report],
    problems: Sequence[Problem],
    faults: Sequence[str],
    waivers: InForce,
    form: str,
    require: str,
) -> None:
    if form == "json":
        record = {
            "kernels": [report.to_json() for report in reports],
            "problems": [*map(str, problems), *faults],
            "waived": [
                {"kernel": report.kernel, "kind": row.kind, "site": waiver.site}
                | {"waiver": waiver.id, "until": waiver.until}
                for report in reports
                for row in _rows(report)
                if (waiver := row.waived_by(waivers))
            ],
        }
        output.report(json.dumps(record, indent=1, ensure_ascii=False))
    else:
        output.report_problems(problems, form)
        for fault in faults:
            output.report(f"::error::{fault}" if form == "github" else fault)
        for report in reports:
            for row in _rows(report):
                waiver = row.waived_by(waivers)
                also = f" (waived until {waiver.until}: {waiver.id})" if waiver else ""
                text = f"{row.text}{also}"
                if form == "github":
                    place = f"file={row.shown}" + (f",line={row.line}" if row.line else "")
                    level = "notice" if waiver else "error"
                    output.report(f"::{level} {place},title={row.kind}::{report.kernel}: {text}")
                else:
                    at = f"{row.shown}:{row.line}" if row.line else row.shown
                    output.report(f"{report.kernel}: {row.kind}: {at}: {text}")
    for report in reports:
        against = f" held against {report.compared_with}" if report.compared_with else ""
        drift = ""
        if report.drift:
            drift = ", " + (
                f"{output.plural(len(report.drift), 'difference')} from the inventory of this very "
                "release"
                if report.same_release
                else f"drift of {output.plural(len(report.drift), 'site')}"
            )
        output.summary(
            f"{report.kernel} ({report.release}{against}): "
            f"{output.plural(report.required, 'site')}, {report.covered} covered, "
            f"{len(report.missing)} missing, {len(report.stale)} stale, "
            f"{len(report.changed)} changed, {len(report.overlapping)} overlapping{drift}"
        )
    if require == "seed" and any(report.missing for report in reports):
        output.summary("missing sites that issue #151 does not name are allowed by --require seed")


class _Row(NamedTuple):
    """One thing that coverage found."""

    kind: str
    shown: str
    """The file to look at."""
    line: int
    """Its line; 0 for none."""
    text: str
    site: tuple[str, str | None, str]
    """File, function and API."""

    def waived_by(self, waivers: InForce) -> Waiver | None:
        return waivers.of_gap(self.kind, *self.site)


def _rows(report: Report) -> Iterator[_Row]:
    for m in report.missing:
        text = f"{m.api} in {m.function or '?'} has no entry"
        if m.function and report.compared_with is None:
            text += f"; `lostipi new {m.file}:{m.function}` drafts one"
        yield _Row("missing", m.file, m.line, text, (m.file, m.function, m.api))
    for s in report.stale:
        text = f"the kernel has no {s.api} in {s.function} of {s.file} (or one fewer)"
        if report.compared_with is None:
            text += (
                f"; take {report.kernel} from the site's kernels, or say where the call is there"
            )
        shown = f"data/callsites/{s.entry}.yaml"
        yield _Row("stale", shown, 0, text, (s.file, s.function, s.api))
    for c in report.changed:
        layers = ", ".join(c.layers)
        if report.compared_with is not None:
            todo = f"the entry was judged by {report.compared_with}: read both"
        elif c.layers == ("facts",):
            todo = "the site must say so"
        else:
            todo = f"read it again, then `lostipi review {c.entry}`"
        text = (
            f"{c.api} in {c.function or '?'} of {c.entry}: {layers}: was {c.was}; now {c.now}; "
            f"{todo}"
        )
        yield _Row("changed", c.file, c.line, text, (c.file, c.function, c.api))
    for o in report.overlapping:
        text = f"{o.api} in {o.function} is in {' and '.join(o.entries)}; keep it in one"
        yield _Row("overlapping", o.file, 0, text, (o.file, o.function, o.api))
    kind = "difference" if report.same_release else "drift"
    for d in report.drift:
        text = f"{d.api} in {d.function or '?'} is {d.kind}" + (f": {d.what}" if d.what else "")
        yield _Row(kind, d.file, d.line, text, (d.file, d.function, d.api))
