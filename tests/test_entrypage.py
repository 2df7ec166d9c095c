"""Generated pages are converted without the converter, to what the converter would have made."""

import re

import markdown
import pytest

from lostipi.blocks import put_back, take
from lostipi.entrypage import Heading, convert, table_of_contents

PAGE = (
    "# `kick_ilb()`\n\n<p>One &lt;two&gt;</p>\n\n## What to set {#set}\n\n"
    "<ul>\n<li>a</li>\n</ul>\n\n### Evidence {#evidence1}\n\n## Set & `go` {#go}\n"
)


def test_the_html_is_that_of_the_converter() -> None:
    kept, taken = take(PAGE)
    found = convert(kept)
    assert found is not None
    wanted = markdown.markdown(
        PAGE,
        extensions=["attr_list", "md_in_html", "toc"],
        extension_configs={"toc": {"permalink": True, "toc_depth": 3}},
    )
    assert put_back(found[0], taken) == re.sub("\n+", "\n", wanted)


def test_the_headings_make_the_table_of_contents() -> None:
    found = convert(take(PAGE)[0])
    assert found is not None
    assert found[1] == [
        Heading(1, "kick_ilb", "kick_ilb()"),
        Heading(2, "set", "What to set"),
        Heading(3, "evidence1", "Evidence"),
        Heading(2, "go", "Set &amp; go"),
    ]
    (top,) = table_of_contents(found[1])
    assert [one.url for one in top.children] == ["#set", "#go"]
    assert [one.url for one in top.children[0].children] == ["#evidence1"]


def test_an_id_that_a_heading_has_already_gets_a_number() -> None:
    found = convert("# A\n\n## B {#a}\n\n## A")
    assert found is not None
    assert [heading.anchor for heading in found[1]] == ["a", "a_1", "a_2"]


@pytest.mark.parametrize("text", ["A word.", "- item", "```\nls\n```", "# A\nnext line", "#### D"])
def test_anything_else_is_left_to_the_converter(text: str) -> None:
    assert convert(f"# Title\n\n{text}") is None


def test_a_title_with_markup_from_the_data_stays_text() -> None:
    found = convert("# <script>alert(1)</script> & <b>")
    assert found is not None
    assert "<script" not in found[0]
    assert found[1][0].title == "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;"
