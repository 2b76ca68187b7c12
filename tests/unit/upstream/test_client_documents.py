"""Documents of OAuth clients come from public https addresses, small, quick and unredirected."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.support.https import HOST, Here, https
from vapi_mcp.oauth.errors import DocumentUnavailable
from vapi_mcp.oauth.ports import ClientDocument
from vapi_mcp.upstream.public.client_documents import PublicClientDocuments

DOCUMENT = {"client_id": f"https://{HOST}/client.json"}


@asynccontextmanager
async def _served(
    directory: Path, answer: Callable[[web.Request], Any]
) -> AsyncGenerator[tuple[PublicClientDocuments, str]]:
    """Serve one answer by https; yield a reader that finds it, and its address."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return answer(request)

    async with https(directory, handle) as running:
        reader = PublicClientDocuments(Here, certificates=running.trusted)
        yield reader, f"{running.url}/client.json"


async def test_a_document_comes_with_the_time_it_may_be_kept(tmp_path: Path) -> None:
    headers = {"Cache-Control": "public, max-age=600"}
    async with _served(tmp_path, lambda _: web.json_response(DOCUMENT, headers=headers)) as (
        reader,
        url,
    ):
        assert await reader.read(url) == ClientDocument(DOCUMENT, 600)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (web.json_response([]), "not a JSON object"),
        (web.Response(text="<html>"), "cannot be read"),
        (web.Response(status=404), "answers 404"),
        (web.Response(status=302, headers={"Location": "https://localhost/"}), "answers 302"),
        (web.json_response({"client_name": "x" * 5200}), "larger than 5120 bytes"),
    ],
)
async def test_any_other_answer_is_no_document(
    tmp_path: Path, answer: web.Response, words: str
) -> None:
    async with _served(tmp_path, lambda _: answer) as (reader, url):
        with pytest.raises(DocumentUnavailable, match=words):
            await reader.read(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://app.example/client.json",
        "https://127.0.0.1/client.json",
        "https://127.1/client.json",
        "https://0x7f000001/client.json",
        "https://10.0.0.1/client.json",
        "https://169.254.169.254/client.json",
        "https://[::1]/client.json",
        "https://[::ffff:10.0.0.1]/client.json",
    ],
)
async def test_a_private_address_is_never_connected_to(url: str) -> None:
    with pytest.raises(DocumentUnavailable, match="not a public one"):
        await PublicClientDocuments(Here).read(url)


async def test_a_name_of_a_private_address_is_never_connected_to() -> None:
    with pytest.raises(DocumentUnavailable, match="cannot be read"):
        await PublicClientDocuments().read("https://localhost/client.json")


async def test_a_certificate_of_another_is_not_trusted(tmp_path: Path) -> None:
    async with _served(tmp_path, lambda _: web.json_response(DOCUMENT)) as (_, url):
        with pytest.raises(DocumentUnavailable, match="cannot be read"):
            await PublicClientDocuments(Here).read(url)
