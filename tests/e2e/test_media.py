"""Recordings, captures and logs, from the tool call to the last byte."""

from __future__ import annotations

import asyncio
import base64
import io
import tracemalloc
import wave
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Send
from typer.testing import CliRunner

from tests.support.app import RING
from tests.support.e2e.connecting import connected
from tests.support.e2e.gallery import AUDIO, TOOLS, Gallery, call_with, gallery
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.accounts.records import Grant, Server, ServerConfig
from vapi_mcp.audit.entry import LogFilter
from vapi_mcp.cli.main import app as cli
from vapi_mcp.invocation.artifacts.links import PURPOSE, MediaLinks
from vapi_mcp.security.signing import Signer
from vapi_mcp.security.tokens import new_token, token_hash

MONO = TOOLS["mono-recording"]
CALL = "5f6c2c8e-1d1c-4b0e-9a53-0c7b3c1f5a10"


async def get(url: str, method: str = "GET", **headers: str) -> httpx.Response:
    """Open a link as a browser does: with no key and no cookie."""
    async with httpx.AsyncClient(trust_env=False) as client:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await client.request(method, url, headers=named)


async def link(server: Gallery, segment: str = "mono-recording") -> dict[str, Any]:
    return await server.call(TOOLS[segment], id=call_with(segment))


@pytest.mark.parametrize("segment", TOOLS)
async def test_every_artifact_comes_through_a_link_of_ours(segment: str) -> None:
    async with gallery() as server:
        told = await link(server, segment)
        answer = await get(told["url"])
    assert told["url"].startswith(f"{server.running.url}/media/")
    assert answer.status_code == 200
    assert len(answer.content) == told["size_bytes"] == int(answer.headers["content-length"])
    assert answer.headers["content-type"] == told["content_type"]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    shown = "inline" if told["content_type"].startswith(("audio/", "video/")) else "attachment"
    assert answer.headers["content-disposition"].startswith(f'{shown}; filename="')


@pytest.mark.parametrize("segment", AUDIO)
async def test_a_link_says_how_long_a_recording_is(segment: str) -> None:
    async with gallery() as server:
        told = await link(server, segment)
        content = (await get(told["url"])).content
    with wave.open(io.BytesIO(content)) as file:
        assert told["duration_seconds"] == round(file.getnframes() / file.getframerate(), 3)


async def test_a_video_says_how_long_it_is() -> None:
    async with gallery() as server:
        told = await link(server, "video-recording")
    assert told["duration_seconds"] == 8.0


async def test_links_to_either_storage_host_are_followed() -> None:
    """The simulated storage is at the machine's other name; Vapi's own may be at the same one."""
    for place in ("/storage/x", "http://localhost:{port}/storage/x"):
        async with gallery(storing(b"RIFF....WAVEdata", place)) as server:
            told = await server.call(MONO, id=CALL)
            assert (await get(told["url"])).content == b"RIFF....WAVEdata"


async def test_a_player_reads_in_ranges() -> None:
    async with gallery() as server:
        url = (await link(server))["url"]
        whole = (await get(url)).content
        probe = await get(url, range="bytes=0-")
        head = await get(url, range="bytes=0-1023", if_range=probe.headers["etag"])
        tail = await get(url, range="bytes=-100")
        beyond = await get(url, range=f"bytes={len(whole)}-")
        several = await get(url, range="bytes=0-1,5-6")
        asked = await get(url, "HEAD", range="bytes=0-1")
    assert (probe.status_code, probe.content) == (206, whole)
    assert (head.status_code, head.content) == (206, whole[:1024])
    assert head.headers["content-range"] == f"bytes 0-1023/{len(whole)}"
    assert tail.content == whole[-100:]
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(whole)}")
    assert (several.status_code, several.content) == (200, whole)
    assert (asked.status_code, asked.content) == (200, b"")
    assert asked.headers["content-length"] == str(len(whole))
    assert "content-range" not in asked.headers
    assert asked.headers["accept-ranges"] == "bytes"


