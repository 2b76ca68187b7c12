"""Kill -9 in the middle of calls with idempotency keys: never two calls for one key."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

import httpx
import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.support.app import headers_of, message
from tests.support.e2e.connecting import command
from tests.support.serving import serving
from tests.support.stores import Database
from vapi_mcp.sandbox.startup import build_sandbox

KEYS, SEED = 10, 11
PATIENCE = 600.0
Moment: TypeAlias = Literal["asked", "arrived", "done", "answered"]
# A kill at the first and at the last of each moment; more rounds would only repeat these.
KILLS = [(moment, count) for count in (1, KEYS - 1) for moment in get_args(Moment)]


class Tracked:
    """A simulated Vapi that says when a call arrives, and when it is done but not answered."""

    def __init__(self, app: ASGIApp) -> None:
        self.passed: asyncio.Queue[Moment] = asyncio.Queue()
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_call = scope["type"] == "http" and (scope["method"], scope["path"]) == ("POST", "/call")
        if not is_call:
            return await self._app(scope, receive, send)

        async def told(said: Message) -> None:
            if said["type"] == "http.response.start":
                self.passed.put_nowait("done")
            await send(said)

        self.passed.put_nowait("arrived")
        return await self._app(scope, receive, told)


@dataclass(frozen=True, slots=True)
class Scene:
    """Where everything is: the simulated Vapi, the data of the server, what each call asks for."""

    vapi: Tracked
    sandbox: str
    data_dir: Path
    order: Mapping[str, Any]

    def served(self) -> AbstractContextManager[Any]:
        """Run a server over the same data as the one before."""
        arguments = ["serve", "--port", "0", "--data-dir", str(self.data_dir)]
        return command(
            arguments,
            VAPI_API_KEY="sandbox-key",
            VAPI_BASE_URL=self.sandbox,
            VAPI_MCP_SERVER_CALLS_AT_ONCE="0",
            VAPI_MCP_SERVER_CALLS_PER_MINUTE="0",
        )

    async def call(self, client: httpx.AsyncClient, key: str) -> dict[str, Any]:
        """Place the call that a key stands for; it bears the key as its name."""
        arguments = {**self.order, "name": key, "idempotency_key": key}
        request = message("tools/call", {"name": "create_a_vapi_call", "arguments": arguments})
        answer = await client.post("", json=request, headers=headers_of(request))
        return orjson.loads(answer.json()["result"]["content"][0]["text"])

    async def made(self) -> Counter[str]:
        """Count the calls that Vapi has, by the key each bears."""
        calls = await _get(self.sandbox, "/call?limit=1000")
        return Counter(call["name"] for call in calls if "-" in (call.get("name") or ""))


async def test_kill_9_at_any_moment_never_makes_two_calls_of_one_key(tmp_path: Path) -> None:
    draw, vapi = random.Random(SEED), Tracked(build_sandbox())  # noqa: S311 - repeatable
    keys, answered = list[str](), dict[str, str]()
    async with serving(vapi) as sandbox, asyncio.timeout(PATIENCE):
        scene = Scene(vapi, sandbox.url, tmp_path, await _order(sandbox.url))
        for number, (moment, count) in enumerate(KILLS):
            # Some keys of the round before are repeated before anybody can know of them.
            again = draw.sample(keys[-KEYS:], KEYS // 2) if keys else []
            mine = [f"{number}-{n}" for n in range(KEYS)]
            answered |= await _killed(scene, moment, count, [*mine, *again])
            keys += mine
        # As if the time had passed in which a call that was cut off may still have an answer.
        await Database(tmp_path).run("UPDATE intents SET waits_until = created_at")
        repeats = await _repeated(scene, keys)
        made = await scene.made()
    assert [key for key, times in made.items() if times > 1] == []
    assert set(answered) <= set(made)
    for key, repeat in repeats.items():
        assert repeat.get("outcome") == "unknown" or made[key] == 1, (key, repeat)
        assert key not in answered or repeat["id"] == answered[key]
    # Kills struck before, between and after, so that both ends were seen.
    assert {repeat.get("outcome") for repeat in repeats.values()} == {"unknown", None}


async def _killed(scene: Scene, moment: Moment, count: int, keys: Sequence[str]) -> dict[str, str]:
    """Serve while every key is called once, and be killed when so many calls are at a moment.

    Returns the ids of the calls that were answered.
    """
    passed, answered = scene.vapi.passed, dict[str, str]()

    async def call(client: httpx.AsyncClient, key: str) -> None:
        passed.put_nowait("asked")
        with suppress(httpx.TransportError):
            answer = await scene.call(client, key)
            if "id" in answer:
                answered[key] = answer["id"]
            passed.put_nowait("answered")

    with scene.served() as (process, line):
        while not passed.empty():
            passed.get_nowait()
        async with _client(line) as client:
            calls = [asyncio.create_task(call(client, key)) for key in keys]
            while count:
                count -= await passed.get() == moment
            process.kill()
            await asyncio.gather(*calls)
    return answered


async def _repeated(scene: Scene, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Repeat every key in a process that lives, and once more what was still under way."""
    answers = dict[str, dict[str, Any]]()
    left = list(keys)
    with scene.served() as (_, line):
        async with _client(line) as client:
            while left:
                told = await asyncio.gather(*(scene.call(client, key) for key in left))
                answers |= dict(zip(left, told, strict=True))
                left = [key for key in left if answers[key].get("outcome") == "in_flight"]
    return answers


async def _order(sandbox: str) -> dict[str, Any]:
    """Return the arguments of a call that the simulated organisation can place."""
    assistants, numbers = await _get(sandbox, "/assistant"), await _get(sandbox, "/phone-number")
    return {
        "assistantId": assistants[0]["id"],
        "phoneNumberId": numbers[0]["id"],
        "customer": {"number": "+14155550123"},
    }


async def _get(sandbox: str, path: str) -> Any:
    headers = {"Authorization": "Bearer sandbox-key"}
    async with httpx.AsyncClient(trust_env=False, headers=headers) as client:
        return (await client.get(sandbox + path)).json()


def _client(line: str) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=None)
    return httpx.AsyncClient(
        base_url=line.rsplit(maxsplit=1)[-1], trust_env=False, timeout=PATIENCE, limits=limits
    )
