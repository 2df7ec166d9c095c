"""`lint`: each rule finds its breach at its place, and leaves the near miss alone."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from lostipi.kernel.tree import open_tree
from lostipi.lint import RULES, WAIVABLE, lint
from lostipi.lint.prose import code_spans, sentences
from lostipi.lint.rule import Found, rule
from lostipi.load import load

VALID = Path(__file__).parent / "entries" / "valid" / "data"
KICK = "callsites/sched/kick_one.yaml"
PROBE = "callsites/x86/probe_new.yaml"
SINGLE = "apis/smp_call_function_single.yaml"
ASYNC = "apis/smp_call_function_single_async.yaml"
WIDGET = "preconditions/widget-off.yaml"
LOCKUP = "detectors/soft-lockup.yaml"
SEED = "seed.yaml"
WAIVERS = "waivers.yaml"
NAMES = "inventory/v6.12.names.jsonl"
SITES = "inventory/v6.12.jsonl"
WORDS = "inventory/v6.12.words.txt"


class Edit(NamedTuple):
    """One change of a sound file: the first `old` becomes `new`; with no `new`, the file moves."""

    file: str
    old: str
    new: str


class Case(NamedTuple):
    """What is changed, what is found, and in front of which text of the changed file."""

    code: str
    edits: list[Edit]
    message: str
    before: str
    file: str | None = None


def edit(file: str, old: str, new: str) -> list[Edit]:
    return [Edit(file, old, new)]


BREAKS = [
    Case(
        "caller-file-name",
        edit(KICK, "MOVE", "callsites/sched/kick_two.yaml"),
        "the file must be named after a function of its sites: kick_one.yaml (got kick_two.yaml)",
        "title:",
        "callsites/sched/kick_two.yaml",
    ),
    Case(
        "api-file-name",
        edit(ASYNC, "smp_call_function_single_async(int cpu", "smp_call_async(int cpu"),
        "the signature must declare `smp_call_function_single_async`, as the file is named "
        "(got `smp_call_async`)",
        "int smp_call_async",
    ),
    Case(
        "entry-id",
        edit(LOCKUP, "MOVE", "detectors/soft_lockup.yaml"),
        "the file must be named with lower case words joined by hyphens (got soft_lockup.yaml)",
        "title:",
        "detectors/soft_lockup.yaml",
    ),
    Case(
        "site-label-twice",
        edit(KICK, "label: sync", "label: kick"),
        "two sites are labelled 'kick'; the other is at line 4",
        "kick\n    kernels: [v6.12]\n",
    ),
    Case(
        "kernel-unknown",
        edit(WIDGET, "kernels: [v6.12]", "kernels: [v6.12, v6.13]"),
        "must be a tracked kernel, one of v5.10, v6.12 (got 'v6.13')",
        "v6.13",
    ),
    Case(
        "kernel-order",
        edit(KICK, "kernels: [v5.10, v6.12]", "kernels: [v6.12, v5.10]"),
        "must name each kernel once, oldest first: [v5.10, v6.12] (got [v6.12, v5.10])",
        "[v6.12, v5.10]",
    ),
    Case(
        "item-twice",
        edit(KICK, "trigger: [unprivileged, kernel]", "trigger: [kernel, kernel]"),
        "stands in the list already (got 'kernel' again)",
        "kernel]\n    verdict: concern",
    ),
    Case(
        "item-twice",
        edit(PROBE, "[[widget-off]]", "[[widget-off], [widget-off]]"),
        "stands in the list already (got 'widget-off' again)",
        "[widget-off]]",
    ),
    Case(
        "nothing-beside-something",
        edit(KICK, "mutes: [call-queue, own-csd]", "mutes: [call-queue, nothing]"),
        "'nothing' must stand alone (got it beside 'call-queue')",
        "[call-queue, nothing]",
    ),
    Case(
        "nothing-beside-something",
        edit(WIDGET, "by: [host]", "by: [build, cannot]"),
        "'cannot' must stand alone (got it beside 'build')",
        "[build, cannot]",
    ),
    Case(
        "precondition-unknown",
        edit(KICK, "preconditions: [widget-off]", "preconditions: [widget-of]"),
        "must be a precondition that has an entry (got 'widget-of'); did you mean 'widget-off'?",
        "widget-of]",
    ),
    Case(
        "detector-unknown",
        edit(SINGLE, "detectors: [soft-lockup]", "detectors: [hung-task]"),
        "must be a detector that has an entry (got 'hung-task')",
        "hung-task",
    ),
    Case(
        "api-unknown",
        edit(SINGLE, "forwards_to: [smp_call_function_single_async]", "forwards_to: [send]"),
        "must be an API that has an entry (got 'send')",
        "send]",
    ),
    Case(
        "api-unknown",
        edit(SEED, "apis: [smp_call_function_single]", "apis: [smp_call_function_sinlge]"),
        "must be an API that has an entry (got 'smp_call_function_sinlge'); did you mean "
        "'smp_call_function_single'?",
        "smp_call_function_sinlge",
    ),
    Case(
        "precondition-unused",
        [
            Edit(KICK, "preconditions: [widget-off]", "preconditions: []"),
            Edit(PROBE, "reach: conditional\n    preconditions: [[widget-off]]", "reach: yes"),
            Edit(PROBE, "preconditions: [widget-off]", "text: None."),
            Edit(PROBE, "verdict: excluded\n    otherwise: dos-only", "verdict: dos-only"),
        ],
        "no assessment names the precondition 'widget-off'",
        "title:",
        WIDGET,
    ),
    Case(
        "detector-absent",
        edit(LOCKUP, "  - kernels: [v6.12]\n", "  - kernels: [v6.12]\n    exists: false\n"),
        "'soft-lockup' must exist in a kernel judged here; it exists in none",
        "soft-lockup]\n    when: [boot]",
        PROBE,
    ),
    Case(
        "site-overlapping",
        edit(
            PROBE,
            "  - label: new\n",
            "  - label: again\n    kernels: [v6.12]\n    file: arch/x86/kernel/probe.c\n"
            "    function: probe_new\n    api: smp_call_function_single\n    func: probe_func\n"
            "    wait: no-wait\n  - label: new\n",
        ),
        "the same site of v6.12 stands in `x86/probe_new`, site 'again' already",
        "label: new",
    ),
    Case(
        "site-wait",
        edit(KICK, "wait: async", "wait: no-wait"),
        "must be `async`, as `smp_call_function_single_async` is defined in v5.10 (got `no-wait`)",
        "no-wait",
    ),
    Case(
        "site-wait",
        edit(PROBE, "wait: no-wait", "wait: async"),
        "must be `waits` or `no-wait` or `forwarded` or `runtime`, as `smp_call_function_single` "
        "is defined in v5.10 (got `async`)",
        "async",
    ),
    Case(
        "site-api-kernel",
        edit(ASYNC, "kernels: [v5.10, v6.12]", "kernels: [v6.12]"),
        "`smp_call_function_single_async` has no definition in v5.10, by its entry",
        "v5.10",
        KICK,
    ),
    Case(
        "api-definitions",
        edit(SINGLE, '    when: "`!CONFIG_SMP`"\n', ""),
        "needs `when`, because v6.12 has 2 definitions",
        "kernels: [v6.12]\n    file: kernel/up.c",
    ),
    Case(
        "api-definitions",
        [
            Edit(
                SINGLE,
                "info, int wait)\n    func: func\n    wait: wait\n    waits: by-argument\nmissing",
                "wait, int info)\n    func: func\n    wait: wait\n    waits: by-argument\nmissing",
            ),
        ],
        "`wait` must be the same parameter in both definitions of v6.12 with as many parameters",
        "wait\n    waits: by-argument\nmissing",
    ),
    Case(
        "api-missing-text",
        edit(ASYNC, "  not_waiting:", "  waiting: It spins.\n  not_waiting:"),
        "must be left out, because the API never waits",
        "It spins.",
    ),
    Case(
        "api-missing-text",
        edit(SINGLE, "  waiting: The sender spins.\n", ""),
        "needs `waiting`, because not every definition never waits",
        "not_waiting:",
    ),
    Case(
        "assessment-kernels",
        edit(PROBE, "    kernels: [v5.10]", "    kernels: [v6.12]"),
        "no site of this entry is in v5.10, so there is nothing to judge",
        "v5.10]\n    reach: never",
    ),
    Case(
        "assessment-kernels",
        edit(
            KICK,
            "  - kernels: [v5.10, v6.12]\n    sites: [kick]",
            "  - kernels: [v6.12]\n    sites: [kick]",
        ),
        "no assessment judges v5.10, which this site is in",
        "v5.10",
    ),
    Case(
        "assessment-platforms",
        edit(KICK, "platforms: [tdx, sev-snp]", "platforms: [tdx, sev-snp, sev-es]"),
        "v6.12 must be judged for this platform in kernels.yaml (got 'sev-es')",
        "sev-es",
    ),
    Case(
        "assessment-sites",
        edit(KICK, "sites: [sync]", "sites: [sync, kik]"),
        "must be the label of a site of this entry, one of 'kick', 'sync' (got 'kik')",
        "kik]",
    ),
    Case(
        "assessment-sites",
        edit(PROBE, "    reach: never", "    sites: [old, new]\n    reach: never"),
        "site 'new' is in none of the kernels judged here",
        "new]\n    reach: never",
    ),
    Case(
        "assessment-coverage",
        edit(KICK, "platforms: [tdx, sev-snp]", "platforms: [tdx]"),
        "no assessment judges sync in v6.12 on sev-snp",
        "  - kernels: [v5.10, v6.12]\n    sites: [kick]^",
    ),
    Case(
        "assessment-coverage",
        edit(KICK, "    sites: [sync]\n", ""),
        "judged already by the assessment at line 20: kick in v6.12 on tdx, kick in v6.12 on "
        "sev-snp",
        "kernels: [v6.12]\n    platforms:",
    ),
    Case(
        "verdict",
        edit(KICK, "verdict: concern", "verdict: dos-only"),
        "must be `concern`, by reach `yes`, sender `goes-on`, worse harm `wrong-state`, objective "
        "`integrity`, `availability`, confidence `high` (got `dos-only`)",
        "dos-only",
    ),
    Case(
        "verdict",
        edit(PROBE, "otherwise: dos-only", "otherwise: tolerated"),
        "`otherwise` must be `dos-only`, by reach `conditional`, sender `goes-on`, worse harm "
        "`stall`, objective `availability`, confidence `high` (got `tolerated`)",
        "tolerated",
    ),
    Case(
        "verdict",
        edit(PROBE, "    otherwise: dos-only\n", ""),
        "`otherwise` must be `dos-only`, by reach `conditional`, sender `goes-on`, worse harm "
        "`stall`, objective `availability`, confidence `high` (got `none`)",
        "excluded",
    ),
    Case(
        "verdict",
        edit(KICK, "verdict: fail-stop", "verdict: fail-stop\n    otherwise: concern"),
        "must be left out, by reach `yes`, sender `blocked`, worse harm `stall`, objective "
        "`availability`, confidence `medium` (got `concern`)",
        "concern\n    consequence:\n      sentence: >-\n        The sender",
    ),
    Case(
        "verdict",
        edit(KICK, "level: medium", "level: low"),
        "must be `unknown`, by reach `yes`, sender `blocked`, worse harm `stall`, objective "
        "`availability`, confidence `low` (got `fail-stop`)",
        "fail-stop",
    ),
    Case(
        "evidence-missing",
        edit(PROBE, "probe.c:probe_old@v5.10", "probe.c:probe_new@v6.12"),
        "`not-applicable` needs evidence in the source of v5.10 (got citations of v6.12)",
        "- at: arch/x86/kernel/probe.c:probe_new@v6.12\n        shows: A function",
    ),
    Case(
        "evidence-missing",
        edit(
            KICK,
            "      - at: kernel/smp.c:smp_call_function_single@v6.12\n        shows: The loop.\n"
            "        basis: source\n      - at: kernel/sched/kick.c:kick_one@v6.12\n"
            "        shows: The two calls that wait.\n        basis: source\n",
            "      - url: https://example.org\n        shows: The loop.\n        basis: document\n",
        ),
        "`fail-stop` needs evidence in the source of v6.12 (got none)",
        "- url",
    ),
    Case(
        "evidence-caller",
        edit(PROBE, "probe.c:probe_new@v6.12", "probe.c:probe_func@v6.12"),
        "must cite the caller: `probe_new`",
        "- at: arch/x86/kernel/probe.c:probe_func@v6.12",
    ),
    Case(
        "evidence-caller",
        edit(KICK, "kick.c:kick_one@v6.12", "kick.c:kick_one@v5.10"),
        "must cite the caller: `kick_one`",
        "- at: kernel/smp.c:smp_call_function_single@v6.12",
    ),
    Case(
        "evidence-func",
        edit(SITES, '"func": null', '"func": "0123456789abcdef"'),
        "must cite the func: `probe_func`",
        "- at: arch/x86/kernel/probe.c:probe_new@v6.12",
        PROBE,
    ),
    Case(
        "precondition-host",
        edit(WIDGET, "by: [build, guest-runtime]", "by: [host]"),
        "'widget-off' excludes nothing in v6.12 on tdx, v6.12 on sev-snp: by its entry, only the "
        "host or nobody can hold it there",
        "widget-off]]",
        PROBE,
    ),
    Case(
        "precondition-host",
        edit(
            WIDGET,
            "platforms: [tdx, sev-snp]\n    by: [build, guest-runtime]",
            "platforms: [tdx]\n    by: [build]\n    how: A.\n    default: fails\n"
            "    default_why: B.\n  - kernels: [v6.12]\n    platforms: [sev-snp]\n"
            "    by: [cannot]",
        ),
        "'widget-off' excludes nothing in v6.12 on sev-snp: by its entry, only the host or nobody "
        "can hold it there",
        "widget-off]]",
        PROBE,
    ),
    Case(
        "blocked-without-stall",
        edit(KICK, "never: stall\n      late: none", "never: delay\n      late: none"),
        "must be `stall` or `wrong-state`, because a blocked sender is a stall (got `delay`)",
        "delay",
    ),
    Case(
        "waiting-not-blocked",
        edit(KICK, "sender: blocked", "sender: goes-on"),
        "must be `blocked`, because site 'sync' waits until func has run; judge it apart if "
        "others differ (got `goes-on`)",
        "goes-on\n    harm:\n      never: stall\n      late: none",
    ),
    Case(
        "objective",
        edit(KICK, "objective: [integrity, availability]", "objective: [availability]"),
        "`wrong-state` needs objective integrity or confidentiality (got availability)",
        "[availability]",
    ),
    Case(
        "objective",
        edit(PROBE, "    objective: [availability]\n", ""),
        "`stall` needs objective availability (got none)",
        "never: stall",
    ),
    Case(
        "objective",
        edit(PROBE, "objective: [availability]", "objective: [availability, integrity]"),
        "integrity and confidentiality go with `wrong-state` (got harm `stall`)",
        "[availability, integrity]",
    ),
    Case(
        "objective",
        edit(PROBE, "never: stall", "never: delay"),
        "availability goes with `stall` (got harm `delay`)",
        "[availability]",
    ),
    Case(
        "objective",
        edit(
            PROBE, "never_reason: dead-code", "never_reason: dead-code\n    objective: [integrity]"
        ),
        "must be left out where there is no harm",
        "[integrity]",
    ),
    Case(
        "concern-without-fix",
        edit(KICK, "    fix: >-\n      Wait in `kick_one()`.\n", ""),
        "`concern` needs `fix`",
        "concern",
    ),
    Case(
        "unknown-without-path",
        [
            Edit(PROBE, "sender: goes-on", "sender: unknown"),
            Edit(PROBE, "otherwise: dos-only", "otherwise: unknown"),
        ],
        "`unknown` needs `to_be_sure`: what it would take to know",
        "level: high",
    ),
    Case(
        "analysis",
        edit(PROBE, " The next `probe_new()` finds\n        the csd locked and spins.", ""),
        "must have 2 to 8 sentences for `excluded` (got 1)",
        ">-\n        `probe_new()` does not",
    ),
    Case(
        "analysis",
        edit(PROBE, "has run. The", "has run. " + "So it is. " * 7 + "The"),
        "must have 2 to 8 sentences for `excluded` (got 9)",
        ">-\n        `probe_new()` does not",
    ),
    Case(
        "analysis",
        edit(
            KICK,
            "      analysis: >-\n        `kick_one()` queues the csd and goes on, e.g. to free it "
            "(see kernel/sched/kick.c).\n        `kick_func()` then reads what is not its own.\n",
            "",
        ),
        "`concern` needs `analysis`",
        "sentence: >-\n        The kick",
    ),
    Case(
        "consequence-sentence",
        edit(PROBE, "is never probed.", "is never probed. It stays so."),
        "must be one sentence (got 2)",
        ">-\n        The widget of one",
    ),
    Case(
        "text-twice",
        edit(
            PROBE,
            "        The widget of one CPU is never probed.",
            "        The kick is  lost, and a late one runs\n        `kick_func()` on memory that "
            "is free.",
        ),
        "stands word for word in `sched/kick_one` at line 38",
        ">-\n        The kick is  lost",
    ),
    Case(
        "analysis-shared",
        edit(
            PROBE,
            "        `probe_new()` does not look",
            "        `probe_new()` queues the csd and goes on, e.g. to free it.\n"
            "        It does not look",
        ),
        "shares 12 words with `sched/kick_one` at line 40: x queues the csd and goes on e g to "
        "free it",
        ">-\n        `probe_new()` queues",
    ),
    Case(
        "consequence-length",
        edit(PROBE, "is never probed.", "is never " + "ever " * 38 + "probed."),
        "must have 6 to 45 words (got 46)",
        ">-\n        The widget of one",
    ),
    Case(
        "consequence-length",
        edit(PROBE, "The widget of one CPU is never probed.", "The widget is not probed."),
        "must have 6 to 45 words (got 5)",
        ">-\n        The widget is",
    ),
    Case(
        "consequence-length",
        edit(PROBE, "finds\n        the csd locked and spins.", "spins."),
        "must have 15 to 260 words for `excluded` (got 12)",
        ">-\n        `probe_new()` does not",
    ),
    Case(
        "consequence-length",
        edit(PROBE, "the csd locked", "the csd " + "still " * 244 + "locked"),
        "must have 15 to 260 words for `excluded` (got 261)",
        ">-\n        `probe_new()` does not",
    ),
    Case(
        "prose-function",
        edit(WIDGET, "`probe_new()`", "`probe-new()`"),
        "a function must be written as in C, such as `kick_ilb()` (got `probe-new()`)",
        ">-\n  Without",
    ),
    Case(
        "prose-backquote",
        edit(KICK, "Nothing but the next `kick_one()`.", "Nothing but the next `kick_one()."),
        "a backquote has no partner (got '`kick_one().')",
        "Nothing but",
    ),
    Case(
        "words-missing",
        edit(WORDS, "MOVE", "inventory/old.txt"),
        "must exist, because entries name what v6.12 has; `lostipi scan TREE --update v6.12 "
        "--names-only` writes it",
        "",
        WORDS,
    ),
    Case(
        "words-missing",
        edit(WORDS, "kick_func\nkick_one", "kick_one\nkick_func"),
        "must be sorted, each word once (got kick_func after kick_one); `lostipi scan TREE "
        "--update v6.12 --names-only` writes it",
        "kick_func",
    ),
    Case(
        "words-missing",
        edit(WORDS, "probe_func\n", "probe_func()\n"),
        "must be one C identifier (got 'probe_func()'); `lostipi scan TREE --update v6.12 "
        "--names-only` writes it",
        "probe_func",
    ),
    Case(
        "prose-name-unknown",
        edit(PROBE, "whether `probe_func()`", "whether `probe_fun()`"),
        "`probe_fun()` is recorded for none of v5.10, v6.12; `lostipi scan TREE --update v6.12 "
        "--names-only` records it if it is there",
        ">-\n        `probe_new()` does not",
    ),
    Case(
        "prose-name-unknown",
        [
            Edit(ASYNC, "kernels: [v5.10, v6.12]", "kernels: [v5.10]"),
            Edit(ASYNC, "summary: ", "summary: As `probe_new(cpu)` in v6.13. "),
        ],
        "`probe_new()` is recorded for none of v5.10; it is in v6.12, so name that kernel beside "
        "it",
        "As `probe_new",
    ),
    Case(
        "prose-name-unknown",
        edit(PROBE, "the csd locked", "`csd->node.u_flagz` locked"),
        "`u_flagz` of `csd->node.u_flagz` is recorded for none of v5.10, v6.12; `lostipi scan TREE "
        "--update v6.12 --names-only` records it if it is there",
        ">-\n        `probe_new()` does not",
    ),
    Case(
        "prose-name-unknown",
        edit(WIDGET, "symbol: CONFIG_WIDGET", "symbol: CONFIG_WIGDET"),
        "`CONFIG_WIGDET` is recorded for none of v5.10, v6.12; `lostipi scan TREE --update v6.12 "
        "--names-only` records it if it is there",
        "CONFIG_WIGDET",
    ),
    Case(
        "prose-name-unknown",
        edit(LOCKUP, "softlockup_panic=", "soflockup_panic="),
        "`soflockup_panic=` is recorded for none of v5.10, v6.12; `lostipi scan TREE --update "
        "v6.12 --names-only` records it if it is there",
        ">-\n  Boot with",
    ),
    Case(
        "prose-name-unknown",
        edit(LOCKUP, "`softlockup_panic=1`", "`kernel.softlockup_panik`"),
        "`softlockup_panik` of `kernel.softlockup_panik` is recorded for none of v5.10, v6.12; "
        "`lostipi scan TREE --update v6.12 --names-only` records it if it is there",
        ">-\n  Boot with",
    ),
    Case(
        "precondition-coverage",
        edit(WIDGET, "platforms: [tdx, sev-snp]", "platforms: [tdx]"),
        "`held` must name v6.12 on sev-snp, too",
        "- kernels: [v5.10]",
    ),
    Case(
        "precondition-coverage",
        edit(WIDGET, "kernels: [v5.10]", "kernels: [v5.10, v6.12]"),
        "stands in the item at line 6 already: v6.12 on tdx, v6.12 on sev-snp",
        "kernels: [v6.12]",
    ),
    Case(
        "precondition-coverage",
        edit(WIDGET, "kernels: [v5.10]", "kernels: [v5.10]\n    platforms: [sev-es, tdx]"),
        "no kernel named here is judged for 'tdx' in kernels.yaml",
        "tdx]",
    ),
    Case(
        "detector-states",
        edit(LOCKUP, "kernels: [v5.10]", "kernels: [v5.10, v6.12]"),
        "v6.12 stands in the item at line 5 already",
        "v6.12]\n    default: It",
    ),
    Case(
        "detector-states",
        edit(
            LOCKUP,
            "  - kernels: [v5.10]\n    exists: false\n    default: This kernel does not "
            "have it.\n    needs: Nothing.\n",
            "",
        ),
        "`states` must name v5.10, too",
        "- kernels: [v6.12]",
    ),
    Case(
        "detector-blinded",
        edit(LOCKUP, "    exists: false\n", ""),
        "`blinded` must name v5.10 on sev-es, too",
        "- platforms:",
    ),
    Case(
        "detector-blinded",
        edit(
            LOCKUP, "blinded:\n", "blinded:\n  - platforms: [tdx]\n    power: blind\n    how: A.\n"
        ),
        "stands in the item at line 13 already: v6.12 on tdx",
        "platforms: [tdx, sev-snp]",
    ),
    Case(
        "seed-unanswered",
        edit(
            PROBE,
            "seed:\n  - row: single-1\n    finding: outdated\n    why: It has another name "
            "and does not wait.\n",
            "",
        ),
        "`x86/probe_new` must answer row 'single-1' in `seed`, because it names `probe_old`",
        "probe_old",
        SEED,
    ),
    Case(
        "seed-unanswered",
        edit(SEED, "callers: [kick_one]", "callers: [kick_one, kick_all]"),
        "`kick_all` must have an entry (got none)",
        "kick_all",
    ),
    Case(
        "seed-answer",
        edit(PROBE, "row: single-1", "row: single-9"),
        "must be a row of seed.yaml (got 'single-9')",
        "single-9",
    ),
    Case(
        "seed-answer",
        edit(
            PROBE,
            "  - row: single-1",
            "  - row: async-1\n    finding: right\n    why: So.\n  - row: single-1",
        ),
        "row 'async-1' speaks of `kick_one`, not of this caller",
        "async-1",
    ),
    Case(
        "seed-answer",
        edit(KICK, "seed:\n", "seed:\n  - row: async-1\n    finding: right\n    why: So.\n"),
        "row 'async-1' is answered already",
        "async-1\n    finding: wrong",
    ),
    Case(
        "seed-row-twice",
        edit(SEED, "id: single-rest", "id: single-1"),
        "a row has the id 'single-1' already",
        "single-1\n    kind: group",
    ),
    Case(
        "waiver-rule",
        edit(WAIVERS, "rule: evidence-func", "rule: schema"),
        f"must be one of missing, stale, changed, overlapping, {', '.join(sorted(WAIVABLE))} "
        "(got 'schema')",
        "schema",
    ),
    Case(
        "waiver-twice",
        edit(WAIVERS, "id: kick-missing", "id: kick-evidence"),
        "a waiver has the id 'kick-evidence' already",
        "kick-evidence\n    rule: missing",
    ),
    Case(
        "reading-unknown",
        edit("first.yaml", "sched/kick_one", "sched/kick_none"),
        "must be an entry (got 'callsites/sched/kick_none')",
        "callsites/sched/kick_none",
    ),
    Case(
        "reading-unknown",
        edit("removed.yaml", "[callsites/sched/kick_one]", "[callsites/sched/kick_two]"),
        "must be an entry (got 'callsites/sched/kick_two')",
        "callsites/sched/kick_two",
    ),
    Case(
        "reading-unknown",
        edit("changes.yaml", "sched/kick_none,", "sched/kick_two,"),
        "must be an entry, or stand in removed.yaml (got 'callsites/sched/kick_two')",
        "callsites/sched/kick_two",
    ),
    Case(
        "removed-id",
        edit("removed.yaml", "entry: callsites/sched/kick_none", "entry: callsites/sched/kick_one"),
        "'callsites/sched/kick_one' exists; an entry that comes back leaves this list",
        "callsites/sched/kick_one",
    ),
    Case(
        "removed-id",
        edit(
            "removed.yaml",
            "  - entry",
            '  - entry: callsites/sched/kick_none\n    date: "2026-01-01"\n    why: So.\n  - entry',
        ),
        "'callsites/sched/kick_none' stands here already",
        "callsites/sched/kick_none\n    date: 2026-01-02",
    ),
    Case(
        "citation-kernel",
        edit(WIDGET, "WIDGET@v6.12", "WIDGET@v6.13"),
        "must cite a tracked kernel, one of v5.10, v6.12 (got v6.13)",
        "arch/x86/Kconfig",
    ),
    Case(
        "names-missing",
        edit(NAMES, "MOVE", "inventory/old.jsonl"),
        "must exist, because entries cite v6.12; `lostipi scan TREE --update v6.12` writes it",
        "",
        NAMES,
    ),
    Case(
        "names-missing",
        edit(NAMES, '"line": 3', '"line": "3"'),
        'line must be a line number (got "3"); `lostipi scan TREE --update v6.12` writes it',
        '{"file": "arch/x86/Kconfig"',
    ),
    Case(
        "citation-unresolved",
        edit(KICK, "kick_one+4@v6.12", "kick_two@v6.12"),
        "`kick_two` of kernel/sched/kick.c is not recorded for v6.12; `lostipi scan TREE "
        "--update v6.12 --names-only` records it if it is there",
        "kernel/sched/kick.c:kick_two",
    ),
    Case(
        "citation-unresolved",
        edit(KICK, "kick_one+4@v6.12", "kick_one+5@v6.12"),
        "`kick_one` ends 4 lines below its first in v6.12 (got +5)",
        "kernel/sched/kick.c:kick_one+5",
    ),
    Case(
        "citation-unresolved",
        edit(KICK, "kernel/sched/kick.c:kick_one+4", "kernel/kick.c:kick_one"),
        "`kick_one` of kernel/kick.c is not recorded for v6.12; it is in kernel/sched/kick.c",
        "kernel/kick.c",
    ),
    Case(
        "names-unused",
        [
            Edit(KICK, "kick.c:kick_one+4@v6.12", "kick.c:kick_one@v5.10"),
            Edit(KICK, "kick.c:kick_one@v6.12", "kick.c:kick_one@v5.10"),
        ],
        "nothing cites `kernel/sched/kick.c:kick_one@v6.12`; `lostipi scan TREE --update v6.12 "
        "--names-only` drops it",
        '{"file": "kernel/sched/kick.c"',
        NAMES,
    ),
]

NEAR_MISSES = [
    ("caller-file-name", edit(KICK, "MOVE", "callsites/sched/kick_one-late.yaml")),
    ("caller-file-name", edit(PROBE, "MOVE", "callsites/x86/probe_old.yaml")),
    ("api-file-name", edit(ASYNC, "signature: int smp", "signature: extern int __must_check smp")),
    ("entry-id", edit(LOCKUP, "MOVE", "detectors/soft-lockup-2.yaml")),
    ("site-label-twice", edit(KICK, "label: sync", "label: kick-2")),
    ("kernel-unknown", edit(WIDGET, "kernels: [v6.12]", "kernels: [v5.10, v6.12]")),
    ("kernel-order", edit(KICK, "kernels: [v6.12]", "kernels: [v5.10, v6.12]")),
    ("item-twice", edit(KICK, "trigger: [kernel]", "trigger: [kernel, unprivileged]")),
    ("item-twice", edit(PROBE, "[[widget-off]]", "[[widget-off], [widget-off, other]]")),
    ("nothing-beside-something", edit(KICK, "mutes: [call-queue, own-csd]", "mutes: [nothing]")),
    ("nothing-beside-something", edit(WIDGET, "by: [host]", "by: [cannot]")),
    ("precondition-unknown", edit(WIDGET, "title: No widget", "titel: No widget")),
    ("detector-unknown", edit(LOCKUP, "title: Soft", "titel: Soft")),
    ("api-unknown", edit(SINGLE, "mutes:", "replaced_by: [kvm_send]\nmutes:")),
    ("precondition-unused", edit(KICK, "preconditions: [widget-off]", "preconditions: []")),
    ("precondition-unused", edit(SINGLE, "detectors: [soft-lockup]", "detectors: []")),
    (
        "detector-absent",
        edit(KICK, "kernels: [v6.12]\n    platforms", "kernels: [v5.10, v6.12]\n    platforms"),
    ),
    ("site-overlapping", edit(PROBE, "function: probe_old\n", "function: probe_new\n")),
    ("site-wait", edit(PROBE, "wait: no-wait", "wait: runtime")),
    ("site-api-kernel", edit(ASYNC, "kernels: [v5.10, v6.12]", "kernels: [v5.10, v6.12, v7.1]")),
    (
        "api-definitions",
        edit(
            SINGLE,
            "int cpu, smp_call_func_t func, void *info, int wait)\n"
            "    func: func\n    wait: wait\n    waits: by-argument\nmissing",
            "smp_call_func_t func, void *info, int wait)\n    func: func\n"
            "    wait: wait\n    waits: by-argument\nmissing",
        ),
    ),
    (
        "api-missing-text",
        edit(
            SINGLE,
            "    wait: wait\n    waits: by-argument\n    forwards",
            "    waits: always\n    forwards",
        ),
    ),
    ("assessment-kernels", edit(PROBE, "    kernels: [v5.10]", "    kernels: [v5.10, v6.12]")),
    (
        "assessment-platforms",
        edit(KICK, "    sites: [kick]", "    platforms: [sev-es, tdx]\n    sites: [kick]"),
    ),
    ("assessment-sites", edit(PROBE, "    reach: never", "    sites: [old]\n    reach: never")),
    ("assessment-coverage", edit(KICK, "    platforms: [tdx, sev-snp]\n", "")),
    (
        "verdict",
        [
            Edit(KICK, "level: medium", "level: low"),
            Edit(KICK, "verdict: fail-stop", "verdict: unknown"),
        ],
    ),
    ("verdict", edit(KICK, "level: high", "level: low\n      to_be_sure: X.")),
    (
        "evidence-missing",
        [
            Edit(PROBE, "verdict: not-applicable", "verdict: unknown"),
            Edit(PROBE, "probe.c:probe_old@v5.10", "probe.c:probe_new@v6.12"),
        ],
    ),
    (
        "evidence-caller",
        [
            Edit(PROBE, "probe.c:probe_old@v5.10", "probe.c:probe_func@v5.10"),
            Edit(PROBE, "probe.c:probe_new@v6.12", "probe.c:probe_func@v6.12"),
            Edit(PROBE, "reach: conditional", "reach: never"),
        ],
    ),
    (
        "evidence-caller",
        [
            Edit(KICK, "function: kick_one", "function: kick_two"),
            Edit(KICK, "kick.c:kick_one+4@v6.12", "kick.c:kick_two@v6.12"),
        ],
    ),
    (
        "evidence-func",
        [
            Edit(SITES, '"func": null', '"func": "0123456789abcdef"'),
            Edit(
                PROBE,
                "    evidence:\n",
                "    evidence:\n      - at: arch/x86/kernel/probe.c:probe_func@v6.12\n"
                "        shows: The func.\n        basis: source\n",
            ),
        ],
    ),
    ("evidence-func", edit(SITES, '"func": null', '"func": null')),
    (
        "evidence-func",
        [
            Edit(SITES, '"func": null', '"func": "0123456789abcdef"'),
            Edit(SITES, "arch/x86/kernel/probe.c", "arch/x86/kernel/other.c"),
        ],
    ),
    ("evidence-func", edit(SITES, '"line": 7', '"line": "7"')),
    ("precondition-host", edit(WIDGET, "by: [build, guest-runtime]", "by: [platform, host]")),
    (
        "precondition-host",
        edit(
            PROBE,
            "kernels: [v6.12]\n    reach",
            "kernels: [v6.12]\n    platforms: [tdx]\n    reach",
        ),
    ),
    (
        "blocked-without-stall",
        edit(KICK, "never: stall\n      late: none", "never: unknown\n      late: none"),
    ),
    ("blocked-without-stall", edit(PROBE, "never: stall", "never: delay")),
    ("waiting-not-blocked", edit(KICK, "sender: blocked", "sender: unknown")),
    ("waiting-not-blocked", edit(KICK, "sender: goes-on", "sender: blocked")),
    ("objective", edit(KICK, "objective: [integrity, availability]", "objective: [integrity]")),
    ("objective", edit(PROBE, "late: none", "late: delay")),
    ("objective", edit(PROBE, "never: stall", "never: unknown")),
    ("concern-without-fix", edit(PROBE, "    advice:", "    advice:")),
    (
        "unknown-without-path",
        [
            Edit(KICK, "sender: blocked", "sender: unknown"),
            Edit(KICK, "verdict: fail-stop", "verdict: unknown"),
        ],
    ),
    ("analysis", edit(PROBE, "has run. The", "has run. " + "So it is. " * 6 + "The")),
    (
        "analysis",
        edit(PROBE, "nothing calls `probe_old()`.", "nothing calls it.\n      analysis: X."),
    ),
    ("consequence-sentence", edit(PROBE, "is never probed.", "is never probed, e.g. by `a.b`.")),
    (
        "text-twice",
        edit(
            KICK,
            "The sender spins in `smp_call_function_single()` with preemption off.",
            "The kick is lost, and a late one runs `kick_func()` on memory that is free.",
        ),
    ),
    (
        "prose-function",
        edit(
            WIDGET,
            "`probe_new()`",
            "`csd->func()`, *`(x86_ops.send_IPI())`*, `foo_*()`, [`a()`/`b()`]",
        ),
    ),
    ("prose-function", edit(SINGLE, "func, void *info, int wait)", "func, x-y() *info, int wait)")),
    (
        "analysis-shared",
        edit(
            PROBE,
            "        `probe_new()` does not look",
            "        `probe_new()` queues the csd and goes on, e.g. to free.\n"
            "        Nor does it look",
        ),
    ),
    (
        "analysis-shared",
        edit(
            KICK,
            "The sender spins in `smp_call_function_single()` with preemption off.",
            "`kick_one()` queues the csd and goes on, e.g. to free it (see kernel/sched/kick.c).",
        ),
    ),
    (
        "consequence-length",
        edit(PROBE, "is never probed.", "is never " + "ever " * 37 + "probed."),
    ),
    (
        "consequence-length",
        edit(PROBE, "The widget of one CPU is never probed.", "The widget is not probed now."),
    ),
    (
        "consequence-length",
        edit(PROBE, "finds\n        the csd locked and spins.", "finds it so then."),
    ),
    ("consequence-length", edit(PROBE, "the csd locked", "the csd " + "still " * 243 + "locked")),
    (
        "consequence-length",
        edit(
            KICK,
            "with preemption off.\n",
            "with preemption off.\n      analysis: A short one.\n",
        ),
    ),
    ("words-missing", edit("inventory/v5.10.words.txt", "probe_old\n", "probe_old\nprobe_x\n")),
    ("words-missing", edit(WORDS, "kick_func\n", "")),
    (
        "prose-name-unknown",
        [
            Edit(ASYNC, "kernels: [v5.10, v6.12]", "kernels: [v5.10]"),
            Edit(ASYNC, "summary: ", "summary: As `probe_new(cpu)` in v6.12. "),
        ],
    ),
    (
        "prose-name-unknown",
        edit(
            WIDGET,
            "`probe_new()`",
            "tdh_flush(), `file_name.config`, `NO_FEATURE`, `foo_*()`, `plain`, CONFIG_X86_*, "
            "`a-b_c`",
        ),
    ),
    ("prose-name-unknown", edit(WIDGET, "`probe_new()`", "`probe_old()`")),
    ("prose-name-unknown", edit(LOCKUP, "softlockup_panic=", "kernel.softlockup_panic=")),
    ("prose-name-unknown", edit(WORDS, "MOVE", "inventory/old.txt")),
    ("prose-backquote", edit(WIDGET, "`probe_new()`", "``a`b``")),
    ("precondition-coverage", edit(WIDGET, "    platforms: [tdx, sev-snp]\n", "")),
    ("detector-states", edit(LOCKUP, "    exists: false\n", "")),
    (
        "detector-blinded",
        edit(
            LOCKUP,
            "  - platforms: [tdx, sev-snp]\n",
            "  - platforms: [tdx, sev-snp]\n    kernels: [v6.12]\n",
        ),
    ),
    ("seed-unanswered", edit(PROBE, "title: Probes", "titel: Probes")),
    ("seed-answer", edit(PROBE, "MOVE", "callsites/x86/probe_old-renamed.yaml")),
    ("seed-row-twice", edit(SEED, "id: single-rest", "id: single-2")),
    ("waiver-rule", edit(WAIVERS, "rule: evidence-func", "rule: verdict")),
    ("waiver-twice", edit(WAIVERS, "id: kick-missing", "id: kick-evidence-2")),
    ("reading-unknown", edit("changes.yaml", "MOVE", "../changes.yaml")),
    (
        "reading-unknown",
        edit("first.yaml", "callsites/sched/kick_one", "apis/smp_call_function_single"),
    ),
    (
        "removed-id",
        edit("removed.yaml", "entry: callsites/sched/kick_none", "entry: apis/kick_one"),
    ),
    ("citation-kernel", edit(WIDGET, "WIDGET@v6.12", "WIDGET@v5.10")),
    ("names-missing", edit("inventory/v5.10.names.jsonl", "MOVE", "inventory/v5.10.jsonl.old")),
    ("citation-unresolved", edit(KICK, "kick_one+4@v6.12", "kick_one+3@v6.12")),
    ("names-unused", edit(KICK, "kick.c:kick_one+4@v6.12", "kick.c:kick_one@v6.12")),
    ("names-unused", edit(KICK, "title:", "titel:")),
]


def copy_with(tmp_path: Path, edits: list[Edit]) -> Path:
    data = tmp_path / "data"
    shutil.copytree(VALID, data)
    for file, old, new in edits:
        path = data / file
        if old == "MOVE":
            path.rename(data / new)
            continue
        text = path.read_text()
        assert old in text, f"{file} has no {old!r}"
        path.write_text(text.replace(old, new, 1))
    return data


def place(text: str, before: str) -> tuple[int, int]:
    # A `^` marks the place within the text looked for; without one it is the start.
    offset = text.index(before.replace("^", "")) + (2 if before.endswith("^") else 0)
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


@pytest.mark.parametrize("case", BREAKS, ids=lambda case: case.code)
def test_breach_of_a_rule_is_found_at_its_place(case: Case, tmp_path: Path) -> None:
    data = copy_with(tmp_path, case.edits)
    knowledge = load(data)
    assert [str(problem) for problem in knowledge.problems] == []
    found = [problem for problem in lint(knowledge) if problem.code == case.code]
    file = case.file or case.edits[-1].file
    path = data / file
    line, column = place(path.read_text(), case.before) if path.exists() else (1, 1)
    wanted = f"data/{file}:{line}:{column}: {case.message} [{case.code}]"
    assert wanted in [str(problem) for problem in found]


@pytest.mark.parametrize(
    ("code", "edits"), NEAR_MISSES, ids=[f"{code}-{n}" for n, (code, _) in enumerate(NEAR_MISSES)]
)
def test_near_miss_is_left_alone(code: str, edits: list[Edit], tmp_path: Path) -> None:
    found = lint(load(copy_with(tmp_path, edits)))
    spared = {"names-missing": {"data/inventory/v6.12.names.jsonl"}}.get(code)
    bad = [p for p in found if p.code == code and (spared is None or p.path in spared)]
    assert [str(problem) for problem in bad] == []


def test_valid_data_breaks_no_rule() -> None:
    assert [str(problem) for problem in lint(load(VALID))] == []


def test_every_rule_has_a_breach_and_a_near_miss() -> None:
    checked = {one.code for one in RULES if one.check and one.code != "citation-source"}
    assert {case.code for case in BREAKS} == checked
    assert {code for code, _ in NEAR_MISSES} == checked
    assert len(checked) >= 20


def test_codes_are_words_that_stand_once_and_every_rule_says_why() -> None:
    codes = [one.code for one in RULES]
    assert len(set(codes)) == len(codes)
    for one in RULES:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", one.code)
        assert one.title[0].isupper()
        assert one.why.endswith((".", "?"))
        assert one.right


def test_rule_without_a_reason_is_refused() -> None:
    def no_reason(_: object) -> list[Found]:
        return []

    with pytest.raises(ValueError, match="needs a docstring"):
        rule("x", no_reason)


def test_entry_that_cannot_be_read_makes_no_further_problems(tmp_path: Path) -> None:
    for file in (WIDGET, LOCKUP, SINGLE, KICK):
        data = copy_with(tmp_path / file.replace("/", "-"), [])
        (data / file).write_text("[")
        knowledge = load(data)
        assert len(knowledge.problems) == 1
        assert [str(problem) for problem in lint(knowledge)] == []


def test_without_tracked_kernels_or_seed_nothing_is_invented(tmp_path: Path) -> None:
    for file in ("kernels.yaml", "seed.yaml"):
        data = copy_with(tmp_path / file, [])
        (data / file).unlink()
        assert [str(problem) for problem in lint(load(data))] == []


def test_commands_that_run_on_every_save_import_no_site_tools() -> None:
    code = (
        "import sys, lostipi.lint, lostipi.load, lostipi.fmt;"
        "print(sorted({'rich', 'mkdocs', 'jinja2', 'markdown'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_problems_are_sorted_and_stand_once(tmp_path: Path) -> None:
    data = copy_with(tmp_path, edit(KICK, "kernels: [v5.10, v6.12]", "kernels: [v6.12, v5.10]"))
    found = lint(load(data))
    assert found == sorted(set(found))


def make_tree(folder: Path, sublevel: int = 1) -> Path:
    files = {
        "Makefile": f"VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = {sublevel}\nEXTRAVERSION =\n",
        "arch/x86/Kconfig": 'config WIDGET\n\tbool "Widget"\n\thelp\n\t  A widget.\n',
        "arch/x86/kernel/probe.c": "void probe_new(void)\n{\n}\n",
        "kernel/sched/kick.c": "int kick_one(void)\n{\n\tint a;\n\n\treturn a;\n}\n",
        "kernel/smp.c": "int smp_call_function_single(int cpu)\n{\n\treturn cpu;\n}\n"
        "int smp_call_function_single_async(int cpu)\n{\n\treturn cpu;\n}\n",
        "Kconfig": "",
        "MAINTAINERS": "",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_citations_are_found_in_the_source_of_their_kernel(tmp_path: Path) -> None:
    tree = open_tree(make_tree(tmp_path / "tree", sublevel=9))
    assert [str(problem) for problem in lint(load(VALID), [tree])] == []


def test_citation_that_is_not_in_the_source_is_found(tmp_path: Path) -> None:
    folder = make_tree(tmp_path / "tree")
    (folder / "arch/x86/kernel/probe.c").unlink()
    (folder / "kernel/sched/kick.c").write_text("int kick_one(void)\n{\n}\n")
    (folder / "arch/x86/Kconfig").write_text("config GADGET\n\tbool\n")
    messages = [p.message for p in lint(load(VALID), [open_tree(folder)])]
    assert messages == [
        "`kick_one` ends 2 lines below its first in v6.12 (got +4), by the source of 6.12.1",
        "arch/x86/kernel/probe.c does not exist in 6.12.1",
        "`WIDGET` is not defined in arch/x86/Kconfig of v6.12, by the source of 6.12.1",
    ]


def test_tree_of_no_tracked_kernel_is_a_problem(tmp_path: Path) -> None:
    folder = make_tree(tmp_path / "tree")
    (folder / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 6\nSUBLEVEL = 1\n")
    (problem,) = lint(load(VALID), [open_tree(folder)])
    assert problem.message == "must be a tree of v5.10, v6.12 (got release 6.6.1)"


@pytest.mark.parametrize(
    "prose",
    [
        "` `` " * 40_000,
        "".join("`" * n + " " for n in range(1, 500)),
        "a" * 200_000 + "()",
        "a" + "*_" * 50 + "-()",
        "a->" * 60_000 + "-()",
        ". " * 100_000,
        "e.g. " * 40_000,
        "." + ")" * 200_000,
        "a (" * 60_000,
    ],
    ids=range(9),
)
def test_hostile_prose_is_judged_in_bounded_time(prose: str, tmp_path: Path) -> None:
    data = copy_with(tmp_path, edit(PROBE, "is never probed.", "is " + prose))
    knowledge = load(data)
    assert [str(problem) for problem in knowledge.problems] == []
    begin = time.process_time()
    lint(knowledge)
    assert time.process_time() - begin < 3


@pytest.mark.parametrize("kernels", [", ".join(f"v9.{n}" for n in range(20_000))])
def test_hostile_lists_are_judged_in_bounded_time(kernels: str, tmp_path: Path) -> None:
    data = copy_with(tmp_path, edit(PROBE, "[v6.12]\n    reach", f"[v6.12, {kernels}]\n    reach"))
    knowledge = load(data)
    assert [str(problem) for problem in knowledge.problems] == []
    begin = time.process_time()
    assert len(lint(knowledge)) > 20_000
    assert time.process_time() - begin < 5


@pytest.mark.parametrize(
    ("text", "spans", "alone"),
    [
        ("`a` and ``b`c``", ["`a`", "``b`c``"], None),
        ("`a` and `b", ["`a`"], "`b"),
        ("``a` b`", ["` b`"], "``a` b`"),
        ("none", [], None),
    ],
)
def test_code_spans_are_those_of_markdown(text: str, spans: list[str], alone: str | None) -> None:
    found, first = code_spans(text)
    assert [text[start:end] for start, end in found] == spans
    assert (None if first is None else text[first:]) == alone


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("One.", 1),
        ("One. Two.", 2),
        ("One! Two? Three.", 3),
        ("No full stop", 1),
        ("In kernel/smp.c the csd is locked. Then not.", 2),
        ("See kernel/smp.c. Then go.", 2),
        ("It waits, e.g. in `a()`, i.e. Not at all.", 1),
        ("`a.b. C. D` is code. `x()` too.", 2),
        ("Since v6.12 it does. 5 CPUs do not.", 2),
        ("It is 3.5 times as long.", 1),
        ('He said "no." Then he left.', 2),
        ("- One.\n- Two.", 2),
        ("One\n\nTwo", 2),
        ("It is so (really.) And so.", 2),
        ("etc. and so on.", 1),
        ("", 0),
        ("...", 0),
    ],
)
def test_sentences_are_counted_as_a_reader_does(text: str, count: int) -> None:
    assert len(sentences(text)) == count
