"""Settings to copy: a kernel configuration fragment, command line words, and a check script."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator

from lostipi.model.caller import Verdict
from lostipi.model.precondition import (
    BootLogCheck,
    Check,
    CmdlineCheck,
    CpuidCheck,
    FileCheck,
    Holder,
    KconfigCheck,
    SysctlCheck,
)
from lostipi.render.book import Book, Place, View
from lostipi.render.checklist import Line, is_concern, lines
from lostipi.render.html import table
from lostipi.render.standing import held_at
from lostipi.render.text import esc, plain

_FREE = re.compile(r"None\b[^.]*\.?")

_PRELUDE = """\
#!/bin/sh
# Run it as root in the guest. HELD: the checks pass. OPEN: they do not, or could not be made.
# LOOK: no command can tell; see the precondition's page. CONFIG and CMDLINE name other files.
if [ -n "$CONFIG" ]; then config=$(cat "$CONFIG")
else config=$(cat "/boot/config-$(uname -r)" 2>/dev/null || zcat /proc/config.gz 2>/dev/null)
fi
[ -n "$config" ] || { echo 'no kernel configuration found: set CONFIG' >&2; exit 2; }
words=$(tr ' ' '\\n' <"${CMDLINE:-/proc/cmdline}")
log=$(dmesg 2>/dev/null)
open=0
not_built() { ! printf '%s\\n' "$config" | grep -q "^$1="; }
built_as() { printf '%s\\n' "$config" | grep -qxF "$1=$2"; }
booted_with() { printf '%s\\n' "$words" | grep -qxF -e "$1"; }
logged() { printf '%s\\n' "$log" | grep -qF -e "$1"; }
not_logged() { logged 'Linux version' && ! logged "$1"; }
sysctl_is() { [ "$(sysctl -n "$1" 2>/dev/null)" = "$2" ]; }
has_line() { grep -qsE -e "$1" "$2"; }
has_no_line() { [ -r "$2" ] && ! grep -qsE -e "$1" "$2"; }
cpuid_bit() {
  value=$(cpuid -1 -r -l "$1" -s "$2" 2>/dev/null | sed -n "s/.*$3=\\(0x[0-9a-f]*\\).*/\\1/p")
  [ -n "$value" ] && [ $(( (value >> $4) & 1 )) = "$5" ]
}
held() { printf 'HELD  %-28s %s\\n' "$1" "$2"; }
missed() { printf 'OPEN  %-28s %s\\n' "$1" "$2"; open=1; }
look() { printf 'LOOK  %-28s %s\\n' "$1" "$2"; }
"""


def recommended(book: Book, place: Place | None = None) -> list[Line]:
    """The lines safe to set unseen: what prevents a concern, or costs nothing by its entry."""
    return [line for line in lines(book, place) if is_concern(line) or is_free(line)]


def is_free(line: Line) -> bool:
    """Whether a line costs nothing, by its entry's own word and without a second sentence."""
    return _FREE.fullmatch(line.entry.cost) is not None


def checked(book: Book) -> list[Line]:
    """The lines of the script: what is recommended, and what prevents a stall."""
    safe = recommended(book)
    return [line for line in lines(book) if line in safe or line.verdict is Verdict.DOS_ONLY]


def _by(line: Line, holder: Holder, place: Place | None) -> bool:
    """Whether somebody holds a precondition in that way, at the place if one is given."""
    if place is None:
        return any(holder in held.by for held in line.entry.held)
    held = held_at(line.entry, *place)
    return held is not None and holder in held.by


def _comment(line: Line, place: Place | None) -> str:
    kernels = f", only {line.kernels[0]}" if place is None and len(line.kernels) == 1 else ""
    return f"# {line.name} ({line.verdict.value}{kernels}). Costs: {_one_line(line.entry.cost)}"


def _one_line(text: str) -> str:
    return " ".join(plain(text).split())


