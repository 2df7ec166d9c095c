"""Addresses that follow from a repository's page; the forms are those of the hosts' manuals."""

import pytest

from lostipi.render.repository import Repository


@pytest.mark.parametrize(
    ("address", "edit"),
    [
        ("https://github.com/a/b", "https://github.com/a/b/edit/main/data/x.yaml"),
        (
            "https://gitlab.example.org/g/a/b",
            "https://gitlab.example.org/g/a/b/-/edit/main/data/x.yaml",
        ),
        ("https://codeberg.org/a/b", "https://codeberg.org/a/b/_edit/main/data/x.yaml"),
    ],
)
def test_each_kind_of_host_has_its_own_form_of_edit_address(address: str, edit: str) -> None:
    assert Repository(address).edit("data/x.yaml") == edit


def test_a_template_keeps_its_braces() -> None:
    assert Repository("https://github.com/a/b").edit("docs/{path}").endswith("/docs/{path}")


def test_an_issue_begins_with_a_title_and_a_text_that_cannot_add_parameters() -> None:
    address = Repository("https://github.com/a/b").issue("x & y", "one\ntwo=3")
    assert address == "https://github.com/a/b/issues/new?title=x%20%26%20y&body=one%0Atwo%3D3"
    gitlab = Repository("https://gitlab.com/a/b").issue("x", "y")
    assert gitlab.endswith("/-/issues/new?issue%5Btitle%5D=x&issue%5Bdescription%5D=y")


@pytest.mark.parametrize("address", ["", "github.com/a/b", "http://github.com/a/b", "https://h"])
def test_what_is_no_page_of_a_repository_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="must be a page such as"):
        Repository(address)
