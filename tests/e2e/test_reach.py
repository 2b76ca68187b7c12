"""Nothing is out of reach: calls of any size, read whole through answers within the budget."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeAlias

import orjson

from tests.support.e2e.connecting import connected
from tests.support.e2e.stack import stacked
from tests.support.e2e.story import Answer
from tests.support.invocation import JSON, REGISTRY, ResultInvoker, granted
from tests.support.tokens import count
from tests.support.upstream import ScriptedUpstream
from vapi_mcp.invocation.answers.elision import MARK, is_marker
from vapi_mcp.invocation.messages import UpstreamResponse
from vapi_mcp.sandbox.seed import seed_world
from vapi_mcp.sandbox.state.snapshot import StateSnapshot

Read: TypeAlias = Callable[..., Awaitable[Answer]]

TOOL = "get_single_vapi_call_by_id"
BUDGET = 8_000


class Reader:
    """Reads objects as a patient agent would: it follows markers and `next`, and knows no more."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self.reads = 0
        self.most = 0

    async def whole(self, **arguments: Any) -> Any:
        """Return an object with every marker in it replaced by what it stands for."""
        return await self._filled((await self._answer(arguments)).json)

    async def _filled(self, value: Any) -> Any:
        if is_marker(value):
            return await self._part(value[MARK]["read"]["arguments"])
        if isinstance(value, list):
            return [await self._filled(item) for item in value]
        if isinstance(value, dict):
            return {key: await self._filled(child) for key, child in value.items()}
        return value

    async def _part(self, arguments: dict[str, Any] | None) -> Any:
        pieces: list[Any] = []
        while arguments:
            answer = (await self._answer(arguments)).json
            pieces.append(await self._filled(answer["value"]))
            arguments = answer["next"]
        return joined(pieces)

    async def _answer(self, arguments: Mapping[str, Any]) -> Answer:
        answer = await self._read(TOOL, **arguments)
        assert not answer.is_error, answer.json
        self.reads += 1
        self.most = max(self.most, tokens_of(answer))
        assert self.most <= BUDGET, arguments
        return answer


def joined(pieces: list[Any]) -> Any:
    """Return the pieces of a part as one: of a text, of a list, or of an object."""
    first, *rest = pieces
    for piece in rest:
        first = {**first, **piece} if isinstance(first, dict) else first + piece
    return first


def tokens_of(answer: Answer) -> int:
    """Return the o200k tokens of an answer's JSON and of its notes."""
    notes = count({"notes": answer.notes}) if answer.notes else 0
    return count(orjson.dumps(answer.json).decode()) + notes


@cache
def world() -> StateSnapshot:
    return seed_world(7, datetime.now(UTC))


def calls() -> list[dict[str, Any]]:
    """Return the simulated organisation's calls, the smallest first."""
    found = world().resources["call"].values()
    return sorted(found, key=lambda call: len(orjson.dumps(call)))


def without_links(call: dict[str, Any]) -> dict[str, Any]:
    """Return a call without the links that are left out on purpose."""
    kept = dict(call)
    for part in ("artifact", "monitor"):
        if part in call:
            kept[part] = {
                key: value
                for key, value in call[part].items()
                if not (key.startswith("presigned") and key.endswith("Url"))
                and key not in ("controlUrl", "listenUrl")
            }
    return kept


def test_there_are_over_two_hundred_calls_of_up_to_two_megabytes() -> None:
    sizes = [len(orjson.dumps(call)) for call in calls()]
    assert len([size for size in sizes if size >= 5_000]) > 200
    assert sizes[-1] > 1_900_000


async def test_every_byte_of_every_call_is_reached_within_the_budget() -> None:
    for call in calls():
        upstream = ScriptedUpstream(UpstreamResponse(200, JSON, orjson.dumps(call)))
        invoker = ResultInvoker(upstream)

        async def read(name: str, /, invoker: ResultInvoker = invoker, **arguments: Any) -> Answer:
            result = await invoker.invoke(REGISTRY.find(name), arguments, granted())
            return Answer(orjson.loads(result.text), result.notes)

        assert await Reader(read).whole(id=call["id"]) == without_links(call)


async def test_calls_of_all_sizes_are_reached_by_a_client_over_http() -> None:
    draw = random.Random(11)  # noqa: S311 - repeatable, not secret
    small, large = calls()[:-30], calls()[-30:-1]
    chosen = [*draw.sample(small, 12), *draw.sample(large, 3), calls()[-1]]
    async with (
        stacked(world(), max_answer_bytes=2**24) as server,
        connected("modern HTTP", server.url("modern HTTP")) as connection,
    ):
        reader = Reader(connection.call)
        for call in chosen:
            found = await reader.whole(id=call["id"])
            at_vapi = world().resources["call"][call["id"]]
            for part in ("artifact", "monitor"):
                # The links that came with this answer have an end of their own.
                found.get(part, {}).pop("presignedUrlsExpiresAt", None)
            assert found == without_links(at_vapi)
    assert reader.reads > len(chosen)
    assert reader.most > BUDGET / 2


async def test_a_link_that_was_left_out_comes_when_it_is_named() -> None:
    ended = next(call for call in reversed(calls()) if "recordingUrl" in call.get("artifact", {}))
    async with (
        stacked(world(), max_answer_bytes=2**24) as server,
        connected("modern HTTP", server.url("modern HTTP")) as connection,
    ):
        whole = await connection.call(TOOL, id=ended["id"], part="artifact")
        field = "artifact.presignedMonoUrl"
        named = await connection.call(TOOL, id=ended["id"], fields=[field])
        part = await connection.call(TOOL, id=ended["id"], part=field)
    assert "presignedMonoUrl" not in whole.json["value"]
    assert any(field in note and "list_all_vapi_mono_recordings" in note for note in whole.notes)
    assert named.json["artifact"]["presignedMonoUrl"].startswith("http")
    assert "X-Amz-Signature" in part.json["value"]
