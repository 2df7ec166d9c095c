"""`lostipi upgrade`: carry the entries of one kernel over to another."""

from __future__ import annotations

import argparse
import datetime
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from lostipi import measure, scanning
from lostipi.cli import output
from lostipi.cli.kernel import source_of
from lostipi.cli.trees import opened
from lostipi.fmt import FormatError
from lostipi.kernel.fetch import (
    Fetched,
    FetchError,
    NotOfferedError,
    Source,
    cache_folder,
    fetch,
    package_version,
)
from lostipi.kernel.inventory import (
    Inventory,
    InventoryError,
    Name,
    inventory_text,
    names_text,
    words_text,
)
from lostipi.kernel.tree import Tree
from lostipi.kernel.users import files_naming
from lostipi.kernel.words import find_words
from lostipi.lint.citations import citations
from lostipi.lint.words import folders, words
from lostipi.load import Knowledge, load
from lostipi.model.kernels import DebianSource, Kernel
from lostipi.review import ReviewError, read_reviews
from lostipi.upgrade import worklist
from lostipi.upgrade.others import others
from lostipi.upgrade.outcome import Outcome, drafts_in, outcome, with_record
from lostipi.upgrade.plan import Code, Place, Places, Plan, Step, functions, places, plan
from lostipi.upgrade.texts import with_kernel
from lostipi.writing import replace

