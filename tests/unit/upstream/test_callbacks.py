"""Webhooks go to public https addresses, without redirects, and only so much is read back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiohttp import web

from tests.support.https import HOST, Here, https
from vapi_mcp.events.callbacks import CallbackAnswer, CallbackFailed
from vapi_mcp.upstream.public import callbacks
from vapi_mcp.upstream.public.callbacks import PublicCallbacks

BODY = b'{"type":"verification"}'


async def test_a_message_arrives_with_its_headers_and_its_answer_comes_back(tmp_path: Path) -> None:
    got: list[tuple[str, bytes, str, str]] = []

    async def take(request: web.Request) -> web.Response:
        headers = request.headers
        got.append(
            (request.method, await request.read(), headers["webhook-id"], headers["content-type"])
        )
        return web.Response(status=202, text="thanks")

    async with https(tmp_path, take) as running:
        sender = PublicCallbacks(Here, certificates=running.trusted)
        answer = await sender.post(f"{running.url}/hook", BODY, {"webhook-id": "evt_1"})

    assert answer == CallbackAnswer(202, b"thanks")
    assert got == [("POST", BODY, "evt_1", "application/json")]


async def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    asked: list[str] = []

    async def lead_on(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=307, headers={"Location": "/elsewhere"})

    async with https(tmp_path, lead_on) as running:
        sender = PublicCallbacks(Here, certificates=running.trusted)
        answer = await sender.post(f"{running.url}/hook", BODY, {})

    assert (answer.status, asked) == (307, ["/hook"])


async def test_a_long_answer_is_cut(tmp_path: Path) -> None:
    async def talk(_: web.Request) -> web.Response:
        return web.Response(body=b"x" * 1_000_000)

    async with https(tmp_path, talk) as running:
        sender = PublicCallbacks(Here, certificates=running.trusted)
        answer = await sender.post(f"{running.url}/hook", BODY, {})

    assert len(answer.body) == 4 * 1024 + 1


async def test_a_slow_answer_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given_up = asyncio.Event()

    async def wait(_: web.Request) -> web.Response:
        await given_up.wait()
        return web.Response()

    monkeypatch.setattr(callbacks, "_SECONDS", 0.2)
    async with https(tmp_path, wait) as running:
        sender = PublicCallbacks(Here, certificates=running.trusted)
        with pytest.raises(CallbackFailed, match=r"did not answer within 0\.2 seconds") as failed:
            await sender.post(f"{running.url}/hook", BODY, {})
        given_up.set()
    assert failed.value.reason == "timeout"


async def test_a_certificate_that_nobody_trusts_is_refused(tmp_path: Path) -> None:
    async def take(_: web.Request) -> web.Response:
        return web.Response()

    async with https(tmp_path, take) as running:
        with pytest.raises(CallbackFailed) as failed:
            await PublicCallbacks(Here).post(f"{running.url}/hook", BODY, {})
    assert failed.value.reason == "tls_error"


@pytest.mark.parametrize(
    "url",
    [
        f"http://{HOST}/hook",
        "https://127.0.0.1/hook",
        "https://10.0.0.8/hook",
        "https://[::1]/hook",
        "https://169.254.169.254/hook",
        "ftp://app.example/hook",
    ],
)
async def test_addresses_that_are_not_public_https_are_not_asked(url: str) -> None:
    with pytest.raises(CallbackFailed) as failed:
        await PublicCallbacks(Here).post(url, BODY, {})
    assert failed.value.reason == "connection_refused"


async def test_a_name_of_this_machine_is_not_asked() -> None:
    with pytest.raises(CallbackFailed) as failed:
        await PublicCallbacks().post("https://localhost/hook", BODY, {})
    assert failed.value.reason == "connection_refused"
