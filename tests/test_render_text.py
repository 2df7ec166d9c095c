"""Text to HTML: what authors write in prose about C stays what they wrote."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lostipi.render.text import block, esc, heading, inline, plain


@pytest.mark.parametrize(
    "prose",
    [
        "__schedule() and __init__ stay",
        "foo_*_bar and x_*_y stay",
        "a * b * c stays",
        "int *a, *b; stays",
        "rq->nohz_csd stays",
    ],
)
def test_names_of_c_in_prose_are_not_emphasis(prose: str) -> None:
    assert inline(prose) == esc(prose).replace("&#x27;", "'")


def test_a_header_in_angle_brackets_is_no_tag() -> None:
    assert inline("see <linux/smp.h>") == "see &lt;linux/smp.h&gt;"
    assert block("<script>alert(1)</script>") == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"


def test_emphasis_code_and_lists_are_rendered() -> None:
    assert inline("*so* **much** `a_b`") == "<em>so</em> <strong>much</strong> <code>a_b</code>"
    assert block("- one\n- two") == "<ul>\n<li>one</li>\n<li>two</li>\n</ul>"


def test_a_blank_line_does_not_end_the_html() -> None:
    assert "\n\n" not in block("one\n\ntwo\n\n```\na\n\nb\n```")


def test_code_that_names_something_becomes_a_link() -> None:
    link = {"csd_lock()": "there/"}.get
    assert inline("`csd_lock()` `x`", link) == (
        '<a href="there/"><code>csd_lock()</code></a> <code>x</code>'
    )


def test_code_inside_a_link_stays_one_link() -> None:
    html = inline("[`a`](https://example.org) `a`", {"a": "there/"}.get)
    assert html == (
        '<a href="https://example.org"><code>a</code></a> <a href="there/"><code>a</code></a>'
    )


@pytest.mark.parametrize("target", ["http://example.org", "../up", "ftp://a.b"])
def test_a_link_that_is_not_https_is_refused(target: str) -> None:
    with pytest.raises(ValueError, match="https"):
        inline(f"[x]({target})")


def test_a_script_is_never_a_link() -> None:
    assert "<a" not in inline("[x](javascript:alert)")


def test_plain_text_keeps_words_and_loses_marks() -> None:
    assert plain("**A** `b()`\nc <d>") == "A b() c <d>"


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=40))
def test_a_heading_holds_no_sign_of_any_markup_outside_code(text: str) -> None:
    shown = re.sub(r"`[^`]*`", "", heading(text))
    assert not re.search(r"[`*_{}\[\]()<>\\|~^!]", shown)


def test_a_heading_keeps_code_and_drops_links() -> None:
    assert heading("`a_b` is [off](https://example.org)") == "`a_b` is off"
    assert heading("{: #x } <b>") == "&#123;&#58; &#35;x &#125; &#60;b&#62;"
