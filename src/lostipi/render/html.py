"""Pieces of HTML that every page uses: tables, badges, lists. Knows words, no entries."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from lostipi.model.caller import Finding, Verdict
from lostipi.model.meanings import meaning
from lostipi.render.text import esc, inline


def attributes(values: Mapping[str, str]) -> str:
    """HTML attributes with a leading space, in the order given."""
    return "".join(f' {name}="{esc(value)}"' for name, value in values.items())


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    label: str,
    kind: str = "",
    table_attributes: Mapping[str, str] | None = None,
    row_attributes: Sequence[Mapping[str, str]] | None = None,
    search: bool = True,
    stack: bool = False,
) -> str:
    """A table in a box that scrolls by itself, so that the page never does sideways.

    Args:
        head: the column headings, HTML.
        rows: the cells, HTML; the first cell of a row is its heading.
        label: what the table is, for readers who do not see it.
        kind: a further CSS class.
        table_attributes: further attributes of the table.
        row_attributes: further attributes, row by row.
        search: whether the text goes into the search index.
        stack: whether the cells of a row stand below each other on a phone, each after its heading:
            for cells of prose, which would be narrow and tall beside each other.
    """
    starts = [f"<td{_heading(cell)}>" if stack else "<td>" for cell in head[1:]]
    body = []
    for number, cells in enumerate(rows):
        extra = attributes(row_attributes[number]) if row_attributes else ""
        first, rest = cells[0], cells[1:]
        body.append(
            f'<tr{extra}><th scope="row">{first}</th>'
            + "".join(f"{start}{cell}</td>" for start, cell in zip(starts, rest, strict=True))
            + "</tr>"
        )
    heads = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    classes = " ".join(filter(None, ("t", kind, "stack" if stack else "")))
    hidden = "" if search else " data-search-exclude"
    return (
        f'<div class="box" role="region" tabindex="0" aria-label="{esc(label)}"{hidden}>'
        f'<table class="{classes}"{attributes(table_attributes or {})}>'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n" + "\n".join(body) + "\n</tbody></table></div>"
    )


def _heading(cell: str) -> str:
    """A column's heading, HTML, as an attribute of its cells that CSS can show."""
    words = re.sub("<[^>]*>", "", cell).replace('"', "&quot;")
    return f' data-head="{words}"'


def facts(rows: Iterable[tuple[str, str]], *, label: str) -> str:
    """A two-column table of named facts; both sides HTML."""
    body = "\n".join(
        f'<tr><th scope="row">{name}</th><td>{value}</td></tr>' for name, value in rows
    )
    return (
        f'<div class="box" role="region" tabindex="0" aria-label="{esc(label)}">'
        f'<table class="t facts"><tbody>\n{body}\n</tbody></table></div>'
    )


def badge(verdict: Verdict, otherwise: Verdict | None = None) -> str:
    """A verdict as a coloured word; `excluded` carries the verdict it would have."""
    word = verdict.value
    own = f'<span class="v v-{word}" title="{esc(meaning(verdict))}">{word}</span>'
    if otherwise is None:
        return own
    other = otherwise.value
    return (
        f'<span class="v-pair">{own}'
        f'<span class="v v-{other} v-else" title="{esc(meaning(otherwise))}">else {other}</span>'
        "</span>"
    )


def finding(value: Finding) -> str:
    """What became of a claim, as a coloured word."""
    word = value.value
    return f'<span class="f f-{word}" title="{esc(meaning(value))}">{word}</span>'


def chip(text: str, kind: str = "", title: str = "") -> str:
    """A small framed word."""
    extra = attributes({"title": title}) if title else ""
    return f'<span class="{f"chip {kind}".strip()}"{extra}>{esc(text)}</span>'


def unordered(items: Iterable[str], kind: str = "") -> str:
    """A bullet list of HTML items; nothing when there are none."""
    lines = "".join(f"<li>{item}</li>\n" for item in items)
    return f'<ul class="{kind}">\n{lines}</ul>' if lines and kind else f"<ul>\n{lines}</ul>"


def term(word: str, text: str) -> str:
    """A word and its meaning, as one table cell; the meaning is Markdown."""
    return f"<strong>{esc(word)}</strong> <small>{inline(text)}</small>"


def command_block(command: str) -> str:
    """A command to copy; the theme puts a button beside it."""
    return f'<div class="highlight"><pre><code>{esc(command)}\n</code></pre></div>'


def folded(numbers: str) -> str:
    """The numbers of a picture, folded away below it."""
    return f"<details><summary>The same as a table</summary>\n{numbers}\n</details>"


def page(*parts: str) -> str:
    """Blocks of Markdown and HTML as one page; empty parts are left out."""
    return "\n\n".join(part for part in parts if part) + "\n"
