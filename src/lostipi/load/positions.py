"""Where a key or value stands in its file."""

from __future__ import annotations

from collections.abc import Sequence

from lostipi.load.events import Member, Node

Loc = Sequence[str | int]
"""A path into an entry: keys and list indexes, such as ``("sites", 0, "kernels")``."""


class Positions:
    """The lines and columns, from 1, of everything in one file."""

    def __init__(self, root: Node) -> None:
        self._root = root

    def value(self, loc: Loc = ()) -> tuple[int, int]:
        """The place of a value, or of the nearest thing around it that is written out."""
        place, _ = self._walk(loc)
        return place

    def key(self, loc: Loc) -> tuple[int, int]:
        """The place of a key, or of the nearest thing around it that is written out."""
        _, place = self._walk(loc)
        return place

    def has(self, loc: Loc) -> bool:
        """Whether this is written out."""
        node: Node | None = self._root
        for step in loc:
            node = node and child(node, step)
        return node is not None

    def node(self, loc: Loc) -> Node:
        """The node at a place; steps that are not in the file are passed over."""
        node = self._root
        for step in loc:
            node = child(node, step) or node
        return node

    def _walk(self, loc: Loc) -> tuple[tuple[int, int], tuple[int, int]]:
        node = self._root
        value = key = (node.line, node.column)
        for step in loc:
            member = _member(node, step)
            if member is None:
                # A step that is not in the file: a union's tag, or a key left out.
                continue
            key = (member.line, member.column)
            node = member.node
            value = (node.line, node.column)
        return value, key


def child(node: Node, step: str | int) -> Node | None:
    """The part of a node by key or index; None where there is none."""
    member = _member(node, step)
    return member.node if member else None


def _member(node: Node, step: str | int) -> Member | None:
    content = node.content
    if isinstance(content, dict):
        return content.get(step) if isinstance(step, str) else None
    if isinstance(content, list) and isinstance(step, int) and 0 <= step < len(content):
        item = content[step]
        return Member(item.line, item.column, item)
    return None
