"""The shape of a caller entry: its sites in each kernel and what a missing IPI does there."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from lostipi.model.base import (
    CName,
    Evidence,
    KernelName,
    Model,
    Platform,
    Reference,
    Sentence,
    Slug,
    SourcePath,
    Text,
)


class Subsystem(StrEnum):
    """The folders of data/callsites: a closed list."""

    BLOCK = "block"
    """The block layer."""
    CORE = "core"
    """The rest of generic kernel code: `kernel/` and `lib/` where no other name fits."""
    CPU = "cpu"
    """Cross-calls, CPU hotplug and CPU idle."""
    DRIVERS = "drivers"
    """Drivers of devices and firmware."""
    FS = "fs"
    """File systems."""
    KVM = "kvm"
    """The KVM hypervisor."""
    MM = "mm"
    """Memory management."""
    NET = "net"
    """Networking and its drivers."""
    PERF = "perf"
    """Performance events and tracing."""
    RCU = "rcu"
    """Read-copy-update."""
    SCHED = "sched"
    """The scheduler."""
    TIME = "time"
    """Clocks and timers."""
    TORTURE = "torture"
    """Torture tests and self-tests."""
    X86 = "x86"
    """`arch/x86` but for KVM and Xen."""
    XEN = "xen"
    """Xen guests."""


class Wait(StrEnum):
    """Whether a call waits until func has run."""

    WAITS = "waits"
    """The wait argument is constant true, or the API always waits."""
    NO_WAIT = "no-wait"
    """The wait argument is constant false."""
    ASYNC = "async"
    """The API never waits."""
    FORWARDED = "forwarded"
    """The wait argument is the caller's own parameter, so that its callers decide."""
    RUNTIME = "runtime"
    """Any other expression, decided at run time."""


class Reach(StrEnum):
    """Whether the code can run in a CoCo guest."""

    YES = "yes"
    """It can run in an ordinary CoCo guest."""
    CONDITIONAL = "conditional"
    """It does not run while the preconditions hold."""
    NEVER = "never"
    """No build, boot option or host behaviour can make it run."""
    UNKNOWN = "unknown"
    """Nobody has worked it out."""


class NeverReason(StrEnum):
    """Why code can never run in an x86-64 CoCo guest."""

    NOT_X86 = "not-x86"
    """No x86 configuration builds it, COMPILE_TEST included."""
    X86_32_ONLY = "x86-32-only"
    """Only a 32-bit kernel builds it; CoCo guests are 64-bit."""
    UNIPROCESSOR = "uniprocessor"
    """Only a kernel without CONFIG_SMP builds it."""
    OVERRIDDEN = "overridden"
    """A weak function or default that x86 replaces."""
    DEAD_CODE = "dead-code"
    """Nothing calls it, or it cannot be reached on these platforms."""


class Sender(StrEnum):
    """What the sending CPU does without the IPI."""

    BLOCKED = "blocked"
    """It does not go on until func has run: the API waits, or the caller waits without limit."""
    BOUNDED = "bounded"
    """It waits up to a limit, then does what `after_timeout` says."""
    GOES_ON = "goes-on"
    """It does not wait."""
    HOST_SAYS = "host-says"
    """It goes on when the host says that the work is done."""
    UNKNOWN = "unknown"
    """Nobody has worked it out."""


class Harm(StrEnum):
    """The worst effect of a missing IPI."""

    NONE = "none"
    """Nothing."""
    DELAY = "delay"
    """Late or lost work on which nothing relies."""
    STALL = "stall"
    """A task, queue, grace period or CPU stops."""
    WRONG_STATE = "wrong-state"
    """Somebody relies on what is not so."""
    UNKNOWN = "unknown"
    """Nobody has worked it out."""


class Objective(StrEnum):
    """A security objective that a missing IPI can break."""

    INTEGRITY = "integrity"
    """Data or control flow in the guest becomes wrong."""
    CONFIDENTIALITY = "confidentiality"
    """Data of the guest reaches somebody it should not."""
    AVAILABILITY = "availability"
    """The guest, or a part of it, stops; out of scope of the kernel's threat model."""


class Mute(StrEnum):
    """What a missing IPI silences besides its own work."""

    CALL_QUEUE = "call-queue"
    """All later cross-calls, remote wakeups and remote irq_work to that CPU, until it drains
    ``call_single_queue``."""
    IRQ_WORK_LIST = "irq-work-list"
    """All later irq_work of that CPU's list."""
    NEED_RESCHED = "need-resched"
    """Later reschedule IPIs to that CPU: nobody sends one while its task has
    ``TIF_NEED_RESCHED`` set."""
    OWN_CSD = "own-csd"
    """Later calls with the same csd, which get -EBUSY."""
    SENDER_SLOT = "sender-slot"
    """The sending CPU's next call, which spins until the csd is free."""
    NOTHING = "nothing"
    """Nothing else."""


