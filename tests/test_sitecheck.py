"""The checker of the built HTML."""

from pathlib import Path

import pytest

from lostipi.sitecheck import check, main

GOOD = (
    '<html><head><link rel="stylesheet" href="a.css"></head><body id="top">'
    '<a href="sub/#there">x</a> <a href="https://example.org/">y</a> <a href="#top">z</a>'
    "<code>[[ macro() ]]</code></body></html>"
)


def _site(tmp_path: Path, body: str) -> Path:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "index.html").write_text('<p id="there"></p><a href="../">up</a>')
    (tmp_path / "a.css").write_text("a { color: red }")
    (tmp_path / "index.html").write_text(body)
    return tmp_path


def test_a_sound_site_has_no_fault(tmp_path: Path) -> None:
    assert check(_site(tmp_path, GOOD)) == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('<a href="gone/">x</a>', "must lead to a page or file (got 'gone/')"),
        ('<a href="sub/#gone">x</a>', "must be an id of its page (got 'sub/#gone')"),
        ('<a href="#gone">x</a>', "must be an id of its page (got '#gone')"),
        ('<a href="/sub/">x</a>', "must be relative (got '/sub/')"),
        ('<a href="http://example.org">x</a>', "must be https (got 'http://example.org')"),
        ("<p>[[ caller_page('x') ]]</p>", "must be rendered (got \"[[ caller_page('x') ]]\")"),
        ("<p>{{ x }}</p>", "must be rendered (got '{{ x }}')"),
        ("<h2>Title {#anchor}</h2>", "must be rendered (got '{#anchor}')"),
        (
            '<script src="https://cdn.example.org/x.js"></script>',
            "<script> must not fetch from another host (got 'https://cdn.example.org/x.js')",
        ),
        (
            '<link rel="stylesheet" href="//fonts.example.org/a.css">',
            "<link> must not fetch from another host (got '//fonts.example.org/a.css')",
        ),
        ('<img src="gone.png">', "must lead to a page or file (got 'gone.png')"),
        ('<p id="a"></p><p id="a"></p>', "an id must stand once (got 'a' again)"),
    ],
)
def test_a_fault_is_named_with_its_place(tmp_path: Path, body: str, fault: str) -> None:
    (only,) = check(_site(tmp_path, f"<html>\n{body}</html>"))
    assert only.startswith("index.html:2: ")
    assert only.endswith(fault)


def test_a_style_sheet_that_fetches_from_outside_is_a_fault(tmp_path: Path) -> None:
    site = _site(tmp_path, GOOD)
    (site / "a.css").write_text("@import 'https://fonts.example.org/x';")
    assert check(site) == ["a.css:1: a style sheet must not fetch from another host"]


def test_the_command_says_how_it_ended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(_site(tmp_path, GOOD))]) == 0
    assert main([str(tmp_path / "nowhere")]) == 1
    assert "must hold a built site" in capsys.readouterr().out
    assert main([]) == 2
