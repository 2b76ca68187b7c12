"""What the bytes of artifacts tell, and what of them an answer holds."""

from __future__ import annotations

import asyncio
import gzip
import io
import struct
import tracemalloc
import wave
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.support import tokens
from tests.support.invocation import ResultInvoker
from tests.support.upstream import FakeUpstream
from vapi_mcp.accounts.records import Account, Grant, Server, ServerConfig
from vapi_mcp.errors import ArtifactUnavailable, InvalidArguments
from vapi_mcp.invocation.artifacts.links import MediaLinks, Ticket
from vapi_mcp.invocation.artifacts.log_text import LONGEST_LINE, LogText
from vapi_mcp.invocation.caller import SilentCaller
from vapi_mcp.invocation.messages import (
    ArtifactLink,
    OpenArtifact,
    Take,
    UpstreamRequest,
    UpstreamResponse,
)
from vapi_mcp.invocation.ports import Upstream
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.registry.registry import build_registry
from vapi_mcp.sandbox.media import video
from vapi_mcp.security.credential import Credential
from vapi_mcp.security.keyring import KeyRing, new_key, parse_keys
from vapi_mcp.security.signing import Signer
from vapi_mcp.specs.facts.facts import load_facts
from vapi_mcp.specs.tools.loader import load_specs

REGISTRY = build_registry(load_specs().tools, load_facts(), local_files=True)
ACCOUNT = Account("acc", "Acme", Credential("sk-very-secret"), "https://api.vapi.ai")
GRANT = Grant(ACCOUNT, Server("srv", "all", "acc"))
LOCAL = SilentCaller(is_local=True)
ID = "5f6c2c8e-1d1c-4b0e-9a53-0c7b3c1f5a10"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MONO, LOGS = "list_all_vapi_mono_recordings", "list_all_vapi_call_logs"


class Storage:
    """An upstream with one file in its storage, and the call that it is of."""

    call: Mapping[str, str] | None = None

    def __init__(self, content: bytes, claims: str = "audio/wav", broken_at: int = -1) -> None:
        self._content, self._claims, self._broken_at = content, claims, broken_at

    async def locate(self, request: UpstreamRequest, account: Account) -> ArtifactLink:
        del request, account
        head = self._content[:4096]
        return ArtifactLink("https://s3.example/x", self._claims, len(self._content), NOW, head)

    async def send(self, request: UpstreamRequest, account: Account) -> UpstreamResponse:
        del request, account
        return UpstreamResponse(404 if self.call is None else 200, {}, orjson.dumps(self.call))

    async def stream(
        self, request: UpstreamRequest, account: Account, take: Take
    ) -> UpstreamResponse:
        raise NotImplementedError

    @asynccontextmanager
    async def opened(
        self, request: UpstreamRequest, account: Account, headers: Mapping[str, str]
    ) -> AsyncGenerator[OpenArtifact]:
        del request, account
        start = int(headers.get("range", "bytes=0-").removeprefix("bytes=").split("-")[0])
        status = 206 if "range" in headers else 200
        chunks = self._chunks(self._content[start:])
        yield OpenArtifact(status, {"content-type": self._claims}, chunks)

    async def _chunks(self, content: bytes) -> AsyncGenerator[bytes]:
        for place in range(0, len(content), 16_384):
            if 0 <= self._broken_at <= place:
                raise ArtifactUnavailable("broke off", status=502)
            yield content[place : place + 16_384]


async def invoke(
    upstream: Upstream, tool: str, /, grant: Grant = GRANT, **arguments: Any
) -> ToolResult:
    invoker = ResultInvoker(upstream)
    return await invoker.invoke(REGISTRY.find(tool), {"id": ID, **arguments}, grant, LOCAL)


def sound(seconds: float = 2.5) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setparams((2, 2, 8000, 0, "NONE", ""))
        written.writeframes(bytes(int(seconds * 8000) * 4))
    return file.getvalue()


def log(*lines: Mapping[str, Any]) -> bytes:
    return b"\n".join(orjson.dumps(line) for line in lines)


def line(second: int, level: str = "INFO", body: str = "x", **attributes: Any) -> dict[str, Any]:
    moment = (NOW + timedelta(seconds=second)).isoformat().replace("+00:00", "Z")
    own = {"callId": ID, "orgId": "o", **attributes}
    return {"time": moment, "level": level, "body": body, "attributes": own}


