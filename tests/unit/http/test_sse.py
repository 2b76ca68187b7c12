from __future__ import annotations

import asyncio

import orjson
import pytest

from tests.support.app import ACCOUNT, hosted, post, send
from tests.support.event_streams import LIST, READY, open_stream
from tests.support.upstream import FakeUpstream
from vapi_mcp.accounts.records import Server
from vapi_mcp.registry.scope import Scope


async def test_stream_advertises_the_message_path_of_its_own_token() -> None:
    async with hosted() as server:
        other = server.add_server()
        async with (
            open_stream(server.url, server.token) as one,
            open_stream(server.url, other) as two,
        ):
            assert one.path.startswith(f"/messages/{server.token}/?session_id=")
            assert two.path.startswith(f"/messages/{other}/?session_id=")


@pytest.mark.parametrize(
    ("public_url", "path"),
    [
        ("https://mcp.example.com", ""),
        ("https://mcp.example.com/", ""),
        ("https://example.com/vapi", "/vapi"),
        ("https://example.com/tools/vapi/", "/tools/vapi"),
        ("https://example.com/my%20tools", "/my%20tools"),
    ],
)
async def test_message_path_begins_with_the_path_of_the_public_url(
    public_url: str, path: str
) -> None:
    async with (
        hosted(public_url=public_url) as server,
        open_stream(server.url, server.token) as stream,
    ):
        assert stream.path.startswith(f"{path}/messages/{server.token}/?session_id=")
        stream.path = stream.path.removeprefix(path)  # as the proxy does
        await stream.start()


async def test_session_works_at_no_other_server() -> None:
    async with hosted() as server:
        other = server.add_server()
        async with open_stream(server.url, server.token) as one, open_stream(server.url, other):
            elsewhere = one.path.replace(server.token, other)
            stolen = await post(server.url + elsewhere, LIST)
            no_such = await post(f"{server.url}/messages/{other}/?session_id={'0' * 32}", LIST)
        closed = await post(server.url + elsewhere, LIST)
    assert (stolen.status_code, no_such.status_code, closed.status_code) == (404, 404, 404)
    assert stolen.content == no_such.content
    assert server.upstream.requests == []


async def test_two_streams_of_one_server_keep_apart() -> None:
    async with (
        hosted() as server,
        open_stream(server.url, server.token) as one,
        open_stream(server.url, server.token) as two,
    ):
        await one.start()
        await two.start()
        await two.post({**LIST, "id": "two"})
        assert orjson.loads(await two.next_event() or "")["id"] == "two"
        await one.post({**LIST, "id": "one"})
        assert orjson.loads(await one.next_event() or "")["id"] == "one"


async def test_slash_before_the_query_may_be_missing() -> None:
    async with hosted() as server, open_stream(server.url, server.token) as stream:
        stream.path = stream.path.replace("/?", "?")
        await stream.start()


async def test_token_is_checked_again_on_each_message() -> None:
    async with hosted() as server:
        token = server.add_server()
        async with open_stream(server.url, token) as stream:
            await stream.start()
            server.store.remove(f"server-{server.made}")
            async with asyncio.timeout(1):
                while (await stream.post(READY)).status_code != 401:
                    continue
                assert await stream.next_event() is None


async def test_each_message_sees_the_scope_of_its_moment() -> None:
    async with hosted() as server:
        token = server.add_server()
        async with open_stream(server.url, token) as stream:
            await stream.start()
            narrowed = Server("server-1", "more", ACCOUNT.id, Scope(tags=frozenset({"calls"})))
            server.store.add(narrowed, ACCOUNT, token)
            async with asyncio.timeout(1):
                while "error" not in (answer := await stream.ask(LIST)):
                    continue
    assert answer["error"]["code"] == -32602


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (b'"\\ud83d"', "holds half a surrogate pair; send the whole character"),
        (
            b'"\xed\xa0\x80"',
            "holds bytes that are not UTF-8, or half a surrogate pair; send the whole character",
        ),
        (b"1" * 5000, "is an integer of more than 64 bits; send it as text"),
    ],
    ids=["half", "bytes", "integer"],
)
async def test_message_that_is_refused_under_its_id_is_answered_on_the_stream(
    value: bytes, told: str
) -> None:
    """The official client 2.3.0 gives up a whole connection where a message gets no 2xx."""
    body = (
        b'{"jsonrpc":"2.0","id":"half","method":"tools/call","params":'
        b'{"name":"create_a_vapi_assistant","arguments":{"name":%s}}}' % value
    )
    headers = {"Content-Type": "application/json"}
    async with hosted() as server, open_stream(server.url, server.token) as stream:
        await stream.start()
        taken = await send("POST", server.url + stream.path, headers=headers, content=body)
        event = orjson.loads(await stream.next_event() or "")
        after = await stream.ask(LIST)
    assert taken.status_code == 202
    error = {"code": -32602, "message": f"name {told}. Nothing was sent."}
    assert event == {"jsonrpc": "2.0", "id": "half", "error": error}
    assert after["result"]["isError"] is False


@pytest.mark.parametrize("body", [b'{"jsonrpc":"2.0","id":null,"method":"ping"}', b"NaN"])
async def test_bad_message_is_refused_where_it_was_sent(body: bytes) -> None:
    async with hosted() as server, open_stream(server.url, server.token) as stream:
        headers = {"Content-Type": "application/json"}
        url = server.url + stream.path
        answer = await send("POST", url, headers=headers, content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] in (-32600, -32700)


@pytest.mark.parametrize(("path", "allowed"), [("sse", "GET"), ("messages", "POST")])
async def test_other_methods_are_not_allowed(path: str, allowed: str) -> None:
    async with hosted() as server:
        answer = await send("DELETE", f"{server.url}/{path}/{server.token}")
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


async def test_idle_stream_does_not_hold_up_the_end() -> None:
    async with hosted() as server, open_stream(server.url, server.token) as stream:
        server.running.stop()
        assert await stream.next_event() is None


async def test_call_in_flight_is_answered_before_the_stream_ends() -> None:
    upstream = FakeUpstream(hold=True)
    async with hosted(upstream=upstream) as server, open_stream(server.url, server.token) as stream:
        await stream.start()
        await stream.post(LIST)
        await upstream.entered.wait()
        server.running.stop()
        await server.drain.wait()
        upstream.release.set()
        answer = orjson.loads(await stream.next_event() or "")
        assert await stream.next_event() is None
    assert answer["result"]["isError"] is False