async def test_a_link_outlives_vapis_own() -> None:
    """Each click asks Vapi anew, so it leads to a URL that was signed just now."""
    seen: list[str] = []
    async with gallery(storing(b"RIFF....WAVEdata", seen=seen)) as server:
        url = (await server.call(MONO, id=CALL))["url"]
        seen.clear()
        await get(url)
        await get(url)
    assert [each.split()[0] for each in seen] == ["vapi", "storage"] * 2
    assert seen[1] != seen[3]
    assert all("authorization" not in each for each in seen if each.startswith("storage"))


async def test_a_link_ends_with_its_server() -> None:
    soon = datetime.now(UTC) + timedelta(hours=1)
    async with gallery(expires_at=soon) as server:
        told = await link(server)
        assert datetime.fromisoformat(told["expires_at"]) <= soon
        assert (await get(told["url"])).status_code == 200
        await server.change(expires_at=datetime.now(UTC) - timedelta(seconds=1))
        ended = await get(told["url"])
    assert ended.status_code == 404


async def test_a_link_ends_with_the_rotation_of_its_url_unless_it_is_kept() -> None:
    """Whoever had the URL cannot go on listening once it is rotated."""
    async with gallery() as server:
        url = (await link(server))["url"]
        await server.store.replace_token(server.account.id, "server-1", "a", datetime.now(UTC))
        ended, token = await get(url), new_token()
        await server.store.replace_token(
            server.account.id, "server-1", token_hash(token), datetime.now(UTC)
        )
        renewed = replace(server, token=token)
        fresh = (await link(renewed))["url"]
        await server.store.replace_token(
            server.account.id, "server-1", "b", datetime.now(UTC), keep_links=True
        )
        kept = await get(fresh)
    assert (ended.status_code, kept.status_code) == (404, 200)


async def test_a_link_is_bound_to_the_scope_of_its_server() -> None:
    async with gallery() as server:
        url = (await link(server))["url"]
        await server.change(config=ServerConfig(tags=("assistants",)))
        outside = await get(url)
        await server.change(config=ServerConfig(tools=(MONO,)))
        inside = await get(url)
        await server.store.delete_server(server.account.id, "server-1")
        deleted = await get(url)
        forged = await get(url[:-3] + "AAA")
    assert inside.status_code == 200
    assert outside.status_code == deleted.status_code == forged.status_code == 404
    assert outside.content == deleted.content == forged.content


async def test_other_methods_and_strange_links_are_refused() -> None:
    async with gallery() as server:
        url = (await link(server))["url"]
        posted = await get(url, "POST")
        strange = [f"{server.running.url}/media/{text}" for text in ("x", "%00", "a" * 5000, "é")]
        refused = [await get(each) for each in strange]
    assert (posted.status_code, posted.headers["allow"]) == (405, "GET, HEAD")
    assert [each.status_code for each in refused] == [404] * 4


async def test_a_click_is_in_the_audit_log_and_its_link_in_no_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    async with gallery() as server:
        url = (await link(server))["url"]
        await get(url, range="bytes=0-9")
    page = await server.store.list_entries(LogFilter(mcp_method="media"), Window(limit=10))
    entry = page.items[0]
    assert (entry.tool_name, entry.status, entry.upstream_id) == (
        MONO,
        206,
        call_with("mono-recording"),
    )
    assert entry.arguments == {"id": call_with("mono-recording"), "range": "bytes=0-9"}
    assert "GET /media/{signed} 206" in caplog.text
    assert url.rpartition("/")[2][:24] not in caplog.text


async def test_clicks_count_in_the_limits_of_their_server() -> None:
    async with gallery(server_calls_per_minute=1) as server:
        url = (await link(server))["url"]
        first, second = await get(url), await get(url)
    assert (first.status_code, second.status_code) == (200, 429)
    assert int(second.headers["retry-after"]) > 0


async def test_the_public_url_is_what_links_begin_with() -> None:
    async with gallery(public_url="https://mcp.example.com/vapi") as server:
        told = await link(server)
    assert told["url"].startswith("https://mcp.example.com/vapi/media/")


