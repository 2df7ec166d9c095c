"""`scripts/check-built`: which sites the branch instructions of a binary are."""

import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest

from lostipi.kernel.built import Built
from lostipi.kernel.shape import Fingerprints, Site

SCRIPT = Path(__file__).parents[1] / "scripts" / "check-built"


@pytest.fixture(scope="module")
def script():
    loader = SourceFileLoader("check_built", str(SCRIPT))
    module = module_from_spec(spec_from_loader("check_built", loader))
    sys.modules["check_built"] = module
    loader.exec_module(module)
    return module


def site(api, function, file, line):
    return Site(
        file=file,
        line=line,
        end_line=line,
        function=function,
        api=api,
        func=None,
        wait="async",
        wait_expr=None,
        result="ignored",
        weak=False,
        guards=(),
        is_enabled=(),
        kconfig=((),),
        x86="x86",
        x86_reason=None,
        fingerprints=Fingerprints(api.ljust(16, "0"), None, None),
    )


KICK = site("poke_cpu", "kick", "kernel/sched/core.c", 10)
"""A call of a macro API."""
IN_MACRO = site("arch_poke_cpu", "poke_cpu", "include/linux/smp.h", 5)
MEMBER = site("poke_op", "arch_poke_cpu", "arch/x86/include/asm/smp.h", 7)
PLAIN = site("on_each_cpu", "flush", "mm/flush.c", 20)
SITES = (KICK, IN_MACRO, MEMBER, PLAIN)
APIS = {site.api for site in SITES} | {"on_each_cpu_cond_mask"}


def attributed(script, api, how, *frames):
    found = script.Attribution(SITES, APIS, {"poke_op"})
    around = tuple(script.Frame(*frame) for frame in frames)
    found.add(script.Call("vmlinux", "0x1", api, how, around))
    return found


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [
        ("on_each_cpu", ("on_each_cpu", "call")),
        ("on_each_cpu.constprop.0", ("on_each_cpu", "call")),
        ("on_each_cpu.part.0", ("on_each_cpu", "call")),
        ("on_each_cpu.cold", None),
        ("on_each_cpu_not", None),
        ("__SCT__poke_op", ("poke_op", "static call")),
        ("__SCT__might_resched", None),
        ("__x86_indirect_thunk_rax", ("", "pointer")),
        ("__x86_indirect_call_thunk_r11", ("", "pointer")),
        ("__x86_indirect_its_thunk_array", None),
    ],
)
def test_a_symbol_stands_for_an_api_or_for_a_pointer(script, symbol, expected):
    assert script.target(symbol, APIS) == expected


def test_a_macro_over_an_inline_function_over_a_pointer_is_three_sites(script):
    found = attributed(
        script,
        "",
        "pointer",
        ("arch_poke_cpu", "/build/arch/x86/include/asm/smp.h", 7),
        ("kick", "/build/kernel/sched/core.c", 10),
        ("schedule", "/build/kernel/sched/core.c", 99),
    )
    assert set(found.places) == {MEMBER, IN_MACRO, KICK}
    assert found.how[MEMBER] == {"pointer"}
    assert found.how[KICK] == {"inlined"}
    assert not found.stray


def test_an_indirect_call_elsewhere_is_nothing(script):
    found = attributed(script, "", "pointer", ("kick", "kernel/sched/core.c", 11))
    assert not found.places
    assert not found.stray
    at_plain = attributed(script, "", "pointer", ("flush", "mm/flush.c", 20))
    assert not at_plain.places


def test_what_an_inline_api_calls_is_a_call_of_it_at_the_callers_line(script):
    found = attributed(
        script,
        "on_each_cpu_cond_mask",
        "call",
        ("on_each_cpu", "include/linux/smp.h", 90),
        ("flush", "mm/flush.c", 20),
    )
    assert set(found.places) == {PLAIN}
    assert not found.stray


def test_a_call_that_no_site_is_at_is_stray(script):
    assert attributed(script, "on_each_cpu", "call", ("flush", "mm/flush.c", 21)).stray
    assert attributed(script, "on_each_cpu", "call", ("flush", "lib/flush.c", 20)).stray


@pytest.mark.parametrize(
    ("linked", "where", "agrees"),
    [
        ("built-in", "vmlinux", True),
        ("module", "vmlinux", False),
        ("module", "some.ko", True),
        ("built-in", "some.ko", False),
        ("no", "vmlinux", False),
    ],
)
def test_a_site_agrees_only_where_it_is_said_to_be(script, linked, where, agrees):
    found = script.Attribution(SITES, APIS, set())
    frames = (script.Frame("flush", "mm/flush.c", 20),)
    found.add(script.Call(where, "0x1", "on_each_cpu", "call", frames))
    assert found.agrees(PLAIN, Built(linked, "")) is agrees
    assert found.agrees(KICK, Built("no", ""))
    assert not found.agrees(KICK, Built("built-in", ""))


def test_branches_are_read_relative_to_what_follows_them(script):
    assert script.goes_to(b"\xe8\x10\x00\x00\x00", 1, 0x1000) == 0x1015
    assert script.goes_to(b"\xe8\xfb\xff\xff\xff", 1, 0x1000) == 0x1000
    assert script.goes_to(b"\xff\x14\x25\x00\x00\x00\x82", 3, None) == 0xFFFFFFFF82000000
    assert script.goes_to(b"\xe8\x10\x00", 1, 0x1000) == -1