async def test_a_video_with_its_index_at_the_end_is_read_there() -> None:
    film = video()
    kind = film[: struct.unpack(">I", film[:4])[0]]
    index = film[len(kind) : film.index(b"mdat") - 4]
    later = kind + struct.pack(">I", 50_008) + b"mdat" + bytes(50_000) + index
    told = await invoke(Storage(later, "video/mp4"), "list_all_vapi_video_recordings")
    assert orjson.loads(told.text)["duration_seconds"] == 8.0


@pytest.mark.parametrize(("ended", "is_told"), [("00:00:11Z", False), ("00:01:00Z", True)])
async def test_a_recording_much_shorter_than_its_call_is_noted(
    ended: str, *, is_told: bool
) -> None:
    storage = Storage(video(), "video/mp4")
    storage.call = {"startedAt": "2026-01-01T00:00:00Z", "endedAt": f"2026-01-01T{ended}"}
    told = await invoke(storage, "list_all_vapi_video_recordings")
    short = (
        "The recording lasts 8 s, its call 60 s: it leaves out ringing, holds or transfers, or is "
        "incomplete. The transcript may have more."
    )
    assert orjson.loads(told.text)["duration_seconds"] == 8.0
    assert (short in told.notes) is is_told


# Links


def links(now: datetime = NOW, ring: KeyRing | None = None) -> MediaLinks:
    signer = Signer(ring or RING, "media")
    return MediaLinks(signer, lifetime=timedelta(hours=24), clock=lambda: now)


RING = KeyRing(parse_keys(new_key(), "the test"))


def issued(grant: Grant = GRANT) -> tuple[str, datetime]:
    made = links().issue(
        grant, "https://m.example", tool_name=MONO, call_id=ID, media_type="audio/wav"
    )
    return made[0].rpartition("/")[2], made[1]


def test_a_link_ends_after_its_lifetime_or_with_its_server() -> None:
    signed, ends = issued()
    assert ends == NOW + timedelta(hours=24)
    assert links(ends - timedelta(seconds=1)).open(signed) is not None
    assert links(ends).open(signed) is None
    sooner = replace(GRANT.server, expires_at=NOW + timedelta(minutes=5))
    assert issued(replace(GRANT, server=sooner))[1] == NOW + timedelta(minutes=5)


def test_a_link_of_another_ring_or_purpose_is_none() -> None:
    signed, _ = issued()
    other = KeyRing(parse_keys(new_key(), "the test"))
    assert links(ring=other).open(signed) is None
    assert links().open(Signer(RING, "cursor/1").sign(b"[]", "link/1")) is None


def test_a_link_is_of_the_epoch_it_was_made_in() -> None:
    signed, _ = issued(replace(GRANT, server=replace(GRANT.server, links_epoch=3)))
    ticket = links().open(signed)
    assert (ticket and ticket.links_epoch) == 3


def test_a_link_of_the_version_before_is_of_the_first_epoch() -> None:
    ends = NOW + timedelta(hours=1)
    held = ["account", "server", MONO, ID, "audio/wav", int(ends.timestamp())]
    signed = Signer(RING, "media").sign(orjson.dumps(held), "link/1")
    whole = ends.replace(microsecond=0)
    expected = Ticket("account", "server", MONO, ID, "audio/wav", links_epoch=0, expires_at=whole)
    assert links().open(signed) == expected


# Logs


