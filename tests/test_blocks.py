"""Finished HTML goes round the Markdown converter, and comes back as it was."""

import markdown
import pytest

from lostipi.blocks import put_back, searched, take


def _convert(text: str) -> str:
    kept, taken = take(text)
    return put_back(markdown.markdown(kept, extensions=["md_in_html", "fenced_code"]), taken)


@pytest.mark.parametrize(
    "block",
    [
        '<div class="box"><table><tr><td>*a* __b__ &lt;c&gt;</td></tr></table></div>',
        "<p>one\ntwo</p>",
        '<ul class="x">\n<li>1</li>\n<li><ul><li>2</li></ul></li>\n</ul>',
        '<figure><svg viewBox="0 0 1 1"><title>t</title></svg></figure>',
    ],
)
def test_a_block_comes_back_byte_by_byte_in_its_place(block: str) -> None:
    assert take(block)[1] == [block]
    assert _convert(f"# Head\n\n{block}\n\nLast *word*.") == (
        f"<h1>Head</h1>\n{block}\n<p>Last <em>word</em>.</p>"
    )


@pytest.mark.parametrize(
    "text",
    [
        "A word.",
        "<small>inline</small>",
        '<div markdown="1">*a*</div>',
        "<div>open",
        "<div><div>once</div>",
        "<div>a</div> tail",
        "```html\n<p>a</p>\n\n<p>b</p>\n\n<p>c</p>\n```",
        "\ue0000\ue000\n\n<p>a</p>",
    ],
)
def test_what_is_no_finished_block_is_left_to_the_converter(text: str) -> None:
    assert take(text) == (text, [])


def test_a_fence_that_has_ended_hides_nothing() -> None:
    text = "```\n<p>a</p>\n```\n\n<p>b</p>"
    assert take(text)[1] == ["<p>b</p>"]


def test_html_with_backslashes_survives() -> None:
    block = r"<p>\1 \g<0> \n</p>"
    assert _convert(block) == block


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (
            "<p>smp_<wbr>call <code>kick_ilb()</code>, <a href='x'>y</a>.</p>",
            "smp_call kick_ilb(), y.",
        ),
        ("<table><tr><th>a</th><td>b<br>c</td></tr></table>", "a b c"),
        ("<p>&lt;linux/smp.h&gt; &amp; *a*</p>", "&lt;linux/smp.h&gt; &amp; *a*"),
        ('<figure aria-label="a > b"><svg><text>t</text></svg></figure>', "t"),
    ],
)
def test_the_search_gets_the_words_of_a_block(block: str, words: str) -> None:
    assert searched(block) == f"<p>{words}</p>"


def test_the_search_gets_nothing_of_what_is_kept_out_of_it() -> None:
    assert searched('<div class="box" data-search-exclude><table></table></div>') == ""
