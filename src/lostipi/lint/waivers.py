"""Rules on the waivers: each speaks of a rule that can be waived, under a name of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from lostipi.lint.rule import Check, Found
from lostipi.load.knowledge import Knowledge
from lostipi.model.waiver import GAPS


def waiver_is_of_a_rule(codes: Collection[str]) -> Check:
    """Make the check that waivers name rules that lint or coverage hold."""

    def waiver_names_a_rule_that_can_be_waived(knowledge: Knowledge) -> Iterator[Found]:
        """A waiver of a misspelt rule lets nothing pass, and a file of wrong shape cannot be read.

        Right: `rule: evidence-func`; the codes are those of `lostipi lint --explain` that speak of
        entries, and `missing`, `stale`, `changed`, `overlapping`.
        """
        if knowledge.waivers_file is None:
            return
        for number, waiver in enumerate(knowledge.waivers):
            if waiver.rule not in codes and waiver.rule not in GAPS:
                known = ", ".join(sorted(codes))
                message = f"must be one of {', '.join(GAPS)}, {known} (got {waiver.rule!r})"
                yield Found(knowledge.waivers_file, message, ("waivers", number, "rule"))

    return waiver_names_a_rule_that_can_be_waived


def waiver_has_its_own_id(knowledge: Knowledge) -> Iterator[Found]:
    """Reports name waivers by id.

    Right: `id: kick-ilb-v7-4` once in waivers.yaml.
    """
    if knowledge.waivers_file is None:
        return
    seen: set[str] = set()
    for number, waiver in enumerate(knowledge.waivers):
        if waiver.id in seen:
            message = f"a waiver has the id {waiver.id!r} already"
            yield Found(knowledge.waivers_file, message, ("waivers", number, "id"))
        seen.add(waiver.id)
