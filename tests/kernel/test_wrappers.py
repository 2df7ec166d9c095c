"""Wrappers followed to those who decide."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ipi_shapes import SHAPES, MemoryTree

from lostipi.kernel.scan import scan
from lostipi.kernel.shape import Gate
from lostipi.kernel.wrappers import Chains, Link, wrappers

TARGETS = {"smp_call_function_single": 0, "smp_call_function_many": 0, "on_each_cpu_mask": 0}
APIS = [replace(shape, target=TARGETS.get(shape.name)) for shape in SHAPES]


def chains(files: dict[str, str]) -> Chains:
    tree = MemoryTree({path: text.encode() for path, text in files.items()})
    sites = scan(tree, APIS, lambda _: Gate(((),), "x86", None)).sites
    return wrappers(tree, APIS, sites)


def told(link: Link) -> str:
    what = link.place if link.end == "address" else link.wait
    return f"{link.wrapper.name}@{link.wrapper.level} <- {link.function} {link.end} {what}"


def links(**files: str) -> list[str]:
    paths = {name.replace("__", "/") + ".c": text for name, text in files.items()}
    return [told(link) for link in chains(paths).links]


KICK = """\
static bool kick(const struct cpumask *mask, bool wait)
{
	smp_call_function_many(mask, ack, NULL, wait);
}
"""


def test_the_callers_of_a_wait_that_is_forwarded_decide() -> None:
    text = KICK + "void a(void)\n{\n\tkick(m, true);\n}\nvoid b(void)\n{\n\tkick(m, 0);\n}\n"
    assert links(k=text) == ["kick@1 <- a call waits", "kick@1 <- b call no-wait"]


def test_a_chain_is_followed_through_as_many_levels_as_there_are() -> None:
    text = KICK + "void two(bool w)\n{\n\tkick(m, w);\n}\n"
    text += "void three(int x, bool late)\n{\n\ttwo(late);\n}\n"
    end = "static void last(void)\n{\n\tthree(1, false);\n\tthree(2, foo());\n}\n"
    assert links(k=text, net__n=end) == [
        "kick@1 <- two followed forwarded",
        "three@3 <- last call no-wait",
        "three@3 <- last call runtime",
        "two@2 <- three followed forwarded",
    ]


def test_a_static_wrapper_is_not_looked_for_in_other_files() -> None:
    other = "static void kick(int a, int b)\n{\n}\nvoid o(void)\n{\n\tkick(1, 0);\n}\n"
    assert links(k=KICK + "void a(void)\n{\n\tkick(m, 1);\n}\n", net__n=other) == [
        "kick@1 <- a call waits"
    ]


def test_a_static_wrapper_is_looked_for_in_files_that_include_each_other() -> None:
    files = {
        "k/a.c": '#include "plugin.h"\nvoid a(void)\n{\n\tkick(m, 1);\n}\n',
        "k/plugin.h": KICK,
        "k/b.c": KICK.replace("kick", "kock") + '#include "used.h"\n',
        "k/used.h": "static void u(void)\n{\n\tkock(m, 0);\n}\n",
    }
    assert [told(link) for link in chains(files).links] == [
        "kick@1 <- a call waits",
        "kock@1 <- u call no-wait",
    ]


def test_a_global_wrapper_is_hidden_by_a_static_one_of_another_file() -> None:
    wrapper = KICK.replace("static ", "")
    use = "void u(void)\n{\n\tkick(m, 0);\n}\n"
    hides = "static void kick(int a, int b)\n{\n}\n"
    assert links(k=wrapper, a=hides + use) == ["kick@1 <- None unused forwarded"]
    other = f"#ifndef CONFIG_X86\n{hides}#endif\n"
    assert links(k=wrapper, a=other + use) == ["kick@1 <- u call no-wait"]
    macro = "#ifdef X\n#else\n#define kick(a, b) do_nothing()\n#endif\n"
    assert links(k=wrapper, a=macro + use) == ["kick@1 <- u call no-wait"]


def test_recursion_ends() -> None:
    text = "void r(int n, bool w)\n{\n\tif (n)\n\t\tr(n - 1, !w);\n"
    text += "\tsmp_call_function(f, NULL, w);\n}\n"
    pair = "void p(bool w)\n{\n\tsmp_call_function(f, NULL, w);\n\tq(w);\n}\n"
    pair += "void q(bool w)\n{\n\tp(!w);\n}\n"
    assert links(k=text) == ["r@1 <- r call forwarded"]
    assert "p@1 <- q followed forwarded" in links(k=pair)


def test_a_function_in_an_ops_member_is_listed_with_its_place() -> None:
    stop = "static void stop(int wait)\n{\n\tsmp_call_function(self, NULL, wait);\n}\n"
    uses = "static struct ops o = {\n\t.other = 1,\n\t.stop = stop,\n};\n"
    uses += "void set(void)\n{\n\tsmp_ops.stop_others = stop;\n\tregister_it(1, &stop);\n}\n"
    uses += "void (*table[])(int) = { NULL, stop };\n#define ALIAS stop\n"
    assert links(k=stop + uses) == [
        "stop@1 <- None address .stop",
        "stop@1 <- set address smp_ops.stop_others",
        "stop@1 <- set address register_it()",
        "stop@1 <- None address an initialiser",
        "stop@1 <- None address #define ALIAS",
    ]


def test_a_wrapper_that_only_passes_func_on_is_followed() -> None:
    text = """\
