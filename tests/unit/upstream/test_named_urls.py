"""A URL that Vapi names gets no key, and is sent to only where it may lead."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import httpx
import pytest

from vapi_mcp.accounts.records import Account
from vapi_mcp.errors import UpstreamFailed
from vapi_mcp.invocation.failures.transport_errors import AnswerTooLarge, NeverConnected
from vapi_mcp.invocation.messages import UpstreamRequest, UpstreamResponse
from vapi_mcp.security.credential import Credential
from vapi_mcp.upstream.client import UpstreamClient

BASE = "http://127.0.0.1:9000"
ACCOUNT = Account("acc", "Acme", Credential("sk-secret"), BASE)
PUBLIC = "https://control.vapi.ai/abc/control"


class Host:
    """Whatever is reached; it keeps what it was sent."""

    def __init__(self, body: bytes | Exception = b"{}", status: int = 200) -> None:
        self.requests: list[httpx.Request] = []
        self._body = body
        self._status = status

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if isinstance(self._body, Exception):
            raise self._body
        headers = {"location": "https://elsewhere.example/"}
        return httpx.Response(self._status, headers=headers, content=_pieces(self._body))


async def _pieces(body: bytes) -> AsyncGenerator[bytes]:
    yield body


async def sent(url: str, host: Host) -> UpstreamResponse:
    transport = httpx.MockTransport(host)
    async with UpstreamClient(max_answer_bytes=1_000_000, transport=transport) as client:
        request = UpstreamRequest("POST", "/call/1/control", body=b'{"type":"end-call"}', url=url)
        return await client.send(request, ACCOUNT)


@pytest.mark.parametrize(
    "url", [PUBLIC, f"{BASE}/abc/control", "http://localhost:9000/abc/control"]
)
async def test_it_gets_the_body_and_no_key(url: str) -> None:
    host = Host()
    answer = await sent(url, host)
    (request,) = host.requests
    assert (answer.status, answer.body) == (200, b"{}")
    assert (request.method, str(request.url)) == ("POST", url)
    assert request.content == b'{"type":"end-call"}'
    assert request.headers["content-type"] == "application/json"
    assert "authorization" not in request.headers


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://control.vapi.ai/abc", "it is not https"),
        ("wss://control.vapi.ai/abc", "it is not https"),
        ("https://10.0.0.1/abc", "it leads to a private address"),
        ("https://127.1/abc", "it leads to a private address"),
        ("https://[::1]/abc", "it leads to a private address"),
        ("https://169.254.169.254/abc", "it leads to a private address"),
        ("https://ann:secret@control.vapi.ai/abc", "it has a user name or password in it"),
        ("/abc", "it cannot be read as the URL of one host"),
    ],
)
async def test_a_place_that_it_may_not_lead_to_gets_nothing(url: str, why: str) -> None:
    host = Host()
    with pytest.raises(NeverConnected) as refusal:
        await sent(url, host)
    assert refusal.value.message == (
        f"Vapi names a control URL for this call, but {why}. Nothing was sent."
    )
    assert host.requests == []


async def test_a_redirect_is_not_followed() -> None:
    host = Host(status=302)
    assert (await sent(PUBLIC, host)).status == 302
    assert len(host.requests) == 1


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (httpx.ConnectError("no route to control.vapi.ai/abc"), NeverConnected),
        (httpx.ReadError("broken control.vapi.ai/abc"), UpstreamFailed),
    ],
)
async def test_a_failure_has_no_url(failure: Exception, kind: type[UpstreamFailed]) -> None:
    with pytest.raises(UpstreamFailed) as failed:
        await sent(PUBLIC, Host(failure))
    assert type(failed.value) is kind
    assert "abc" not in f"{failed.value.message}{failed.value.extra}"
    assert failed.value.__cause__ is None


async def test_a_long_answer_is_not_read() -> None:
    with pytest.raises(AnswerTooLarge):
        await sent(PUBLIC, Host(b"x" * 70_000))