async def read(upstream: Upstream, **arguments: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    result = await invoke(upstream, LOGS, **arguments)
    return orjson.loads(result.text), result.notes


async def test_a_log_is_read_unpacked_and_what_all_lines_share_is_said_once() -> None:
    content = gzip.compress(log(line(0), line(1, "ERROR", "boom", tool="t")))
    answer, notes = await read(Storage(content, "application/gzip"), inline=True)
    assert answer["attributes_of_all"] == {"callId": ID, "orgId": "o"}
    assert [each["attributes"] for each in answer["result"]] == [{}, {"tool": "t"}]
    assert (answer["result_count"], answer["next_cursor"]) == (2, None)
    assert "data" in notes[0]


@pytest.mark.parametrize(
    ("arguments", "bodies"),
    [
        ({"level": "warn"}, ["c", "d", "plain"]),
        ({"level": "ERROR"}, ["d", "plain"]),
        ({"since": "2026-11-20T12:00:02Z"}, ["c", "d", "plain"]),
        ({"until": "2026-11-20T12:00:01"}, ["a"]),
        ({"search": "BEE"}, ["bee"]),
        ({"search": "none of it"}, []),
    ],
)
async def test_a_log_is_filtered_by_level_time_and_words(
    arguments: dict[str, str], bodies: list[str]
) -> None:
    lines = [line(0, "debug", "a"), line(1, "info", "bee"), line(2, "Warning", "c")]
    content = log(*lines, {"ts": NOW.timestamp() + 3, "level": 50, "body": "d"}) + b"\nplain text\n"
    answer, _ = await read(Storage(content), **arguments)
    assert [each.get("body", "plain") for each in answer["result"]] == bodies


async def test_the_pages_of_a_log_are_in_budget_and_hold_every_line_once() -> None:
    lines = [line(n, "INFO", f"{n} " + "schöne Wörter, 漢字 " * (n % 40)) for n in range(600)]
    upstream = Storage(gzip.compress(log(*lines)))
    small = replace(GRANT.server, config=ServerConfig(max_result_tokens=1000))
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        result = await invoke(upstream, LOGS, replace(GRANT, server=small), **cursor, inline=True)
        cost = tokens.count(result.text) + tokens.count({"notes": result.notes})
        assert cost <= 1000
        answer = orjson.loads(result.text)
        seen += [each["body"] for each in answer["result"]]
        if answer["next_cursor"] is None:
            break
        cursor = {"next_cursor": answer["next_cursor"]}
    assert seen == [each["body"] for each in lines]


async def test_a_cursor_keeps_its_filters_and_refuses_others() -> None:
    upstream = Storage(log(*(line(n, "WARN", "w" * 400) for n in range(400))))
    answer, _ = await read(upstream, level="warn")
    cursor = answer["next_cursor"]
    following, _ = await read(upstream, next_cursor=cursor, level="warn")
    assert following["result"][0]["time"] > answer["result"][-1]["time"]
    with pytest.raises(InvalidArguments, match="level contradicts next_cursor"):
        await read(upstream, next_cursor=cursor, level="error")


@pytest.mark.parametrize("arguments", [{"level": "loud"}, {"since": "soon"}, {"next_cursor": "x"}])
async def test_a_wrong_filter_is_refused_before_anything_is_sent(arguments: Any) -> None:
    upstream = FakeUpstream()
    with pytest.raises(InvalidArguments):
        await invoke(upstream, LOGS, **arguments)
    assert upstream.requests == []


async def test_a_line_longer_than_an_answer_is_cut_and_says_so() -> None:
    answer, notes = await read(Storage(log(line(0, body="長" * 90_000), line(1))), inline=True)
    assert answer["result"][0].keys() == {"cut"}
    assert any("too long" in note for note in notes)


async def lines_of(content: bytes, piece: int = 16_384) -> tuple[list[bytes], list[str]]:
    async def chunks() -> AsyncIterator[bytes]:
        for place in range(0, len(content), piece):
            yield content[place : place + piece]

    text = LogText(chunks())
    return [each async for each in text.lines()], text.remarks


async def test_a_bomb_is_read_to_the_bound_in_little_memory() -> None:
    bomb = gzip.compress(b"x" * 100_000_000, 1)
    tracemalloc.start()
    found, remarks = await lines_of(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [len(each) for each in found] == [LONGEST_LINE]
    assert "goes on" in remarks[0]
    assert peak < 10_000_000


async def test_a_log_in_parts_plain_broken_or_cut_off_is_read_as_far_as_it_goes() -> None:
    packed = gzip.compress(b"a\nb\n") + gzip.compress(b"c\n\n d")
    for piece in (1, 7, 16_384):
        assert await lines_of(packed, piece) == ([b"a", b"b", b"c", b" d"], [])
    assert await lines_of(b"") == ([], [])
    assert await lines_of(b"a") == ([b"a"], [])
    _, cut = await lines_of(gzip.compress(b"a\n" * 9000)[:-20])
    assert "breaks off" in cut[0]
    _, broken = await lines_of(b"\x1f\x8b\x08" + b"?" * 40)
    assert "broken" in broken[0]
    many = b"\n".join(b"%d" % n for n in range(200_000))
    assert (await lines_of(gzip.compress(many)))[0] == many.split(b"\n")


@pytest.mark.parametrize("piece", [1, 7, 500, 16_384])
async def test_zeros_behind_a_log_are_no_part_of_it(piece: int) -> None:
    packed = gzip.compress(b"a\nb\n")
    for content in (packed + bytes(700), packed + bytes(9) + gzip.compress(b"") + bytes(1)):
        assert await lines_of(content, piece) == ([b"a", b"b"], [])
    more = packed + bytes(512) + gzip.compress(b"c\n")
    assert await lines_of(more, piece) == ([b"a", b"b", b"c"], [])


@pytest.mark.parametrize("piece", [1, 7, 500, 16_384])
async def test_a_log_with_a_wrong_byte_has_every_line_before_it_however_it_arrives(
    piece: int,
) -> None:
    lines = [b"%d %s" % (n, sha256(b"%d" % n).hexdigest().encode()) for n in range(1000)]
    packed = gzip.compress(b"\n".join(lines))
    broken = (["The log's packing is broken from here on."],)
    wrong_sum = packed[:-8] + bytes([packed[-8] ^ 1]) + packed[-7:]
    assert await lines_of(wrong_sum, piece) == (lines, *broken)
    rubbish = packed + b"rubbish"
    assert await lines_of(rubbish, piece) == (lines, *broken)
    # Twelve bytes that no reader takes for data.
    middle = packed[: len(packed) // 2] + b"\xff" * 12 + packed[len(packed) // 2 + 12 :]
    found, remarks = await lines_of(middle, piece)
    assert (remarks, found) == (*broken, (await lines_of(middle, 1))[0])
    assert found[:300] == lines[:300]


# Files


def content_of(path: str) -> bytes:
    return Path(path).read_bytes()


def names_in(directory: Path) -> list[str]:
    return sorted(each.name for each in directory.iterdir())


async def test_a_recording_is_saved_with_its_size_and_digest(tmp_path: Path) -> None:
    content = sound()
    into = await invoke(Storage(content), MONO, save_to=str(tmp_path))
    named = await invoke(Storage(content), MONO, save_to=str(tmp_path / "a.wav"))
    assert orjson.loads(into.text) == {
        "call_id": ID,
        "artifact": "mono-recording",
        "path": str(tmp_path / f"{ID}-mono.wav"),
        "size_bytes": len(content),
        "sha256": sha256(content).hexdigest(),
        "content_type": "audio/wav",
        "duration_seconds": 2.5,
    }
    assert content_of(orjson.loads(named.text)["path"]) == content


async def test_nothing_is_written_over_nor_under_another_suffix(tmp_path: Path) -> None:
    there = tmp_path / "a.wav"
    there.write_text("mine")
    (tmp_path / "l.wav").symlink_to(tmp_path / "elsewhere")
    for name in ("a.wav", "l.wav", "a.sh", ".bashrc", "no/such.wav", "a\0.wav"):
        with pytest.raises(InvalidArguments, match="save_to"):
            await invoke(Storage(sound()), MONO, save_to=str(tmp_path / name))
    assert there.read_text() == "mine"
    assert names_in(tmp_path) == ["a.wav", "l.wav"]


async def test_nothing_is_left_of_a_file_that_broke_off(tmp_path: Path) -> None:
    upstream = Storage(sound(60), broken_at=100_000)
    with pytest.raises(ArtifactUnavailable):
        await invoke(upstream, MONO, save_to=str(tmp_path))
    assert names_in(tmp_path) == []


async def test_a_remote_caller_saves_nothing(tmp_path: Path) -> None:
    invoker = ResultInvoker(Storage(sound()))
    arguments = {"id": ID, "save_to": str(tmp_path)}
    with pytest.raises(InvalidArguments, match="on this machine"):
        await invoker.invoke(REGISTRY.find(MONO), arguments, GRANT, SilentCaller())
    with pytest.raises(InvalidArguments, match="not both"):
        await invoke(Storage(sound()), MONO, save_to=str(tmp_path), inline=True)


async def test_reading_a_log_gives_others_their_turn() -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(others())
    await lines_of(gzip.compress(b"line\n" * 1_000_000))
    task.cancel()
    assert turns > 10