def kconfig_fragment(view: View, place: Place | None = None) -> str:
    """A fragment for the kernel configuration, each symbol once, with its reason and cost."""
    seen: set[str] = set()
    out: list[str] = []
    for line in recommended(view.book, place):
        if not _by(line, Holder.BUILD, place):
            continue
        settings = []
        for check in line.entry.checks:
            if isinstance(check, KconfigCheck) and check.symbol not in seen:
                seen.add(check.symbol)
                settings.append(kconfig_setting(check))
        if settings:
            out += [_comment(line, place), *settings]
    return _fence("kconfig", out) if out else ""


def kconfig_setting(check: KconfigCheck) -> str:
    """A symbol as a line of the kernel configuration."""
    if check.value == "n":
        return f"# {check.symbol} is not set"
    return f"{check.symbol}={check.value}"


def words(book: Book, place: Place | None = None) -> Iterator[tuple[Line, str]]:
    """The words for the kernel command line, each once, with the line that asks for it."""
    seen: set[str] = set()
    for line in recommended(book, place):
        for check in line.entry.checks:
            if isinstance(check, CmdlineCheck) and check.parameter not in seen:
                seen.add(check.parameter)
                if _by(line, Holder.MEASURED_BOOT, place):
                    yield line, check.parameter


def cmdline_fragment(view: View) -> str:
    """Words for the kernel command line: those that cost nothing to copy, and all with the cost."""
    found = list(words(view.book))
    if not found:
        return "<p>No entry asks for a word on the command line.</p>"
    rows = [
        [
            f"<code>{esc(word)}</code>",
            view.precondition(line.name),
            ", ".join(view.caller(s.caller) for s in line.services),
            esc(", ".join(line.kernels)),
            view.inline(line.entry.cost),
        ]
        for line, word in found
    ]
    heads = ["Word", "Holds", "Serves", "Kernels", "Costs"]
    listed = table(heads, rows, label="Words for the command line", stack=True)
    free = [word for line, word in found if is_free(line)]
    return f"{_fence('text', [' '.join(free)])}\n\n{listed}" if free else listed


def check_script(view: View) -> str:
    """A shell script that makes every check of the checklist, worst first."""
    return _fence("sh", [script(view.book)])


def script(book: Book) -> str:
    """The text of the check script; it exits 1 when something is open."""
    out = [_PRELUDE]
    for line in checked(book):
        names = f"{line.name} {shlex.quote(line.verdict.value)}"
        if line.entry.checks:
            tests = " && ".join(shell_test(check) for check in line.entry.checks)
            out.append(f"if {tests}; then held {names}; else missed {names}; fi")
        else:
            out.append(f"look {names}")
    out.append("exit $open")
    return "\n".join(out)


def shell_test(check: Check) -> str:
    """One check as a call of a function of the script, true when the check passes."""
    match check:
        case KconfigCheck(symbol=symbol, value="n"):
            return _call("not_built", symbol)
        case KconfigCheck(symbol=symbol, value=value):
            return _call("built_as", symbol, value)
        case CmdlineCheck(parameter=parameter):
            return _call("booted_with", parameter)
        case CpuidCheck():
            return _call(
                "cpuid_bit",
                hex(check.leaf),
                str(check.subleaf),
                check.register_,
                str(check.bit),
                str(check.value),
            )
        case SysctlCheck(name=name, value=value):
            return _call("sysctl_is", name, value)
        case FileCheck():
            return _file_test(check)
        case BootLogCheck(text=text, present=present):
            return _call("logged" if present else "not_logged", text)


def _file_test(check: FileCheck) -> str:
    path = shlex.quote(check.path)
    if not check.present:
        return f"[ ! -e {path} ]"
    tests = [f"[ -e {path} ]"] if check.contains is None and check.lacks is None else []
    if check.contains is not None:
        tests.append(_call("has_line", check.contains, check.path))
    if check.lacks is not None:
        tests.append(_call("has_no_line", check.lacks, check.path))
    return " && ".join(tests)


def _call(function: str, *arguments: str) -> str:
    return " ".join([function, *(shlex.quote(argument) for argument in arguments)])


def _fence(language: str, text: Iterable[str]) -> str:
    return f"```{language}\n" + "\n".join(text) + "\n```"
