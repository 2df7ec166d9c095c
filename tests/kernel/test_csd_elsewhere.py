"""The func of a csd that another file sets up."""

from __future__ import annotations

import pytest
from ipi_shapes import SHAPES, MemoryTree

from lostipi.kernel.scan import scan
from lostipi.kernel.shape import ApiShape, Gate, Site

HEADER = "struct rq {\n\tcall_single_data_t kick_csd;\n};\n"
KICK = """\
static void kick(int cpu)
{
	smp_call_function_single_async(cpu, &cpu_rq(cpu)->kick_csd);
}
"""
TYPED = """\
static void kick(int cpu)
{
	struct rq *rq = cpu_rq(cpu);

	smp_call_function_single_async(cpu, &rq->kick_csd);
}
"""
INIT = """\
static void kicked(void *info)
{
	balance(info);
}

static void setup(struct rq *rq)
{
	INIT_CSD(&rq->kick_csd, kicked, rq);
}
"""
QUEUE = ApiShape("irq_work_queue_on", None, 0, None, "never", None, 2, ("kernel/irq_work.c",))


def sites(files: dict[str, str]) -> list[Site]:
    tree = MemoryTree({path: text.encode() for path, text in files.items()})
    return scan(tree, (*SHAPES, QUEUE), lambda _: Gate(((),), "x86", None)).sites


def func(files: dict[str, str]) -> str | None:
    (site,) = sites(files)
    return site.func


@pytest.mark.parametrize("kick", [KICK, TYPED], ids=["by-name", "by-struct"])
def test_a_member_that_a_neighbour_sets_up_is_found(kick: str) -> None:
    files = {"kernel/s/s.h": HEADER, "kernel/s/a.c": INIT, "kernel/s/fair.c": kick}
    assert func(files) == "kicked"


@pytest.mark.parametrize(
    "text",
    [
        "static void f(struct rq *rq)\n{\n\trq->kick_csd.func = kicked;\n}\n",
        "static void f(struct rq *rq)\n{\n\trq->kick_csd = (call_single_data_t)"
        "CSD_INIT(kicked, rq);\n}\n",
        "static struct rq rq0 = { .kick_csd = CSD_INIT(kicked, NULL) };\n",
        "static struct rq rq0 = {\n\t.kick_csd = { .func = kicked, },\n};\n",
        "static void s(call_single_data_t *c, smp_call_func_t f)\n{\n\tc->func = f;\n}\n"
        "static void f(struct rq *rq)\n{\n\ts(&rq->kick_csd, kicked);\n}\n",
    ],
    ids=["member", "assigned", "initialiser", "nested", "setter"],
)
def test_every_kind_of_setting_is_read(text: str) -> None:
    assert func({"a/s.h": HEADER, "a/a.c": text, "a/b.c": KICK}) == "kicked"


def test_the_rest_of_the_tree_is_asked_when_the_neighbours_do_not_tell() -> None:
    files = {"include/s.h": HEADER, "kernel/init.c": INIT, "net/b.c": KICK}
    assert func(files) == "kicked"


def test_a_setting_in_another_architecture_says_nothing() -> None:
    assert func({"include/s.h": HEADER, "arch/arm/init.c": INIT, "net/b.c": KICK}) is None


def test_two_functions_for_one_member_leave_it_open() -> None:
    other = INIT.replace("kicked", "other")
    assert func({"a/s.h": HEADER, "a/a.c": INIT, "a/c.c": other, "a/b.c": KICK}) is None


def test_the_same_member_of_two_structs_is_told_apart_by_the_struct() -> None:
    twin = "struct qr {\n\tcall_single_data_t kick_csd;\n};\n"
    other = INIT.replace("struct rq", "struct qr").replace("kicked", "other")
    files = {"a/s.h": HEADER + twin, "a/a.c": INIT, "a/c.c": other}
    assert func({**files, "a/b.c": TYPED}) == "kicked"
    assert func({**files, "a/b.c": KICK}) is None


def test_an_assigned_initialiser_tells_its_struct_too() -> None:
    twin = "struct qr {\n\tcall_single_data_t kick_csd;\n};\n"
    text = "void f(struct %s *rq)\n{\n\trq->kick_csd = CSD_INIT(%s, rq);\n}\n"
    setup = text % ("rq", "kicked") + text % ("qr", "other")
    assert func({"a/s.h": HEADER + twin, "a/a.c": setup, "a/b.c": TYPED}) == "kicked"


