"""The fast lane: usual requests answered without the SDK's tasks, streams and models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from vapi_mcp.accounts.records import Grant
from vapi_mcp.http.disconnect import while_connected
from vapi_mcp.http.headers import RequestHeaders
from vapi_mcp.http.mcp.envelope import Envelope, envelope_of
from vapi_mcp.http.mcp.late_answer import LateAnswer
from vapi_mcp.http.mcp.ready_lists import ReadyLists
from vapi_mcp.invocation.caller import Caller, Reply, WayToAsk
from vapi_mcp.invocation.json_writing import exact_json
from vapi_mcp.late import Late
from vapi_mcp.protocol.apps.announcement import announces_views
from vapi_mcp.protocol.audit import AuditedRequest, AuditTrail
from vapi_mcp.protocol.calls.usual import usual_tool
from vapi_mcp.protocol.client_identity import ClientName, ClientNames, named
from vapi_mcp.protocol.greeting.handshake import SERVER_KEY, is_handshake
from vapi_mcp.protocol.greeting.opening import INITIALIZED, discovered, shaken_hands
from vapi_mcp.protocol.json_rpc import Message
from vapi_mcp.protocol.request_record import RequestRecord
from vapi_mcp.registry.registry import Registry
from vapi_mcp.registry.tool import Tool

if TYPE_CHECKING:
    from vapi_mcp.protocol.calls.tool_calls import ToolCalls

# A client of the handshake era says only in its handshake that it shows views.
_WITH_VIEWS = ("tools/list", "tools/call")


class FastLane:
    """Answers what it is sure of as the SDK's server would, and leaves everything else to that.

    calls: runs tools. server_info: what answers of the modern era say of this server. answering: is
    held while a request is answered. has_events: whether a grant may hear of events.
    """

    def __init__(
        self,
        registry: Registry,
        calls: Late[ToolCalls],
        trail: AuditTrail,
        *,
        names: ClientNames,
        server_info: Mapping[str, Any],
        answering: Callable[[], AbstractContextManager[object]],
        has_events: Callable[[Grant], bool] = lambda _: False,
    ) -> None:
        self.registry = registry
        self.calls = calls
        self.trail = trail
        self.names = names
        self.lists = ReadyLists(registry)
        self.server_info = {SERVER_KEY: server_info}
        self.answering = answering
        self.has_events = has_events

    def take(self, scope: Scope, message: Message) -> FastRequest | None:
        """Return a request that this lane answers, or None, before anything is done."""
        envelope = envelope_of(scope, message)
        if envelope is None:
            return None
        grant: Grant = scope["state"]["grant"]
        if not envelope.is_modern and message.method in _WITH_VIEWS:
            has_views = self.names.have_views(RequestHeaders(scope), grant.server.id)
            envelope = replace(envelope, shows_views=True) if has_views else envelope
        if message.method == "tools/call":
            return self._call(scope, message, envelope, grant)
        if message.method == "tools/list":
            ready = self.lists.get(envelope, grant)
            return _ListTools(self, scope, message, envelope, ready)
        kind = _other_kind(message, envelope)
        return kind and kind(self, scope, message, envelope)

    def _call(
        self, scope: Scope, message: Message, envelope: Envelope, grant: Grant
    ) -> FastRequest | None:
        name = message.params["name"]
        tool = usual_tool(self.registry, grant, name, can_ask=envelope.can_ask)
        if tool is None or (tool.spec.waits and envelope.takes_tasks):
            return None
        return _CallTool(self, scope, message, envelope, tool)


@dataclass(frozen=True)
class FastRequest:
    """A request on the fast lane."""

    lane: FastLane
    scope: Scope
    message: Message
    envelope: Envelope

    async def answer(self, receive: Receive, send: Send, *, may_stream: bool) -> None:
        """Answer it, unless the client leaves before.

        may_stream: an answer that takes long may become an event stream that keeps its connection
        open.
        """
        await while_connected(self._answer(send, may_stream=may_stream), receive)

    @property
    def takes_time(self) -> bool:
        """Whether its answer may grow late, or its client leave before."""
        return True

    async def run(self, record: RequestRecord) -> Any:
        """Return its result, as it goes out; record: of the call that it is, if it is one."""
        raise NotImplementedError

    def written(self, result: Any) -> bytes:
        """Return the whole answer around a result."""
        if self.envelope.is_modern:
            result = {**result, "_meta": {**result.get("_meta", {}), **self.lane.server_info}}
        return exact_json({"jsonrpc": "2.0", "id": self.message.id, "result": result})

    @property
    def grant(self) -> Grant:
        """Whose request it is."""
        return self.scope["state"]["grant"]

    async def _answer(self, send: Send, *, may_stream: bool) -> None:
        late = LateAnswer(send) if may_stream else None
        audited = self._audited()
        try:
            with self.lane.answering():
                run = partial(self.run, audited.record)
                result = await self.lane.trail.audited(audited, run)
            body = self.written(result)
        finally:
            has_begun = late is not None and await late.stop()
        if late is not None and has_begun:
            await late.finish(body)
        else:
            await send_json(send, body, is_modern=self.envelope.is_modern)

    def _audited(self) -> AuditedRequest:
        client = self.scope.get("client")
        return AuditedRequest(
            id=self.message.id,
            method=self.message.method or "",
            params=self.message.params,
            grant=self.grant,
            client=self._client,
            source=client[0] if client else None,
        )

    def _client(self) -> ClientName:
        own = named(self.envelope.client_info)
        if own.name is not None:
            return own
        return self.lane.names.read(RequestHeaders(self.scope), self.grant.server.id)


class _Ping(FastRequest):
    async def run(self, record: RequestRecord) -> Any:
        del record
        return {}


class _Initialize(FastRequest):
    async def run(self, record: RequestRecord) -> Any:
        del record
        params = self.message.params
        return shaken_hands(
            self.lane.registry,
            self.grant,
            params["protocolVersion"],
            shows_views=announces_views(params["capabilities"]),
        )


class _Initialized(FastRequest):
    async def answer(self, receive: Receive, send: Send, *, may_stream: bool) -> None:
        # As the SDK does: there is no session, so nothing follows from it.
        del receive, may_stream
        headers = [(b"content-type", b"application/json"), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 202, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


class _Discover(FastRequest):
    async def run(self, record: RequestRecord) -> Any:
        del record
        shows_views = self.envelope.shows_views
        has_events = self.lane.has_events(self.grant)
        return discovered(
            self.lane.registry, self.grant, shows_views=shows_views, has_events=has_events
        )


def _other_kind(message: Message, envelope: Envelope) -> type[FastRequest] | None:
    match message.method:
        case "ping" if not envelope.is_modern:
            return _Ping
        case "initialize" if not envelope.is_modern and is_handshake(message.params):
            return _Initialize
        case "server/discover" if envelope.is_modern:
            return _Discover
        case method if method == INITIALIZED and not envelope.is_modern:
            return _Initialized
        case _:
            return None


@dataclass(frozen=True)
class _ListTools(FastRequest):
    ready: bytes

    @property
    def takes_time(self) -> bool:
        return False

    async def answer(self, receive: Receive, send: Send, *, may_stream: bool) -> None:
        # Nobody has the time to leave meanwhile.
        del receive, may_stream
        await self._answer(send, may_stream=False)

    async def run(self, record: RequestRecord) -> Any:
        del record
        return {}

    def written(self, result: Any) -> bytes:
        del result
        return self.envelope.opening(self.message.id) + self.ready


@dataclass(frozen=True)
class _CallTool(FastRequest):
    tool: Tool

    async def run(self, record: RequestRecord) -> Any:
        calls = await self.lane.calls.get()
        return await calls.result(
            self.tool,
            self.message.params.get("arguments", {}),
            self.grant,
            self._caller(),
            record,
            is_modern=self.envelope.is_modern,
            shows_views=self.envelope.shows_views,
        )

    def _caller(self) -> Caller:
        return _HttpCaller(self.scope, "one way" if self._is_one_way() else "no")

    def _is_one_way(self) -> bool:
        """Return whether the client can ask its user, but this connection carries no question."""
        if self.envelope.is_modern or self.grant.server.config.confirm == "none":
            return False
        headers = RequestHeaders(self.scope)
        return self.lane.names.declared("elicitation", headers, self.grant.server.id)


@dataclass(frozen=True)
class _HttpCaller:
    """A caller over HTTP that is asked nothing while it calls."""

    scope: Scope
    way_to_ask: WayToAsk
    reply: Reply | None = None
    is_local: bool = False

    @property
    def origin(self) -> str | None:
        return str(Request(self.scope).base_url).rstrip("/")

    async def ask(self, question: str) -> Reply:
        del question
        return Reply(agreed=False)

    async def report(self, text: str) -> None:
        del text


async def send_json(send: Send, body: bytes, *, is_modern: bool) -> None:
    """Send an answer, with the headers in the order of the SDK's two entries."""
    kind = (b"content-type", b"application/json")
    length = (b"content-length", str(len(body)).encode())
    headers = [length, kind] if is_modern else [kind, length]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
