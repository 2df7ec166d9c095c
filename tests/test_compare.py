"""What became of a site: lists made by hand, and the renames between the tracked kernels."""

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lostipi.compare import STATUSES, Pair, compare, count
from lostipi.coverage import follow
from lostipi.kernel.inventory import read_inventory
from lostipi.kernel.shape import Fingerprints, Site
from lostipi.load import load

DATA = Path(__file__).parents[1] / "data"
INVENTORY = DATA / "inventory"


def site(
    call: str = "c", body: str | None = "f", target: str | None = "g", /, **changes: object
) -> Site:
    """Make a site of its three fingerprints and what else is not as in the one below."""
    base = Site(
        file="arch/x86/lib/msr-smp.c",
        line=10,
        end_line=10,
        function="rdmsr_safe_on_cpu",
        api="smp_call_function_single",
        func="__rdmsr_safe_on_cpu",
        wait="waits",
        wait_expr="1",
        result="used",
        weak=False,
        guards=(),
        is_enabled=(),
        kconfig=((),),
        x86="x86",
        x86_reason=None,
        fingerprints=Fingerprints(call, body, target),
    )
    return replace(base, **changes)


def only(old: list[Site], new: list[Site]) -> Pair:
    (pair,) = compare(old, new)
    return pair


def told(pairs: tuple[Pair, ...]) -> list[tuple[str, str | None, str | None]]:
    return [
        (p.status, p.old.function if p.old else None, p.new.function if p.new else None)
        for p in pairs
    ]


def test_a_site_whose_lines_moved_is_kept():
    pair = only([site()], [site(line=99, end_line=100)])
    assert (pair.status, pair.layers, pair.facts) == ("kept", (), {})


def test_what_only_one_kernel_has_is_gone_or_new():
    other = site("c2", "f2", "g2", file="mm/slub.c", function="flush_all", func="flush_cpu_slab")
    assert told(compare([site()], [other])) == [
        ("gone", "rdmsr_safe_on_cpu", None),
        ("new", None, "flush_all"),
    ]


@pytest.mark.parametrize(
    "prints, layers",
    [
        (("c2", "f", "g"), ("call",)),
        (("c", "f2", "g"), ("function",)),
        (("c", "f", "g2"), ("func",)),
        (("c2", "f2", None), ("call", "function", "func")),
    ],
)
def test_a_changed_site_names_the_layers_that_differ(prints, layers):
    pair = only([site()], [site(*prints)])
    assert (pair.status, pair.layers) == ("changed", layers)


def test_a_csd_that_is_given_another_func_elsewhere_has_changed_in_func():
    old = site("c", "f", None, func="one_handler")
    pair = only([old], [site("c", "f", None, func="other_handler")])
    assert (pair.status, pair.layers) == ("changed", ("func",))
    assert pair.facts == {"func": ("one_handler", "other_handler")}


def test_another_api_for_the_same_func_in_the_same_function_is_a_change():
    pair = only([site()], [site("c2", "f2", api="smp_call_function_any")])
    assert (pair.status, pair.layers) == ("changed", ("call", "function"))
    assert pair.facts == {"api": ("smp_call_function_single", "smp_call_function_any")}


def test_a_function_carried_token_by_token_to_another_file_is_moved():
    pair = only([site()], [site(file="arch/x86/kernel/msr.c")])
    assert (pair.status, pair.layers) == ("moved", ())


def test_the_same_body_under_another_name_is_renamed_and_says_so():
    pair = only([site()], [site(function="rdmsrq_safe_on_cpu")])
    assert (pair.status, pair.layers) == ("renamed", ())
    assert pair.why == "same body under another name or in another file"


def test_a_rename_is_found_while_the_old_name_lives_on_with_another_call():
    left = site("c9", "f9", "g9", func="another_func", line=30, end_line=30)
    split = site("c", "f2", function="__rdmsr_safe_on_cpu_locked")
    assert told(compare([site()], [left, split])) == [
        ("renamed", "rdmsr_safe_on_cpu", "__rdmsr_safe_on_cpu_locked"),
        ("new", None, "rdmsr_safe_on_cpu"),
    ]


def test_a_call_that_stays_is_changed_though_another_function_now_has_the_same_call():
    stays = site("c2", "f2")
    other = site("c", "f3", function="wrmsr_safe_on_cpu", line=30, end_line=30)
    assert told(compare([site()], [stays, other])) == [
        ("changed", "rdmsr_safe_on_cpu", "rdmsr_safe_on_cpu"),
        ("new", None, "wrmsr_safe_on_cpu"),
    ]