def test_a_define_that_fills_a_member_tells_its_func() -> None:
    text = "#define RQ(n, f) \\\nstruct rq n = { \\\n\t.kick_csd = CSD_INIT(%s, NULL), \\\n}\n"
    assert func({"a/s.h": HEADER, "a/a.c": text % "kicked", "a/b.c": KICK}) == "kicked"
    assert func({"a/s.h": HEADER, "a/a.c": text % "f", "a/b.c": KICK}) is None


def test_a_struct_of_another_name_is_not_taken_for_it() -> None:
    twin = TYPED.replace("struct rq", "struct qr")
    assert func({"a/s.h": HEADER, "a/a.c": INIT, "a/b.c": twin}) is None


def test_a_parameter_of_the_same_name_is_nobody_elses() -> None:
    static = "static DEFINE_PER_CPU(call_single_data_t, csd) = CSD_INIT(kicked, NULL);\n"
    given = "void f(int cpu, call_single_data_t *csd)\n{\n\t%s(cpu, csd);\n}\n"
    text = given % "smp_call_function_single_async"
    assert func({"a/s.h": "extern int csd;\n", "a/a.c": static, "a/b.c": text}) is None


def test_a_global_variable_counts_when_a_header_declares_it() -> None:
    define = "DEFINE_PER_CPU(call_single_data_t, kick) = CSD_INIT(kicked, NULL);\n"
    text = "void f(int cpu)\n{\n\tsmp_call_function_single_async(cpu, &per_cpu(kick, cpu));\n}\n"
    declare = "DECLARE_PER_CPU(call_single_data_t, kick);\n"
    assert func({"include/k.h": declare, "a/a.c": define, "a/b.c": text}) == "kicked"
    assert func({"a/a.c": "static " + define, "a/b.c": text}) is None


def test_an_irq_work_is_found_by_its_own_initialisers() -> None:
    header = "struct rd {\n\tstruct irq_work push_work;\n};\n"
    text = "void f(struct rd *rd, int cpu)\n{\n\tirq_work_queue_on(&rd->push_work, cpu);\n}\n"
    for init in (
        "rd->push_work = IRQ_WORK_INIT_HARD(push)",
        "init_irq_work(&rd->push_work, push)",
        "rd->push_work.func = push",
    ):
        setup = f"void g(struct rd *rd)\n{{\n\t{init};\n}}\n"
        assert func({"a/s.h": header, "a/top.c": setup, "a/rt.c": text}) == "push"
    macro = (
        "static DEFINE_IRQ_WORK(later, run);\nvoid f(void)\n{\n\tirq_work_queue_on(&later, 1);\n}\n"
    )
    assert func({"a/a.c": macro}) == "run"


def test_what_a_pointer_parameter_is_set_to_in_one_branch_is_not_taken_for_certain() -> None:
    text = """\
static DEFINE_PER_CPU(struct irq_work, wake) = IRQ_WORK_INIT(woken);
void f(struct irq_work *work, int cpu)
{
	if (lazy)
		work = &per_cpu(wake, cpu);
	irq_work_queue_on(work, cpu);
}
"""
    assert func({"a/a.c": text}) is None


def test_the_func_layer_is_that_of_the_file_that_sets_it() -> None:
    files = {"a/s.h": HEADER, "a/a.c": INIT, "a/b.c": KICK}
    (before,) = sites(files)
    (after,) = sites({**files, "a/a.c": INIT.replace("balance", "rebalance")})
    assert before.fingerprints.func is not None
    assert before.fingerprints.func != after.fingerprints.func
    assert before.fingerprints.call == after.fingerprints.call


def test_a_variable_of_the_file_itself_is_asked_of_nobody_else() -> None:
    class Counting(MemoryTree):
        reads = 0

        def read(self, path: str) -> bytes:
            self.reads += 1
            return super().read(path)

    text = b"static DEFINE_PER_CPU(call_single_data_t, mine);\nvoid f(int cpu)\n{\n"
    text += b"\tsmp_call_function_single_async(cpu, &per_cpu(mine, cpu));\n}\n"
    tree = Counting({"a/a.c": text, "a/b.c": b"", "net/c.c": b""})
    (site,) = scan(tree, SHAPES, lambda _: Gate(((),), "x86", None)).sites
    assert site.func is None
    assert tree.reads == 3
