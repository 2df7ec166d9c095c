"""A site is built when its object is and no ``#if`` around it is false."""

from pathlib import Path

import pytest

from lostipi.kernel.built import built
from lostipi.kernel.config import parse_config
from lostipi.kernel.shape import Fingerprints, Site

CONFIG = parse_config(
    b"CONFIG_X86_64=y\nCONFIG_SMP=y\nCONFIG_ON=y\nCONFIG_MOD=m\n# CONFIG_OFF is not set\n",
    Path(".config"),
)


def site(kconfig=((),), guards=(), is_enabled=(), weak=False, x86_reason=None, as_builtin=()):
    return Site(
        file="kernel/poke.c",
        line=7,
        end_line=7,
        function="poke",
        api="smp_call_function_single",
        func="poked",
        wait="no-wait",
        wait_expr="0",
        result="ignored",
        weak=weak,
        guards=guards,
        is_enabled=is_enabled,
        kconfig=kconfig,
        as_builtin=as_builtin,
        x86="x86",
        x86_reason=x86_reason,
        fingerprints=Fingerprints("0" * 16, None, None),
    )


@pytest.mark.parametrize(
    ("kconfig", "linked", "why"),
    [
        (((),), "built-in", "built in: always"),
        ((("CONFIG_ON",),), "built-in", "built in: CONFIG_ON=y"),
        ((("CONFIG_MOD",),), "module", "module: CONFIG_MOD=m"),
        ((("CONFIG_OFF",),), "no", "CONFIG_OFF is not set"),
        # a directory that is on, an object that is a module, and the other way round
        ((("CONFIG_ON", "CONFIG_MOD"),), "module", "module: CONFIG_ON=y; CONFIG_MOD=m"),
        ((("CONFIG_MOD", "CONFIG_ON"),), "module", "module: CONFIG_MOD=m; CONFIG_ON=y"),
        ((("CONFIG_ON", "CONFIG_OFF", "CONFIG_GONE"),), "no", "CONFIG_OFF is not set"),
        # must be off
        ((("!CONFIG_OFF",),), "built-in", "built in: CONFIG_OFF is not set"),
        ((("!CONFIG_ON",),), "no", "CONFIG_ON=y"),
        ((("!CONFIG_MOD",),), "no", "CONFIG_MOD=m"),
        # alternatives: one suffices, and vmlinux goes before a module
        ((("CONFIG_OFF",), ("CONFIG_ON",)), "built-in", "built in: CONFIG_ON=y"),
        ((("CONFIG_MOD",), ("CONFIG_ON",)), "built-in", "built in: CONFIG_ON=y"),
        ((("CONFIG_OFF",), ("CONFIG_MOD",)), "module", "module: CONFIG_MOD=m"),
        (
            (("CONFIG_OFF", "CONFIG_A"), ("CONFIG_OFF", "CONFIG_B"), ("CONFIG_GONE",)),
            "no",
            "CONFIG_OFF is not set; CONFIG_GONE is not set",
        ),
    ],
)
def test_the_object_is_built_as_the_symbols_say(kconfig, linked, why):
    answer = built(site(kconfig), CONFIG)
    assert (answer.linked, answer.why) == (linked, why)
    assert answer.is_built is (linked != "no")


def test_an_object_that_counts_m_as_y_is_in_the_image():
    answer = built(site((("CONFIG_MOD", "CONFIG_ON"),), as_builtin=("CONFIG_MOD",)), CONFIG)
    assert answer.linked == "built-in"
    assert answer.why == "built in: CONFIG_MOD=m; CONFIG_ON=y; CONFIG_MOD counts as y there"
    other = built(site((("CONFIG_MOD",),), as_builtin=("CONFIG_ELSE",)), CONFIG)
    assert other.linked == "module"


def test_a_file_that_no_x86_build_names_is_never_built():
    reason = "arch/arm is another architecture"
    assert built(site((), x86_reason=reason), CONFIG).why == reason
    assert built(site(()), CONFIG).linked == "no"


@pytest.mark.parametrize(
    ("guards", "linked", "why"),
    [
        (
            ("defined(CONFIG_SMP)", "!(defined(CONFIG_OFF))"),
            "built-in",
            "built in: #if defined(CONFIG_SMP) is true; #if !(defined(CONFIG_OFF)) is true",
        ),
        (("!(defined(CONFIG_SMP))",), "no", "#if !(defined(CONFIG_SMP)) is false"),
        (
            ("ARCH_HAS_IT", "defined(CONFIG_SMP)"),
            "built-in",
            "built in: #if defined(CONFIG_SMP) is true; "
            "#if ARCH_HAS_IT is not decided by a configuration, taken as true",
        ),
        # what is open does not hide what is false
        (("ARCH_HAS_IT", "defined(CONFIG_OFF)"), "no", "#if defined(CONFIG_OFF) is false"),
    ],
)
def test_a_false_condition_keeps_a_site_out_and_an_open_one_is_named(guards, linked, why):
    answer = built(site(guards=guards), CONFIG)
    assert (answer.linked, answer.why) == (linked, why)


@pytest.mark.parametrize(
    ("is_enabled", "linked", "why"),
    [
        (("IS_ENABLED(CONFIG_ON)",), "built-in", "built in: IS_ENABLED(CONFIG_ON) is true"),
        (("IS_ENABLED(CONFIG_MOD)",), "built-in", "built in: IS_ENABLED(CONFIG_MOD) is true"),
        (
            ("IS_ENABLED(CONFIG_ON)", "IS_ENABLED(CONFIG_OFF)"),
            "no",
            "compiled, but runs only if IS_ENABLED(CONFIG_OFF), which is false",
        ),
        (
            ("!(IS_BUILTIN(CONFIG_ON)) || IS_BUILTIN(CONFIG_MOD)",),
            "no",
            "compiled, but runs only if !(IS_BUILTIN(CONFIG_ON)) || IS_BUILTIN(CONFIG_MOD), "
            "which is false",
        ),
        # built-in code cannot reach a module
        (
            ("IS_REACHABLE(CONFIG_MOD)",),
            "no",
            "compiled, but runs only if IS_REACHABLE(CONFIG_MOD), which is false",
        ),
    ],
)
def test_a_call_that_c_shuts_off_is_not_built(is_enabled, linked, why):
    answer = built(site(is_enabled=is_enabled), CONFIG)
    assert (answer.linked, answer.why) == (linked, why)


@pytest.mark.parametrize(("kconfig", "linked"), [("CONFIG_ON", "no"), ("CONFIG_MOD", "module")])
def test_what_only_modules_compile_follows_the_object(kconfig, linked):
    assert built(site(((kconfig,),), ("defined(MODULE)",)), CONFIG).linked == linked


def test_a_weak_function_may_be_replaced_and_why_says_so():
    answer = built(site(weak=True), CONFIG)
    assert answer.linked == "built-in"
    assert "poke() is weak: another definition may take its place" in answer.why
