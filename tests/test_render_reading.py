"""Glossary, changes, removed entries, what would cure concerns, and how sure the entries are."""

from __future__ import annotations

import pytest

import smallbook
from lostipi.model.reading import FirstEntry, Notice, RemovedEntry, Term
from lostipi.render import fixes, front, reading, sureness
from lostipi.render.book import UnknownNameError

REMOVED = RemovedEntry.model_validate(
    {
        "entry": "callsites/core/thing_gone",
        "date": "2026-01-02",
        "why": "It <never> made a call.",
        "instead": ["callsites/core/thing_sync"],
    }
)
NOTICE = Notice.model_validate(
    {
        "id": "gone",
        "date": "2026-01-02",
        "title": "A caller is gone",
        "text": "Why so.",
        "entries": ["callsites/core/thing_gone", "preconditions/thing-off"],
    }
)


def test_a_word_stands_under_the_id_that_pages_link_to() -> None:
    term = Term.model_validate({"term": "csd", "id": "csd", "means": "A `csd` <x>."})
    html = reading.glossary(smallbook.view(terms=[term]))
    assert '<dt id="csd">csd</dt>' in html
    assert "&lt;x&gt;" in html


def test_a_change_names_entries_that_exist_and_such_as_are_gone() -> None:
    view = smallbook.view("changes", notices=[NOTICE], removed={REMOVED.entry: REMOVED})
    text = reading.changes(view)
    assert "## 2026-01-02" in text
    assert "### A caller is gone {#gone}" in text
    assert 'href="../callsites/core/thing_gone/"' in text
    assert 'href="../preconditions/thing-off/"' in text


def test_a_change_of_an_unknown_entry_is_refused() -> None:
    with pytest.raises(UnknownNameError):
        reading.changes(smallbook.view(notices=[NOTICE]))


def test_a_removed_entry_says_why_and_what_to_read_instead() -> None:
    view = smallbook.view("callsites/core/thing_gone", removed={REMOVED.entry: REMOVED})
    text = reading.removed_page(view, REMOVED.entry)
    assert "`core/thing_gone`: removed" in text
    assert "It &lt;never&gt; made a call." in text
    assert 'href="../../../callsites/core/thing_sync/"' in text
    assert 'href="../../../api/v1/callsites/core/thing_gone.json"' in text
    with pytest.raises(UnknownNameError):
        reading.removed_page(view, "callsites/core/thing_sync")


def test_reviews_are_told_by_day_newest_first() -> None:
    html = reading.reviews(
        smallbook.view(reviewed={"core/thing_sync": "2026-01-02", "core/other": "2026-01-03"})
    )
    assert html.index("2026-01-03") < html.index("2026-01-02")
    assert "<code>core/other</code>" in html


def test_the_reading_list_gives_each_entry_its_reason() -> None:
    first = [
        FirstEntry.model_validate({"entry": entry, "reason": f"Because {number}."})
        for number, entry in enumerate(
            (
                "callsites/core/thing_sync",
                "apis/smp_call_function_single",
                "preconditions/thing-off",
                "detectors/csd-lock-debugging",
            )
        )
    ]
    html = front.first_list(smallbook.view(first=first))
    for number, item in enumerate(first):
        assert f'href="{item.entry}/"' in html
        assert f"Because {number}." in html
    assert "v-excluded" in html


def test_a_concern_is_listed_with_what_would_cure_it() -> None:
    html = fixes.open_fixes(smallbook.view())
    assert "thing_sync" in html
    assert "Wait." in html
    assert "Open in v6.1 (TDX, SEV-SNP); v6.12 (TDX, SEV-SNP)" in html
    assert fixes.stable_fixes(smallbook.view()) == "<p>There is none.</p>"
    assert "<strong>1</strong> callers are a concern in v6.12" in fixes.counts(smallbook.view())


def test_a_concern_that_newer_kernels_do_not_have_is_for_stable_lines() -> None:
    concern = dict(smallbook.ASSESSMENT, kernels=["v6.1"])
    mended = {
        **smallbook.ASSESSMENT,
        "kernels": ["v6.12"],
        "harm": {"never": "delay", "late": "none"},
        "objective": [],
        "otherwise": "tolerated",
    }
    caller = smallbook.Caller.model_validate({**smallbook.CALLER, "assessments": [concern, mended]})
    view = smallbook.view(callers={"core/thing_sync": caller})
    assert fixes.open_fixes(view) == "<p>There is none.</p>"
    assert "Open in v6.1 (TDX, SEV-SNP)</p>" in fixes.stable_fixes(view)


def test_confidence_is_counted_by_the_verdict_when_the_code_runs() -> None:
    html = sureness.confidence_table(smallbook.view())
    row = next(line for line in html.splitlines() if "v-concern" in line)
    assert row.endswith("<td>1</td><td></td><td></td><td>1</td></tr>")


def test_evidence_is_counted_by_what_it_rests_on() -> None:
    html = sureness.evidence_table(smallbook.view())
    assert '<th scope="row">Callers</th><td>1</td><td></td><td></td>' in html


def test_what_is_less_than_sure_says_what_it_would_take() -> None:
    assert "high confidence" in sureness.least_sure(smallbook.view())
    doubtful = smallbook.caller(confidence={"level": "medium", "to_be_sure": "Run `it`."})
    html = sureness.least_sure(smallbook.view(callers={"core/thing_sync": doubtful}))
    assert "Run <code>it</code>." in html
