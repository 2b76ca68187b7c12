"""What results bring along for their views."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from tests.support.app import ACCOUNT, RING
from tests.support.registry import registry
from tests.support.upstream import FakeUpstream
from vapi_mcp.accounts.records import Account, Grant, Server, ServerConfig
from vapi_mcp.errors import ToolError
from vapi_mcp.invocation.artifacts.links import PURPOSE, MediaLinks
from vapi_mcp.invocation.caller import NOBODY, SilentCaller
from vapi_mcp.invocation.messages import OpenArtifact, UpstreamRequest, UpstreamResponse
from vapi_mcp.invocation.outcome import Outcome
from vapi_mcp.invocation.playback import recording as recordings
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.protocol.apps.view_data import KEY, ViewData
from vapi_mcp.registry.scope import EVERYTHING, Scope
from vapi_mcp.sandbox.media.wav import recording
from vapi_mcp.security.signing import Signer

_GET, _MONO = "get_single_vapi_call_by_id", "list_all_vapi_mono_recordings"
_RECORDINGS = frozenset(
    name for name in registry().tools if registry().tools[name].spec.resource == "recordings"
)
_CALL: dict[str, Any] = {
    "id": "call-1",
    "type": "webCall",
    "startedAt": "2026-11-01T10:00:00.000Z",
    "endedAt": "2026-11-01T10:00:10.000Z",
    "artifact": {"messages": [{"role": "bot", "message": "Hello", "secondsFromStart": 1}]},
    "messages": [],
}
_TURNS = [{"role": "assistant", "text": "Hello", "start": 1, "end": 1.0}]
_HERE = SilentCaller(origin="https://vapi.example")
_NOW = datetime(2026, 11, 20, tzinfo=UTC)


class Storage(FakeUpstream):
    """An upstream with one call and its recording, or a refusal of that."""

    def __init__(self, status: int = 200, call: Any = _CALL) -> None:
        super().__init__({"GET /call/call-1": call})
        self.status = status
        self.content = recording(_CALL, "mono")
        self.told_size: int | None = len(self.content)
        self.stalls = False

    @asynccontextmanager
    async def opened(
        self, request: UpstreamRequest, account: Account, headers: Mapping[str, str]
    ) -> AsyncGenerator[Any]:
        self.requests.append((request, account))
        await self.release.wait()
        if self.status != 200:
            yield UpstreamResponse(self.status, {}, b"{}")
            return
        size = {} if self.told_size is None else {"content-length": str(self.told_size)}
        told = {"content-type": "audio/wav", **size, **headers}
        yield OpenArtifact(200, told, self._chunks())

    async def _chunks(self) -> AsyncIterator[bytes]:
        for place in range(0, len(self.content), 4096):
            yield self.content[place : place + 4096]
            if self.stalls:
                await asyncio.Event().wait()


# They last one day.
_LINKS = MediaLinks(Signer(RING, PURPOSE), lifetime=timedelta(days=1), clock=lambda: _NOW)


def view_data(upstream: FakeUpstream) -> ViewData:
    """Return what makes the data."""
    return ViewData(registry(), upstream, _LINKS)


def grant_of(scope: Scope = EVERYTHING, **config: Any) -> Grant:
    """Return a grant of a scope."""
    return Grant(ACCOUNT, Server("s", "some", ACCOUNT.id, scope, config=ServerConfig(**config)))


def outcome_of(tool: str, body: Any, **arguments: Any) -> Outcome:
    """Return the end of a call that Vapi answered with a body."""
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    return Outcome(
        tool=registry().tools[tool],
        arguments=arguments,
        end=ToolResult("{}", body=None if tool == _MONO or body is None else raw),
        kind="read",
    )


async def test_a_call_brings_its_conversation_recording_and_console_page() -> None:
    upstream = Storage()
    outcome = outcome_of(_GET, _CALL, id="call-1")

    meta = await view_data(upstream).of(outcome, grant_of(), _HERE)

    assert meta is not None
    shown = meta[KEY]
    heard = shown["recording"]
    assert shown["turns"] == _TURNS
    assert shown["console"] == "https://vapi.example/console/calls/account-1/call-1"
    assert heard["url"].startswith("https://vapi.example/media/")
    ticket = _LINKS.open(heard["url"].rpartition("/")[2])
    assert ticket is not None
    assert (ticket.tool_name, ticket.call_id, ticket.media_type) == (_MONO, "call-1", "audio/wav")
    assert heard["expiresAt"] == "2026-11-21T00:00:00+00:00"
    assert len(heard["peaks"]) > 200
    assert [request.path for request, _ in upstream.requests] == ["/call/call-1/mono-recording"]


async def test_a_large_call_is_read_all_the_same() -> None:
    outcome = outcome_of(_GET, {**_CALL, "analysis": "x" * 50_000}, id="call-1")

    meta = await view_data(Storage()).of(outcome, grant_of(), _HERE)

    assert meta is not None
    assert meta[KEY]["turns"] == _TURNS


async def test_a_recording_brings_the_conversation_of_its_call() -> None:
    upstream = Storage()

    meta = await view_data(upstream).of(outcome_of(_MONO, {}, id="call-1"), grant_of(), _HERE)

    assert meta is not None
    assert meta[KEY]["turns"] == _TURNS
    assert meta[KEY]["recording"]["peaks"]
    paths = sorted(request.path for request, _ in upstream.requests)
    assert paths == ["/call/call-1", "/call/call-1/mono-recording"]


async def test_a_recording_brings_no_conversation_where_calls_are_out_of_scope() -> None:
    upstream, grant = Storage(), grant_of(Scope(tools=_RECORDINGS))

    meta = await view_data(upstream).of(outcome_of(_MONO, {}, id="call-1"), grant, _HERE)

    assert meta is not None
    assert meta[KEY]["turns"] == []
    assert meta[KEY]["recording"]["peaks"]
    assert [request.path for request, _ in upstream.requests] == ["/call/call-1/mono-recording"]


@pytest.mark.parametrize(
    ("scope", "call", "status", "asked"),
    [
        (Scope(tools=frozenset({_GET})), _CALL, 200, 0),
        (EVERYTHING, {**_CALL, "endedAt": None}, 200, 0),
        (EVERYTHING, _CALL, 404, 1),
        (EVERYTHING, _CALL, 500, 1),
    ],
)
async def test_a_call_without_a_recording_is_shown_without_one(
    scope: Scope, call: Any, status: int, asked: int
) -> None:
    upstream = Storage(status)
    outcome = outcome_of(_GET, call, id="call-1")

    meta = await view_data(upstream).of(outcome, grant_of(scope), _HERE)

    assert meta is not None
    assert (meta[KEY]["recording"], meta[KEY]["turns"]) == (None, _TURNS)
    assert len(upstream.requests) == asked


@pytest.mark.parametrize("reason", ["size told", "size found", "too slow"])
async def test_a_recording_without_an_outline_can_be_heard_all_the_same(
    reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    upstream = Storage()
    if reason == "too slow":
        upstream.stalls = True
        monkeypatch.setattr(recordings, "_PATIENCE", 0.01)
    else:
        upstream.told_size = 50_000_000 if reason == "size told" else None
        monkeypatch.setattr(recordings, "_MOST_BYTES", 20_000)

    meta = await view_data(upstream).of(outcome_of(_MONO, {}, id="call-1"), grant_of(), _HERE)

    assert meta is not None
    assert meta[KEY]["recording"]["peaks"] == []
    assert meta[KEY]["recording"]["url"]


async def test_storage_that_never_answers_costs_the_recording(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    upstream = Storage()
    monkeypatch.setattr(recordings, "_LONG_PATIENCE", 0.01)
    monkeypatch.setattr(upstream, "content", b"")
    upstream.release.clear()

    meta = await view_data(upstream).of(outcome_of(_GET, _CALL, id="call-1"), grant_of(), _HERE)

    assert meta is not None
    assert meta[KEY]["recording"] is None


async def test_a_caller_that_reached_no_address_of_ours_gets_no_links() -> None:
    outcome = outcome_of(_GET, _CALL, id="call-1")

    meta = await view_data(Storage()).of(outcome, grant_of(), NOBODY)

    assert meta is not None
    assert meta[KEY]["recording"] is None
    assert "console" not in meta[KEY]


async def test_without_links_there_is_a_conversation_and_nothing_to_hear() -> None:
    upstream = Storage()
    outcome = outcome_of(_GET, _CALL, id="call-1")

    meta = await ViewData(registry(), upstream).of(outcome, grant_of(), _HERE)

    assert meta is not None
    assert (meta[KEY]["turns"], meta[KEY]["recording"]) == (_TURNS, None)
    assert "console" not in meta[KEY]
    assert upstream.requests == []


async def test_figures_bring_their_charts_and_an_answer_without_any_brings_nothing() -> None:
    data, name = view_data(Storage()), "create_a_vapi_analytics"
    figures = outcome_of(name, [{"name": "calls", "result": [{"countid": 5}]}])

    shown = await data.of(figures, grant_of(), _HERE)

    assert shown is not None
    assert [chart["title"] for chart in shown[KEY]["charts"]] == ["calls"]
    for body in ([], {}, b"", b"no JSON", None):
        assert await data.of(outcome_of(name, body), grant_of(), _HERE) is None


@pytest.mark.parametrize(
    ("outcome", "grant"),
    [
        (outcome_of("list_all_vapi_calls", []), grant_of()),
        (outcome_of(_GET, _CALL), grant_of()),
        (outcome_of(_GET, _CALL, id="call-1"), grant_of(tool_exposure="discovery")),
    ],
    ids=["no view", "no id", "not listed"],
)
async def test_an_answer_without_a_view_brings_nothing(outcome: Outcome, grant: Grant) -> None:
    upstream = Storage()

    assert await view_data(upstream).of(outcome, grant, _HERE) is None
    assert upstream.requests == []


@pytest.mark.parametrize("call", [[], "text", {"artifact": 5}])
async def test_a_call_that_is_none_shows_the_recording_alone(call: Any) -> None:
    meta = await view_data(Storage(call=call)).of(
        outcome_of(_MONO, {}, id="call-1"), grant_of(), _HERE
    )

    assert meta is not None
    assert meta[KEY]["turns"] == []
    assert meta[KEY]["recording"]


async def test_a_call_that_vapi_does_not_give_shows_the_recording_alone() -> None:
    upstream = Storage()
    upstream.failure = ToolError("away", status=502)

    meta = await view_data(upstream).of(outcome_of(_MONO, {}, id="call-1"), grant_of(), _HERE)

    assert meta is not None
    assert (meta[KEY]["turns"], bool(meta[KEY]["recording"])) == ([], True)


async def test_what_breaks_down_costs_the_view_and_not_the_answer(
    caplog: pytest.LogCaptureFixture,
) -> None:
    upstream = Storage()
    upstream.failure = RuntimeError("private")

    with caplog.at_level(logging.ERROR):
        meta = await view_data(upstream).of(outcome_of(_MONO, {}, id="call-1"), grant_of(), _HERE)

    assert meta is None
    assert "a view broke down" in caplog.text
    assert "private" not in caplog.text
