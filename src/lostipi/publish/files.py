"""All published files with their bytes. The same data gives the same bytes, whatever the day."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import tarfile
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from lostipi import schema
from lostipi.publish import openapi
from lostipi.publish.entries import EntryFile, every, rows
from lostipi.publish.shape import (
    FILES,
    VERSION,
    AllFile,
    Download,
    IndexFile,
    InventoryFile,
    InventorySite,
    Item,
)
from lostipi.render.book import Book, Record

ARCHIVE = "lostipi-data.tar.gz"

_TITLE = "What a missing IPI does to a confidential Linux guest, caller by caller"
_LICENSE = "MIT"

_HOLDS = {
    "all.json": "every entry, the claims of issue #151, changes and words; inventories aside",
    "callsites.csv": "callers, one row for each kernel, platform and assessment",
    ARCHIVE: "all of these files but the index, in one archive",
}


def holdings(book: Book) -> dict[str, str]:
    """The files that hold many entries, and what each of them holds."""
    inventories = {
        f"inventory/{kernel}.json": f"all sites of {kernel}" for kernel in book.inventories
    }
    return _HOLDS | inventories


def files(book: Book) -> dict[str, bytes]:
    """Every published file by its path below `PUBLISHED`, in a fixed order."""
    entries = dict(every(book))
    found = {f"{address}.json": _json(entry) for address, entry in entries.items()}
    found["all.json"] = _json(_all(book, entries), indent=None)
    found["callsites.csv"] = _csv(book)
    for kernel in book.inventories:
        found[f"inventory/{kernel}.json"] = _inventory(book, kernel)
    for kind, model in FILES.items():
        found[_schema_path(kind)] = schema.text_of(model, f"urn:lostipi:v1:{kind}").encode()
    found["openapi.json"] = openapi.document(book, {kind: _schema_path(kind) for kind in FILES})
    found[ARCHIVE] = _archive(found)
    index = _json(_index(book, entries, found))
    return {"index.json": index, **found}


def _schema_path(kind: str) -> str:
    return f"schema/{kind}.schema.json"


def _json(shape: BaseModel, indent: int | None = 1) -> bytes:
    return f"{shape.model_dump_json(indent=indent, by_alias=True, exclude_none=True)}\n".encode()


def _all(book: Book, entries: Mapping[str, EntryFile]) -> AllFile:
    def of(kind: str) -> tuple[Any, ...]:
        return tuple(entry for entry in entries.values() if entry.kind == kind)

    return AllFile(
        schema_=_schema_path("all"),
        schema_version=VERSION,
        kind="all",
        kernels=book.kernels.kernels,
        apis=of("api"),
        callers=of("caller"),
        preconditions=of("precondition"),
        detectors=of("detector"),
        removed=of("removed"),
        seed=book.seed,
        first=tuple(book.first),
        changes=tuple(book.notices),
        glossary=tuple(book.terms),
    )


def _csv(book: Book) -> bytes:
    text = io.StringIO(newline="")
    writer: csv.DictWriter[str] | None = None
    for row in rows(book):
        if writer is None:
            writer = csv.DictWriter(text, list(row), lineterminator="\r\n")
            writer.writeheader()
        writer.writerow(row)
    return text.getvalue().encode()


def _inventory(book: Book, kernel: str) -> bytes:
    owners = {
        (site.file, site.function, site.api): f"callsites/{entry_id}"
        for entry_id, caller in book.callers.items()
        for site in caller.sites
        if kernel in site.kernels
    }
    defined = {
        (shape.file, name): f"apis/{name}"
        for name, api in book.apis.items()
        for shape in api.definitions
        if kernel in shape.kernels
    }

    def owner(record: Record) -> str | None:
        file, function = record["file"], record["function"]
        return owners.get((file, function, record["api"])) or defined.get((file, function))

    sites = tuple(
        InventorySite.model_validate({**record, "entry": owner(record)})
        for record in book.inventories[kernel]
    )
    return _json(
        InventoryFile(
            schema_=f"../{_schema_path('inventory')}",
            schema_version=VERSION,
            kind="inventory",
            kernel=kernel,
            release=book.kernel(kernel).release,
            sites=sites,
        )
    )


def _archive(found: Mapping[str, bytes]) -> bytes:
    """The files in one archive, without times, owners or names of the machine."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path, content in sorted(found.items()):
            member = tarfile.TarInfo(f"lostipi-data/{path}")
            member.size = len(content)
            member.mode = 0o644
            archive.addfile(member, io.BytesIO(content))
    # The level above takes twice the time for a fiftieth less.
    return gzip.compress(packed.getvalue(), compresslevel=6, mtime=0)


def _index(book: Book, entries: Mapping[str, EntryFile], found: Mapping[str, bytes]) -> IndexFile:
    return IndexFile(
        schema_=_schema_path("index"),
        schema_version=VERSION,
        kind="index",
        title=_TITLE,
        license=_LICENSE,
        kernels=book.kernels.kernels,
        counts={
            "apis": len(book.apis),
            "callers": len(book.callers),
            "preconditions": len(book.preconditions),
            "detectors": len(book.detectors),
            "removed": len(book.removed),
        },
        items=tuple(
            Item(
                kind=entry.kind,
                id=entry.id,
                address=address,
                path=f"{address}.json",
                sha256=_digest(found[f"{address}.json"]),
            )
            for address, entry in entries.items()
        ),
        downloads=tuple(
            Download(path=path, holds=text, bytes=len(found[path]), sha256=_digest(found[path]))
            for path, text in holdings(book).items()
        ),
        schemas={kind: _schema_path(kind) for kind in FILES},
    )


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