async def test_a_large_artifact_passes_through_little_memory() -> None:
    size = 200_000_000
    received = 0
    async with gallery(storing(None, size=size)) as server:
        url = (await server.call(MONO, id=CALL))["url"]
        tracemalloc.start()
        async with httpx.AsyncClient(trust_env=False) as client, client.stream("GET", url) as got:
            async for chunk in got.aiter_raw():
                received += len(chunk)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert received == size
    assert peak < 30_000_000


async def test_a_link_to_an_mp2_names_it_so() -> None:
    frames = (bytes.fromhex("fffd80c4") + bytes(413)) * 4  # layer II, 128 kbit/s at 44.1 kHz
    async with gallery(storing(frames[:1300], claims="audio/mpeg")) as server:
        told = await server.call(MONO, id=CALL)
        answer = await get(told["url"])
    assert answer.content == frames[:1300]
    assert answer.headers["content-type"] == told["content_type"] == "audio/mpeg"
    assert answer.headers["content-disposition"] == f'inline; filename="{CALL}-mono.mp2"'


async def test_a_player_that_leaves_ends_the_transfer() -> None:
    ended = asyncio.Event()
    async with gallery(storing(None, size=10**12, ended=ended)) as server:
        url = (await server.call(MONO, id=CALL))["url"]
        async with httpx.AsyncClient(trust_env=False) as client, client.stream("GET", url) as got:
            await anext(got.aiter_raw())
        async with asyncio.timeout(30):
            await ended.wait()


async def test_a_transfer_that_breaks_off_ends_short_of_its_length() -> None:
    async with gallery(storing(None, size=10**9, breaks_at=10**6)) as server:
        url = (await server.call(MONO, id=CALL))["url"]
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete|without sending complete"):
            await get(url)


@pytest.mark.parametrize(
    "claimed", ["text/html", "image/svg+xml", "application/javascript", "audio/x\tevil", ""]
)
async def test_what_storage_claims_to_be_a_page_is_bytes(claimed: str) -> None:
    async with gallery(storing(b"<script>alert(1)</script>", claims=claimed)) as server:
        told = await server.call(MONO, id=CALL)
        answer = await get(told["url"])
    assert told["content_type"] == answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["content-security-policy"]


async def test_what_vapi_refuses_is_a_short_error() -> None:
    async def vapi(request: Request) -> Response:
        # The ids of calls are statuses here.
        status = int(request.path_params["id"])
        return Response(orjson.dumps({"message": "no"}), status, media_type="application/json")

    app = Starlette(routes=[Route("/call/{id}/mono-recording", vapi)])
    async with gallery(app) as server:
        for status, expected in (("404", 404), ("401", 502), ("503", 503), ("429", 429)):
            result = await server.raw(MONO, id=status)
            assert orjson.loads(result["content"][0]["text"])["statusCode"] == int(status)
            answer = await get(signed(server, status))
            assert answer.status_code == expected
            assert answer.json().keys() == {"statusCode", "error", "message"}


async def test_audio_is_a_block_only_on_request_and_only_when_small() -> None:
    async with gallery() as server:
        id_ = call_with("mono-recording")
        plain = await server.raw(MONO, id=id_)
        inline = await server.raw(MONO, id=id_, inline=True)
        url = orjson.loads(inline["content"][0]["text"])["url"]
        whole = (await get(url)).content
    assert [block["type"] for block in plain["content"]] == ["text", "text"]
    assert [block["type"] for block in inline["content"]] == ["text", "text", "audio"]
    audio = inline["content"][2]
    assert (audio["mimeType"], base64.b64decode(audio["data"])) == ("audio/wav", whole)


@pytest.mark.parametrize(("size", "blocks"), [(700_000, 3), (700_001, 2)])
async def test_the_bound_of_a_block_is_exact(size: int, blocks: int) -> None:
    content = b"RIFF....WAVE" + bytes(size - 12)
    async with gallery(storing(content)) as server:
        result = await server.raw(MONO, id=CALL, inline=True)
    assert len(result["content"]) == blocks
    assert ("inline was refused" in result["content"][1]["text"]) == (blocks == 2)


