"""What the owner of a guest should set for one caller: preconditions, their checks, the advice."""

from __future__ import annotations

from collections.abc import Sequence

from lostipi.model.base import Platform
from lostipi.model.caller import Assessment
from lostipi.model.meanings import meaning
from lostipi.model.precondition import Default
from lostipi.render.book import View, platform_names
from lostipi.render.checks import check_command
from lostipi.render.html import facts, table
from lostipi.render.standing import Standing, default_at, order, to_set
from lostipi.render.text import code, esc, link
from lostipi.render.words import PLATFORMS

_FEW = 3
"""How many checks of one precondition a row shows; its own page shows all."""


def plain_scope(assessment: Assessment) -> str:
    """The kernels, platforms and sites that an assessment names, as plain text."""
    scope = ", ".join(assessment.kernels)
    if assessment.platforms:
        scope += f", {platform_names(assessment.platforms)}"
    return scope + _sites(assessment)


def scope_words(view: View, assessment: Assessment) -> str:
    """The kernels and platforms of an assessment, as prose."""
    kernels = ", ".join(assessment.kernels)
    platforms = assessment.platforms or tuple(
        p
        for p in Platform
        if any(p in view.book.kernels.platforms_of(kernel) for kernel in assessment.kernels)
    )
    text = f"{esc(kernels)} on {esc(platform_names(platforms))}"
    return text + esc(_sites(assessment))


def _sites(assessment: Assessment) -> str:
    labels = assessment.sites or ()
    return f", site{'s' * (len(labels) > 1)} {', '.join(labels)}" if labels else ""


def what_to_set(view: View, found: Sequence[Standing]) -> list[str]:
    """The section with the preconditions, how to check each, what it costs, and the advice."""
    ranked = sorted(found, key=lambda standing: order(standing.assessment))
    names = to_set(ranked)
    advices = _advices(view, ranked)
    if not names and not advices:
        return []
    parts = ["## What to set {#what-to-set}"]
    if names:
        columns = _default_columns(view, found)
        rows = [
            [
                view.precondition(name),
                "<br>".join(
                    f'<span class="on">{esc(PLATFORMS[platform])}</span> '
                    f"{default_words(view, name, kernels, platform)}"
                    for platform, kernels in columns
                ),
                _checks(view, name),
                view.inline(view.book.preconditions[name].cost),
            ]
            for name in names
        ]
        heads = ["Precondition", "By default", "Check", "Cost"]
        parts.append(
            table(
                heads, rows, label="Preconditions, defaults and checks", kind="to-set", stack=True
            )
        )
    if len(advices) == 1:
        parts.append(f"<div>{next(iter(advices))}</div>")
    elif advices:
        told = [("<br>".join(scopes), advice) for advice, scopes in advices.items()]
        parts.append(facts(told, label="Advice by kernel and platform"))
    return parts


def _checks(view: View, name: str) -> str:
    """The first checks of a precondition as commands, with what they must say."""
    checks = view.book.preconditions[name].checks
    page = view.href(f"preconditions/{name}#check")
    if not checks:
        return link(page, "how to tell")
    shown = []
    for check in checks[:_FEW]:
        command, wanted = check_command(check)
        shown.append(f'<span class="cmd">{code(command)}</span><small>{wanted}</small>')
    if len(checks) > _FEW:
        shown.append(link(page, f"and {len(checks) - _FEW} more"))
    return "<br>".join(shown)


def _advices(view: View, ranked: Sequence[Standing]) -> dict[str, list[str]]:
    """The advice texts as HTML with what they hold for, worst first, equal ones together."""
    told = [
        (standing, standing.assessment.advice)
        for standing in ranked
        if standing.assessment.advice is not None and standing.assessment.advice.text is not None
    ]
    # With one text for all, the table above has named the preconditions already.
    several = len({(advice.preconditions, advice.text) for _, advice in told}) > 1
    advices: dict[str, list[str]] = {}
    for standing, advice in told:
        listed = ", ".join(view.precondition(name) for name in advice.preconditions)
        text = f"<p>{listed}</p>" if listed and several else ""
        scopes = advices.setdefault(text + view.block(advice.text or ""), [])
        scope = scope_words(view, standing.assessment)
        if scope not in scopes:
            scopes.append(scope)
    return advices


def _default_columns(view: View, found: Sequence[Standing]) -> list[tuple[Platform, list[str]]]:
    kernels = [kernel.name for kernel in view.book.kernels.kernels]
    pairs = {(s.platform, s.kernel) for s in found}
    return [
        (platform, [kernel for kernel in kernels if (platform, kernel) in pairs])
        for platform in Platform
        if any(p is platform for p, _ in pairs)
    ]


def default_words(view: View, name: str, kernels: Sequence[str], platform: Platform) -> str:
    """Whether distributions hold a precondition by default, kernels with one answer together."""
    groups: dict[Default, list[str]] = {}
    for kernel in kernels:
        groups.setdefault(default_at(view.book, name, kernel, platform), []).append(kernel)
    return " ".join(
        f'<span class="d d-{default.value}" title="{esc(meaning(default))}">{default.value}</span>'
        + (f" <small>{esc(', '.join(of))}</small>" if len(groups) > 1 else "")
        for default, of in groups.items()
    )
