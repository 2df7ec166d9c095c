"""Drafts: what they know, what they ask, and that answers make them entries."""

import shutil
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from lostipi import lint, measure
from lostipi.draft import draft, subsystem_of
from lostipi.fmt import format_text
from lostipi.kernel.inventory import read_names
from lostipi.lineage import lineage
from lostipi.load import load
from lostipi.load.events import parse
from lostipi.model.base import OPEN
from lostipi.model.caller import Caller

ROOT = Path(__file__).parents[1]
TEN = (
    "core/softlockup_start_all",
    "drivers/hfi_thermal_notify",
    "drivers/inject_write_store",
    "fs/invalidate_bh_lrus",
    "kvm/kvm_exit",
    "mm/drain_cpu_caches",
    "net/net_rps_send_ipi",
    "rcu/rcu_gp_init",
    "sched/kick_ilb",
    "x86/install_ldt",
)
"""Ten callers of ten kinds."""


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """The real data with ten entries drafted anew, as the command does it."""
    root = tmp_path_factory.mktemp("base")
    shutil.copytree(ROOT / "data", root / "data")
    knowledge = load(root / "data")
    inventories = {n: measure.committed(knowledge, n).sites for n in knowledge.kernels.names}
    names = {n: read_names(measure.names_path(knowledge.root, n)) for n in inventories}
    texts = {}
    for identifier in TEN:
        first = knowledge.callers[identifier].entry.sites[0]
        name = identifier.partition("/")[2]
        made = draft(knowledge, lineage(inventories, first.file, first.function), names, name)
        texts[made.identifier] = made
    return root / "data", knowledge, texts


def test_a_draft_goes_where_its_entry_is(base):
    _, _, texts = base
    assert sorted(texts) == sorted(TEN)


def test_a_draft_is_in_its_canonical_form(base):
    for made in base[2].values():
        assert format_text(made.text, Caller) == made.text


def test_a_draft_is_refused_at_each_open_answer_and_at_nothing_else(base):
    data, knowledge, texts = base
    for identifier, made in texts.items():
        path = data / "callsites" / f"{identifier}.yaml"
        before = path.read_text()
        path.write_text(made.text)
        try:
            problems = [p for p in load(data).problems if p.path.endswith(f"{identifier}.yaml")]
        finally:
            path.write_text(before)
        lines = made.text.split("\n")
        assert len(problems) == made.questions
        assert all(OPEN in lines[p.line - 1] and OPEN in p.message for p in problems)
    assert not knowledge.problems


def test_a_draft_filled_with_the_entrys_answers_passes_lint(base):
    """The oracle is the entry that a human wrote: its answers, and nothing but its answers."""
    data, knowledge, texts = base
    yaml = YAML()
    kept = {}
    for identifier, made in texts.items():
        path = data / "callsites" / f"{identifier}.yaml"
        kept[path] = path.read_text()
        answers = YAML(typ="safe").load(kept[path])
        filled = yaml.load(made.text)
        real = knowledge.callers[identifier].entry
        assert {(k, s["function"], s["api"]) for s in filled["sites"] for k in s["kernels"]} == {
            (k, s.function, s.api) for s in real.sites for k in s.kernels
        }
        _fill(filled, answers)
        with path.open("w") as file:
            yaml.dump(filled, file)
        assert not parse(path.read_bytes()).faults
    try:
        now = load(data)
        found = [*now.problems, *lint.lint(now)]
    finally:
        for path, text in kept.items():
            path.write_text(text)
    # The records of cited names were made for the entries as they are; drafts cite less.
    assert [p for p in found if p.code != "names-unused"] == []


def _fill(filled, answers):
    """Put a human's answers in place of the open ones, fact by fact."""
    filled["title"] = answers["title"]
    (one,) = filled["assessments"]
    (told,) = answers["assessments"]
    for key in [*one]:
        if key not in told:
            del one[key]  # such as `sender` of code that can never run
    for key, value in told.items():
        if key != "evidence":
            one[key] = value
    for number, evidence in enumerate(one["evidence"]):
        evidence["shows"] = f"what {number} a reader finds there."
    for row, answer in zip(filled.get("seed", ()), answers.get("seed", ()), strict=True):
        assert row["row"] == answer["row"]
        row.update(answer)


def test_the_folder_is_the_one_of_the_nearest_entries(base):
    knowledge = base[1]
    assert subsystem_of(knowledge, "kernel/sched/nothing_yet.c") == "sched"
    assert subsystem_of(knowledge, "arch/x86/kvm/svm/nothing_yet.c") == "kvm"
    assert subsystem_of(knowledge, "drivers/gpu/nothing_yet.c") == "drivers"
    assert subsystem_of(knowledge, "somewhere/else.c") in {"core", "drivers", "x86"}
