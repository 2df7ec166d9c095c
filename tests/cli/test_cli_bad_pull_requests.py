"""Bad pull requests: what each breaks is refused, at its place, with what to do about it.

The checks are those of `scripts/test` that read data, on a small base that passes them.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from smallbase import API, CALLER, KERNELS, SEED, SMP, write
from smallbase import POKE as POKE_C

from lostipi.cli import main

TODAY = "2026-12-31"
CHECKS = (["lint", "--today", TODAY], ["fmt", "--check"], ["schema", "--check"])
CHECKS += (["coverage", "--today", TODAY],)
POKE = "callsites/core/poke.yaml"
SPARE = "callsites/core/spare.yaml"
SITES = "inventory/v6.12.jsonl"
NAMES = "inventory/v6.12.names.jsonl"

PRECONDITION = """\
title: No spare CPU
statement: "`CONFIG_SPARE` is not set."
why: The code is not built then.
held:
  - kernels: [v6.12]
    by: [build]
    how: The option.
    default: holds
    default_why: Off in Debian.
cost: The spare CPU.
checks:
  - kind: kconfig
    symbol: CONFIG_SPARE
    value: n
evidence:
  - at: kernel/poke.c:spare@v6.12
    shows: the code.
    basis: source
"""

DETECTOR = """\
title: Watchdog
sees: CPUs that hang.
misses: All others.
states:
  - kernels: [v6.12]
    default: On.
    needs: A timer.
blinded:
  - platforms: [tdx, sev-snp]
    power: delay
    how: By pausing it.
does: [report]
enable: It is on.
cost: Little.
evidence:
  - at: kernel/poke.c:spare@v6.12
    shows: the code.
    basis: source
"""

SPARE_ENTRY = """\
title: Stops the spare CPU
sites:
  - label: spare
    kernels: [v6.12]
    file: kernel/poke.c
    function: spare
    api: smp_call_function_single
    func: spared
    wait: waits
assessments:
  - kernels: [v6.12]
    reach: conditional
    preconditions: [[no-spare]]
    sender: blocked
    harm:
      never: stall
      late: none
    objective: [availability]
    adds:
      what: nothing
      why: A paused vCPU does the same.
    noticed: [watchdog]
    when: [runtime]
    trigger: [root]
    verdict: excluded
    otherwise: fail-stop
    consequence:
      sentence: The caller hangs while it holds the spare CPU.
      analysis: >-
        `spare()` waits for `spared()` on the other CPU and never returns. Whoever asks for the same
        CPU later hangs behind it.
    advice:
      preconditions: [no-spare]
      text: Build without it.
    confidence:
      level: high
    evidence:
      - at: kernel/poke.c:spare@v6.12
        shows: the call.
        basis: source
      - at: kernel/poke.c:spared@v6.12
        shows: the func does nothing.
        basis: source
"""

WAIVER = """\
waivers:
  - id: spare-later
    rule: missing
    site: kernel/poke.c:nudge:smp_call_function_single
    reason: Its entry is being written.
    until: {until}
"""

NUDGE = """\
void nudge(int cpu)
{
\tsmp_call_function_single(cpu, poked, NULL, 1);
}

"""

POKED_EVIDENCE = """\
      - at: kernel/poke.c:poked@v6.12
        shows: the func does nothing.
        basis: source
"""

C_CODE = """\

static void spared(void *info)
{
}

