"""The tables of the front page, of all callers, and the charts."""

import re

import smallbook
from lostipi.render.charts import stacked_bars
from lostipi.render.front import (
    concern_table,
    coverage_lines,
    not_waiting,
    numbers,
    verdict_chart,
    verdict_counts,
    waits_per_kernel,
)
from lostipi.render.lists import apis_table
from lostipi.render.method import decision_table
from lostipi.render.seed import seed_counts, seed_table


def test_a_concern_says_where_it_is_in_force_and_what_to_set() -> None:
    row = next(
        line for line in concern_table(smallbook.view()).splitlines() if "thing_sync" in line
    )
    cells = re.findall(r"<td[^>]*>(.*?)</td>", row)
    assert "held by default" in cells[0]
    assert "in force" in cells[1]
    assert 'href="preconditions/thing-off/"' in cells[2]


def test_a_caller_that_is_no_concern_is_not_in_the_table() -> None:
    caller = smallbook.caller(
        harm={"never": "delay", "late": "none"}, objective=[], otherwise="tolerated"
    )
    view = smallbook.view(callers={"core/thing_sync": caller})
    assert "thing_sync" not in concern_table(view)


def test_an_unknown_is_in_the_table_until_somebody_knows() -> None:
    caller = smallbook.caller(
        reach="yes",
        preconditions=[],
        harm={"never": "unknown", "late": "none"},
        objective=[],
        verdict="unknown",
        otherwise=None,
        advice={"text": "Look."},
    )
    row = concern_table(smallbook.view(callers={"core/thing_sync": caller}))
    assert row.count("v-unknown") == 2
    assert "callsites/core/thing_sync/#what-to-set" in row


def test_counts_are_of_callers_by_their_worst_verdict() -> None:
    assert [(name, dict(counts)) for name, counts in verdict_counts(smallbook.view())] == [
        ("v6.1 TDX", {"else-concern": 1}),
        ("v6.1 SEV-SNP", {"else-concern": 1}),
        ("v6.12 TDX", {"else-concern": 1}),
        ("v6.12 SEV-SNP", {"else-concern": 1}),
    ]


def test_the_chart_has_the_same_numbers_beside_it() -> None:
    chart = verdict_chart(smallbook.view())
    assert chart.count("<rect") == 4
    assert "<title>v6.12 TDX: 1 excluded, else concern</title>" in chart
    assert "The same as numbers" in chart


def test_bars_share_one_scale_and_leave_out_what_is_nought() -> None:
    chart = stacked_bars(
        [("a", {"x": 4, "y": 0}), ("b", {"x": 2})], [("x", "ex"), ("y", "why")], label="l"
    )
    widths = [float(width) for width in re.findall(r'width="([\d.]+)" height="26"', chart)]
    assert len(widths) == 2
    assert abs(widths[0] - 2 * widths[1]) < 0.2
    assert "why" not in chart


def test_who_goes_on_is_grouped_by_the_verdict_when_the_code_runs() -> None:
    text = not_waiting(smallbook.view())
    assert "v-concern" in text
    assert "1: " in text


def test_sites_are_counted_by_how_they_wait() -> None:
    row = next(line for line in waits_per_kernel(smallbook.view()).splitlines() if "v6.12" in line)
    cells = re.findall(r"<td>(.*?)</td>", row)
    assert cells == ["0", "2 <small>1 without an entry</small>", "0", "0", "0"]


def test_missing_callers_are_counted_in_the_open() -> None:
    assert "1 in 1 callers" in coverage_lines(smallbook.view())
    assert numbers(smallbook.view())["missing"] == 1


def test_the_apis_table_counts_sites_per_kernel() -> None:
    row = next(
        line for line in apis_table(smallbook.view("apis")).splitlines() if "Runs func" in line
    )
    assert row.endswith("<td>1</td><td>2</td></tr>")


def test_every_claim_of_the_issue_has_a_row_to_link_to() -> None:
    table = seed_table(smallbook.view("issue-151"))
    assert re.findall(r'<tr id="([^"]*)"', table) == ["single-1", "single-rest"]
    assert "Most do." in table
    assert seed_counts(smallbook.view()) == (
        "<p>2 claims: 0 right, 1 wrong, 0 outdated, 1 imprecise.</p>"
    )


def test_a_claim_without_an_answer_is_said_to_have_none() -> None:
    view = smallbook.view(callers={})
    assert "no entry answers this row yet" in seed_table(view)
    assert "1 not answered yet" in seed_counts(view)


def test_the_decision_table_covers_every_sender_and_harm() -> None:
    text = decision_table()
    for word in ("blocked", "bounded", "goes-on", "host-says", "wrong-state", "stall", "delay"):
        assert f"<code>{word}</code>" in text
    assert text.count("v-concern") == 3
