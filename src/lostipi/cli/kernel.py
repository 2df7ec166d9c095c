"""`lostipi kernel`: list tracked kernels, or fetch the source of one."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from lostipi.cli import output
from lostipi.kernel.fetch import FetchError, NotOfferedError, Source, cache_folder, cached, fetch
from lostipi.load import load
from lostipi.model.kernels import Kernel


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="list the tracked kernels")
    output.add_format(listing)
    fetching = actions.add_parser(
        "fetch",
        help="bring the source of a tracked kernel into the cache",
        description="Bring the source of a tracked kernel into the cache and print its path alone "
        "on stdout. apt checks the package's signatures; the recorded version is taken where it is "
        "still served, else the newest, which is then said.",
    )
    fetching.add_argument("name", metavar="KERNEL", help="a tracked kernel, such as v6.12")
    fetching.add_argument(
        "--from",
        dest="from_path",
        type=Path,
        metavar="PATH",
        help="use this directory, tarball, git repository or Debian package instead",
    )
    fetching.add_argument(
        "--apt",
        type=Path,
        default=Path("/etc/apt"),
        metavar="DIR",
        help="where apt's sources name the Debian mirror to ask (default: /etc/apt); for machines "
        "of another distribution",
    )
    fetching.add_argument(
        "--newest", action="store_true", help="take the newest package, not the recorded one"
    )


def source_of(kernel: Kernel) -> Source:
    """Turn an entry of kernels.yaml into what fetching needs."""
    return Source(
        name=kernel.name,
        release=kernel.release,
        package=kernel.source.package,
        version=kernel.source.version,
        sha256=kernel.source.sha256,
        suites=kernel.source.suites,
    )


def run(arguments: argparse.Namespace) -> int:
    """List or fetch."""
    knowledge = load(arguments.data)
    kernels = knowledge.kernels.kernels
    if not kernels:
        raise output.CouldNotRunError(
            f"{arguments.data}/kernels.yaml cannot be used; `lostipi lint` says why"
        )
    if arguments.action == "list":
        return _list(kernels, arguments.format)
    kernel = next((k for k in kernels if k.name == arguments.name), None)
    if kernel is None:
        tracked = ", ".join(k.name for k in kernels)
        raise output.CouldNotRunError(
            f"no kernel {arguments.name!r} is tracked; tracked are {tracked}"
        )
    try:
        with output.stages() as progress:
            got = fetch(
                source_of(kernel),
                cache_folder(),
                progress,
                arguments.from_path,
                newest=arguments.newest,
                etc=arguments.apt,
            )
    except NotOfferedError as error:
        raise output.CouldNotRunError(
            f"{error}: `lostipi kernel fetch {kernel.name} --from PATH`"
        ) from error
    except FetchError as error:
        raise output.CouldNotRunError(str(error)) from error
    output.report(str(got.path))
    output.summary(got.note)
    return 0


def _list(kernels: tuple[Kernel, ...], form: str) -> int:
    cache = cache_folder()
    rows = []
    for kernel in kernels:
        try:
            tree = cached(source_of(kernel), cache)
        except FetchError:
            tree = None
        rows.append((kernel, tree.path if tree else None))
    if form == "json":
        records = [
            {
                "kernel": kernel.name,
                "release": kernel.release,
                "package": kernel.source.package,
                "version": kernel.source.version,
                "platforms": [platform.value for platform in kernel.platforms],
                "path": str(path) if path else None,
            }
            for kernel, path in rows
        ]
        output.report(json.dumps({"kernels": records}, indent=2))
        return 0
    for kernel, path in rows:
        platforms = ", ".join(platform.value for platform in kernel.platforms)
        output.report(
            f"{kernel.name:6} {kernel.release:10} {kernel.source.package:18} "
            f"{kernel.source.version:20} {platforms:14} {path or 'not fetched'}"
        )
    return 0
