"""Tool lists go out as gzip where a client takes it; nothing else does."""

from __future__ import annotations

import gzip
import zlib
from typing import Any

import httpx
import mcp
import orjson
import pytest
from starlette.datastructures import Headers

from tests.support.app import headers_of, hosted, message, modern, post
from tests.support.registry import NAMES
from vapi_mcp.accounts.records import ServerConfig
from vapi_mcp.http.mcp.compression import CompressedLists, takes_gzip

GZIP = {"Accept-Encoding": "gzip"}


async def raw(url: str, request: dict[str, Any], **extra: str) -> tuple[httpx.Headers, bytes]:
    """Return an answer's headers and its bytes as they came over the wire."""
    headers = {**headers_of(request), **GZIP, **extra}
    async with (
        httpx.AsyncClient(trust_env=False) as client,
        client.stream("POST", url, content=orjson.dumps(request), headers=headers) as answer,
    ):
        return answer.headers, b"".join([chunk async for chunk in answer.aiter_raw()])


@pytest.mark.parametrize("build", [message, modern])
@pytest.mark.parametrize("alias", ["", "/mcp"])
async def test_list_is_the_same_in_a_sixth_of_the_bytes(build: Any, alias: str) -> None:
    """llama-index, LangChain and AutoGen fetch the list after nearly every call (2026-11)."""
    async with hosted() as server:
        headers, body = await raw(server.mcp_url + alias, build("tools/list"))
        plain = await post(server.mcp_url, build("tools/list"))
    assert headers["content-encoding"] == "gzip"
    assert int(headers["content-length"]) == len(body)
    assert headers["vary"] == "Accept-Encoding, Origin"
    assert gzip.decompress(body) == plain.content
    assert len(body) * 6 < len(plain.content)
    assert "content-encoding" not in plain.headers
    assert plain.headers["vary"] == "Accept-Encoding, Origin"


async def test_each_answer_carries_the_id_of_its_request() -> None:
    ids = [1, 2**53, "a", '","result":{', "é" * 100]
    async with hosted() as server:
        bodies = [await raw(server.mcp_url, message("tools/list", id=each)) for each in ids]
    answers = [orjson.loads(gzip.decompress(body)) for _, body in bodies]
    assert [answer["id"] for answer in answers] == ids
    assert [len(answer["result"]["tools"]) for answer in answers] == [len(NAMES)] * len(ids)


async def test_lists_of_different_scopes_never_mix() -> None:
    async with hosted() as server:
        token = server.add_server(config=ServerConfig(inline_media=False))
        urls = [server.mcp_url, f"{server.mcp_url}?methods=read", f"{server.url}/mcp/{token}"]
        for url in [*urls, *urls]:
            _, body = await raw(url, message("tools/list"))
            assert gzip.decompress(body) == (await post(url, message("tools/list"))).content


async def test_page_reads_a_compressed_list() -> None:
    async with hosted() as server:
        headers, _ = await raw(server.mcp_url, message("tools/list"), Origin="https://claude.ai")
    assert headers["access-control-allow-origin"] == "https://claude.ai"
    assert headers["content-encoding"] == "gzip"


async def test_sdk_client_reads_a_compressed_list() -> None:
    async with hosted() as server:
        async with mcp.Client(server.mcp_url) as client:
            listed = await client.list_tools()
    assert tuple(tool.name for tool in listed.tools) == NAMES


@pytest.mark.parametrize(
    "request_of",
    [
        message("tools/call", {"name": "list_all_vapi_assistants"}),
        message("prompts/list"),
        message("resources/templates/list"),
        message("tools/list", {"cursor": "x" * 2000}),
        modern("server/discover"),
    ],
)
async def test_nothing_else_is_compressed(request_of: dict[str, Any]) -> None:
    """An answer with secrets beside text that another may choose would tell them by its length."""
    async with hosted() as server:
        headers, body = await raw(server.mcp_url, request_of)
    assert "content-encoding" not in headers
    assert orjson.loads(body)["id"] == 1


async def test_short_list_is_left_as_it_is() -> None:
    async with hosted() as server:
        url = f"{server.mcp_url}?tools=delete_a_vapi_file_by_id"
        headers, body = await raw(url, message("tools/list"))
    assert "content-encoding" not in headers
    assert [tool["name"] for tool in orjson.loads(body)["result"]["tools"]] == [
        "delete_a_vapi_file_by_id"
    ]


@pytest.mark.parametrize(
    ("accepted", "taken"),
    [
        ((), False),
        (("",), False),
        (("gzip",), True),
        (("GZIP",), True),
        (("gzip, deflate, br, zstd",), True),
        (("br;q=1.0, gzip;q=0.5",), True),
        (("gzip;q=0",), False),
        (("gzip; q=0.000",), False),
        (("gzip ; q=0.001",), True),
        (("*",), True),
        (("*;q=0",), False),
        (("gzip;q=0, *",), False),
        (("identity, *;q=0, gzip",), True),
        (("br", "gzip"), True),
        (("identity",), False),
        (("notgzip",), False),
        (("gzip;q=much",), False),
    ],
)
def test_gzip_is_sent_to_those_who_take_it(accepted: tuple[str, ...], *, taken: bool) -> None:
    raw_headers = [(b"accept-encoding", each.encode()) for each in accepted]
    assert takes_gzip(Headers(raw=raw_headers)) is taken


def test_body_is_one_gzip_member() -> None:
    """RFC 1952 allows several, of which httpx 0.28.1 reads the first alone."""
    body = orjson.dumps({"jsonrpc": "2.0", "id": 7, "result": {"tools": ["x" * 3000]}})
    decoder = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    assert decoder.decompress(CompressedLists().gzip(body)) == body
    assert (decoder.eof, decoder.unused_data) == (True, b"")


def test_few_lists_are_kept_and_forgotten_ones_are_compressed_anew() -> None:
    lists = CompressedLists()
    bodies = [b'{"id":1,"result":{"n":%d}}' % n for n in range(200)]
    assert [gzip.decompress(lists.gzip(body)) for body in [*bodies, *bodies]] == [*bodies, *bodies]
    assert len(lists) == 64
