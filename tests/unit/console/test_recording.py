"""The bytes and the outline of a recording."""

from __future__ import annotations

import asyncio
import io
import logging
import wave
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import pytest

from tests.support.app import Hosted, hosted
from tests.support.console import Browser, signed_in
from tests.support.upstream import FakeUpstream
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.accounts.records import Account
from vapi_mcp.audit.entry import LogFilter
from vapi_mcp.console.calls.outlines import Outlines
from vapi_mcp.errors import ArtifactUnavailable
from vapi_mcp.hosting.processes.bounded_http import BoundedHeads
from vapi_mcp.invocation.messages import OpenArtifact, UpstreamRequest
from vapi_mcp.invocation.playback import recording as playback_recording

PATH = "/console/calls/account-1/call-1/recording"
PICTURE = "/console/calls/account-1/call-1/waveform.svg"
WHOLE = {"content-type": "audio/wav", "content-length": "8", "etag": '"1"'}


class Storage(FakeUpstream):
    """An upstream with one file, which tells what it was asked and when it was let go."""

    def __init__(self, content: bytes, headers: Mapping[str, str], *, ends: str = "well") -> None:
        super().__init__()
        self.content, self.headers, self.ends = content, headers, ends
        self.asked: list[Mapping[str, str]] = []
        self.open = 0
        self.let_go = asyncio.Event()

    @asynccontextmanager
    async def opened(
        self, request: UpstreamRequest, account: Account, headers: Mapping[str, str]
    ) -> AsyncGenerator[Any]:
        self.asked.append(dict(headers))
        self.open += 1
        try:
            yield OpenArtifact(206 if "range" in headers else 200, self.headers, self._chunks())
        finally:
            self.open -= 1
            self.let_go.set()

    async def _chunks(self) -> AsyncIterator[bytes]:
        if self.ends == "silent":
            await asyncio.Event().wait()
        yield self.content
        while self.ends == "never":
            await asyncio.sleep(0)
            yield self.content
        if self.ends == "early":
            raise ArtifactUnavailable("its storage broke off", status=502)


@asynccontextmanager
async def listening(storage: Storage) -> AsyncGenerator[tuple[Hosted, Browser]]:
    async with hosted(upstream=storage, http=BoundedHeads) as server, signed_in(server) as both:
        yield both


def spoken(seconds: float = 2) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(8000)
        written.writeframes(b"\x00\x40" * int(8000 * seconds))
    return file.getvalue()


async def test_a_player_gets_the_part_that_it_asks_for() -> None:
    storage = Storage(b"1234", {**WHOLE, "content-length": "4", "content-range": "bytes 0-3/8"})
    async with listening(storage) as (_, browser):
        asked = {"Range": "bytes=0-3", "If-Range": '"1"'}
        part = await browser.client.get(PATH, headers=asked)
        assert (part.status_code, part.content) == (206, b"1234")
        assert part.headers["content-range"] == "bytes 0-3/8"
        for odd in ("bytes=0-1,2-3", "lines=1-2", "bytes=" + "9" * 30 + "-"):
            await browser.client.get(PATH, headers={"Range": odd})
    assert storage.asked == [{"range": "bytes=0-3", "if-range": '"1"'}, {}, {}, {}]
    assert storage.open == 0


async def test_who_listens_is_in_the_log() -> None:
    storage = Storage(b"12345678", WHOLE)
    async with listening(storage) as (server, browser):
        await browser.client.get(PATH, headers={"Range": "bytes=0-7"})
    # Once it has ended, all is written.
    found = await server.store.list_entries(LogFilter(log_type="mcp"), Window())
    [entry] = found.items
    assert (entry.mcp_method, entry.tool_name) == ("media", "list_all_vapi_mono_recordings")
    assert (entry.client_name, entry.token_name, entry.upstream_id) == ("console", "Ada", "call-1")
    assert entry.arguments == {"id": "call-1", "range": "bytes=0-7"}


