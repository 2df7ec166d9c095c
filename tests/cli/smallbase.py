"""The files of a small kernel tree and of a knowledge base that fits it."""

from pathlib import Path

KERNELS = """\
kernels:
  - name: v6.12
    release: 6.12.7
    source:
      package: linux-source-6.12
      version: 6.12.7-1
      sha256: {sha}
      suites: []
    platforms: [tdx, sev-snp]
    platforms_why: Both.
    source_url: https://example.org/{{path}}#L{{line}}
"""

SEED = """\
title: A title
url: https://example.org/151
rows:
  - id: single-1
    kind: caller
    apis: [smp_call_function_single]
    callers: [poke]
    claim: "??"
"""

API = """\
kind: call-function
summary: Runs func on one CPU.
definitions:
  - kernels: [v6.12]
    file: kernel/smp.c
    form: function
    signature: int smp_call_function_single(int cpu, smp_call_func_t func, void *info, int wait)
    func: func
    wait: wait
    waits: by-argument
missing:
  waiting: The sender spins.
  not_waiting: The sender goes on.
mutes: [call-queue]
evidence:
  - at: kernel/smp.c:smp_call_function_single@v6.12
    shows: the call.
    basis: source
"""

CALLER = """\
title: Pokes a CPU
sites:
  - label: poke
    kernels: [v6.12]
    file: kernel/poke.c
    function: poke
    api: smp_call_function_single
    func: poked
    wait: no-wait
assessments:
  - kernels: [v6.12]
    reach: yes
    sender: goes-on
    harm:
      never: delay
      late: none
    adds:
      what: nothing
      why: A paused vCPU does the same.
    when: [runtime]
    trigger: [kernel]
    verdict: tolerated
    consequence:
      sentence: The poke comes late, and nobody waits for it meanwhile.
    advice:
      text: Nothing to do.
    confidence:
      level: high
    evidence:
      - at: kernel/poke.c:poke@v6.12
        shows: the call.
        basis: source
      - at: kernel/poke.c:poked@v6.12
        shows: the func does nothing.
        basis: source
seed:
  - row: single-1
    finding: imprecise
    why: It is a poke.
"""

POKE = """\
static void poked(void *info)
{
}

void poke(int cpu)
{
\tsmp_call_function_single(cpu, poked, NULL, 0);
}
"""

SMP = """\
int smp_call_function_single(int cpu, smp_call_func_t func, void *info, int wait)
{
\treturn 0;
}
"""


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
