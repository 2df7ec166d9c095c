"""The figures of the replay: what upgrades carried over, and how right that was."""

from __future__ import annotations

from lostipi.render.book import View
from lostipi.render.html import page, table
from lostipi.render.text import esc
from lostipi.replay import Carry, Replay, ReplayStep


def replay_figures(view: View) -> str:
    """What became of calls and entries at each upgrade, and what reading some showed."""
    record = view.book.replay
    if record is None:
        return "<p>No replay is on record.</p>"
    return page(_fates(record), _rightness(record), _readings(view, record))


def _fates(record: Replay) -> str:
    statuses = tuple(record.steps[0].sites)
    rows = [
        [
            esc(f"{step.old} to {step.new}"),
            *(str(step.sites.get(status, 0)) for status in statuses),
            str(step.entries.carried),
            str(step.entries.read),
            str(step.entries.drafts),
            str(step.entries.gone),
        ]
        for step in record.steps
    ]
    heads = ["Upgrade", *(f"Calls {status}" for status in statuses)]
    heads += ["Entries carried", "Entries to read", "Drafts", "Entries gone"]
    return table(heads, rows, label="What became of calls and entries")


def _rightness(record: Replay) -> str:
    rows = [
        [
            esc(f"{step.old} to {step.new}"),
            str(step.carried_sites),
            str(len(step.candidates)),
            str(_false(step)),
            f"{sum(one.finding is not Carry.UNREAD for one in step.sample)}",
            f"{step.held_back_differing} of {step.held_back}",
        ]
        for step in record.steps
    ]
    heads = [
        "Upgrade",
        "Calls carried",
        "Judged otherwise by the data",
        "False carries found",
        "Carried entries read",
        "Held back though call, caller and func are the same: judged otherwise",
    ]
    return table(heads, rows, label="How right what was carried over is")


def _false(step: ReplayStep) -> int:
    found = {one.entry for one in (*step.candidates, *step.sample) if one.finding is Carry.FALSE}
    return len(found)


def _readings(view: View, record: Replay) -> str:
    """What differs around the entries that were read, where anything does."""
    items = [
        f"<li>{view.caller(one.entry)}, {esc(step.old)} to {esc(step.new)}, "
        f"{esc(one.finding.value)}: {view.inline(one.why)}</li>"
        for step in record.steps
        for one in (*step.candidates, *step.sample)
        if one.why
    ]
    if not items:
        return ""
    return (
        "<p>Of the entries that were read, something else that they name differs around these:</p>"
        f"<ul>{''.join(items)}</ul>"
    )