def test_another_api_in_the_function_is_a_change_though_a_new_function_keeps_to_the_old_one():
    stays = site("c2", "f2", api="smp_call_function_any")
    other = site("c3", "f3", function="wrmsr_safe_on_cpu", line=30, end_line=30)
    assert told(compare([site()], [stays, other])) == [
        ("changed", "rdmsr_safe_on_cpu", "rdmsr_safe_on_cpu"),
        ("new", None, "wrmsr_safe_on_cpu"),
    ]


def test_the_very_call_is_kept_where_a_copy_of_the_body_is_new():
    old = [site("c", "f1")]
    new = [site("c", "f2"), site("c", "f1", function="rdmsr_copy", line=30, end_line=30)]
    assert told(compare(old, new)) == [
        ("changed", "rdmsr_safe_on_cpu", "rdmsr_safe_on_cpu"),
        ("new", None, "rdmsr_copy"),
    ]


def test_another_func_in_the_same_place_is_a_change_whatever_it_is_called():
    pair = only([site()], [site("c2", "f2", "g2", func="do_work")])
    assert (pair.status, pair.layers) == ("changed", ("call", "function", "func"))
    assert pair.why == "same place"


def test_a_function_that_kept_its_file_name_is_found_though_its_func_has_another_name():
    pair = only(
        [site(file="arch/x86/kernel/cpu/resctrl/rdtgroup.c", func="mon_event_config_read")],
        [site("c2", "f2", "g2", file="fs/resctrl/rdtgroup.c", func="do_work")],
    )
    assert (pair.status, pair.why) == ("renamed", "same function and API in another file")


def test_a_call_carried_with_its_func_into_a_function_of_another_name_and_file_is_renamed():
    pair = only(
        [site(file="drivers/a/one.c", function="first_store")],
        [site("c", "f2", file="lib/two.c", function="do_everything")],
    )
    assert (pair.status, pair.why) == ("renamed", "same call and func body in another file")


def test_a_blind_call_in_the_same_folder_counts_only_if_there_is_no_other_candidate():
    old = site("c", "f", None, file="net/core/skbuff.c", function="defer_free", func=None)
    new = site("c", "f2", None, file="net/core/dev.c", function="kick_purge", func=None)
    again = replace(new, file="net/core/xdp.c", function="wake_page_pool")
    assert only([old], [new]).status == "renamed"
    assert {pair.status for pair in compare([old], [new, again])} == {"gone", "new"}


def test_of_two_old_functions_the_one_with_the_same_body_is_the_renamed_one():
    old = [
        site("c", "f-two", function="rdmsr_on_cpu"),
        site("c", "f-one", function="rdmsrl_on_cpu", line=20, end_line=20),
    ]
    new = [site("c", "f-one", function="rdmsrq_on_cpu")]
    assert told(compare(old, new)) == [
        ("renamed", "rdmsrl_on_cpu", "rdmsrq_on_cpu"),
        ("gone", "rdmsr_on_cpu", None),
    ]


def test_of_two_functions_with_one_call_the_name_more_alike_is_matched():
    old = [
        site("c", "f1", function="hardware_disable_all"),
        site("c", "f2", function="kvm_reboot", line=20, end_line=20),
    ]
    new = [site("c", "f3", function="kvm_reboot_all")]
    assert ("renamed", "kvm_reboot", "kvm_reboot_all") in told(compare(old, new))


def test_function_and_func_renamed_at_once_are_found_by_like_names():
    pair = only(
        [site(function="native_flush_tlb_others", func="flush_tlb_func_remote")],
        [site("c2", "f2", "g2", function="native_flush_tlb_multi", func="flush_tlb_func")],
    )
    assert (pair.status, pair.layers) == ("renamed", ("call", "function", "func"))


def test_the_second_call_of_a_renamed_function_follows_the_first():
    old = [
        site("c1", "f1", function="snp_rmptable_init", func="snp_enable"),
        site("c2", "f1", function="snp_rmptable_init", func="mfd_enable", line=20, end_line=20),
    ]
    new = [
        site("c1", "f2", function="snp_prepare", func="snp_enable"),
        site("c3", "f2", "g2", function="snp_prepare", func="mfd_reconfigure", line=9, end_line=9),
    ]
    pairs = compare(old, new)
    assert [(p.status, p.old.func, p.new.func) for p in pairs if p.old and p.new] == [
        ("renamed", "mfd_enable", "mfd_reconfigure"),
        ("renamed", "snp_enable", "snp_enable"),
    ]