async def test_a_capture_is_a_blob_and_a_video_never_inline() -> None:
    async with gallery() as server:
        capture = await server.raw(TOOLS["pcap"], id=call_with("pcap"), inline=True)
        video = await server.raw(
            TOOLS["video-recording"], id=call_with("video-recording"), inline=True
        )
    blob = capture["content"][2]["resource"]
    assert blob["uri"] == f"vapi://calls/{call_with('pcap')}/pcap"
    assert base64.b64decode(blob["blob"])[:4] in (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4")
    assert len(video["content"]) == 2
    assert "never part of an answer" in video["content"][1]["text"]
    assert orjson.loads(video["content"][0]["text"])["url"]


async def test_over_stdio_a_recording_is_vapis_own_link_or_a_file(tmp_path: Path) -> None:
    async with connected("modern stdio", "", "--sandbox") as connection:
        id_ = call_with("mono-recording")
        link = await connection.call(MONO, id=id_)
        saved = await connection.call(MONO, id=id_, save_to=str(tmp_path))
        again = await connection.call(MONO, id=id_, save_to=str(tmp_path))
        content = (await get(link.json["url"])).content
    assert "/storage/" in link.json["url"]
    assert saved.json["path"] == str(tmp_path / f"{id_}-mono.wav")
    assert saved.json["sha256"] == sha256(content).hexdigest()
    assert again.is_error
    assert "exists already" in again.json["message"]


def test_a_shell_says_that_bytes_are_left_out() -> None:
    arguments = ["call", MONO, "--sandbox", "inline=true", f"id={call_with('mono-recording')}"]
    result = CliRunner().invoke(cli, arguments)
    assert "bytes of audio/wav left out; save it with save_to=PATH" in result.stderr


async def test_a_file_cannot_be_saved_by_a_hosted_server() -> None:
    async with gallery() as server:
        result = await server.raw(MONO, id=CALL, save_to="/recordings")
    assert result["isError"]
    assert "save_to is not an argument" in result["content"][0]["text"]


def signed(server: Gallery, call_id: str) -> str:
    """Return a link as the server itself makes it."""
    links = MediaLinks(Signer(RING, PURPOSE), lifetime=timedelta(hours=1))
    grant = Grant(server.account, Server("server-1", "all", server.account.id))
    return links.issue(
        grant, server.running.url, tool_name=MONO, call_id=call_id, media_type="audio/wav"
    )[0]


def storing(
    content: bytes | None,
    place: str = "/storage/x",
    *,
    size: int = 0,
    claims: str = "audio/wav",
    seen: list[str] | None = None,
    ended: asyncio.Event | None = None,
    breaks_at: int | None = None,
) -> Starlette:
    """Return a Vapi that redirects to storage with this content, or with so many bytes."""
    seen = [] if seen is None else seen

    async def vapi(request: Request) -> Response:
        seen.append("vapi")
        to = place.format(port=request.url.port)
        return RedirectResponse(f"{to}?signature={len(seen)}", 302)

    async def stored(request: Request) -> Response:
        seen.append(f"storage {request.url.query} {','.join(request.headers)}")
        headers = {"content-type": claims} if claims else {}
        if content is not None:
            return Response(content, headers=headers)
        if "range" in request.headers:
            ranged = {**headers, "content-range": f"bytes 0-0/{size}"}
            return Response(b"R", 206, ranged)
        length = {**headers, "content-length": str(size)}
        sent = _zeros(size if breaks_at is None else breaks_at, ended or asyncio.Event())
        return _Short(sent, headers=length)

    return Starlette(routes=[Route("/call/{id}/{kind}", vapi), Route("/storage/x", stored)])


class _Short(StreamingResponse):
    """A stream that may end before its length, as when a machine goes away."""

    async def stream_response(self, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        async for piece in self.body_iterator:
            await send({"type": "http.response.body", "body": piece, "more_body": True})


async def _zeros(size: int, ended: asyncio.Event) -> AsyncGenerator[bytes]:
    piece = bytes(100_000)
    try:
        for _ in range(size // len(piece)):
            yield piece
            # A client that is gone holds nobody up, and nobody else would have a turn.
            await asyncio.sleep(0)
    finally:
        ended.set()
