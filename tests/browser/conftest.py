"""The built site in headless Chromium. Whatever a test does, nothing may be asked of another host,
and nothing may be wrong by the browser's own word."""

import functools
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

SITE = Path(__file__).parents[2] / "site"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing of each request."""


@pytest.fixture(scope="session")
def origin() -> Iterator[str]:
    """Where the built site is served."""
    assert (SITE / "index.html").is_file(), "no built site: run scripts/build first"
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(_Quiet, directory=os.fspath(SITE))
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert program, "no Chromium: install it, or set CHROMIUM"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program)
        yield started
        started.close()


Open = Callable[..., Page]
expect.set_options(timeout=15_000)


@pytest.fixture
def open_page(browser: Browser, origin: str) -> Iterator[Open]:
    """Opens a page of the site in a context of its own, with the settings given."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_(address: str = "", **settings: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **settings})
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((f"{origin}/", "data:", "blob:", "file:"))
                else complaints.append(f"asked another host: {request.url}")
            ),
        )
        page.on(
            "console",
            lambda message: (
                complaints.append(f"console: {message.text}")
                if message.type in ("error", "warning")
                # The theme looks for these in pages opened as files, too; both need a server.
                and not re.search(
                    r"file:\S*/(search/search_index\.js|sitemap\.xml)",
                    f"{message.location['url']} {message.text}",
                )
                else None
            ),
        )
        page.on("pageerror", lambda error: complaints.append(f"script: {error}"))
        page.goto(address if ":" in address else f"{origin}/{address}")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []
