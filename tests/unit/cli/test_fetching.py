"""What `vapi-mcp specs check URL` reads, and what it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from vapi_mcp.cli import fetching
from vapi_mcp.cli.fetching import fetched
from vapi_mcp.errors import ConfigurationError

DOCUMENT = b'{"openapi": "3.0.0"}'


def site(**pages: httpx.Response | Callable[[], httpx.Response]) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        page = pages[request.url.path.strip("/") or "home"]
        return page if isinstance(page, httpx.Response) else page()

    return httpx.MockTransport(answer)


def to(place: str) -> httpx.Response:
    return httpx.Response(302, headers={"location": place})


@pytest.mark.parametrize(
    ("start", "place"),
    [
        ("https://vapi.example", "/document"),
        ("https://vapi.example", "https://cdn.example/document"),
        ("http://vapi.example", "http://vapi.example/document"),
        ("http://vapi.example", "https://vapi.example/document"),
    ],
)
def test_a_redirect_is_followed_where_it_is_no_step_down(start: str, place: str) -> None:
    pages = site(home=to(place), document=httpx.Response(200, content=DOCUMENT))
    assert fetched(start, pages) == DOCUMENT


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("http://vapi.example/document", "redirects from https to http, which is not followed"),
        ("ftp://vapi.example/document", "redirects from https to ftp, which is not followed"),
        ("/home", "redirects more than 5 times"),
        ("/gone", "cannot be read: Client error '404 Not Found'"),
    ],
)
def test_other_redirects_and_refusals_are_one_line(place: str, told: str) -> None:
    pages = site(home=to(place), gone=httpx.Response(404))
    with pytest.raises(ConfigurationError, match=told):
        fetched("https://vapi.example", pages)


def test_no_more_is_read_than_a_document_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MOST_BYTES", 2**20)
    read = 0

    def endless() -> Iterator[bytes]:
        nonlocal read
        while True:
            read += 2**16
            yield bytes(2**16)

    with pytest.raises(ConfigurationError, match="has more than 1 MB"):
        fetched("https://vapi.example", site(home=lambda: httpx.Response(200, content=endless())))
    assert read <= 2**20 + 2**17
