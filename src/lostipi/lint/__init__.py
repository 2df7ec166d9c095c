"""Rules across entries: what no shape of a single file can hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from lostipi.lint import (
    assessments,
    citations,
    evidence,
    names,
    prose,
    reading,
    references,
    seeds,
    sites,
    tables,
    waivers,
    words,
)
from lostipi.lint.rule import Rule, rule
from lostipi.load import CODES
from lostipi.load.knowledge import Knowledge
from lostipi.problem import Problem
from lostipi.waivers import CODES as WAIVER_CODES

if TYPE_CHECKING:
    from lostipi.kernel.tree import Tree

__all__ = ["RULES", "WAIVABLE", "Rule", "lint"]


def _worded(codes: Mapping[str, tuple[str, str, str]]) -> Iterator[Rule]:
    """Rules that others hold, given as sentence, reason and right form."""
    for code, (title, why, right) in codes.items():
        yield Rule(code, title[0].upper() + title[1:], why, right, None)


_SOURCE = rule("citation-source", citations.citation_resolves_at_the_source)

_ENTRIES: tuple[Rule, ...] = (
    rule("caller-file-name", names.caller_file_is_named_after_a_function_of_its_sites),
    rule("api-file-name", names.api_file_is_named_as_its_definitions_declare),
    rule("entry-id", names.id_is_lower_case_words_joined_by_hyphens),
    rule("site-label-twice", names.label_names_one_site),
    rule("kernel-unknown", names.kernels_are_tracked),
    rule("kernel-order", names.kernels_stand_once_and_oldest_first),
    rule("item-twice", names.item_stands_once_in_its_list),
    rule("nothing-beside-something", names.nothing_stands_alone),
    rule("precondition-unknown", references.precondition_exists),
    rule("detector-unknown", references.detector_exists),
    rule("api-unknown", references.api_exists),
    rule("precondition-unused", references.precondition_is_used),
    rule("detector-absent", references.detector_exists_in_a_kernel_judged),
    rule("site-overlapping", sites.site_stands_in_one_record),
    rule("site-wait", sites.wait_agrees_with_the_api),
    rule("site-api-kernel", sites.api_exists_in_the_kernels_of_the_site),
    rule("api-definitions", sites.definitions_of_one_kernel_do_not_contradict),
    rule("api-missing-text", sites.missing_ipi_is_described_as_the_api_waits),
    rule("assessment-kernels", assessments.kernels_of_assessments_are_those_of_the_sites),
    rule("assessment-platforms", assessments.platforms_belong_to_the_kernels),
    rule("assessment-sites", assessments.sites_of_assessments_exist),
    rule("assessment-coverage", assessments.everything_is_judged_once),
    rule("verdict", assessments.verdict_follows_from_the_facts),
    rule("evidence-missing", assessments.judgement_has_evidence),
    rule("evidence-caller", evidence.evidence_cites_the_caller),
    rule("evidence-func", evidence.evidence_cites_the_func),
    rule("precondition-host", assessments.precondition_is_held_by_more_than_the_host),
    rule("blocked-without-stall", assessments.blocked_sender_is_a_stall),
    rule("waiting-not-blocked", assessments.waiting_call_blocks_its_sender),
    rule("objective", assessments.objective_fits_the_harm),
    rule("concern-without-fix", assessments.concern_has_a_fix),
    rule("unknown-without-path", assessments.unknown_says_what_it_would_take),
    rule("analysis", prose.analysis_says_why),
    rule("consequence-sentence", prose.consequence_is_one_sentence),
    rule("text-twice", prose.no_text_stands_in_two_entries),
    rule("analysis-shared", prose.no_run_of_words_stands_in_two_entries),
    rule("consequence-length", prose.consequence_has_the_length_of_its_place),
    rule("prose-function", prose.function_in_prose_is_a_c_name),
    rule("prose-backquote", prose.backquotes_come_in_pairs),
    rule("words-missing", words.words_in_prose_are_recorded),
    rule("prose-name-unknown", words.name_in_prose_exists_in_a_kernel_of_the_entry),
    rule("precondition-coverage", tables.precondition_covers_each_kernel_and_platform_once),
    rule("detector-states", tables.detector_covers_each_kernel_once),
    rule("detector-blinded", tables.blinding_covers_each_kernel_and_platform_once),
    rule("reading-unknown", reading.reader_is_led_to_entries_that_exist),
    rule("removed-id", reading.removed_id_stays_unused),
    rule("seed-unanswered", seeds.every_claim_is_answered),
    rule("seed-answer", seeds.answer_belongs_to_its_claim),
    rule("seed-row-twice", seeds.claim_has_its_own_id),
    rule("citation-kernel", citations.citation_is_of_a_tracked_kernel),
    rule("names-missing", citations.cited_names_are_recorded),
    rule("citation-unresolved", citations.citation_resolves),
    rule("names-unused", citations.recorded_name_is_cited),
)

WAIVABLE = frozenset(one.code for one in _ENTRIES)
"""The codes of lint's rules that a waiver may name: those on what could be read."""

RULES: tuple[Rule, ...] = (
    *_worded(CODES),
    *_ENTRIES,
    _SOURCE,
    rule("waiver-rule", waivers.waiver_is_of_a_rule(WAIVABLE)),
    rule("waiver-twice", waivers.waiver_has_its_own_id),
    *_worded(WAIVER_CODES),
    Rule(
        "fmt",
        "A file is in its canonical form",
        "Changes then show what changed and nothing else, and every entry reads alike.",
        "what `lostipi fmt` writes: keys in the order of the model, lists indented by two.",
        None,
    ),
    Rule(
        "schema-file",
        "The JSON Schemas are what the models say",
        "Editors complete and check entries by them.",
        "what `lostipi schema` writes.",
        None,
    ),
)
"""All rules: the loader's, those across entries, and those that other commands hold."""


def lint(knowledge: Knowledge, trees: Sequence[Tree] = ()) -> list[Problem]:
    """Hold all entries against all rules.

    Args:
        knowledge: what was loaded; its own `problems` are not told again.
        trees: kernel trees to look citations up in; each stands for the tracked kernel of its
            release line.

    Returns:
        The problems, sorted by place.
    """
    problems = {problem for one in RULES for problem in one.problems(knowledge)}
    at_source = citations.citation_resolves_at_the_source(knowledge, trees)
    problems.update(found.problem(_SOURCE.code) for found in at_source)
    return sorted(problems)