def test_a_function_in_a_file_of_another_folder_that_also_changed_is_renamed():
    pair = only(
        [site(file="drivers/platform/x86/dcdbas.c")],
        [site("c", "f2", file="drivers/platform/x86/dell/dcdbas.c")],
    )
    assert (pair.status, pair.layers) == ("renamed", ("function",))


@pytest.mark.parametrize(
    "old, new",
    [
        # Two drivers with a static function of the same name.
        (
            site(file="drivers/a/one.c", function="probe", func="read_one"),
            site("c2", "f2", "g2", file="drivers/b/two.c", function="probe", func="write_it"),
        ),
        # A parameter that is passed on says nothing.
        (
            site(function="on_each_cpu", func="func", wait="forwarded"),
            site("c2", "f2", function="wake_all", func="func", wait="forwarded"),
        ),
        # The same API in one file, and nothing else in common.
        (
            site(function="profile_flip_buffers", func="__profile_flip_buffers"),
            site("c2", "f2", "g2", function="mm_enable_lam", func="enable_lam_func"),
        ),
    ],
)
def test_sites_with_too_little_in_common_are_gone_and_new(old, new):
    assert {pair.status for pair in compare([old], [new])} == {"gone", "new"}


def test_sites_in_no_function_are_compared_too():
    lone = site("c", None, None, function=None)
    assert only([lone], [replace(lone, line=11, end_line=11)]).status == "kept"


def test_one_call_of_two_is_gone_and_the_other_kept():
    twice = [site(), site(line=20, end_line=20)]
    assert [p.status for p in compare(twice, [site()])] == ["kept", "gone"]
    assert [p.status for p in compare([site()], twice)] == ["kept", "new"]


def test_thousands_of_equal_calls_are_matched_in_time():
    many = [site(line=n, end_line=n) for n in range(1, 5001)]
    assert count(compare(many, many))["kept"] == 5000


NAMES = st.sampled_from(["kvm_reboot", "kvm_exit", "rdmsr_on_cpu", "rdmsrl_on_cpu", None])
SITES = st.lists(
    st.builds(
        site,
        st.sampled_from(["c1", "c2"]),
        st.sampled_from(["f1", "f2", None]),
        st.sampled_from(["g1", None]),
        file=st.sampled_from(["kernel/a.c", "kernel/b.c", "mm/a.c"]),
        line=st.integers(1, 30),
        function=NAMES,
        api=st.sampled_from(["on_each_cpu", "smp_call_function"]),
        func=NAMES,
        wait=st.sampled_from(["waits", "forwarded"]),
    ),
    max_size=8,
)


@given(SITES, SITES, st.randoms())
def test_every_site_is_told_once_and_the_order_of_the_lists_does_not_matter(old, new, random):
    pairs = compare(old, new)
    places = [
        sorted((s for s in side if s), key=repr)
        for side in ([p.old for p in pairs], [p.new for p in pairs])
    ]
    assert places == [sorted(old, key=repr), sorted(new, key=repr)]
    shuffled = [random.sample(side, len(side)) for side in (old, new)]
    assert count(compare(*shuffled)) == count(pairs)


@given(SITES)
def test_a_kernel_compared_with_itself_is_all_kept(sites):
    assert count(compare(sites, sites)) == dict.fromkeys(STATUSES, 0) | {"kept": len(sites)}


