"""Streamable HTTP in both protocol eras, stateless: any process can answer any request."""

from __future__ import annotations

from functools import lru_cache, partial
from http import HTTPStatus

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from vapi_mcp.http.bodies import replay
from vapi_mcp.http.disconnect import while_connected
from vapi_mcp.http.errors import Refusal, method_not_allowed
from vapi_mcp.http.headers import RequestHeaders
from vapi_mcp.http.mcp.compression import CompressedLists
from vapi_mcp.http.mcp.fast_lane import FastLane, FastRequest
from vapi_mcp.http.mcp.guard import Guard
from vapi_mcp.http.mcp.revocation import StreamRevocation
from vapi_mcp.http.mcp.sdk_lane import SdkLane
from vapi_mcp.http.mcp.severing import Severable
from vapi_mcp.http.middleware.short_way import REFUSED
from vapi_mcp.protocol.client_identity import ClientNames
from vapi_mcp.protocol.discovery import seen_through
from vapi_mcp.protocol.greeting.handshake import HANDSHAKES
from vapi_mcp.protocol.json_rpc import Message
from vapi_mcp.registry.registry import Registry

_JSON = b"application/json"
# What a request without a version means.
_LEGACY = HANDSHAKES[-1]
# Longer ones are read each time.
_LONGEST_ACCEPT = 256


class StreamableHttp:
    """The ASGI app of `/mcp/{token}` and `/mcp`."""

    def __init__(
        self,
        sdk: SdkLane,
        registry: Registry,
        guard: Guard,
        watch: StreamRevocation,
        *,
        names: ClientNames,
        lane: FastLane | None = None,
    ) -> None:
        """Stand over the SDK's server; lane: answers before it what it is sure of."""
        self._sdk = sdk
        self._lane = lane
        self._registry = registry
        self._guard = guard
        self._watch = watch
        self._names = names
        self._lists = CompressedLists()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        try:
            await self._serve(scope, receive, send)
        except Refusal as refusal:
            await refusal(scope, receive, send)
        except ClientDisconnect:
            return

    async def answer_usual(self, scope: Scope, receive: Receive, send: Send) -> Receive | None:
        """Answer a request on the fast lane; or return a `receive` that gives it once more.

        Raises:
            Refusal: It gets no answer but this.
            ClientDisconnect: The client left.
        """
        await self._guard.admit(scope)
        with self._guard.in_work(scope) as held:
            body, message = await self._guard.read(scope, receive, held)
            fast = self._lane.take(scope, message) if self._lane is not None else None
            if fast is None:
                return replay(body, receive)
            self._guard.count(scope, message)
            may_stream, send = self._prepare(scope, message, send)
            await self._answer_fast(fast, scope, receive, send, may_stream=may_stream)
        return None

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        # A stateless server has nothing to say by itself and no session to delete.
        if scope["method"] != "POST":
            # Some clients notice by a GET that they have to sign in (again).
            await self._guard.check_signed_in(scope)
            raise method_not_allowed("POST")
        if (refusal := scope.get(REFUSED)) is not None:
            raise refusal
        await self._guard.admit(scope)
        async with self._guard.reading(scope, receive) as (body, message):
            may_stream, send = self._prepare(scope, message, send)
            fast = self._lane and self._lane.take(scope, message)
            if fast is not None:
                del body, message
                return await self._answer_fast(fast, scope, receive, send, may_stream=may_stream)
            again = replay(body, receive)
            # The SDK reads the message for itself; a large one need not be there twice.
            del body, message
            if may_stream:
                return await self._answer_or_stream(_with_accept(scope), again, send)
            apps = await self._sdk.apps()
            answer = apps.json.handle_request(_with_accept(scope), again, send)
            return await while_connected(answer, receive)

    def _prepare(self, scope: Scope, message: Message, send: Send) -> tuple[bool, Send]:
        """Return whether a message may be answered by a stream, and the way its answer takes."""
        accepts_json, accepts_stream = _accepted(_accept_of(scope))
        if not accepts_json:
            raise Refusal(
                HTTPStatus.NOT_ACCEPTABLE,
                "Accept must include application/json",
                request_id=message.id,
            )
        may_stream = accepts_stream and self._may_stream(scope, message)
        send = self._names.announcing(message, scope["state"]["grant"], send)
        return may_stream, self._lists.sending(message.method, scope, send)

    async def _answer_fast(
        self, fast: FastRequest, scope: Scope, receive: Receive, send: Send, *, may_stream: bool
    ) -> None:
        if not (may_stream and fast.takes_time):
            return await fast.answer(receive, send, may_stream=False)

        async def app(_: Scope, receive: Receive, send: Send) -> None:
            await fast.answer(receive, send, may_stream=True)

        answer = Severable(scope, receive, send, partial(self._watch.over, scope))
        return await answer.run(app)

    async def _answer_or_stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = Severable(scope, receive, send, partial(self._watch.over, scope))
        apps = await self._sdk.apps()
        await answer.run(apps.stream.handle_request)

    def _may_stream(self, scope: Scope, message: Message) -> bool:
        if RequestHeaders(scope).get("mcp-protocol-version", _LEGACY) not in HANDSHAKES:
            # The modern entry answers JSON by itself as long as nothing is emitted.
            return True
        return self._asks_for_stream(message)

    def _asks_for_stream(self, message: Message) -> bool:
        if message.method != "tools/call":
            return False
        name, arguments = seen_through(message.params.get("name"), message.params.get("arguments"))
        tool = self._registry.tools.get(name) if isinstance(name, str) else None
        if tool is None:
            return False
        asked = isinstance(arguments, dict) and arguments.get("stream") is True
        streams = tool.spec.waits or (tool.spec.output.kind == "stream" and asked)
        meta = message.params.get("_meta")
        return streams and isinstance(meta, dict) and "progressToken" in meta


def accepted(scope: Scope) -> tuple[bool, bool]:
    """Return whether a client accepts JSON and an event stream, as the SDK reads its headers."""
    words = RequestHeaders(scope).get("accept", "").split(",")
    kinds = {word.partition(";")[0].strip().lower() for word in words}
    takes_all = "*/*" in kinds
    return (
        takes_all or not kinds.isdisjoint(("application/json", "application/*")),
        takes_all or not kinds.isdisjoint(("text/event-stream", "text/*")),
    )


def _with_accept(scope: Scope) -> Scope:
    """Return a scope whose Accept is never empty: the SDK answers 406 to those it finds so."""
    if RequestHeaders(scope).get("accept", "").strip():
        return scope
    kept = [(name, value) for name, value in scope["headers"] if name != b"accept"]
    return {**scope, "headers": [*kept, (b"accept", _JSON)]}


def _accept_of(scope: Scope) -> bytes:
    for name, value in scope["headers"]:
        if name == b"accept":
            return value if value.strip() else _JSON
    return _JSON


def _accepted(accept: bytes) -> tuple[bool, bool]:
    """Return whether a client takes JSON, and whether it takes a stream."""
    if len(accept) > _LONGEST_ACCEPT:
        return _read_accept.__wrapped__(accept)
    return _read_accept(accept)


@lru_cache(maxsize=128)
def _read_accept(accept: bytes) -> tuple[bool, bool]:
    return accepted({"type": "http", "headers": [(b"accept", accept)]})
