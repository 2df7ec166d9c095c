"""Worklists: the source differences of what must be read, and nothing else."""

from lostipi.kernel.inventory import Name
from lostipi.upgrade.plan import Difference, Reason, Step
from lostipi.upgrade.worklist import Item, Source, differences, index

PLACE = ("kernel/a.c", "poke")


def source(old: list[str] | None, new: list[str] | None) -> Source:
    name = Name("kernel/a.c", "poke", "function", 3, 6, "0" * 16)
    was = {} if old is None else {PLACE: name}
    now = {} if new is None else {PLACE: name}
    return Source(Step("v6.1", "v6.12"), was, now, lambda _: old or [], lambda _: new or [])


def item(*found: Difference) -> Item:
    return Item("core/poke", "data/callsites/core/poke.yaml", (Reason("it differs", found),))


def test_a_difference_shows_the_whole_function_with_its_places():
    was = ["void poke(void)", "{", "\ta();", "}"]
    now = ["void poke(void)", "{", "\tb();", "}"]
    text = differences(item(Difference(PLACE, PLACE)), source(was, now))
    assert text.splitlines() == [
        "--- kernel/a.c:3 poke@v6.1",
        "+++ kernel/a.c:3 poke@v6.12",
        "@@ -1,4 +1,4 @@",
        " void poke(void)",
        " {",
        "-\ta();",
        "+\tb();",
        " }",
    ]


def test_what_one_kernel_does_not_have_is_shown_whole():
    text = differences(item(Difference(PLACE, PLACE)), source(["x"], None))
    assert "+++ nothing@v6.12" in text
    assert "-x" in text
    assert "--- nothing@v6.1" in differences(item(Difference(None, PLACE)), source(None, ["x"]))


def test_code_named_by_two_reasons_is_shown_once():
    text = differences(
        item(Difference(PLACE, PLACE), Difference(PLACE, PLACE)), source(["x"], ["y"])
    )
    assert text.count("--- ") == 1


def test_equal_text_is_said_to_differ_around():
    text = differences(item(Difference(PLACE, PLACE)), source(["x"], ["x"]))
    assert "(the text is the same; what is around it differs)" in text


def test_the_first_page_names_every_entry_and_the_command_for_it():
    drafts = [("data/callsites/core/prod.yaml", "perhaps what became of `core/x`")]
    text = index(Step("v6.1", "v6.12"), [item()], drafts, ["core/old"], 7)
    assert text.startswith("# From v6.1 to v6.12\n")
    assert "`lostipi upgrade v6.1 v6.12 --read ID`" in text
    assert "- [ ] `core/poke` ([difference](core/poke.diff))" in text
    assert "    - it differs" in text
    assert "perhaps what became of `core/x`" in text
    assert "- `core/old`" in text
    assert "Carried over: 7." in text
