"""Binds render to mkdocs-macros. Holds no text and no logic of its own."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lostipi.publish.listing import downloads_table
from lostipi.publish.shape import VERSION
from lostipi.render import (
    checklist,
    detection,
    diagrams,
    fates,
    figures,
    fixes,
    fragments,
    front,
    method,
    pictures,
    reading,
    sureness,
)
from lostipi.render.book import UnknownNameError, View
from lostipi.render.choice import chooser
from lostipi.render.detector import detectors_table, enabling_table
from lostipi.render.explorer import explorer
from lostipi.render.lists import apis_table
from lostipi.render.precondition import preconditions_table
from lostipi.render.replay import replay_figures
from lostipi.render.repository import Repository
from lostipi.render.seed import seed_counts, seed_table
from lostipi.render.waivers import waivers_table
from lostipi.sitedata import gather, published

BLOCKS: dict[str, Callable[[View], str]] = {
    "explorer": explorer,
    "chooser": chooser,
    "apis_table": apis_table,
    "preconditions_table": preconditions_table,
    "detectors_table": detectors_table,
    "enabling_table": enabling_table,
    "survivors": detection.survivors,
    "needs_table": detection.needs_table,
    "blinding_table": detection.blinding_table,
    "serving_table": detection.serving_table,
    "checklist_glance": checklist.glance,
    "checklist_concerns": checklist.concerns,
    "checklist_others": checklist.others,
    "kconfig_fragment": fragments.kconfig_fragment,
    "cmdline_fragment": fragments.cmdline_fragment,
    "check_script": fragments.check_script,
    "concern_table": front.concern_table,
    "first_list": front.first_list,
    "verdict_chart": front.verdict_chart,
    "coverage_lines": front.coverage_lines,
    "not_waiting": front.not_waiting,
    "waits_per_kernel": front.waits_per_kernel,
    "by_subsystem": front.by_subsystem,
    "subsystem_chart": pictures.subsystem_chart,
    "change_chart": fates.change_chart,
    "flow_chart": pictures.flow_chart,
    "seed_table": seed_table,
    "seed_counts": seed_counts,
    "kernels_table": method.kernels_table,
    "waivers_table": waivers_table,
    "glossary": reading.glossary,
    "changes": reading.changes,
    "reviews": reading.reviews,
    "fix_counts": fixes.counts,
    "open_fixes": fixes.open_fixes,
    "stable_fixes": fixes.stable_fixes,
    "confidence_table": sureness.confidence_table,
    "evidence_table": sureness.evidence_table,
    "least_sure": sureness.least_sure,
    "lint_rules": method.lint_rules,
    "replay_figures": replay_figures,
    "site_figures": figures.site_figures,
    "occurrence_figures": figures.occurrence_figures,
    "speed_figures": figures.speed_figures,
    "planting_figures": figures.planting_figures,
}
"""The macros that need the data but no argument."""

TEXTS: dict[str, Callable[[], str]] = {
    "verdict_scale": method.scale,
    "decision_table": method.decision_table,
    "words": method.words,
    "field_tables": method.field_tables,
    "queue_diagram": diagrams.queue,
    "delivery_diagram": diagrams.delivery,
    "amplification_diagram": diagrams.amplification,
    "secure_avic_diagram": diagrams.secure_avic,
}
"""The macros that need nothing."""

LINKS = ("api", "caller", "precondition", "detector")
"""The macros that link to one entry."""


def view_of(config: Any, page: Any) -> View:
    """The book as one page of the site sees it.

    Args:
        config: the settings of mkdocs; data/ is beside their file.
        page: the page of mkdocs.
    """
    here = posixpath.dirname(page.file.dest_uri)
    root = "../" * (here.count("/") + 1) if here else ""
    address = config.extra.get("repository")
    repository = Repository(address.rstrip("/")) if address else None
    return View(gather(data_of(config)), root, here, page.edit_url, repository)


def data_of(config: Any) -> Path:
    """The data directory beside the settings of mkdocs."""
    return Path(config.config_file_path).resolve().parent / "data"


def define_env(env: Any) -> None:
    """Give mkdocs-macros every macro; called by the plugin."""

    def view() -> View:
        return view_of(env.conf, env.page)

    def bind_block(name: str, render: Callable[[View], str]) -> None:
        env.macro(lambda: render(view()), name)

    def bind_link(name: str) -> None:
        env.macro(lambda entry_id: getattr(view(), name)(_known(view(), name, entry_id)), name)

    for name, render_block in BLOCKS.items():
        bind_block(name, render_block)
    for name, render_text in TEXTS.items():
        env.macro(render_text, name)
    for name in LINKS:
        bind_link(name)
    env.macro(lambda name: str(front.numbers(view())[name]), "count")
    env.macro(lambda text: view().cited(text), "src")
    env.macro(lambda: downloads_table(view(), published(data_of(env.conf))), "downloads_table")
    env.macro(lambda: VERSION, "schema_version")


def _known(view: View, kind: str, entry_id: str) -> str:
    """The id itself, when there is such an entry.

    Raises:
        UnknownNameError: when there is none.
    """
    entries = {
        "api": view.book.apis,
        "caller": view.book.callers,
        "precondition": view.book.preconditions,
        "detector": view.book.detectors,
    }[kind]
    if entry_id not in entries:
        raise UnknownNameError(f"{entry_id!r} is no {kind} entry")
    return entry_id