async def test_a_head_is_told_the_size_and_takes_one_byte() -> None:
    storage = Storage(b"1", {**WHOLE, "content-length": "1", "content-range": "bytes 0-0/8"})
    async with listening(storage) as (_, browser):
        head = await browser.client.head(PATH)
    assert (head.status_code, head.headers["content-length"], head.content) == (200, "8", b"")
    assert (storage.asked, storage.open) == ([{"range": "bytes=0-0"}], 0)


async def test_what_storage_calls_a_page_is_no_page_of_ours() -> None:
    storage = Storage(b"<script>1</script>", {"content-type": "text/html", "set-cookie": "a=b"})
    async with listening(storage) as (_, browser):
        answer = await browser.client.get(PATH)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "set-cookie" not in answer.headers


async def test_a_packed_recording_says_how_it_is_packed() -> None:
    storage = Storage(b"12345678", {**WHOLE, "content-encoding": "gzip"})
    async with (
        listening(storage) as (_, browser),
        browser.client.stream("GET", PATH) as answer,
    ):
        assert answer.headers["content-encoding"] == "gzip"


async def test_the_connection_to_storage_ends_when_the_listener_leaves() -> None:
    storage = Storage(b"\0" * 65_536, {"content-type": "audio/wav"}, ends="never")
    async with listening(storage) as (_, browser):
        async with browser.client.stream("GET", PATH) as answer:
            await anext(answer.aiter_raw())
            assert storage.open == 1
        async with asyncio.timeout(10):
            await storage.let_go.wait()
    assert storage.open == 0


async def test_a_recording_that_breaks_off_ends_short_and_is_no_failure_of_ours(
    caplog: pytest.LogCaptureFixture,
) -> None:
    storage = Storage(b"1234", WHOLE, ends="early")
    async with listening(storage) as (_, browser):
        with suppress(httpx.RemoteProtocolError):
            await browser.client.get(PATH)
    assert storage.open == 0
    assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []


async def test_an_outline_is_drawn_once_for_many_visits() -> None:
    storage = Storage(spoken(), {"content-type": "audio/wav"})
    async with listening(storage) as (_, browser):
        first = await browser.client.get(PICTURE)
        second = await browser.client.get(PICTURE)
    assert first.headers["content-type"] == "image/svg+xml"
    assert first.text == second.text
    assert first.text.count("M") > 100
    assert len(storage.asked) == 1


@pytest.mark.parametrize("content", [b"", b"ID3" + b"\0" * 900, b"RIFF\0\0\0\0WAVE", b"RIFF" * 90])
async def test_what_is_no_wav_has_a_flat_outline(content: bytes) -> None:
    storage = Storage(content, {"content-type": "audio/wav"})
    async with listening(storage) as (_, browser):
        picture = await browser.client.get(PICTURE)
    assert (picture.status_code, "M0 50h1" in picture.text, storage.open) == (200, True, 0)


async def test_an_outline_that_does_not_come_in_time_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(playback_recording, "_LONG_PATIENCE", 0.05)
    storage = Storage(b"", {"content-type": "audio/wav"}, ends="silent")
    async with listening(storage) as (_, browser):
        picture = await browser.client.get(PICTURE)
    assert (picture.status_code, "in time" in picture.text, storage.open) == (504, True, 0)


async def test_a_recording_of_an_unknown_kind_is_not_asked_for() -> None:
    storage = Storage(b"", WHOLE)
    async with listening(storage) as (_, browser):
        for path in (PATH, PICTURE):
            answer = await browser.client.get(path, params={"of": "video/../mono"})
            assert answer.status_code == 404
    assert storage.asked == []


def test_the_outlines_asked_for_last_are_kept() -> None:
    outlines = Outlines(2)
    for name in ("a", "b"):
        outlines.keep((name, "", ""), [1])
    outlines.keep(("nothing", "", ""), [])
    assert outlines.of(("a", "", "")) == (1,)
    outlines.keep(("c", "", ""), [3])
    assert [outlines.of((name, "", "")) for name in "abc"] == [(1,), (), (3,)]
    assert len(outlines) == 2
