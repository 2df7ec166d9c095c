"""The binding to mkdocs-macros: addresses relative to the page, and nothing else of its own."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import smallbook
from lostipi import macros
from lostipi.publish.files import files
from lostipi.render.book import UnknownNameError


class Env:
    """What the plugin gives to `define_env`."""

    def __init__(self, config: Path, dest_uri: str) -> None:
        self.conf = SimpleNamespace(config_file_path=str(config), extra={})
        self.page = SimpleNamespace(file=SimpleNamespace(dest_uri=dest_uri), edit_url=None)
        self.macros: dict[str, Callable[..., str]] = {}

    def macro(self, function: Callable[..., str], name: str) -> None:
        assert name not in self.macros, f"{name} is bound twice"
        self.macros[name] = function


def _env(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, dest_uri: str) -> Env:
    monkeypatch.setattr(macros, "gather", lambda _data: smallbook.book())
    monkeypatch.setattr(macros, "published", lambda _data: files(smallbook.book()))
    env = Env(tmp_path / "mkdocs.yml", dest_uri)
    macros.define_env(env)
    return env


@pytest.mark.parametrize(
    ("dest_uri", "href"),
    [
        ("index.html", "callsites/core/thing_sync/"),
        ("callers/index.html", "../callsites/core/thing_sync/"),
        ("callsites/mm/x/index.html", "../../../callsites/core/thing_sync/"),
    ],
)
def test_addresses_are_relative_to_the_page(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, dest_uri: str, href: str
) -> None:
    env = _env(monkeypatch, tmp_path, dest_uri)
    assert env.macros["caller"]("core/thing_sync").startswith(f'<a href="{href}">')


def test_every_macro_answers_with_text(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    env = _env(monkeypatch, tmp_path, "index.html")
    arguments: dict[str, tuple[Any, ...]] = {
        "api": ("smp_call_function_single",),
        "caller": ("core/thing_sync",),
        "precondition": ("thing-off",),
        "detector": ("csd-lock-debugging",),
        "count": ("callers",),
        "src": ("kernel/smp.c:csd_lock@v6.12",),
    }
    for name, macro in env.macros.items():
        assert macro(*arguments.get(name, ())).strip(), name


@pytest.mark.parametrize("kind", macros.LINKS)
def test_a_link_to_an_unknown_entry_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str
) -> None:
    env = _env(monkeypatch, tmp_path, "index.html")
    with pytest.raises(UnknownNameError, match=f"'no-such' is no {kind} entry"):
        env.macros[kind]("no-such")


def test_a_citation_that_is_not_one_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    env = _env(monkeypatch, tmp_path, "index.html")
    with pytest.raises(ValueError, match="path:symbol@kernel"):
        env.macros["src"]("kernel/smp.c")