# Read by eye in the sources of both kernels.
RENAMES = [
    ("v5.10", "v6.1", "sync_rcu_exp_select_node_cpus", "__sync_rcu_exp_select_node_cpus"),
    ("v5.10", "v6.1", "blk_mq_complete_request_remote", "blk_mq_complete_send_ipi"),
    ("v5.10", "v6.1", "native_flush_tlb_others", "native_flush_tlb_multi"),
    ("v5.10", "v6.1", "update_domains", "resctrl_arch_update_domains"),
    ("v5.10", "v6.1", "quarantine_remove_cache", "kasan_quarantine_remove_cache"),
    ("v5.10", "v6.1", "amd64_inject_write_store", "inject_write_store"),
    ("v5.10", "v6.1", "tegra194_cpufreq_set_target", "tegra194_set_cpu_ndiv"),
    ("v6.1", "v6.12", "hybrid_get_cpu_scaling", "hwp_get_cpu_scaling"),
    ("v6.1", "v6.12", "skb_attempt_defer_free", "kick_defer_list_purge"),
    ("v6.1", "v6.12", "i8k_smm", "i8k_smm_call"),
    ("v6.12", "v7.2", "rdmsr_safe_on_cpu", "rdmsrq_safe_on_cpu"),
    ("v6.12", "v7.2", "rdmsrl_on_cpu", "rdmsrq_on_cpu"),
    ("v6.12", "v7.2", "wrmsrl_safe_on_cpu", "wrmsrq_safe_on_cpu"),
    ("v6.12", "v7.2", "cpuid_read", "cpuid_read_f"),
    ("v6.12", "v7.2", "text_poke_sync", "smp_text_poke_sync_each_cpu"),
    ("v6.12", "v7.2", "flush_tlb_kernel_range", "kernel_tlb_flush_all"),
    ("v6.12", "v7.2", "flush_tlb_kernel_range", "kernel_tlb_flush_range"),
    ("v6.12", "v7.2", "snp_rmptable_init", "snp_prepare"),
    ("v6.12", "v7.2", "reset_all_ctrls", "resctrl_arch_reset_all_ctrls"),
]
GONE = [
    ("v5.10", "v6.1", "aperfmperf_snapshot_cpu"),
    ("v5.10", "v6.1", "load_pasid"),
    ("v5.10", "v6.1", "flush_all"),
    ("v6.1", "v6.12", "apply_microcode_on_target"),
    ("v6.1", "v6.12", "drain_cpu_caches"),
    ("v6.12", "v7.2", "rdmsr_on_cpu"),
    ("v6.12", "v7.2", "wrmsr_safe_on_cpu"),
    ("v6.12", "v7.2", "trc_wait_for_one_reader"),
    ("v6.12", "v7.2", "clocksource_verify_percpu"),
]


@pytest.fixture(scope="module")
def kernels() -> dict[str, tuple[Site, ...]]:
    names = ("v5.10", "v6.1", "v6.12", "v7.2")
    return {name: read_inventory(INVENTORY / f"{name}.jsonl").sites for name in names}


@pytest.mark.parametrize("old, new, was, now", RENAMES)
def test_a_rename_between_tracked_kernels_is_found_from_the_inventories(
    kernels, old, new, was, now
):
    assert ("renamed", was, now) in told(compare(kernels[old], kernels[new]))


@pytest.mark.parametrize("old, new, was", GONE)
def test_what_a_tracked_kernel_has_lost_is_gone(kernels, old, new, was):
    found = [pair.status for pair in compare(kernels[old], kernels[new]) if was in functions(pair)]
    assert set(found) == {"gone"}


def functions(pair: Pair) -> set[str | None]:
    return {pair.old.function} if pair.old else set()


@pytest.fixture(scope="module")
def claimed() -> set[tuple[str, str, str]]:
    """Where caller entries have sites: only there does a match carry a review."""
    knowledge = load(DATA)
    return {
        (site.file, site.function, site.api)
        for loaded in knowledge.callers.values()
        for site in loaded.entry.sites
    }


def test_a_leap_over_kernels_tells_the_same_as_its_steps(kernels, claimed):
    def became(old: str, new: str) -> dict[Site, Site | None]:
        return {p.old: p.new for p in compare(kernels[old], kernels[new]) if p.old}

    told_of = 0
    for path in (("v5.10", "v6.1", "v6.12"), ("v6.1", "v6.12", "v7.2")):
        leap = became(path[0], path[-1])
        steps = [became(*step) for step in itertools.pairwise(path)]
        for start, end in leap.items():
            if (start.file, start.function, start.api) not in claimed:
                continue
            middle = steps[0][start]
            assert end == (steps[1][middle] if middle else None), start
            told_of += 1
    assert told_of > 300


def test_backwards_the_same_sites_are_matched(kernels):
    there = compare(kernels["v6.12"], kernels["v7.2"])
    back = compare(kernels["v7.2"], kernels["v6.12"])
    assert {(p.old, p.new) for p in there} == {(p.new, p.old) for p in back}


def test_coverage_follows_moved_and_renamed_sites_to_the_place_they_had():
    known = [site(), site("c2", "f2", "g2", file="mm/a.c", function="flush", func="flush_one")]
    now = [
        site(function="rdmsrq_safe_on_cpu", line=77, end_line=77),
        replace(known[1], file="mm/b.c"),
    ]
    assert [(s.file, s.function) for s in sorted(follow(known, now))] == [
        ("arch/x86/lib/msr-smp.c", "rdmsr_safe_on_cpu"),
        ("mm/a.c", "flush"),
    ]
    assert sorted(s.line for s in follow(known, now)) == [10, 77]


def test_coverage_does_not_follow_a_site_to_another_api():
    now = site("c2", "f2", function="rdmsr_safe_on_cpus", api="smp_call_function_any")
    (followed,) = follow([site()], [now])
    assert followed == now
