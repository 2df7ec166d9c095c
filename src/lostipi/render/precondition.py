"""The page of a precondition entry: who holds it, and how to check it."""

from __future__ import annotations

from collections.abc import Iterable

from lostipi.model.base import Platform
from lostipi.model.precondition import (
    BootLogCheck,
    Check,
    CmdlineCheck,
    CpuidCheck,
    FileCheck,
    Held,
    KconfigCheck,
    Precondition,
    SysctlCheck,
)
from lostipi.render.api import references
from lostipi.render.book import UnknownNameError, View
from lostipi.render.caller import downloads
from lostipi.render.html import page, table
from lostipi.render.standing import USELESS, held_at, standings, worst
from lostipi.render.text import esc
from lostipi.render.words import PLATFORMS, meaning


def precondition_page(view: View, name: str) -> str:
    """All that is known of one precondition.

    Raises:
        UnknownNameError: when there is no such entry.
    """
    entry = view.book.preconditions.get(name)
    if entry is None:
        raise UnknownNameError(f"{name!r} is no precondition entry")
    return page(
        f"# {entry.title}",
        f'<p class="lede">{view.inline(entry.statement)}'
        f' <span class="where">{esc(name)}</span></p>',
        f"<div>{view.block(entry.why)}</div>",
        "## Who holds it {#held}",
        holders(view, entry),
        "## How to check it {#check}",
        *_checks(view, entry),
        "## What it costs {#cost}",
        f"<p>{view.inline(entry.cost)}</p>",
        "## What rests on it {#callers}",
        resting(view, name),
        "## Evidence {#evidence}",
        view.evidence(entry.evidence),
        *references(view, entry),
        "## This entry",
        downloads(view, f"preconditions/{name}"),
    )


def holders(view: View, entry: Precondition) -> str:
    """Per kernel and platform who holds it, how, and whether distributions do by default."""
    groups: dict[tuple[str, ...], dict[Platform, list[str]]] = {}
    for kernel in view.book.kernels.kernels:
        for platform in kernel.platforms:
            held = held_at(entry, kernel.name, platform)
            if held is None:
                continue
            how = f"{view.inline(held.how)}<br><small>{view.inline(held.default_why)}</small>"
            cells = (holder_words(held), default_badge(held), how)
            groups.setdefault(cells, {}).setdefault(platform, []).append(kernel.name)
    rows = [
        [
            "<br>".join(
                f"{esc(PLATFORMS[platform])} <small>{esc(', '.join(kernels))}</small>"
                for platform, kernels in sorted(where.items(), key=_platform_order)
            ),
            *cells,
        ]
        for cells, where in groups.items()
    ]
    rows.sort(key=lambda row: row[0], reverse=True)
    return table(["Where", "Held by", "By default", "How"], rows, label="Who holds it")


def _platform_order(item: tuple[Platform, list[str]]) -> int:
    return list(Platform).index(item[0])


def holder_words(held: Held) -> str:
    """The holders as chips; those that exclude nothing are marked."""
    chips = "".join(
        f'<span class="chip {"warn" if by in USELESS else "good"}" title="{esc(meaning(by))}">'
        f"{esc(by.value)}</span> "
        for by in held.by
    )
    useless = set(held.by) <= USELESS
    return chips + ('<br><small class="dim">excludes nothing here</small>' if useless else "")


def default_badge(held: Held) -> str:
    """Whether distributions hold it, as a coloured word."""
    value = held.default
    return f'<span class="d d-{value.value}" title="{esc(meaning(value))}">{value.value}</span>'


def _checks(view: View, entry: Precondition) -> Iterable[str]:
    for check in entry.checks:
        command, wanted = check_command(check)
        yield f"<p>{wanted}</p>"
        yield f"```sh\n{command}\n```"
    if entry.checks_note:
        yield f"<p>{view.inline(entry.checks_note)}</p>"


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


def resting(view: View, name: str) -> str:
    """The callers whose exclusion or advice names a precondition."""
    rows = []
    for entry_id, caller in sorted(view.book.callers.items()):
        excluding = any(name in alt for a in caller.assessments for alt in a.preconditions)
        advised = any(a.advice and name in a.advice.preconditions for a in caller.assessments)
        if not excluding and not advised:
            continue
        head = worst(
            standing
            for standing in standings(view.book, caller)
            if any(name in alt for alt in standing.assessment.preconditions)
            or (standing.assessment.advice and name in standing.assessment.advice.preconditions)
        )
        rows.append(
            [
                view.caller(entry_id),
                "" if head is None else view.verdict(head.assessment),
                "excluded by it" if excluding else "advised",
                "" if head is None else view.inline(head.assessment.consequence.sentence),
            ]
        )
    if not rows:
        return "<p>No caller entry names it yet.</p>"
    return table(["Caller", "Verdict", "How", "Consequence"], rows, label="Callers that rest on it")


def preconditions_table(view: View) -> str:
    """All preconditions, with who holds them where and what rests on them."""
    rows = []
    for name, entry in sorted(view.book.preconditions.items()):
        cells = [f"{view.precondition(name)}<br><small>{esc(name)}</small>"]
        for platform in Platform:
            cells.append(platform_cell(view, entry, platform))
        count = sum(
            any(name in alt for a in caller.assessments for alt in a.preconditions)
            for caller in view.book.callers.values()
        )
        rows.append([*cells, str(count), view.inline(entry.cost)])
    heads = ["Precondition", *(esc(PLATFORMS[p]) for p in Platform), "Callers excluded", "Cost"]
    return table(heads, rows, label="Preconditions", kind="wide")


def platform_cell(view: View, entry: Precondition, platform: Platform) -> str:
    """Who holds a precondition on a platform and by default, kernels with one answer together."""
    groups: dict[str, list[str]] = {}
    for kernel in view.book.kernels.kernels:
        if platform not in kernel.platforms:
            continue
        held = held_at(entry, kernel.name, platform)
        text = "" if held is None else f"{holder_words(held)}<br>default: {default_badge(held)}"
        if text:
            groups.setdefault(text, []).append(kernel.name)
    return "<br>".join(
        f"<small>{esc(', '.join(kernels))}</small> {text}" if len(groups) > 1 else text
        for text, kernels in groups.items()
    )
