"""`lostipi sites`: which sites a kernel configuration really builds, and why."""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

from lostipi import measure
from lostipi.cli import output
from lostipi.kernel.built import Built, built
from lostipi.kernel.config import Config, ConfigError, read_config
from lostipi.kernel.inventory import Inventory, InventoryError
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
    parser.add_argument(
        "--kernel",
        metavar="V",
        required=True,
        help="the tracked kernel whose sites are meant, such as v6.12",
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
    if arguments.kernel not in knowledge.kernels.names:
        tracked = ", ".join(knowledge.kernels.names)
        raise output.CouldNotRunError(
            f"no kernel {arguments.kernel!r} is tracked; tracked are {tracked}"
        )
    try:
        inventory = measure.committed(knowledge, arguments.kernel)
        config = read_config(arguments.config)
    except (InventoryError, measure.NoInventoryError, ConfigError) as error:
        raise output.CouldNotRunError(str(error)) from error
    except OSError as error:
        raise output.CouldNotRunError(f"{arguments.config}: {error.strerror or error}") from error
    _doubt(config, inventory)
    decided = [(site, built(site, config)) for site in inventory.sites]
    if arguments.format == "json":
        path = measure.inventory_path(knowledge.root, arguments.kernel)
        _json(inventory, path, decided)
    else:
        _text(decided, _Entries(knowledge, arguments.kernel), arguments.all)
    count = Counter(answer.linked for _, answer in decided)
    output.summary(
        f"{inventory.kernel} ({inventory.release}) with {config.path}: "
        f"{output.plural(len(decided), 'site')}, {count['built-in']} built in, "
        f"{count['module']} in modules, {count['no']} not built"
    )
    return 0


def _doubt(config: Config, inventory: Inventory) -> None:
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
    if config.release and measure.tracked_line(config.release) != inventory.kernel:
        output.summary(
            f"warning: {config.path} is of {config.release}, but {inventory.kernel} is asked for: "
            "symbols may have changed their names or meaning"
        )


def _json(inventory: Inventory, path: Path, decided: Sequence[tuple[Site, Built]]) -> None:
    record = {
        "kernel": {
            "name": inventory.kernel,
            "release": inventory.release,
            "path": str(path),
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
