"""What a reader's browser has to fetch."""

import gzip

from conftest import Open


def test_the_explorer_is_light(open_page: Open) -> None:
    page = open_page()
    fetched: dict[str, bytes] = {}
    page.on("response", lambda response: fetched.setdefault(response.url, response.body()))
    with page.expect_event("load"):
        page.goto(f"{page.url}callers/", wait_until="networkidle")
    assert any(url.endswith("/callers/") for url in fetched)
    assert any(url.endswith(".css") for url in fetched)
    weights = {url: len(gzip.compress(body)) for url, body in fetched.items()}
    assert sum(weights.values()) < 300_000, weights
