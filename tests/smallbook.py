"""A small book for the tests of pages: one entry of each kind, and ways to change it."""

from __future__ import annotations

from typing import Any

from lostipi.model.api import Api
from lostipi.model.caller import Caller
from lostipi.model.detector import Detector
from lostipi.model.kernels import Kernels
from lostipi.model.precondition import Precondition
from lostipi.model.seed import Seed
from lostipi.render.book import Book, View

EVIDENCE = {"at": "kernel/smp.c:csd_lock+2@v6.12", "shows": "it spins.", "basis": "source"}

KERNELS = {
    "kernels": [
        {
            "name": name,
            "release": f"{name[1:]}.9",
            "source": {
                "package": f"linux-source-{name[1:]}",
                "version": f"{name[1:]}.9-1",
                "sha256": "0" * 64,
                "suites": ["sid"],
            },
            "platforms": ["tdx", "sev-snp"],
            "platforms_why": "Both.",
            "source_url": f"https://example.org/{name}/{{path}}#n{{line}}",
        }
        for name in ("v6.1", "v6.12")
    ]
}

API = {
    "kind": "call-function",
    "summary": "Runs func on one CPU.",
    "definitions": [
        {
            "kernels": ["v6.1", "v6.12"],
            "file": "kernel/smp.c",
            "form": "function",
            "signature": "int smp_call_function_single(int cpu, void *func, void *info, int wait)",
            "func": "func",
            "wait": "wait",
            "waits": "by-argument",
        }
    ],
    "missing": {"waiting": "It spins.", "not_waiting": "The slot stays locked."},
    "mutes": ["call-queue", "sender-slot"],
    "detectors": ["csd-lock-debugging"],
    "evidence": [EVIDENCE],
}

PRECONDITION = {
    "title": "Thing off",
    "statement": "`CONFIG_THING` is not set.",
    "why": "The code is not built then.",
    "held": [
        {
            "kernels": ["v6.1", "v6.12"],
            "platforms": ["tdx"],
            "by": ["build"],
            "how": "The option.",
            "default": "holds",
            "default_why": "Off in Debian.",
        },
        {
            "kernels": ["v6.1", "v6.12"],
            "platforms": ["sev-snp"],
            "by": ["build", "measured-boot"],
            "how": "The option.",
            "default": "fails",
            "default_why": "On in Debian.",
        },
    ],
    "cost": "The thing.",
    "checks": [{"kind": "kconfig", "symbol": "CONFIG_THING", "value": "n"}],
    "evidence": [EVIDENCE],
}

DETECTOR = {
    "title": "CSD-lock debugging",
    "sees": "Waiters.",
    "misses": "All others.",
    "states": [{"kernels": ["v6.1", "v6.12"], "default": "Off.", "needs": "A clock."}],
    "blinded": [
        {"platforms": ["tdx"], "power": "delay", "how": "By pausing it."},
        {"platforms": ["sev-snp"], "power": "blind", "how": "By the clock page."},
    ],
    "does": ["report"],
    "enable": "Build it.",
    "cost": "Little.",
    "evidence": [EVIDENCE],
}

ASSESSMENT = {
    "kernels": ["v6.1", "v6.12"],
    "reach": "conditional",
    "preconditions": [["thing-off"]],
    "sender": "goes-on",
    "harm": {"never": "wrong-state", "late": "none"},
    "objective": ["integrity"],
    "adds": {"what": "target-runs-on", "why": "It runs on."},
    "noticed": ["csd-lock-debugging"],
    "when": ["runtime"],
    "trigger": ["root"],
    "verdict": "excluded",
    "otherwise": "concern",
    "consequence": {
        "sentence": "A CPU keeps the old `thing`.",
        "analysis": "`__thing_sync()` calls __thing_set() for <linux/thing.h> and foo_*_bar.",
    },
    "advice": {"preconditions": ["thing-off"], "text": "Build without it."},
    "fix": "Wait.",
    "confidence": {"level": "high"},
    "evidence": [EVIDENCE],
}

CALLER = {
    "title": "The thing & its CPUs",
    "sites": [
        {
            "label": "sync",
            "kernels": ["v6.1", "v6.12"],
            "file": "kernel/thing.c",
            "function": "thing_sync",
            "api": "smp_call_function_single",
            "func": "__thing_set",
            "wait": "no-wait",
        }
    ],
    "assessments": [ASSESSMENT],
    "seed": [{"row": "single-1", "finding": "wrong", "why": "It is not excluded."}],
}

SEED = {
    "title": "Missing IPIs",
    "url": "https://example.org/151",
    "rows": [
        {
            "id": "single-1",
            "kind": "caller",
            "apis": ["smp_call_function_single"],
            "callers": ["thing_sync"],
            "claim": "Thing <off>.",
        },
        {
            "id": "single-rest",
            "kind": "group",
            "apis": ["smp_call_function_single"],
            "claim": "The rest wait.",
            "answer": {"finding": "imprecise", "why": "Most do."},
        },
    ],
}

RECORD = {
    "file": "kernel/thing.c",
    "line": 40,
    "end_line": 41,
    "function": "thing_sync",
    "api": "smp_call_function_single",
    "func": "__thing_set",
    "wait": "no-wait",
    "wait_expr": "0",
    "result": "ignored",
    "weak": False,
    "guards": ["defined(CONFIG_THING_SYNC)"],
    "is_enabled": ["IS_ENABLED(CONFIG_THING_FAST)"],
    "kconfig": [["CONFIG_THING"]],
    "as_builtin": [],
    "x86": "x86",
    "x86_reason": None,
    "fingerprints": {"call": "0" * 16, "function": "0" * 16, "func": None},
}

REPORT = {
    "kernel": "v6.12",
    "sites": 2,
    "covered": 1,
    "missing": [
        {
            "file": "kernel/lost.c",
            "line": 7,
            "function": "lost",
            "api": "smp_call_function_single",
        }
    ],
    "stale": [],
    "changed": [],
    "overlapping": [],
}


def caller(**changes: Any) -> Caller:
    """The caller, its assessment changed as given."""
    return Caller.model_validate({**CALLER, "assessments": [{**ASSESSMENT, **changes}]})


def book(**changes: Any) -> Book:
    """The book, its parts changed as given."""
    parts: dict[str, Any] = {
        "kernels": Kernels.model_validate(KERNELS),
        "apis": {"smp_call_function_single": Api.model_validate(API)},
        "callers": {"core/thing_sync": Caller.model_validate(CALLER)},
        "preconditions": {"thing-off": Precondition.model_validate(PRECONDITION)},
        "detectors": {"csd-lock-debugging": Detector.model_validate(DETECTOR)},
        "seed": Seed.model_validate(SEED),
        "paths": {"callsites/core/thing_sync": "data/callsites/core/thing_sync.yaml"},
        "inventories": {"v6.12": (RECORD, {**RECORD, "file": "kernel/lost.c", "line": 7})},
        "names": {"v6.12": {("kernel/smp.c", "csd_lock"): 350}},
        "coverage": {"v6.12": REPORT},
        "rules": (("verdict", "Verdict follows", "It is computed.", "`concern`"),),
    }
    return Book(**(parts | changes))


def view(here: str = "", **changes: Any) -> View:
    """The book seen from a page."""
    root = "../" * (here.count("/") + 1) if here else ""
    return View(book(**changes), root, here)
