"""The docstrings under fields: as pydantic would read them, but only when somebody asks."""

from __future__ import annotations

from enum import StrEnum
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from lostipi.model.caller import Assessment
from lostipi.model.docstrings import docstrings
from lostipi.publish.shape import FILES, CallerFile
from lostipi.schema import text_of

T = TypeVar("T")


class Read(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    plain: int
    """One line."""
    valued: str = Field(default="x", alias="other")
    """More than one line,
    the second indented.

    And a paragraph.
    """
    silent: int = 0

    def method(self) -> None:
        """Not under a field."""


class Below(Read, Generic[T]):
    plain: int
    """Said anew."""
    own: T
    """Its own."""


class Letter(StrEnum):
    A = "a"
    """The first."""
    B = "b"


def test_they_are_what_pydantic_reads() -> None:
    for model in (Read, Below, Below[int]):
        read = {n: f.description for n, f in model.model_fields.items() if f.description}
        assert docstrings(model) == read
        assert "Not under a field." not in read.values()
    assert docstrings(Below)["plain"] == "Said anew."
    assert len(docstrings(Below)) == 3


def test_a_member_without_one_is_missing() -> None:
    assert docstrings(Letter) == {"A": "The first."}


def test_importing_the_models_reads_none() -> None:
    assert Assessment.model_fields["reach"].description is None
    assert docstrings(Assessment)["reach"] == "Whether the code can run in a CoCo guest."


def test_schemas_tell_every_field_that_has_one() -> None:
    told = text_of(CallerFile, "urn:x")
    for model in (CallerFile, Assessment):
        assert len(docstrings(model)) >= 8
    for text in docstrings(Assessment).values():
        assert f'"description": "{" ".join(text.split())[:20]}' in told.replace("\\n", " ")
    assert set(FILES) >= {"caller", "all"}