class Adds(StrEnum):
    """What a missing IPI adds over pausing a vCPU, which the host can always do."""

    NOTHING = "nothing"
    """Nothing: a paused vCPU has the same effect."""
    TARGET_RUNS_ON = "target-runs-on"
    """The target CPU runs on while the sender believes that it has acted."""
    LATE_RUN = "late-run"
    """func runs at a moment the host chooses, when its owner may be gone."""


class When(StrEnum):
    """When in the life of a guest the call is made."""

    BOOT = "boot"
    """While booting."""
    RUNTIME = "runtime"
    """In normal operation."""
    HOTPLUG = "hotplug"
    """While a CPU comes or goes."""
    SUSPEND = "suspend"
    """While suspending or resuming."""
    TEARDOWN = "teardown"
    """While a device, module or file goes away."""
    PANIC_KEXEC = "panic-kexec"
    """In panic, crash or kexec."""


class Trigger(StrEnum):
    """Who can make the call happen."""

    UNPRIVILEGED = "unprivileged"
    """An unprivileged task in the guest, by ordinary system calls or load."""
    ROOT = "root"
    """A privileged task in the guest."""
    KERNEL = "kernel"
    """The guest kernel by itself."""
    HOST_OR_DEVICE = "host-or-device"
    """The host or a device, by an interrupt, an input or what they present."""


class Confidence(StrEnum):
    """How sure the author is."""

    HIGH = "high"
    """Read in the source of every kernel named; nothing is left open."""
    MEDIUM = "medium"
    """A step of the argument is inferred."""
    LOW = "low"
    """A guess; a reassuring verdict is then `unknown`."""


class Verdict(StrEnum):
    """The judgement on a missing IPI. Computed from the facts, written out, recomputed by lint."""

    CONCERN = "concern"
    """The guest goes on wrongly: act, the advice says how."""
    UNKNOWN = "unknown"
    """A deciding fact is not known yet."""
    EXCLUDED = "excluded"
    """The code does not run while you keep the preconditions; shown with what it would be else."""
    DOS_ONLY = "dos-only"
    """Something stops while the sender goes on; the host can stop a guest anyway."""
    FAIL_STOP = "fail-stop"
    """The sender hangs and the rest goes on; nothing goes wrong silently."""
    TOLERATED = "tolerated"
    """This caller's own work may be lost or late, and nothing relies on it."""
    NOT_APPLICABLE = "not-applicable"
    """Nobody can make it run in an x86-64 CoCo guest."""


class Finding(StrEnum):
    """What became of a claim of issue #151."""

    RIGHT = "right"
    """The claim holds in every tracked kernel it speaks of."""
    WRONG = "wrong"
    """The claim does not hold."""
    OUTDATED = "outdated"
    """The claim held once; the code has changed since."""
    IMPRECISE = "imprecise"
    """The claim holds in part, or for another reason."""


class CallerSite(Model):
    """One call of one API in the caller, in the kernels named."""

    label: Slug
    """A short name for this site within the entry."""
    kernels: tuple[KernelName, ...] = Field(min_length=1)
    """The kernels that have the site in this form."""
    file: SourcePath
    """The file that contains the call."""
    function: CName
    """The C function that contains the call, by its name in these kernels."""
    api: CName
    """The API called."""
    func: Text | None = None
    """The function run on the target CPU, as the argument text or the csd's func; left out where
    the scanner finds none."""
    wait: Wait
    """Whether the call waits until func has run."""
    calls: int = Field(default=1, ge=1, strict=True)
    """How many calls of this form the function holds."""


class HarmTwice(Model):
    """The worst effect if the IPI never comes, and if it comes late."""

    never: Harm
    """Never delivered."""
    late: Harm
    """Delivered when the csd, its owner, the device or the module is gone, or in another order."""


class Addition(Model):
    """What the missing IPI adds over pausing a vCPU."""

    what: Adds
    """The addition."""
    why: Sentence
    """The reason. Markdown."""


class Consequence(Model):
    """What follows from a missing IPI."""

    sentence: Sentence
    """The consequence in one sentence. Markdown."""
    analysis: Text | None = None
    """Two to eight sentences that name functions and structures. Markdown."""


class Advice(Model):
    """What the guest's owner should do."""

    preconditions: tuple[Slug, ...] = ()
    """Preconditions to hold, most useful first. With `reach: yes` and the verdict `concern`,
    holding all of them takes the concern away, although the code still runs."""
    text: Text | None = None
    """What else to do, or why there is nothing to do. Markdown."""


