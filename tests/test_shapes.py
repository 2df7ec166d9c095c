"""What the scanner is told of the APIs, on entries made by hand."""

from lostipi.model.api import Api
from lostipi.shapes import shapes


def api(**definition: object) -> Api:
    return Api.model_validate(
        {
            "kind": "call-function",
            "summary": "s",
            "definitions": (
                {"kernels": ("v6.12",), "file": "kernel/smp.c", "form": "function"} | definition,
            ),
            "missing": {},
            "mutes": ("call-queue",),
            "evidence": ({"at": "kernel/smp.c:x@v6.12", "shows": "s", "basis": "source"},),
        }
    )


def test_shapes_give_the_scanner_argument_positions_by_name():
    single = api(
        signature="int single(int cpu, smp_call_func_t func, void *info, int wait)",
        func="func",
        wait="wait",
        waits="by-argument",
    )
    (shape,) = shapes({"smp_call_function_single": single}, "v6.12")
    assert (shape.func, shape.wait, shape.csd, shape.params) == (1, 3, None, 4)
    assert shapes({"smp_call_function_single": single}, "v5.10") == ()


def test_shapes_read_function_pointer_parameters():
    on_cpu = api(
        signature="int on_cpu(unsigned int cpu, int (*func)(void *), void *par, bool phys)",
        func="func",
        waits="always",
    )
    (shape,) = shapes({"smp_call_on_cpu": on_cpu}, "v6.12")
    assert (shape.func, shape.params) == (1, 4)
