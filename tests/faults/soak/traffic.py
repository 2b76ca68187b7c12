"""One client of one server: it asks at its own pace and looks at every answer."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal, TypeAlias
from uuid import UUID

import httpx
import orjson

from tests.faults.soak.tally import Tally
from tests.faults.soak.tenants import Tenant
from tests.support.app import headers_of, message, modern, send
from tests.support.event_streams import Stream, open_stream

Way: TypeAlias = Literal["modern", "legacy", "sse"]
WAYS: tuple[Way, ...] = ("modern", "legacy", "sse")
Json: TypeAlias = dict[str, Any]

# How often each kind of request comes, of twenty.
KINDS = ("get",) * 11 + ("list",) * 3 + ("tools",) * 2 + ("create",) * 2 + ("replay", "chat")
# Longer than any deadline of the server.
_PATIENCE = 150.0


@dataclass(frozen=True, slots=True)
class Question:
    """A request, and the words that its answer must have."""

    kind: str
    request: Json
    wanted: tuple[str, ...]


@dataclass(slots=True)
class Client:
    """One client of a tenant's server. created: the names it wrote under a key."""

    base: str
    tenant: Tenant
    token: str
    way: Way
    others: tuple[str, ...]
    tally: Tally
    draw: random.Random
    kinds: Sequence[str] = KINDS
    created: list[str] = field(default_factory=list)
    _ids: Iterator[int] = field(default_factory=lambda: count(1))
    _latest: Question | None = None

    async def run(self, until: float, pause: float) -> None:
        """Ask until a moment of the loop's clock, with a pause between the starts of two."""
        loop = asyncio.get_running_loop()
        async with AsyncExitStack() as stack:
            ask = await self._opened(stack, until - loop.time())
            due = loop.time() + self.draw.uniform(0, pause)
            while due < until:
                await asyncio.sleep(max(0.0, due - loop.time()))
                await self._once(ask)
                due = max(due + pause, loop.time())

    async def _opened(
        self, stack: AsyncExitStack, seconds: float
    ) -> Callable[[Json], Awaitable[Json]]:
        if self.way == "sse":
            stream = await stack.enter_async_context(
                open_stream(self.base, self.token, seconds=seconds + _PATIENCE)
            )
            await stream.start()
            self.tally.asked["initialize"] += 1
            self.tally.answered += 1
            return lambda request: _over_sse(stream, request)
        client = await stack.enter_async_context(
            httpx.AsyncClient(trust_env=False, timeout=_PATIENCE)
        )
        return lambda request: _over_http(client, f"{self.base}/mcp/{self.token}", request)

    async def _once(self, ask: Callable[[Json], Awaitable[Json]]) -> None:
        question = self._question()
        self.tally.asked[question.kind] += 1
        try:
            async with asyncio.timeout(_PATIENCE):
                answer = await ask(question.request)
        except (httpx.HTTPError, TimeoutError, ValueError, AssertionError) as error:
            self.tally.note("lost", f"{question.kind} over {self.way}: {error!r}")
            return
        self.tally.answered += 1
        self._judge(question, answer)

    def _judge(self, question: Question, answer: Json) -> None:
        text = orjson.dumps(answer).decode()
        result = answer.get("result") or {}
        if answer.get("id") != question.request["id"] or any(name in text for name in self.others):
            self.tally.note("mixups", f"{question.kind} over {self.way} of {self.tenant}: {text}")
        elif "error" in answer or result.get("isError"):
            self.tally.note("refused", f"{question.kind} over {self.way}: {text}")
        elif not all(word in text for word in question.wanted):
            self.tally.note("mixups", f"{question.kind} wants {question.wanted}: {text}")

    def _question(self) -> Question:
        kind = self.draw.choice(self.kinds)
        if kind == "replay" and self._latest is not None:
            return self._again(self._latest)
        if kind == "get":
            key = str(UUID(int=self.draw.getrandbits(128)))
            name = "get_single_vapi_assistant_by_id"
            return self._call(kind, name, {"id": key}, (key, self.tenant.name))
        if kind == "list":
            arguments = {"limit": 100, "fields": ["id", "orgId"]}
            return self._call(kind, "list_all_vapi_calls", arguments, (self.tenant.name,))
        if kind == "tools":
            return Question(kind, self._request("tools/list", {}), ("list_all_vapi_calls",))
        if kind == "chat":
            return self._chat()
        return self._create()

    def _create(self) -> Question:
        name = f"{self.tenant.name} {self.draw.getrandbits(64):x}"
        self.created.append(name)
        arguments = {"name": name, "idempotency_key": name}
        question = self._call("create", "create_a_vapi_assistant", arguments, (name,))
        self._latest = question
        return question

    def _again(self, earlier: Question) -> Question:
        """Repeat a write under its key: it must be answered and not done again."""
        return Question("replay", {**earlier.request, "id": next(self._ids)}, earlier.wanted)

    def _chat(self) -> Question:
        said = f"{self.draw.getrandbits(64):x}"
        arguments = {"input": said, "stream": True, "assistantId": str(UUID(int=1))}
        return self._call("chat", "create_a_vapi_chat", arguments, (self.tenant.name, said))

    def _call(self, kind: str, tool: str, arguments: Json, wanted: tuple[str, ...]) -> Question:
        params: Json = {"name": tool, "arguments": arguments}
        if kind == "chat":
            params["_meta"] = {"progressToken": next(self._ids)}
        return Question(kind, self._request("tools/call", params), wanted)

    def _request(self, method: str, params: Mapping[str, Any]) -> Json:
        made = modern(method, params) if self.way == "modern" else message(method, params)
        return {**made, "id": next(self._ids)}


async def _over_http(client: httpx.AsyncClient, url: str, request: Json) -> Json:
    answer = await client.post(url, content=orjson.dumps(request), headers=headers_of(request))
    if answer.headers["content-type"].startswith("text/event-stream"):
        data = [line for line in answer.text.splitlines() if line.startswith("data: {")]
        return orjson.loads(data[-1].removeprefix("data: "))
    return answer.json()


async def _over_sse(stream: Stream, request: Json) -> Json:
    answer = await send(
        "POST",
        stream.url + stream.path,
        headers=headers_of(request),
        content=orjson.dumps(request),
    )
    if answer.status_code != 202:
        raise ValueError(f"{answer.status_code} {answer.text}")
    # Progress of a streamed call comes first.
    while data := await stream.next_event():
        if "id" in (told := orjson.loads(data)):
            return told
    raise ValueError("the stream ended")
