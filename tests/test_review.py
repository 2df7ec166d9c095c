"""Reviews: written, read back, and refused when somebody edits them by hand."""

import json
from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from lostipi.review import Review, ReviewError, path_of, read_reviews, text_of, told

RECORD = {
    "entry": "sched/kick_ilb",
    "kernel": "v6.12",
    "release": "6.12.117",
    "date": "2026-01-31",
    "sites": [
        {
            "file": "kernel/sched/fair.c",
            "function": "kick_ilb",
            "api": "smp_call_function_single_async",
            "fingerprints": {"call": "c", "function": "f", "func": None},
        }
    ],
}


def review(**changes: object) -> Review:
    return Review.model_validate_json(json.dumps(RECORD | changes))


def write(data: Path, reviews: list[Review]) -> None:
    path = path_of(data, "sched/kick_ilb")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text_of(reviews))


def test_what_is_written_is_read_back_oldest_kernel_first(tmp_path):
    newer, older = review(kernel="v7.2"), review(kernel="v6.1")
    write(tmp_path, [newer, older])
    assert read_reviews(tmp_path) == {"sched/kick_ilb": (older, newer)}
    assert read_reviews(tmp_path)["sched/kick_ilb"][0].date == date(2026, 1, 31)


@pytest.mark.parametrize(
    "break_it, says",
    [
        (lambda text: text[:-5], "Invalid JSON"),
        (lambda text: text.replace('"api"', '"apy"'), "Field required"),
        (lambda text: text.replace("2026-01-31", "2026-02-31"), "date"),
        (lambda text: text.replace("sched/kick_ilb", "sched/other"), "must be 'sched/kick_ilb'"),
    ],
)
def test_a_review_edited_by_hand_is_refused_with_its_path(tmp_path, break_it, says):
    path = path_of(tmp_path, "sched/kick_ilb")
    write(tmp_path, [review()])
    path.write_text(break_it(path.read_text()))
    with pytest.raises(ReviewError, match="kick_ilb") as caught:
        read_reviews(tmp_path)
    assert says in str(caught.value)


def test_the_last_review_is_told_with_what_it_rests_on():
    older = review(kernel="v6.1")
    assert told([older]) == older.date.isoformat()
    newer = review(kernel="v7.2", basis="unchanged", since="v6.12")
    assert told([newer, older]) == f"{newer.date.isoformat()} (v7.2: code unchanged since v6.12)"
    newer = review(kernel="v7.2", basis="difference-read", since="v6.12")
    assert told([older, newer]).endswith("(v7.2: by the difference to v6.12)")


@pytest.mark.parametrize(
    "fields", [{"basis": "unchanged"}, {"since": "v6.1"}, {"basis": "unchanged", "since": "v6.12"}]
)
def test_a_review_by_difference_names_another_kernel(fields):
    with pytest.raises(ValidationError, match="since"):
        review(kernel="v6.12", **fields)


def test_a_review_in_full_is_written_without_a_basis():
    assert "basis" not in text_of([review()])
    assert '"basis": "unchanged"' in text_of(
        [review(kernel="v7.2", basis="unchanged", since="v6.1")]
    )
