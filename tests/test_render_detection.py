"""The tables of the detection page."""

import re
from typing import Any

import pytest

import smallbook
from lostipi.model.base import Platform
from lostipi.model.detector import Detector, Power
from lostipi.render.detection import (
    blinding_table,
    needs_table,
    power_at,
    serving_table,
    survivors,
)


def _detector(**changes: Any) -> Detector:
    return Detector.model_validate({**smallbook.DETECTOR, **changes})


@pytest.mark.parametrize(
    ("platform", "power"), [(Platform.TDX, Power.DELAY), (Platform.SEV_SNP, Power.BLIND)]
)
def test_the_power_of_the_host_is_that_of_the_platform(platform: Platform, power: Power) -> None:
    assert power_at(_detector(), "v6.12", platform) is power


def test_a_place_of_which_nothing_is_said_is_unknown() -> None:
    some = {"platforms": ["tdx"], "kernels": ["v6.1"], "power": "blind", "how": "So."}
    assert power_at(_detector(blinded=[some]), "v6.12", Platform.TDX) is Power.UNKNOWN


def test_a_kernel_without_the_detector_has_no_power_over_it() -> None:
    states = [
        {"kernels": ["v6.1"], "exists": False, "default": "None.", "needs": "Nothing."},
        {"kernels": ["v6.12"], "default": "Off.", "needs": "A clock."},
    ]
    assert power_at(_detector(states=states), "v6.1", Platform.TDX) is None
    rows = survivors(
        smallbook.view(detectors={"csd-lock-debugging": _detector(states=states)})
    ).splitlines()
    assert "0 of 0" in next(row for row in rows if "TDX <small>v6.1<" in row)


def test_a_detector_survives_where_the_host_can_only_delay_it() -> None:
    rows = survivors(smallbook.view()).splitlines()
    tdx = next(row for row in rows if "TDX <small>v6.12" in row)
    snp = next(row for row in rows if "SEV-SNP <small>v6.12" in row)
    assert "CSD-lock debugging" in tdx and "0 of 1" in tdx
    assert "<td>none</td>" in snp and "1 of 1" in snp


def test_needs_and_blinding_say_where() -> None:
    assert "<small>v6.1, v6.12</small>" in needs_table(smallbook.view())
    table = blinding_table(smallbook.view())
    assert re.search(r"<small>TDX</small>.*p-delay.*By pausing it\.", table)
    assert re.search(r"<small>SEV-SNP</small>.*p-blind.*By the clock page\.", table)


def test_blinding_on_platforms_that_no_longer_count_is_left_out() -> None:
    old = {"platforms": ["sev-es"], "power": "blind", "how": "By its own way."}
    detector = _detector(blinded=[*smallbook.DETECTOR["blinded"], old])
    view = smallbook.view(detectors={"csd-lock-debugging": detector})
    assert "By its own way" not in blinding_table(view)


def test_detectors_are_counted_by_the_callers_that_name_them() -> None:
    view = smallbook.view(
        detectors={"csd-lock-debugging": _detector(), "unused": _detector(title="Unused")},
        callers={"core/a": smallbook.caller(), "core/b": smallbook.caller()},
    )
    rows = serving_table(view).split("<tbody>")[1].splitlines()
    assert re.search(r"#callers\">2</a>", rows[1])
    assert "Unused" in rows[2] and re.search(r"#callers\">0</a>", rows[2])
