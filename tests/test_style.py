"""The style sheet: words are legible in both colour schemes, and nothing is fetched."""

import re
from pathlib import Path

import pytest

from lostipi.model.caller import Verdict

CSS = (Path(__file__).parents[1] / "docs/assets/lostipi.css").read_text(encoding="utf-8")


def _scheme(name: str) -> dict[str, str]:
    """The custom properties that a colour scheme sets."""
    found = re.search(
        rf'^\[data-md-color-scheme="{name}"\] \{{(.*?)\n\}}', CSS, re.MULTILINE | re.DOTALL
    )
    assert found
    return dict(re.findall(r"(--[\w-]+):\s*(#[0-9a-f]{3,6})\b", found[1]))


def _luminance(colour: str) -> float:
    """The relative luminance that WCAG 2 defines."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["default", "slate"])
@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_is_legible_on_its_ground(scheme: str, verdict: Verdict) -> None:
    colours = _scheme(scheme)
    word, ground = colours[f"--{verdict.value}-fg"], colours[f"--{verdict.value}-bg"]
    assert _contrast(word, ground) >= 4.5


@pytest.mark.parametrize("scheme", ["default", "slate"])
@pytest.mark.parametrize(
    ("word", "ground"),
    [
        ("--dim", "--md-default-bg-color"),
        ("--dim", "--head"),
        ("--dim", "--stripe"),
        ("--md-typeset-a-color", "--md-default-bg-color"),
        ("--md-typeset-a-color", "--md-code-bg-color"),
        ("--on-unknown", "--unknown-line"),
        ("--bar-text", "--guest"),
        ("--bar-text", "--host"),
        ("--bar-text", "--memory"),
    ],
)
def test_quiet_words_and_links_are_legible(scheme: str, word: str, ground: str) -> None:
    colours = _scheme(scheme)
    assert _contrast(colours[word], colours[ground]) >= 4.5


def test_both_schemes_set_the_same_colours_of_verdicts() -> None:
    light, dark = _scheme("default"), _scheme("slate")
    assert {name for name in light if "-fg" in name} == {name for name in dark if "-fg" in name}


def test_every_verdict_has_a_sign_besides_its_colour() -> None:
    signs = dict(re.findall(r'\.v-([\w-]+)::before \{ content: "([^"]+)"', CSS))
    assert {verdict.value for verdict in Verdict} <= signs.keys()
    assert len({signs[verdict.value] for verdict in Verdict}) == len(Verdict)


def test_the_style_sheet_fetches_nothing() -> None:
    assert "@import" not in CSS
    assert "url(" not in CSS