static void on_cpus(const struct cpumask *mask, void (*msr_func)(void *))
{
	smp_call_function_many(mask, msr_func, &rv, 1);
}
void read_all(void)
{
	on_cpus(m, reader);
}
"""
    (link,) = chains({"k.c": text}).links
    assert (told(link), link.func) == ("on_cpus@1 <- read_all call waits", "reader")


def test_a_func_inside_the_info_is_followed_too() -> None:
    text = """\
static int remote_call(int cpu, remote_function_f func, void *info)
{
	struct remote data = { .p = NULL, .func = func, .info = info };

	return smp_call_function_single(task_cpu(p), remote, &data, 1);
}
static void event_call(struct event *event, event_f func)
{
	struct ef ef = { .event = event, .func = func, };

	remote_call(event->cpu, event_function, &ef);
}
static void enable(struct event *event)
{
	event_call(event, __enable);
}
"""
    found = chains({"k.c": text}).links
    assert [told(link) for link in found] == [
        "event_call@2 <- enable call waits",
        "remote_call@1 <- event_call followed waits",
    ]
    assert [link.func for link in found] == ["__enable", "event_function"]


RDMSR = """\
int rdmsr_on(unsigned int cpu, u32 no)
{
	struct msr_info rv;

	rv.no = no;
	return smp_call_function_single(cpu, reader, &rv, 1);
}
"""


def test_a_function_that_lets_its_caller_choose_the_cpu_is_listed_with_its_callers() -> None:
    use = "int long_use(int cpu)\n{\n\tprepare(cpu);\n\treturn rdmsr_on(cpu, 1);\n}\n"
    assert links(m=RDMSR, use=use + "void x(void)\n{\n\tlong_use(1);\n}\n") == [
        "rdmsr_on@1 <- long_use call waits"
    ]
    short = "int short_use(int cpu)\n{\n\treturn rdmsr_on(cpu, 1);\n}\n"
    assert links(m=RDMSR, use=short + "static void x(void)\n{\n\tshort_use(1);\n}\n") == [
        "rdmsr_on@1 <- short_use followed waits",
        "short_use@2 <- x call waits",
    ]


def test_what_is_compiled_without_smp_only_is_left_out() -> None:
    use = "#ifndef CONFIG_SMP\nvoid x(void)\n{\n\trdmsr_on(0, 1);\n}\n#endif\n"
    assert links(m=RDMSR, use=use) == []


def test_a_macro_is_a_wrapper_like_a_function() -> None:
    header = "#define kick_all(fn, w) on_each_cpu(fn, NULL, w)\n"
    use = "void u(void)\n{\n\tkick_all(work, 0);\n}\n"
    (link,) = chains({"include/k.h": header, "a.c": use}).links
    assert (told(link), link.func) == ("kick_all@1 <- u call no-wait", "work")


def test_the_flag_in_a_constant_request_decides() -> None:
    host = "#define REQ_WAIT BIT(9)\n#define REQ_FLUSH (1 | REQ_WAIT)\n#define REQ_PMU 2\n"
    text = KICK + "void request(struct kvm *kvm, unsigned int req)\n{\n"
    text += "\tkick(kvm->mask, !!(req & REQ_WAIT));\n}\n"
    use = "void u(unsigned int req)\n{\n\trequest(k, REQ_FLUSH);\n\trequest(k, REQ_PMU);\n"
    use += "\treq |= 1;\n\trequest(k, req);\n}\n"
    found = chains({"include/linux/h.h": host, "virt/k.c": text, "x.c": use}).links
    assert [(told(link), link.wait_expr) for link in found if link.wrapper.level == 2] == [
        ("request@2 <- u call waits", "!!(REQ_FLUSH & REQ_WAIT)"),
        ("request@2 <- u call no-wait", "!!(REQ_PMU & REQ_WAIT)"),
        ("request@2 <- u call runtime", "!!(req & REQ_WAIT)"),
    ]


def test_a_parameter_that_was_changed_is_not_the_callers_word() -> None:
    text = "void f(bool wait)\n{\n\twait = true;\n\tsmp_call_function(g, NULL, wait);\n}\n"
    text += "void u(void)\n{\n\tf(0);\n}\n"
    # One statement more than a pure wrapper, and its wait is its own.
    assert links(k=text) == []


def test_an_api_with_an_entry_is_no_wrapper() -> None:
    text = "void smp_call_function(smp_call_func_t func, void *info, int wait)\n{\n"
    text += "\tsmp_call_function_many(mask, func, info, wait);\n}\n"
    assert (
        links(kernel__smp=text, a="static void u(void)\n{\n\tsmp_call_function(f, 0, 0);\n}\n")
        == []
    )


def test_a_place_that_cannot_be_understood_is_a_problem() -> None:
    found = chains({"k.c": KICK, "a.c": "", "k2.c": ""})
    assert found.problems == []
    text = KICK.replace("static ", "")
    found = chains({"k.c": text, "a.c": "void u(void)\n{\n\tkick(m, 1;\n}\n"})
    assert [problem.file for problem in found.problems] == ["a.c"]


def test_json_names_every_part() -> None:
    (link,) = chains({"k.c": KICK + "void a(void)\n{\n\tkick(m, 1);\n}\n"}).links
    assert link.to_json() == {
        "wrapper": "kick",
        "file": "k.c",
        "line": 3,
        "api": "smp_call_function_many",
        "calls": "smp_call_function_many",
        "passes": "wait",
        "level": 1,
        "caller": {"file": "k.c", "line": 7, "function": "a"},
        "end": "call",
        "wait": "waits",
        "wait_expr": "1",
        "func": None,
        "address": None,
    }


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet="kick(){};,=.&\n \"'/*#w", max_size=60), st.integers(0, 200))
def test_any_text_in_between_ends_in_chains_or_problems(junk: str, at: int) -> None:
    text = KICK + "void a(void)\n{\n\tkick(m, 1);\n}\n"
    chains({"k.c": text[:at] + junk + text[at:]})


@pytest.mark.parametrize("name", ["on_each_cpu", "smp_call_function"])
def test_one_statement_around_an_api_is_a_wrapper_when_others_can_call_it(name: str) -> None:
    text = f"void sync_all(void)\n{{\n\t{name}(do_sync, NULL, 1);\n}}\n"
    use = "static void u(void)\n{\n\tsync_all();\n}\n"
    assert links(k=text, a=use) == ["sync_all@1 <- u call waits"]
    assert links(k="static " + text + use) == []
