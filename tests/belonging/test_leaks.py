"""A server of acme shows nothing of globex, changes nothing of it, and asks Vapi as if unknown.

`BELONGING_CALLS=10000` sets how many requests are generated; `BELONGING_SEED` which.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from random import Random
from typing import Any

import orjson

from tests.belonging.agency import WAYS, Agency, Answer, Way, agency
from tests.belonging.attempts import Attempt, Attempts, unknown
from tests.belonging.clients import TwoClients, two_clients
from tests.belonging.references import kind_of
from tests.belonging.servers import ACME, CONFIRMING, DISCOVERY, add_servers
from tests.contract.lanes import without_one_time
from tests.support.registry import registry
from vapi_mcp.registry.scope import EVERYTHING, FULL

CALLS = int(os.environ.get("BELONGING_CALLS", "1000"))
SEED = int(os.environ.get("BELONGING_SEED", "1"))
_ROUND = 500
_LOOKED_AT_FIRST = 0.15
# The pipe is slow to set up, so that it gets a tenth.
_WAYS: tuple[Way, ...] = (*WAYS[:2] * 5, "stdio")
_SEALED = re.compile(rb"[\w-]{24,}={0,2}")
_LINK = re.compile(rb"http://127\.0\.0\.1/media/[\w.-]+")
_UNIQUE = re.compile(rb'"(?:asked_at|now|created_at)":"[^"]*"')


class Watch:
    """Judges answers; it keeps what it objects to."""

    def __init__(self, clients: TwoClients, here: Agency) -> None:
        self._clients = clients
        self._here = here
        self._before = clients.foreign_state()
        self._known = {kind: orjson.dumps(shelf) for kind, shelf in clients.world.resources.items()}
        self.faults: list[str] = []
        self.answered = Counter[str]()

    async def judge(self, server: str, attempt: Attempt, way: Way) -> None:
        """Send an attempt, and the same at ids that no object has."""
        twin = None
        if attempt.aimed:
            twin = await self._here.ask(server, *_parts(attempt.at_unknown()), way)
        answer = await self._here.ask(server, *_parts(attempt), way)
        self.answered["refused" if answer.is_error else "done"] += 1
        told = f"{server} {way} {attempt.method} {attempt.sent.decode()}"
        if leaked := self._clients.leaked(_opened(answer.text), attempt.sent):
            self._object("shows", told, [*leaked[:5], answer.text[:300].decode()])
        if b"this server failed" in answer.text:
            self._object("breaks down", told, [answer.text[:300].decode()])
        if twin is not None:
            if len(answer.asked) != len(twin.asked):
                # The first one filled caches with acme's own objects.
                twin = await self._here.ask(server, *_parts(attempt.at_unknown(1)), way)
                twin = replace(twin, text=_as_first(twin.text, attempt))
            if not (is_write(attempt) and _both_done(answer, twin)):
                self._compare(told, attempt, answer, twin)
        for link in _LINK.findall(answer.text):
            fetched = await self._here.fetch(link.decode())
            if leaked := self._clients.leaked(fetched.text):
                self._object("a link shows", told, leaked)
        self._look(told)

    def _compare(self, told: str, attempt: Attempt, answer: Answer, twin: Answer) -> None:
        known, other = _comparable(answer, attempt), _comparable(twin, attempt)
        if known != other:
            at = next((n for n, (a, b) in enumerate(zip(known, other)) if a != b), 0)  # noqa: B905 - one may be longer
            here = slice(max(0, at - 100), at + 150)
            self._object("tells from unknown", told, [str(known[here]), str(other[here])])
        elif len(answer.asked) != len(twin.asked):
            self._object("asks otherwise", told, [str(answer.asked), str(twin.asked)])

    def _look(self, told: str) -> None:
        """Look at the whole organisation after a request."""
        if self._clients.foreign_state() != self._before:
            self._before = self._clients.foreign_state()
            self._object("changed globex", told, [])
        for kind, shelf in self._clients.world.resources.items():
            if self._known[kind] == (now := orjson.dumps(shelf)):
                continue
            foreign = {*self._clients.foreign[kind]}
            ours = [each for key, each in shelf.items() if key not in foreign]
            if self._clients.leaked(orjson.dumps(ours)):
                if leaked := self._clients.leaked(orjson.dumps([*map(_without_results, ours)])):
                    self._object("ties itself to globex", told, leaked)
                for key in [key for key in shelf if key not in foreign]:
                    if self._clients.leaked(orjson.dumps(shelf[key])):
                        del shelf[key]
                now = orjson.dumps(shelf)
            self._known[kind] = now

    def _object(self, fault: str, told: str, more: Iterable[str]) -> None:
        self.faults.append(f"{fault}: {told[:900]}\n    " + "\n    ".join(more))


def _without_results(item: Any) -> Any:
    """Return a call without what Vapi itself fills in at its end.

    It runs each structured output that is linked to the call's assistant, and the agency linked one
    to assistants of both clients.
    """
    if not isinstance(item.get("artifact"), dict):
        return item
    results = {"structuredOutputs", "skippedStructuredOutputs"}
    kept = {key: value for key, value in item["artifact"].items() if key not in results}
    return {**item, "artifact": kept}


async def _settle(here: Agency, clients: TwoClients) -> None:
    """Look at all that goes on with time, so that a later look changes nothing."""
    for tool in _GOING_ON:
        kind = kind_of(registry().tools[tool])
        for each in clients.foreign[kind or ""]:
            await here.call("agency", tool, id=each)


def _parts(attempt: Attempt) -> tuple[str, Mapping[str, Any]]:
    return attempt.method, attempt.params


def _opened(text: bytes) -> bytes:
    """Return a text with what its cursors and the like hold."""
    parts = [text]
    for sealed in _SEALED.findall(text):
        try:
            parts.append(base64.urlsafe_b64decode(sealed.rstrip(b"=") + b"=="))
        except binascii.Error:
            continue
    return b"\n".join(parts)


def is_write(attempt: Attempt) -> bool:
    tool = registry().tools.get(attempt.tool)
    return tool is not None and tool.spec.effect != "read"


def _both_done(answer: Answer, twin: Answer) -> bool:
    """Return whether two writes were done: no argument that counts held the ids."""
    return not (answer.is_error or twin.is_error)


def _as_first(text: bytes, attempt: Attempt) -> bytes:
    """Return the answer to the second twin as the first one's."""
    for each in attempt.aimed:
        text = text.replace(unknown(each, 1).encode(), unknown(each).encode())
    return text


