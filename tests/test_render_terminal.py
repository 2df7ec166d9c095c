"""What `lostipi show` prints."""

from pathlib import Path
from typing import Any

import pytest

import smallbook
from lostipi.load import Knowledge, Loaded
from lostipi.load.events import parse
from lostipi.load.positions import Positions
from lostipi.render.book import UnknownNameError
from lostipi.render.terminal import show


def _loaded(entry: Any) -> Loaded[Any]:
    root = parse(b"a: b\n").root
    assert root is not None
    return Loaded(entry, Path("data/x.yaml"), Positions(root))


def _knowledge(**changes: Any) -> Knowledge:
    book = smallbook.book(**changes)
    return Knowledge(
        root=Path("data"),
        apis={key: _loaded(entry) for key, entry in book.apis.items()},
        callers={key: _loaded(entry) for key, entry in book.callers.items()},
        preconditions={key: _loaded(entry) for key, entry in book.preconditions.items()},
        detectors={key: _loaded(entry) for key, entry in book.detectors.items()},
        kernels_file=_loaded(book.kernels),
        waivers_file=None,
        seed_file=_loaded(book.seed),
        broken={},
        problems=(),
    )


@pytest.mark.parametrize("name", ["core/thing_sync", "thing_sync", "thing_sync()"])
def test_a_caller_is_found_by_its_id_and_its_names(name: str) -> None:
    text = show(_knowledge(), name)
    assert text.startswith("# thing_sync()\n")
    assert "excluded, else concern" in text
    assert "kernel/smp.c:csd_lock+2@v6.12" in text
    assert "Thing <off>." in text


@pytest.mark.parametrize("name", ["smp_call_function_single", "thing-off", "csd-lock-debugging"])
def test_every_kind_of_entry_is_shown(name: str) -> None:
    assert "Evidence" in show(_knowledge(), name) or "Switch it on" in show(_knowledge(), name)


def test_only_what_is_judged_for_a_kernel_and_platform_is_shown() -> None:
    first = {**smallbook.ASSESSMENT, "platforms": ["tdx"]}
    second = {**first, "platforms": ["sev-snp"], "consequence": {"sentence": "Other."}}
    from lostipi.model.caller import Caller

    caller = Caller.model_validate({**smallbook.CALLER, "assessments": [first, second]})
    knowledge = _knowledge(callers={"core/thing_sync": caller})
    assert "Other." not in show(knowledge, "thing_sync", platform="tdx")
    assert "Other." in show(knowledge, "thing_sync", platform="sev-snp")
    assert "Nothing is judged" in show(knowledge, "thing_sync", platform="sev-es")
    assert "v6.1:" not in show(knowledge, "thing_sync", kernel="v6.12")


def test_an_unknown_or_ambiguous_name_is_refused() -> None:
    knowledge = _knowledge(
        callers={"core/thing_sync": smallbook.caller(), "mm/thing_sync": smallbook.caller()}
    )
    with pytest.raises(UnknownNameError, match="core/thing_sync, mm/thing_sync"):
        show(knowledge, "thing_sync")
    with pytest.raises(UnknownNameError, match="no entry is called 'nothing'"):
        show(knowledge, "nothing")
    with pytest.raises(UnknownNameError, match=r"v6\.1, v6\.12 \(got 'v5.0'\)"):
        show(knowledge, "core/thing_sync", kernel="v5.0")
    with pytest.raises(UnknownNameError, match="tdx"):
        show(knowledge, "core/thing_sync", platform="vax")
