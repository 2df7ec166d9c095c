"""The docstrings under the fields of a model and the members of an enum, read when they are wanted.

pydantic would read them whenever a model is imported: that was a third of what the import took.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping
from functools import cache


@cache
def docstrings(owner: type) -> Mapping[str, str]:
    """The docstring of each name that a class and those above it give a value or a type.

    Args:
        owner: a class at the top of a module. Those above it count when they are of its package.

    Returns:
        The docstrings by name, without their indentation. A name without one is missing.
    """
    package = _package(owner)
    found: dict[str, str] = {}
    for one in reversed(owner.__mro__):
        if _package(one) == package:
            found.update(_classes(one.__module__).get(one.__name__, {}))
    return found


def _package(owner: type) -> str:
    return owner.__module__.partition(".")[0]


@cache
def _classes(module: str) -> Mapping[str, Mapping[str, str]]:
    """The docstrings of the classes at the top of a module."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: dict(_texts(node)) for node in tree.body if isinstance(node, ast.ClassDef)}


def _texts(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for statement, text in zip(node.body, node.body[1:], strict=False):
        if (
            isinstance(statement, ast.Assign | ast.AnnAssign)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
            and isinstance(text.value.value, str)
        ):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    yield target.id, inspect.cleandoc(text.value.value)