_NAME = re.compile(r"v[0-9]+\.[0-9]+")
"""A kernel as it is written here."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("old", metavar="OLD", help="the tracked kernel whose entries are taken")
    parser.add_argument("new", metavar="NEW", help="the kernel to judge, tracked or new")
    what = "directory, tarball, git repository or Debian package (default: it is fetched)"
    parser.add_argument("--tree", type=Path, metavar="TREE", help=f"the source of NEW: {what}")
    parser.add_argument("--old-tree", type=Path, metavar="TREE", help="the same for OLD")
    parser.add_argument(
        "--source",
        nargs=3,
        metavar=("PACKAGE", "VERSION", "SHA256"),
        help="for a NEW that kernels.yaml does not have, given as a plain tree: the Debian package "
        "it came from",
    )
    parser.add_argument(
        "--read",
        action="append",
        default=[],
        metavar="ID",
        help="the difference of this entry was read and its judgement stands in NEW; may be given "
        "more than once",
    )
    parser.add_argument(
        "--across-platforms",
        action="store_true",
        help="carry judgements over to platforms that OLD is not judged for",
    )
    parser.add_argument(
        "--date",
        type=datetime.date.fromisoformat,
        metavar="YYYY-MM-DD",
        help="the day of the reviews that are recorded (default: today)",
    )
    parser.add_argument(
        "--worklist",
        type=Path,
        metavar="DIR",
        help="where the list of what to read goes (default: worklist/OLD-NEW beside data/)",
    )
    parser.add_argument("--dry-run", action="store_true", help="report, and write nothing")
    output.add_format(parser)


@dataclass(frozen=True)
class _Upgrade:
    """All that is known of both kernels."""

    knowledge: Knowledge
    """With both kernels tracked."""
    step: Step
    record: Kernel | None
    """The record of the new kernel, where kernels.yaml lacks it."""
    trees: tuple[Tree, Tree]
    inventories: tuple[Inventory, Inventory]
    code: Code


def run(arguments: argparse.Namespace) -> int:
    """Plan, and unless it is a dry run write everything at once."""
    try:
        return _run(arguments)
    except (
        FetchError,
        FormatError,
        ReviewError,
        InventoryError,
        measure.NoInventoryError,
    ) as fault:
        raise output.CouldNotRunError(f"{fault}. Nothing was written") from fault
    except ValidationError as fault:
        first = fault.errors()[0]
        raise output.CouldNotRunError(
            f"{'.'.join(map(str, first['loc']))}: {first['msg']}. Nothing was written"
        ) from fault


def _run(arguments: argparse.Namespace) -> int:
    step = Step(arguments.old, arguments.new)
    known = _known(arguments, step)
    reviews = read_reviews(known.knowledge.root)
    sites = dict(zip(step, (inventory.sites for inventory in known.inventories), strict=True))
    planned = plan(
        known.knowledge,
        step,
        sites[step.old],
        sites[step.new],
        known.code,
        across_platforms=arguments.across_platforms,
    )
    found = outcome(
        known.knowledge,
        reviews,
        planned,
        others(known.knowledge, step, known.code.was, known.code.now),
        sites,
        known.code.now,
        known.inventories[1].release,
        arguments.read,
        arguments.date or datetime.datetime.now(tz=datetime.UTC).date(),
    )
    if strange := [name for name in arguments.read if name not in found.read]:
        raise output.CouldNotRunError(
            f"nothing of {', '.join(strange)} is to be read from {step.old} to {step.new}; the ids "
            "are those of the worklist. Nothing was written"
        )
    # Reviews first: an entry that names the new kernel counts as done when a killed run goes on.
    reviews_folder = known.knowledge.root / "reviews"
    written = sorted(found.texts.items(), key=lambda item: reviews_folder not in item[0].parents)
    texts = {**dict(written), **_generated(known, planned)}
    folder = arguments.worklist or known.knowledge.root.parent / "worklist" / "-".join(step)
    if not arguments.dry_run:
        with output.editing(known.knowledge.root):
            replace(texts, found.before)
        _write_worklist(folder, known, found)
    _report(arguments, known, planned, found, len(texts), folder)
    return 1 if found.items or found.drafts else 0


def _known(arguments: argparse.Namespace, step: Step) -> _Upgrade:
    knowledge = load(arguments.data)
    drafts = drafts_in(knowledge.problems)
    if broken := [p for p in knowledge.problems if p.path not in drafts]:
        raise output.CouldNotRunError(
            f"{broken[0].path} cannot be read; `lostipi lint` says why. Nothing was written"
        )
    names = knowledge.kernels.names
    if step.old not in names or step.old == step.new:
        raise output.CouldNotRunError(
            f"OLD must be a tracked kernel other than NEW, of {', '.join(names)} (got {step.old})"
        )
    if not _NAME.fullmatch(step.new):
        raise output.CouldNotRunError(
            f"NEW must be a kernel with its `v`, such as v7.2 (got {step.new}). Nothing was written"
        )
    kernels = {kernel.name: kernel for kernel in knowledge.kernels.kernels}
    with output.stages() as progress:
        source = source_of(kernels[step.old])
        before = _fetched(source, "--old-tree", arguments.old_tree, progress)
        tracked = step.new in kernels
        source = source_of(kernels[step.new]) if tracked else _newest(knowledge, step.new)
        after = _fetched(source, "--tree", arguments.tree, progress, newest=not tracked)
    record = None
    if step.new not in kernels:
        record = _record(kernels[step.old], step.new, after, arguments.source, knowledge)
        knowledge = with_record(knowledge, record)
    old_tree, new_tree = opened(before.path), opened(after.path)
    old = measure.committed(knowledge, step.old)
    new = _inventory(knowledge, step, new_tree)
    wanted = places(knowledge, step, old.sites, new.sites)
    was, now = (
        _resolved(tree, symbols) for tree, symbols in zip((old_tree, new_tree), wanted, strict=True)
    )
    users = (
        files_naming(tree, functions(inventory.sites))
        for tree, inventory in ((old_tree, old), (new_tree, new))
    )
    code = Code(was, now, *users)
    return _Upgrade(knowledge, step, record, (old_tree, new_tree), (old, new), code)


def _fetched(
    source: Source, option: str, tree: Path | None, progress: output.Stage, *, newest: bool = False
) -> Fetched:
    """Bring a kernel, or take the tree given; where there is neither, name the option for it."""
    try:
        return fetch(source, cache_folder(), progress, tree, newest=newest)
    except NotOfferedError as fault:
        raise FetchError(f"{fault}, with `{option} PATH`") from fault


def _newest(knowledge: Knowledge, name: str) -> Source:
    """Where the newest package of a line that is not tracked yet would come from."""
    line = name.removeprefix("v")
    suites = knowledge.kernels.kernels[-1].source.suites
    return Source(name, line, f"linux-source-{line}", "", "", suites)


def _record(
    old: Kernel, name: str, got: Fetched, given: Sequence[str] | None, knowledge: Knowledge
) -> Kernel:
    """Make the record of a kernel that kernels.yaml does not have, after the older one's."""
    package, version, sha256 = given or (
        f"linux-source-{name.removeprefix('v')}",
        got.version,
        got.sha256,
    )
    if not version or not sha256:
        raise output.CouldNotRunError(
            f"kernels.yaml has no {name}, and nothing tells which package {got.path} came from: "
            "give --source PACKAGE VERSION SHA256, or give the package itself as --tree, or leave "
            "--tree out to have the newest fetched. Nothing was written"
        )
    return Kernel(
        name=name,
        release=got.release,
        source=DebianSource(
            package=package,
            version=version,
            sha256=sha256,
            suites=knowledge.kernels.kernels[-1].source.suites,
        ),
        platforms=old.platforms,
        platforms_why=old.platforms_why,
        source_url=old.source_url.replace(old.release, got.release),
    )


