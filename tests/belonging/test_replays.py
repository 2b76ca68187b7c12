"""What one client began, the other one cannot end, repeat, read on or undo."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import orjson
import pytest

from tests.belonging.agency import ACCOUNT, Agency, agency
from tests.belonging.clients import MARK, TwoClients, two_clients
from tests.belonging.servers import add_servers, only_of
from vapi_mcp.accounts.records import ServerConfig

_CHANGE = re.compile(r"vapi-change-[0-9a-f]+")
MODEL = {"provider": "openai", "model": "gpt-4.1"}


@asynccontextmanager
async def handed_out() -> AsyncGenerator[tuple[TwoClients, Agency]]:
    clients = two_clients()
    async with agency(clients.world) as here:
        add_servers(here, clients)
        yield clients, here


def of_globex(clients: TwoClients, kind: str) -> str:
    return clients.foreign[kind][0]


async def test_an_idempotency_key_of_the_other_client_is_a_new_key() -> None:
    async with handed_out() as (_, here):
        asked: dict[str, Any] = {"name": "Ava", "model": MODEL, "idempotency_key": "monday"}
        first = await here.call("globex", "create_a_vapi_assistant", **asked)
        again = await here.call("acme ids core", "create_a_vapi_assistant", **asked)
        assert not again.is_error, again.text
        assert again.result["id"] != first.result["id"]
        differs = {**asked, "name": "Bo"}
        other = await here.call("acme metadata core", "create_a_vapi_assistant", **differs)
        assert not other.is_error, other.text
        assert first.result["id"].encode() not in again.text + other.text


async def test_an_idempotency_key_is_one_for_the_servers_of_a_client() -> None:
    async with handed_out() as (_, here):
        asked: dict[str, Any] = {"name": "Ava", "model": MODEL, "idempotency_key": "monday"}
        first = await here.call("acme metadata core", "create_a_vapi_assistant", **asked)
        again = await here.call("acme metadata full", "create_a_vapi_assistant", **asked)
        assert again.result["id"] == first.result["id"]


async def test_a_confirmation_code_of_the_other_client_confirms_nothing() -> None:
    async with handed_out() as (clients, here):
        for client in ("acme", "globex"):
            shelves = {kind: {} for kind in clients.acme}
            only = only_of(shelves, "metadata", client)
            here.serve(f"{client} asks", ServerConfig(only=only, confirm="all_writes"))
        mine = of_globex(clients, "assistant")
        preview = await here.call("globex asks", "delete_a_vapi_assistant_by_id", id=mine)
        code = preview.result["confirmation_code"]
        asked = {"id": mine, "confirmation_code": code}
        unknown = {"id": "7e57ab1e-0000-4000-8000-00000000dead", "confirmation_code": "ABCDEFGH"}
        answer = await here.call("acme asks", "delete_a_vapi_assistant_by_id", **asked)
        expected = await here.call("acme asks", "delete_a_vapi_assistant_by_id", **unknown)
        assert answer.is_error
        assert answer.text.replace(mine.encode(), b"") == expected.text.replace(
            unknown["id"].encode(), b""
        )
        assert mine in clients.world.resources["assistant"]


async def test_a_preview_of_a_write_shows_nothing_of_the_other_client() -> None:
    async with handed_out() as (clients, here):
        only = only_of(clients.acme, "ids")
        here.serve("asks", ServerConfig(only=only, confirm="all_writes", catalogue="full"))
        ours = next(iter(clients.acme["assistant"]))
        for arguments in (
            {"id": of_globex(clients, "assistant"), "name": "Ava"},
            {"id": ours, "model": {**MODEL, "toolIds": [of_globex(clients, "tool")]}},
        ):
            answer = await here.call("asks", "update_a_vapi_assistant_by_id", **arguments)
            assert not clients.leaked(answer.text, orjson.dumps(arguments))


async def test_a_change_of_the_other_client_is_unknown() -> None:
    async with handed_out() as (clients, here):
        changed = await here.call(
            "globex",
            "update_a_vapi_assistant_by_id",
            id=of_globex(clients, "assistant"),
            firstMessage=f"Good day {MARK}.",
        )
        found = _CHANGE.search(changed.text.decode())
        if found is None:
            raise AssertionError(changed.text)
        for change in (found[0], found[0].removeprefix("vapi-change-")):
            for server in ("acme ids core", "acme metadata full"):
                uri = {"uri": f"vapi://changes/{change}"}
                none = {"uri": f"vapi://changes/{change[:-4]}dead"}
                answer = await here.ask(server, "resources/read", uri)
                expected = await here.ask(server, "resources/read", none)
                assert not clients.leaked(answer.text)
                assert answer.text.replace(change.encode(), b"") == expected.text.replace(
                    none["uri"].removeprefix("vapi://changes/").encode(), b""
                )


async def test_a_cursor_of_another_server_shows_nothing_more() -> None:
    async with handed_out() as (clients, here):
        for begun in ("agency", "globex"):
            page = await here.call(begun, "list_all_vapi_calls", limit=2, fields=["id"])
            cursor = page.result["next_cursor"]
            for server in ("acme ids core", "acme metadata full"):
                answer = await here.call(server, "list_all_vapi_calls", next_cursor=cursor)
                assert not clients.leaked(answer.text)


async def test_a_link_ends_when_its_call_is_no_longer_of_its_server() -> None:
    async with handed_out() as (clients, here):
        call = next(
            key
            for key in clients.foreign["call"]
            if "recordingUrl" in orjson.dumps(clients.world.resources["call"][key]).decode()
        )
        tool = "list_all_vapi_mono_recordings"
        linked = (await here.call("agency", tool, id=call)).text.decode()
        found = re.search(r"http://127\.0\.0\.1/media/[\w.-]+", linked)
        assert found is not None, linked
        assert (await here.fetch(found[0])).text.startswith(b"200")
        config = ServerConfig(only=only_of(clients.acme, "ids"), catalogue="full")
        await here.store.update_server(
            ACCOUNT.id, "agency", lambda server: replace(server, config=config)
        )
        ended = await here.fetch(found[0])
        assert ended.text.startswith(b"404"), ended.text[:300]
        assert not clients.leaked(ended.text)


async def test_a_narrower_only_takes_effect_on_the_next_request() -> None:
    async with handed_out() as (clients, here):
        ours, other = list(clients.acme["assistant"])[:2]
        tool = "get_single_vapi_assistant_by_id"
        assert not (await here.call("acme ids core", tool, id=other)).is_error
        only = only_of({**clients.acme, "assistant": {ours: {}}}, "ids")
        await here.store.update_server(
            ACCOUNT.id,
            "acme ids core",
            lambda server: replace(server, config=replace(server.config, only=only)),
        )
        # The other app has not asked the store yet; the first believes it for half a second.
        assert (await here.call("acme ids core", tool, "sdk", id=other)).is_error
        assert not (await here.call("acme ids core", tool, "sdk", id=ours)).is_error


@pytest.mark.parametrize("kind", ["assistant", "squad"])
async def test_nothing_of_the_other_client_is_a_target_by_its_name_either(kind: str) -> None:
    async with handed_out() as (clients, here):
        theirs = clients.world.resources[kind][of_globex(clients, kind)]["name"]
        ours = next(iter(clients.acme[kind].values()))["name"]
        said: list[bytes] = []
        for name in (theirs, "Nobody", ours):
            target = {"type": kind, f"{kind}Name": name}
            model = {**MODEL, "tools": [{"type": "handoff", "destinations": [target]}]}
            new: dict[str, Any] = {"name": name[:40], "model": model}
            answer = await here.call("acme both core", "create_a_vapi_assistant", **new)
            said.append(answer.text.replace(name[:40].encode(), b"").replace(name.encode(), b""))
        assert said[0] == said[1]
        assert b"there is no object with this name" in said[0]
        assert b"there is no object with this name" not in said[2]
