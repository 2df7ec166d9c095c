"""The OpenAPI document of the published files: which addresses there are and what they return."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lostipi.publish.shape import VERSION
from lostipi.render.book import Book

_ABOUT = (
    "Static files: every address is answered with GET alone, without a key, and is the same until "
    "the data changes. The index names every file with its digest."
)


def document(book: Book, schemas: Mapping[str, str]) -> bytes:
    """The document, OpenAPI 3.1.

    Args:
        book: the data, for the ids and kernels that there are.
        schemas: the JSON Schema of each kind of file, relative to the document.
    """
    subsystems = sorted({entry_id.split("/")[0] for entry_id in _published(book, "callsites")})
    content = {
        "openapi": "3.1.0",
        "info": {"title": "lostipi data", "version": VERSION, "description": _ABOUT},
        "servers": [{"url": "."}],
        "paths": {
            "/index.json": _get("index", "What there is to download.", schemas["index"]),
            "/all.json": _get("all", "Every entry in one file.", schemas["all"]),
            "/apis/{id}.json": _get(
                "api", "An API entry.", schemas["api"], schemas["removed"], id=_ids(book, "apis")
            ),
            "/callsites/{subsystem}/{name}.json": _get(
                "caller",
                "A caller entry. Its id is `subsystem/name`.",
                schemas["caller"],
                schemas["removed"],
                subsystem={"type": "string", "enum": subsystems},
                name={"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*(-[a-z0-9-]+)?$"},
            ),
            "/preconditions/{id}.json": _get(
                "precondition",
                "A precondition entry.",
                schemas["precondition"],
                schemas["removed"],
                id=_ids(book, "preconditions"),
            ),
            "/detectors/{id}.json": _get(
                "detector",
                "A detector entry.",
                schemas["detector"],
                schemas["removed"],
                id=_ids(book, "detectors"),
            ),
            "/inventory/{kernel}.json": _get(
                "inventory",
                "All sites of one kernel.",
                schemas["inventory"],
                kernel={"type": "string", "enum": list(book.inventories)},
            ),
            "/callsites.csv": _other("callsitesTable", "Callers as a table.", "text/csv"),
            "/lostipi-data.tar.gz": _other("archive", "All files.", "application/gzip"),
        },
    }
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def _published(book: Book, folder: str) -> list[str]:
    """The ids that a folder has or had."""
    addresses = {*book.pages, *book.removed}
    return sorted(a.removeprefix(f"{folder}/") for a in addresses if a.startswith(f"{folder}/"))


def _ids(book: Book, folder: str) -> dict[str, Any]:
    return {"type": "string", "enum": _published(book, folder)}


def _get(
    operation_id: str, summary: str, *schemas: str, **parameters: dict[str, Any]
) -> dict[str, Any]:
    shape: dict[str, Any] = {"$ref": schemas[0]}
    if len(schemas) > 1:
        shape = {"oneOf": [{"$ref": one} for one in schemas]}
    operation: dict[str, Any] = {
        "operationId": operation_id,
        "summary": summary,
        "responses": {
            "200": {"description": "The file.", "content": {"application/json": {"schema": shape}}},
            "404": {"description": "There is no such file, and there never was."},
        },
    }
    if parameters:
        operation["parameters"] = [
            {"name": key, "in": "path", "required": True, "schema": value}
            for key, value in parameters.items()
        ]
    return {"get": operation}


def _other(name: str, summary: str, kind: str) -> dict[str, Any]:
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "responses": {"200": {"description": "The file.", "content": {kind: {}}}},
        }
    }
