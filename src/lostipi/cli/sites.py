"""`lostipi sites`: which sites a kernel configuration really builds, and why."""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lostipi import measure, scanning
from lostipi.cli import output
from lostipi.cli.trees import opened
from lostipi.kernel.built import Built, built
from lostipi.kernel.config import Config, ConfigError, read_config
from lostipi.kernel.inventory import InventoryError
from lostipi.kernel.shape import Site
from lostipi.load import Knowledge, load


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        required=True,
        help="a whole kernel configuration: a .config, /boot/config-* or /proc/config.gz",
    )
    kernel = parser.add_mutually_exclusive_group(required=True)
    kernel.add_argument(
        "--kernel", metavar="V", help="the tracked kernel whose sites are meant, such as v6.12"
    )
    kernel.add_argument(
        "--tree", type=Path, metavar="TREE", help="scan this tree instead, of whatever kernel"
    )
    parser.add_argument(
        "--all",
        action="store_true",
        help="in text, print the sites that are not built too (JSON always has them)",
    )
    output.add_format(parser)


def run(arguments: argparse.Namespace) -> int:
    """Read, decide, print."""
    knowledge = load(arguments.data)
    try:
        config = read_config(arguments.config)
    except ConfigError as error:
        raise output.CouldNotRunError(str(error)) from error
    except OSError as error:
        raise output.CouldNotRunError(f"{arguments.config}: {error.strerror or error}") from error
    if arguments.tree is None:
        kernel = _tracked(knowledge, arguments.kernel)
    else:
        kernel = _scanned(knowledge, arguments.tree)
    _doubt(config, kernel)
    decided = [(site, built(site, config)) for site in kernel.sites]
    if arguments.format == "json":
        _json(kernel, decided)
    else:
        _text(decided, _Entries(knowledge, kernel.entries), arguments.all)
    count = Counter(answer.linked for _, answer in decided)
    output.summary(
        f"{kernel.name} ({kernel.release}) with {config.path}: "
        f"{output.plural(len(decided), 'site')}, {count['built-in']} built in, "
        f"{count['module']} in modules, {count['no']} not built"
    )
    return 0


@dataclass(frozen=True)
class _Kernel:
    """The kernel whose sites are asked about."""

    name: str
    release: str
    path: Path
    """Its inventory, or the tree that was scanned."""
    sites: Sequence[Site]
    entries: str
    """The tracked kernel whose entries are named beside its sites."""


def _tracked(knowledge: Knowledge, name: str) -> _Kernel:
    """Read the inventory of a tracked kernel.

    Raises:
        CouldNotRunError: when it is not tracked, or has no good inventory.
    """
    if name not in knowledge.kernels.names:
        tracked = ", ".join(knowledge.kernels.names)
        raise output.CouldNotRunError(f"no kernel {name!r} is tracked; tracked are {tracked}")
    try:
        inventory = measure.committed(knowledge, name)
    except (InventoryError, measure.NoInventoryError) as error:
        raise output.CouldNotRunError(str(error)) from error
    path = measure.inventory_path(knowledge.root, name)
    return _Kernel(name, inventory.release, path, inventory.sites, name)


def _scanned(knowledge: Knowledge, path: Path) -> _Kernel:
    """Scan a tree for the APIs as the nearest older tracked kernel has them.

    Raises:
        CouldNotRunError: when it is no tree, or nothing is known to look for.
    """
    if not knowledge.apis:
        raise output.CouldNotRunError("no API entry could be read; `lostipi lint` says why")
    tree = opened(path)
    nearest = scanning.nearest_older(knowledge.kernels.names, tree.release)
    if nearest is None:
        raise output.CouldNotRunError("no kernel is tracked; `lostipi lint` says why")
    with output.progress("Scanning") as advance:
        result = scanning.scan_tree(knowledge, tree, nearest, advance)
    for problem in result.problems:
        output.summary(f"{path}: {problem}")
    name = scanning.tracked_line(tree.release)
    return _Kernel(name, tree.release, tree.path, result.sites, nearest)


def _doubt(config: Config, kernel: _Kernel) -> None:
    """Refuse a configuration of another architecture; warn of what makes the answer doubtful.

    Raises:
        CouldNotRunError: when its first lines name another architecture than x86.
    """
    if config.arch not in (None, "x86", "x86_64"):
        raise output.CouldNotRunError(
            f"{config.path} must be a configuration of an x86 kernel (got one of {config.arch})"
        )
    if not config.is_on("CONFIG_X86"):
        output.summary(
            f"warning: {config.path} does not set CONFIG_X86: not the whole configuration of an "
            "x86 kernel? A defconfig must go through `make olddefconfig` first"
        )
    if config.release and scanning.tracked_line(config.release) != kernel.name:
        output.summary(
            f"warning: {config.path} is of {config.release}, but {kernel.name} is asked for: "
            "symbols may have changed their names or meaning"
        )


def _json(kernel: _Kernel, decided: Sequence[tuple[Site, Built]]) -> None:
    record = {
        "kernel": {
            "name": kernel.name,
            "release": kernel.release,
            "path": str(kernel.path),
        },
        "sites": [
            site.to_json() | {"built": answer.is_built, "why": answer.why}
            for site, answer in decided
        ],
    }
    output.report(json.dumps(record, indent=1, ensure_ascii=False))


def _text(decided: Sequence[tuple[Site, Built]], entries: _Entries, everything: bool) -> None:
    for site, answer in decided:
        if everything or answer.is_built:
            word = "not built: " if not answer.is_built else ""
            output.report(
                f"{site.file}:{site.line}: {site.function or '?'}: {site.api} {site.wait} "
                f"[{entries.of(site)}]: {word}{answer.why}"
            )


class _Entries:
    """The entries that speak of one kernel's sites, by the ids that `lostipi show` takes."""

    def __init__(self, knowledge: Knowledge, kernel: str) -> None:
        self._callers: dict[tuple[str, str | None, str], list[tuple[str, str]]] = defaultdict(list)
        for identifier, caller in sorted(knowledge.callers.items()):
            for site in caller.entry.sites:
                if kernel in site.kernels:
                    place = site.file, site.function, site.api
                    self._callers[place].append((identifier, site.wait.value))
        self._apis = {
            (definition.file, name)
            for name, api in knowledge.apis.items()
            for definition in api.entry.definitions
            if kernel in definition.kernels
        }

    def of(self, site: Site) -> str:
        """Give the entry of a site, or say that there is none."""
        here = self._callers.get((site.file, site.function, site.api), ())
        names = [name for name, wait in here if wait == site.wait] or [name for name, _ in here]
        if not names and (site.file, site.function) in self._apis:
            return site.function or ""
        return ", ".join(dict.fromkeys(names)) or "no entry"
