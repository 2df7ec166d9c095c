"""The checks of a precondition, as commands to copy and what they must print."""

from __future__ import annotations

from lostipi.model.precondition import (
    BootLogCheck,
    Check,
    CmdlineCheck,
    CpuidCheck,
    FileCheck,
    KconfigCheck,
    SysctlCheck,
)
from lostipi.render.text import esc


def check_command(check: Check) -> tuple[str, str]:
    """A check as a command to copy, and in HTML what its output must be."""
    match check:
        case KconfigCheck(symbol=symbol, value=value):
            if value == "n":
                wanted = f"must say <code># {esc(symbol)} is not set</code>, or nothing"
            else:
                wanted = f"must say <code>{esc(symbol)}={esc(value)}</code>"
            other = "or <code>/proc/config.gz</code>, with <code>zgrep</code>"
            command = f"grep -w {symbol} /boot/config-$(uname -r)"
            return command, f"Kernel configuration ({other}): {wanted}"
        case CmdlineCheck(parameter=parameter):
            return (
                f"tr ' ' '\\n' </proc/cmdline | grep -xF '{parameter}'",
                f"Kernel command line: must say <code>{esc(parameter)}</code>",
            )
        case CpuidCheck():
            return (
                f"cpuid -1 -r -l {check.leaf:#x} -s {check.subleaf}",
                f"CPUID as the guest sees it: bit {check.bit} of {check.register_} must be "
                f"{check.value}",
            )
        case SysctlCheck(name=name, value=value):
            return f"sysctl -n {name}", f"Sysctl: must say <code>{esc(value)}</code>"
        case FileCheck():
            return _file_command(check)
        case BootLogCheck(text=text, present=present):
            wanted = "must print the line" if present else "must print nothing"
            return f"dmesg | grep -F '{text}'", f"Boot log: {wanted}"


def _file_command(check: FileCheck) -> tuple[str, str]:
    if not check.present:
        return f"ls -d {check.path}", f"<code>{esc(check.path)}</code>: must not exist"
    if check.contains is None and check.lacks is None:
        return f"ls -d {check.path}", f"<code>{esc(check.path)}</code>: must exist"
    pattern = check.contains or check.lacks
    wanted = "must print a line" if check.contains else "must print nothing"
    return f"grep -E '{pattern}' {check.path}", f"<code>{esc(check.path)}</code>: {wanted}"
