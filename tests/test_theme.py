"""The hook about the theme: what neighbours share is made once, and only that."""

from types import SimpleNamespace

from jinja2 import Environment

from lostipi.theme import once


def test_a_part_is_made_once_for_the_pages_of_a_folder_that_no_menu_names() -> None:
    template = Environment(autoescape=True).from_string("{{ tick() }} {{ page.url }}")
    made: list[int] = []
    named = SimpleNamespace(url="apis/")
    pages = [
        SimpleNamespace(url=url)
        for url in ("apis/a/", "apis/b/", "callsites/net/a/", "callsites/mm/a/", "apis/a/")
    ]

    def show(page: SimpleNamespace | None) -> str:
        return template.render(
            page=page, nav=SimpleNamespace(pages=[named]), tick=lambda: made.append(1) or len(made)
        )

    plain = show(pages[0])
    assert plain == "1 apis/a/"
    made.clear()
    template.root_render_func = once(template.root_render_func)
    assert [show(page) for page in pages] == [
        "1 apis/a/",
        "1 apis/a/",
        "2 callsites/net/a/",
        "3 callsites/mm/a/",
        "1 apis/a/",
    ]
    assert [show(named), show(named)] == ["4 apis/", "5 apis/"], "it has its own place in the menu"
    assert show(None).startswith("6 "), "a template that is no page"