void spare(int cpu)
{
\tsmp_call_function_single(cpu, spared, NULL, 1);
}
"""


class Bad(NamedTuple):
    """A bad pull request: what it changes, and what its author reads."""

    name: str
    change: Callable[[Path], object]
    says: str
    """A line of a report, without the code of the rule at its end."""


def put(file: str, old: str, new: str) -> Callable[[Path], object]:
    """Change the first `old` of a file below data/."""

    def change(data: Path) -> None:
        text = (data / file).read_text()
        assert old in text, f"{file} has no {old!r}"
        (data / file).write_text(text.replace(old, new, 1))

    return change


def cut(file: str, pattern: str) -> Callable[[Path], object]:
    """Take away the lines of a file below data/ that match."""

    def change(data: Path) -> None:
        lines = (data / file).read_text().splitlines(keepends=True)
        kept = [line for line in lines if not re.search(pattern, line)]
        assert kept != lines
        (data / file).write_text("".join(kept))

    return change


def moved(file: str, to: str) -> Callable[[Path], object]:
    """Give a file another name."""

    def change(data: Path) -> None:
        (data / to).parent.mkdir(parents=True, exist_ok=True)
        (data / file).rename(data / to)

    return change


def copied(file: str, to: str) -> Callable[[Path], object]:
    """Add a copy of a file."""
    return lambda data: shutil.copyfile(data / file, data / to)


def written(file: str, text: str) -> Callable[[Path], object]:
    """Add a file."""
    return lambda data: (data / file).write_text(text)


def scanned_again(old: str, new: str) -> Callable[[Path], object]:
    """Change the kernel and record that, as the author of a new release would."""

    def change(data: Path) -> None:
        tree = data.parent / "linux"
        poke = tree / "kernel/poke.c"
        assert old in poke.read_text()
        poke.write_text(poke.read_text().replace(old, new, 1))
        assert main(["scan", "--data", str(data), str(tree), "--update", "v6.12"]) in (0, 1)

    return change


BAD = [
    Bad(
        "misspelt field",
        put(POKE, "repair:", "repiar:"),
        "data/callsites/core/poke.yaml:20:5: unknown key 'repiar'; did you mean 'repair'?",
    ),
    Bad(
        "verdict that the facts do not support",
        put(POKE, "verdict: tolerated", "verdict: fail-stop"),
        "data/callsites/core/poke.yaml:23:14: must be `tolerated`, by reach `yes`, "
        "sender `goes-on`, worse harm `delay`, confidence `high` (got `fail-stop`)",
    ),
    Bad(
        "verdict hidden behind a condition",
        put(SPARE, "otherwise: fail-stop", "otherwise: tolerated"),
        "data/callsites/core/spare.yaml:26:16: `otherwise` must be `fail-stop`, by "
        "reach `conditional`, sender `blocked`, worse harm `stall`, objective "
        "`availability`, confidence `high` (got `tolerated`)",
    ),
    Bad(
        "deleted caller",
        lambda data: (data / SPARE).unlink(),
        "v6.12: missing: kernel/poke.c:16: smp_call_function_single in spare has no "
        "entry; `lostipi new kernel/poke.c:spare` drafts one",
    ),
    Bad(
        "caller of the issue deleted",
        lambda data: (data / POKE).unlink(),
        "data/seed.yaml:7:15: `poke` must have an entry (got none)",
    ),
    Bad(
        "two entries for one site",
        copied(POKE, "callsites/core/poke-again.yaml"),
        "v6.12: overlapping: kernel/poke.c: smp_call_function_single in poke is in "
        "core/poke and core/poke-again; keep it in one",
    ),
    Bad(
        "citation of a function that is not there",
        put(POKE, "poke.c:poked@", "poke.c:pokked@"),
        "data/callsites/core/poke.yaml:34:13: `pokked` of kernel/poke.c is not "
        "recorded for v6.12; `lostipi scan TREE --update v6.12 --names-only` records "
        "it if it is there",
    ),
    Bad(
        "citation beyond the function",
        put(POKE, "poke.c:poked@", "poke.c:poked+9@"),
        "data/callsites/core/poke.yaml:34:13: `poked` ends 2 lines below its first in "
        "v6.12 (got +9)",
    ),
    Bad(
        "citation of a kernel nobody tracks",
        put(POKE, "poke.c:poked@v6.12", "poke.c:poked@v6.13"),
        "data/callsites/core/poke.yaml:34:13: must cite a tracked kernel, one of v6.12 (got v6.13)",
    ),
    Bad(
        "evidence taken away",
        put(POKE, POKED_EVIDENCE, ""),
        "data/callsites/core/poke.yaml:31:7: must cite the func: `poked`",
    ),
    Bad(
        "stale review",
        scanned_again(
            "static void poked(void *info)\n{\n", "static void poked(void *info)\n{\n\tbarrier();\n"
        ),
        "v6.12: changed: kernel/poke.c:8: smp_call_function_single in poke of "
        "core/poke: func: was # # #; now # # #; read it again, then `lostipi review "
        "core/poke`",
    ),
    Bad(
        "call that the kernel no longer has",
        scanned_again("\tsmp_call_function_single(cpu, spared, NULL, 1);\n", ""),
        "v6.12: stale: data/callsites/core/spare.yaml: the kernel has no "
        "smp_call_function_single in spare of kernel/poke.c (or one fewer); take v6.12 "
        "from the site's kernels, or say where the call is there",
    ),
    Bad(
        "new call without an entry",
        scanned_again(
            "void poke(",
            NUDGE + "void poke(",
        ),
        "v6.12: missing: kernel/poke.c:7: smp_call_function_single in nudge has no "
        "entry; `lostipi new kernel/poke.c:nudge` drafts one",
    ),
    Bad(
        "wait not as in the kernel",
        put(POKE, "wait: no-wait", "wait: waits"),
        "v6.12: changed: kernel/poke.c:7: smp_call_function_single in poke of "
        "core/poke: facts: was func poked, wait waits; now func poked, wait no-wait; "
        "the site must say so",
    ),
    Bad(
        "expired waiver",
        written("waivers.yaml", WAIVER.format(until="2026-12-30")),
        "data/waivers.yaml:6:12: `spare-later` ended, because today is 2026-12-31; "
        "mend what it let pass and remove it",
    ),
    Bad(
        "waiver of nothing",
        written("waivers.yaml", WAIVER.format(until="2027-01-31")),
        "data/waivers.yaml:2:9: nothing at "
        "kernel/poke.c:nudge:smp_call_function_single breaks the rule 'missing' any "
        "more; remove `spare-later`",
    ),
    Bad(
        "inventory edited by hand",
        put(SITES, '"function": "spare"', '"function": "spair"'),
        "v6.12: stale: data/callsites/core/spare.yaml: the kernel has no "
        "smp_call_function_single in spare of kernel/poke.c (or one fewer); take v6.12 "
        "from the site's kernels, or say where the call is there",
    ),
    Bad(
        "inventory cut off",
        lambda data: (data / SITES).write_text((data / SITES).read_text()[:-9]),
        "data/inventory/v6.12.jsonl:3: must end with a line feed (the file is cut "
        "off?); `lostipi scan TREE --update v6.12` makes it",
    ),
    Bad(
        "record of names edited by hand",
        cut(NAMES, '"spared"'),
        "data/callsites/core/spare.yaml:41:13: `spared` of kernel/poke.c is not "
        "recorded for v6.12; `lostipi scan TREE --update v6.12 --names-only` records "
        "it if it is there",
    ),
    Bad(
        "schema edited by hand",
        put("../schema/caller.schema.json", '"title"', '"titel"'),
        "schema/caller.schema.json:23:1: must be as the models say; `lostipi schema` rewrites it",
    ),
    Bad(
        "review edited by hand",
        put("reviews/core/poke.json", '"fingerprints"', '"prints"'),
        "data/reviews/core/poke.json: 0.sites.0.fingerprints: Field required; run `lostipi review`",
    ),
    Bad(
        "review of an entry that is gone",
        copied("reviews/core/poke.json", "reviews/core/gone.json"),
        "data/reviews/core/gone.json: entry must be 'core/gone' (got 'core/poke'); "
        "remove the file, and `lostipi review core/gone` writes it",
    ),
    Bad(
        "kernel renewed without its inventory",
        put("kernels.yaml", "release: 6.12.7", "release: 6.12.8"),
        "data/inventory/v6.12.jsonl:1: must be the inventory of v6.12 6.12.8 6.12.7-1, "
        "as kernels.yaml says (got v6.12 6.12.7 6.12.7-1); `lostipi scan TREE --update "
        "v6.12` makes it",
    ),
    Bad(
        "unknown precondition",
        put(SPARE, "[[no-spare]]", "[[no-spar]]"),
        "data/callsites/core/spare.yaml:13:22: must be a precondition that has an "
        "entry (got 'no-spar'); did you mean 'no-spare'?",
    ),
    Bad(
        "unknown detector",
        put(SPARE, "[watchdog]", "[watchdgo]"),
        "data/callsites/core/spare.yaml:22:15: must be a detector that has an entry "
        "(got 'watchdgo'); did you mean 'watchdog'?",
    ),
    Bad(
        "condition that only the host holds",
        put("preconditions/no-spare.yaml", "by: [build]", "by: [host]"),
        "data/callsites/core/spare.yaml:13:22: 'no-spare' excludes nothing in v6.12 on "
        "tdx, v6.12 on sev-snp: by its entry, only the host or nobody can hold it there",
    ),
    Bad(
        "answer to the issue taken away",
        cut(POKE, "^seed:|row: single|finding:|why: It is a poke"),
        "data/seed.yaml:7:15: `core/poke` must answer row 'single-1' in `seed`, "
        "because it names `poke`",
    ),
    Bad(
        "duplicate key",
        put(POKE, "title:", "title: Other\ntitle:"),
        "data/callsites/core/poke.yaml:2:1: duplicate key 'title'; it stands at line 1 already",
    ),
    Bad(
        "tab",
        put(POKE, "    reach:", "\treach:"),
        "data/callsites/core/poke.yaml:12:1: must not hold a tab; indent and separate with spaces",
    ),
    Bad(
        "kernel without its v",
        put(POKE, "kernels: [v6.12]", "kernels: [6.12]"),
        "data/callsites/core/poke.yaml:4:15: must be a kernel with its `v`, such as `v6.12` "
        "(got '6.12')",
    ),
    Bad(
        "untidy layout",
        put(POKE, "kernels: [v6.12]", "kernels: [ v6.12 ]"),
        "data/callsites/core/poke.yaml:4:1: must be '    kernels: [v6.12]' here (got ' "
        "   kernels: [ v6.12 ]'); `lostipi fmt` rewrites the file",
    ),
    Bad(
        "file of another name",
        moved(SPARE, "callsites/core/spares.yaml"),
        "data/callsites/core/spares.yaml:1:1: the file must be named after a function "
        "of its sites: spare.yaml (got spares.yaml)",
    ),
    Bad(
        "folder of its own",
        moved(SPARE, "callsites/spare/spare.yaml"),
        "data/callsites/spare:1:1: the folder must be one of block, core, cpu, "
        "drivers, fs, kvm, mm, net, perf, rcu, sched, time, torture, x86, xen (got "
        "'spare')",
    ),
    Bad(
        "function in prose that no kernel has",
        put(SPARE, "`spared()` on", "`spair_all()` on"),
        "data/callsites/core/spare.yaml:29:17: `spair_all()` is recorded for none of "
        "v6.12; `lostipi scan TREE --update v6.12 --names-only` records it if it is "
        "there",
    ),
    Bad(
        "excluded without analysis",
        cut(SPARE, "analysis|waits for|CPU later"),
        "data/callsites/core/spare.yaml:28:7: `excluded` needs `analysis`",
    ),
]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base that passes all checks: two callers, a precondition, a detector, reviews, schemas."""
    base = tmp_path_factory.mktemp("sound") / "base"
    data, tree = base / "data", base / "linux"
    write(
        tree,
        {
            "Makefile": "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 7\nEXTRAVERSION =\n",
            "Kbuild": "obj-y += kernel/\n",
            "Kconfig": 'config SPARE\n\tbool "Spare CPU"\n',
            "kernel/Makefile": "obj-y += smp.o poke.o\n",
            "kernel/smp.c": SMP,
            "kernel/poke.c": POKE_C + C_CODE,
        },
    )
    write(
        data,
        {
            "kernels.yaml": KERNELS.format(sha="ab" * 32),
            "seed.yaml": SEED,
            "apis/smp_call_function_single.yaml": API,
            POKE: CALLER.replace("    when:", "    repair: The next poke.\n    when:"),
            SPARE: SPARE_ENTRY,
            "preconditions/no-spare.yaml": PRECONDITION,
            "detectors/watchdog.yaml": DETECTOR,
        },
    )
    given = ["--data", str(data)]
    for words in (
        ["fmt"],
        ["scan", str(tree), "--update", "v6.12"],
        ["schema"],
        ["review", "core/poke", "core/spare", "--date", "2026-11-30"],
        *CHECKS,
    ):
        assert main([words[0], *given, *words[1:]]) == 0, words
    return base


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name.replace(" ", "-"))
def test_a_bad_pull_request_is_refused_with_what_to_do(
    bad: Bad, sound: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = tmp_path / "base"
    shutil.copytree(sound, base)
    bad.change(base / "data")
    capsys.readouterr()
    codes, lines = [], []
    for words in CHECKS:
        codes.append(main([words[0], "--data", str(base / "data"), *words[1:]]))
        lines += capsys.readouterr().out.splitlines()
    assert set(codes) == {0, 1}
    # Without the rule's code and the values of fingerprints.
    said = [re.sub(r" \[[a-z-]+\]$", "", re.sub(r"\b[0-9a-f]{16}\b", "#", line)) for line in lines]
    assert bad.says in said, "\n".join(lines)


def test_there_are_twenty_and_more() -> None:
    assert len({bad.name for bad in BAD}) == len(BAD) >= 20