class Sureness(Model):
    """How sure the author is, and what it would take to be sure."""

    level: Confidence
    """The level."""
    to_be_sure: Sentence | None = None
    """What it would take to be sure; required below `high`. Markdown."""

    @model_validator(mode="after")
    def _less_than_high_says_what_is_missing(self) -> Self:
        if self.level is not Confidence.HIGH and self.to_be_sure is None:
            raise ValueError(f"confidence {self.level.value!r} needs `to_be_sure`")
        return self


class Assessment(Model):
    """Facts, verdict, consequence and evidence for some kernels and platforms.

    The facts always describe the case in which the code runs.
    """

    kernels: tuple[KernelName, ...] = Field(min_length=1)
    """The kernels judged."""
    platforms: tuple[Platform, ...] | None = Field(default=None, min_length=1)
    """The platforms judged; left out for all platforms of these kernels."""
    sites: tuple[Slug, ...] | None = Field(default=None, min_length=1)
    """The labels of the sites judged; left out for all sites."""
    reach: Reach
    """Whether the code can run in a CoCo guest."""
    never_reason: NeverReason | None = None
    """Why it can never run; with `reach: never` only."""
    preconditions: tuple[tuple[Slug, ...], ...] = ()
    """Alternatives, each a list of precondition ids that must all hold; with `reach: conditional`
    only."""
    sender: Sender | None = None
    """What the sending CPU does without the IPI."""
    after_timeout: Sentence | None = None
    """The limit and what the sender then does; with `sender: bounded` only. Markdown."""
    harm: HarmTwice | None = None
    """The worst effect."""
    objective: tuple[Objective, ...] = ()
    """The security objectives broken."""
    mutes: tuple[Mute, ...] | None = Field(default=None, min_length=1)
    """What this missing IPI silences besides; left out, the API's."""
    adds: Addition | None = None
    """What it adds over pausing a vCPU."""
    repair: Sentence | None = None
    """What does the work later, by name; left out when nothing does. Markdown."""
    noticed: tuple[Slug, ...] = ()
    """Detectors that see it; one that the host can blind on the platform does not count."""
    when: tuple[When, ...] = ()
    """When the call is made."""
    trigger: tuple[Trigger, ...] = ()
    """Who can make it happen."""
    verdict: Verdict
    """The verdict, as computed from the facts."""
    otherwise: Verdict | None = None
    """With `excluded`, the verdict it would have if the preconditions did not hold."""
    consequence: Consequence
    """What follows from a missing IPI."""
    advice: Advice | None = None
    """What the guest's owner should do."""
    fix: Text | None = None
    """What change in the kernel would cure it, and where that stands upstream; required for
    `concern`, alone or behind `excluded`. Markdown."""
    confidence: Sureness
    """How sure the author is."""
    evidence: tuple[Evidence, ...] = ()
    """What the facts rest on."""

    @model_validator(mode="after")
    def _facts_are_complete(self) -> Self:
        if self.reach is Reach.NEVER:
            if self.never_reason is None:
                raise ValueError("`reach: never` needs `never_reason`")
            return self
        if self.never_reason is not None:
            raise ValueError("`never_reason` goes with `reach: never` only")
        missing = [
            name
            for name in ("sender", "harm", "adds", "when", "trigger", "advice")
            if getattr(self, name) in (None, ())
        ]
        if missing:
            raise ValueError(
                f"`reach: {self.reach.value}` needs " + ", ".join(f"`{name}`" for name in missing)
            )
        if (self.sender is Sender.BOUNDED) != (self.after_timeout is not None):
            raise ValueError("`after_timeout` goes with `sender: bounded`, and with nothing else")
        if (self.reach is Reach.CONDITIONAL) != bool(self.preconditions):
            raise ValueError("`preconditions` go with `reach: conditional`, and with nothing else")
        if any(not alternative for alternative in self.preconditions):
            raise ValueError("an alternative in `preconditions` names at least one precondition")
        return self


class SeedAnswer(Model):
    """What became of one row of issue #151."""

    row: Slug
    """The row's id in seed.yaml."""
    finding: Finding
    """The finding."""
    why: Sentence
    """What is true, beside what the issue said. Markdown."""


class Caller(Model):
    """One caller of IPI APIs, through all tracked kernels."""

    title: Sentence
    """What the caller is, in a few words. Markdown."""
    sites: tuple[CallerSite, ...] = Field(min_length=1)
    """Its calls."""
    assessments: tuple[Assessment, ...] = Field(min_length=1)
    """What a missing IPI does; together they cover each kernel, platform and site once."""
    references: tuple[Reference, ...] = ()
    """What is worth reading beside this."""
    seed: tuple[SeedAnswer, ...] = ()
    """The rows of issue #151 that this entry answers."""