def _comparable(answer: Answer, attempt: Attempt) -> bytes:
    text = _UNIQUE.sub(b"", without_one_time(answer.text))
    for each in attempt.aimed:
        text = text.replace(each.encode(), unknown(each).encode())
    return text


def _summary(faults: list[str]) -> str:
    by_tool = Counter(
        f"{fault.split(':')[0]}: {found[1] if (found := _NAME.search(fault)) else ''}"
        for fault in faults
    )
    counts = "\n".join(f"{count:5} {what}" for what, count in by_tool.most_common(200))
    return f"{len(faults)} faults\n{counts}\n\n" + "\n".join(faults[:20])


_GOING_ON = (
    "get_single_vapi_session_by_id",
    "get_single_vapi_call_by_id",
    "get_single_vapi_campaign_by_id",
    "get_single_vapi_eval_run_by_id",
    "get_single_vapi_simulation_run_by_id",
)
_NAME = re.compile(r'"(?:tool_name|name|uri)":"([^"]+)"')


async def test_no_request_reaches_the_other_client() -> None:
    faults, answered = list[str](), Counter[str]()
    for begun in range(0, CALLS, _ROUND):
        watch = await _round(SEED + begun, min(_ROUND, CALLS - begun))
        faults += watch.faults
        answered += watch.answered
    assert not faults, _summary(faults)
    # Where all is refused, nothing leaks: enough of it was done.
    assert answered["done"] > CALLS / 5, answered


async def _round(seed: int, calls: int) -> Watch:
    """Send so many requests to one organisation; many of them delete what acme has."""
    clients, random = two_clients(), Random(seed)  # noqa: S311 - repeatable, not secret
    async with agency(clients.world) as here:
        add_servers(here, clients)
        await _settle(here, clients)
        watch = Watch(clients, here)
        streams = {
            name: iter(Attempts(clients, seed, registry().in_scope(scope)))
            for name, scope in (("core", EVERYTHING), ("full", FULL))
        }
        for _ in range(calls):
            server, way = random.choice((*ACME, DISCOVERY, CONFIRMING)), random.choice(_WAYS)
            attempt = next(streams["core" if server.endswith("core") else "full"])
            # What the agency has looked at may wait in a cache.
            before = attempt.harmless if random.random() < _LOOKED_AT_FIRST else None
            if before is not None:
                await here.ask("agency", *_parts(before), way)
            is_hidden = server == DISCOVERY
            await watch.judge(server, attempt.discovered() if is_hidden else attempt, way)
    return watch
