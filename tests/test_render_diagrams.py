"""The diagrams: well formed, told in words, and without colours of their own."""

import re
from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from lostipi import macros
from lostipi.render import diagrams

ALL = [diagrams.queue, diagrams.delivery, diagrams.amplification, diagrams.secure_avic]


@pytest.mark.parametrize("draw", ALL)
def test_a_diagram_is_well_formed_and_told_in_words(draw: Callable[[], str]) -> None:
    figure = ElementTree.fromstring(draw())
    svg = figure.find("svg")
    assert svg is not None
    assert svg.get("role") == "img"
    assert len(svg.get("aria-label", "").split()) > 12
    assert figure.findtext("figcaption")


@pytest.mark.parametrize("draw", ALL)
def test_colours_come_from_the_style_sheet(draw: Callable[[], str]) -> None:
    assert not re.search(r"#[0-9a-fA-F]{3}|\b(fill|stroke|style)=", draw())


@pytest.mark.parametrize("draw", ALL)
def test_nothing_is_drawn_outside_the_picture(draw: Callable[[], str]) -> None:
    svg = ElementTree.fromstring(draw()).find("svg")
    assert svg is not None
    width, height = (int(number) for number in svg.get("viewBox", "").split()[2:])
    for box in svg.iter("rect"):
        x, y, w, h = (float(box.get(name, "")) for name in ("x", "y", "width", "height"))
        assert x >= 0 and x + w <= width and y >= 0 and y + h <= height
    for text in svg.iter("text"):
        # Seven units for a letter is what the widest of our faces takes at this size.
        room = 7 * len(text.text or "")
        anchored = text.get("text-anchor")
        x = float(text.get("x", ""))
        end = {"start": x + room, "end": x}.get(str(anchored), x + room / 2)
        assert end <= width + 8 and float(text.get("y", "")) <= height, text.text


def test_diagrams_of_one_page_share_no_id() -> None:
    ids = [found for draw in ALL for found in re.findall(r'id="([^"]+)"', draw())]
    assert len(ids) == len(set(ids)) == len(ALL)


def test_every_diagram_can_be_put_on_a_page() -> None:
    assert {f"{draw.__name__}_diagram" for draw in ALL} <= macros.TEXTS.keys()
