"""The shapes of the IPI APIs in Linux 6.12, and a kernel tree that is only in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from lostipi.kernel.shape import ApiShape, Through, Waits


def _shape(
    name: str,
    params: int,
    func: int | None,
    wait: int | None,
    *,
    csd: int | None = None,
    waits: Waits = "by-argument",
    wait_flag: str | None = None,
    through: Through = "name",
) -> ApiShape:
    files = ("kernel/smp.c",)
    return ApiShape(name, func, csd, wait, waits, wait_flag, params, files, through=through)


# Read off include/linux/smp.h and kernel/smp.c by hand.
SHAPES = (
    _shape("smp_call_function", 3, 0, 2),
    _shape("smp_call_function_many", 4, 1, 3),
    _shape("smp_call_function_many_cond", 5, 1, 3, wait_flag="SCF_WAIT"),
    _shape("smp_call_function_single", 4, 1, 3),
    _shape("smp_call_function_single_async", 2, None, None, csd=1, waits="never"),
    _shape("smp_call_function_any", 4, 1, 3),
    _shape("on_each_cpu", 3, 0, 2),
    _shape("on_each_cpu_mask", 4, 1, 3),
    _shape("on_each_cpu_cond", 4, 1, 3),
    _shape("on_each_cpu_cond_mask", 5, 1, 3),
    _shape("__smp_call_single_queue", 2, None, None, csd=1, waits="never"),
    _shape("smp_call_on_cpu", 4, 1, None, waits="always"),
    # include/linux/irq_work.h.
    _shape("irq_work_queue", 1, None, None, csd=0, waits="never"),
    # arch/x86/include/asm/apic.h and arch/x86/include/asm/smp.h.
    _shape("send_IPI", 2, None, None, waits="never", through="member"),
    _shape("apic_call_send_IPI", 2, None, None, waits="never", through="static-call"),
    _shape("stop_other_cpus", 0, None, None, waits="never"),
    _shape("stop_other_cpus", 1, None, 0, through="member"),
)


class MemoryTree:
    """A kernel tree made of a mapping; a value that is an error is raised when it is read."""

    release = "6.12.0"
    path = Path("/memory")

    def __init__(self, files: Mapping[str, bytes | OSError]) -> None:
        self._files = files

    def files(self) -> Sequence[str]:
        return sorted(self._files)

    def read(self, path: str) -> bytes:
        content = self._files[path]
        if isinstance(content, OSError):
            raise content
        return content