def _inventory(knowledge: Knowledge, step: Step, tree: Tree) -> Inventory:
    """The inventory of the new kernel: the committed one, else a scan of its tree."""
    record = next(k for k in knowledge.kernels.kernels if k.name == step.new)
    version = package_version(tree.path)
    if tree.release != record.release or version not in (None, record.source.version):
        raise output.CouldNotRunError(
            f"{tree.path} is {tree.release} ({version or 'of no package'}), but kernels.yaml "
            f"records {record.release} ({record.source.version}). Nothing was written"
        )
    if measure.inventory_path(knowledge.root, step.new).is_file():
        return measure.committed(knowledge, step.new)
    defined = any(
        step.new in definition.kernels
        for api in knowledge.apis.values()
        for definition in api.entry.definitions
    )
    with output.progress(f"Scanning {tree.release}") as advance:
        result = scanning.scan_tree(knowledge, tree, step.new if defined else step.old, advance)
    for problem in result.problems:
        output.summary(str(problem))
    return measure.inventory_of(step.new, tree.release, record.source.version, result)


def _resolved(tree: Tree, symbols: set[Place]) -> Places:
    return {(n.file, n.symbol): n for n in measure.resolve_names(tree, symbols)[0]}


def _generated(known: _Upgrade, planned: Plan) -> Mapping[Path, str]:
    """What is recorded of the new kernel, as far as it is not yet."""
    knowledge, step, tree = known.knowledge, known.step, known.trees[1]
    root = knowledge.root
    texts: dict[Path, str] = {}
    if known.record is not None:
        path = root / "kernels.yaml"
        texts[path] = with_kernel(path.read_text("utf-8"), known.record)
    path = measure.inventory_path(root, step.new)
    if not path.is_file():
        texts[path] = inventory_text(known.inventories[1])
    path = measure.names_path(root, step.new)
    if not path.is_file():
        cited = {(c.path, c.symbol) for c in citations(knowledge) if c.kernel == step.new}
        names: list[Name] = measure.resolve_names(tree, cited)[0]
        for group in planned.new:
            for site in group:
                both = ((site.file, name) for name in (site.function, site.func) if name)
                names += [known.code.now[place] for place in both if place in known.code.now]
        texts[path] = names_text(names)
    path = measure.words_path(root, step.new)
    if not path.is_file():
        texts[path] = words_text(find_words(tree, words(knowledge), folders(knowledge)))
    return texts


def _write_worklist(folder: Path, known: _Upgrade, found: Outcome) -> None:
    """Make the worklist anew; a folder that is none is left alone."""
    first = folder / "README.md"
    title = f"# From {known.step.old} to {known.step.new}\n"
    if folder.exists() and not (first.is_file() and first.read_text("utf-8").startswith(title)):
        raise output.CouldNotRunError(
            f"{folder} is no worklist from {known.step.old} to {known.step.new}; the entries are "
            "written, for the list give another --worklist"
        )
    source = worklist.Source(
        known.step, known.code.was, known.code.now, _lines(known.trees[0]), _lines(known.trees[1])
    )
    files = {
        first: worklist.index(
            known.step,
            found.items,
            [(draft.path, draft.hint) for draft in found.drafts],
            found.gone,
            len(found.carried),
        )
    }
    for item in found.items:
        files[folder / f"{item.name}.diff"] = worklist.differences(item, source)
    shutil.rmtree(folder, ignore_errors=True)
    replace(files)


def _lines(tree: Tree) -> worklist.Lines:
    def read(name: Name) -> Sequence[str]:
        text = tree.read(name.file).decode("utf-8", "replace")
        return text.splitlines()[name.line - 1 : name.end_line]

    return read


def _report(
    arguments: argparse.Namespace,
    known: _Upgrade,
    planned: Plan,
    found: Outcome,
    files: int,
    folder: Path,
) -> None:
    if arguments.format == "json":
        record = {
            "from": known.step.old,
            "to": known.step.new,
            "release": known.inventories[1].release,
            "counts": dict(planned.counts),
            "carried": found.carried,
            "read": [
                {"name": item.name, "reasons": [reason.text for reason in item.reasons]}
                for item in found.items
            ],
            "drafts": [vars(draft) for draft in found.drafts],
            "gone": found.gone,
        }
        output.report(json.dumps(record, indent=1, ensure_ascii=False))
    else:
        for item in found.items:
            output.report(f"read: {item.path}: {'; '.join(r.text for r in item.reasons)}")
        for draft in found.drafts:
            output.report(f"draft: {draft.path}" + (f": {draft.hint}" if draft.hint else ""))
        for name in found.gone:
            output.report(f"gone: {known.knowledge.root.name}/callsites/{name}.yaml")
    told = ", ".join(f"{number} {status}" for status, number in planned.counts.items())
    output.summary(f"{known.step.old} to {known.step.new} ({known.inventories[1].release}): {told}")
    read = f", {len(found.read)} recorded as read" if found.read else ""
    output.summary(
        f"{output.plural(len(found.carried), 'entry')} carried over{read}, {len(found.items)} to "
        f"read, {output.plural(len(found.drafts), 'draft')} to answer, {len(found.gone)} gone"
    )
    if arguments.dry_run:
        output.summary(f"{output.plural(files, 'file')} would be written; nothing was")
    else:
        written = f"{output.plural(files, 'file')} written"
        output.summary(f"{written}; what to read is in {folder}/README.md")
