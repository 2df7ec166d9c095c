"""Words are linked to the glossary once a page, in prose, and never inside code or links."""

from __future__ import annotations

import pytest

from lostipi.model.reading import Term
from lostipi.render.terms import Linker

TERMS = [
    Term.model_validate({"term": name, "id": place, "forms": forms, "means": means})
    for name, place, forms, means in (
        ("csd", "csd", ["csd", "csds"], 'What "carries" `func`.'),
        ("IPI", "ipi", ["IPI", "IPIs"], "An interrupt."),
        ("missing IPI", "missing-ipi", ["missing IPI"], "One not delivered."),
        ("#VE", "ve", ["#VE"], "An exception."),
        ("site", "site", [], "One call."),
    )
]


def linked(html: str) -> str:
    return Linker(TERMS).link(html, lambda term: f"../glossary/#{term}")


def test_the_first_occurrence_is_linked_with_its_meaning() -> None:
    assert linked("<p>A csd, and a csd.</p>") == (
        '<p>A <a class="term" href="../glossary/#csd" title="What &quot;carries&quot; func.">csd'
        "</a>, and a csd.</p>"
    )


def test_another_form_of_a_linked_word_is_left_alone() -> None:
    assert linked("<p>Two csds and a csd.</p>").count("<a ") == 1


def test_the_longer_word_wins() -> None:
    html = linked("<p>A missing IPI, then IPIs.</p>")
    assert ">missing IPI</a>" in html
    assert ">IPIs</a>" in html


def test_a_capital_stands_for_a_small_first_letter_but_not_the_other_way_round() -> None:
    assert ">Missing IPI</a>" in linked("<p>Missing IPI.</p>")
    assert linked("<p>ipi and iPI</p>") == "<p>ipi and iPI</p>"


@pytest.mark.parametrize(
    "html",
    [
        "<p><code>csd</code></p>",
        "<pre><span>csd</span></pre>",
        '<p><a href="x">the <b>csd</b></a></p>',
        "<h2>csd</h2>",
        "<th>csd</th>",
        "<svg><text>csd</text><title>IPI</title></svg>",
        "<script>var csd = '<p>csd</p>';</script>",
        '<p title="a csd > b">no word</p>',
        "<!-- csd -->",
        "<p>csd_lock, csd-lock, call.csd, a/csd and csd/a are names</p>",
        "<p>site is an everyday word</p>",
    ],
)
def test_what_is_no_prose_or_no_word_of_its_own_is_left_alone(html: str) -> None:
    assert linked(html) == html


def test_prose_after_code_is_linked() -> None:
    assert linked("<p><code>x</code> csd</p>").count("<a ") == 1
    assert linked("<p>a<br>csd <br/> IPI</p>").count("<a ") == 2


def test_a_word_that_begins_with_a_sign_is_found() -> None:
    assert ">#VE</a>" in linked("<p>raises #VE.</p>")


def test_without_words_nothing_changes() -> None:
    assert Linker([]).link("<p>csd</p>", str) == "<p>csd</p>"
