"""What goes wrong gets a clear error and loses nothing: the connection serves the next call."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from mcp import MCPError
from mcp_types import INVALID_PARAMS
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from tests.support.e2e.connecting import HTTP, Connection, Way, connected
from tests.support.e2e.stack import ORG, Stack, registry, stacked
from tests.support.e2e.story import Answer
from tests.support.serving import serving
from vapi_mcp.invocation.messages import USUAL_DEADLINE
from vapi_mcp.specs.tools.loader import load_specs

GET = "get_single_vapi_assistant_by_id"
LIST = "list_all_vapi_assistants"
CREATE = "create_a_vapi_assistant"
DELETE = "delete_a_vapi_assistant_by_id"
every_way = pytest.mark.parametrize("way", HTTP)

# Ids that make the simulated Vapi fail in a certain way.
MAGIC = "00000000-0000-4000-8000-00000000"


@asynccontextmanager
async def opened(
    way: Way = "modern HTTP", **stack: Any
) -> AsyncGenerator[tuple[Stack, Connection]]:
    """Connect to a fresh stack."""
    async with stacked(**stack) as server, connected(way, server.url(way)) as connection:
        yield server, connection


async def assert_still_serving(connection: Connection) -> None:
    answer = await connection.call(LIST, fields=["name"])
    assert (answer.is_error, answer.json["result"]) == (False, [{"name": "Ava"}])


async def failed(connection: Connection, status: int, name: str, /, **arguments: Any) -> Any:
    """Return the error object of a call that fails with this status, and check the connection."""
    answer: Answer = await connection.call(name, **arguments)
    assert answer.is_error, answer.json
    assert answer.json["statusCode"] == status, answer.json
    assert answer.json.keys() >= {"statusCode", "error", "message"}
    return answer.json


@every_way
async def test_unknown_tool_is_a_protocol_error_with_a_suggestion(way: Way) -> None:
    async with opened(way) as (server, connection):
        with pytest.raises(MCPError) as caught:
            await connection.call("list_all_vapi_assistant")
        assert server.upstream.requests == []
        await assert_still_serving(connection)
    assert caught.value.error.code == INVALID_PARAMS
    assert "did you mean list_all_vapi_assistants" in caught.value.error.message


BAD_ARGUMENTS: list[tuple[str, dict[str, Any], str]] = [
    (GET, {"id": ORG, "ids": 1}, "did you mean id"),
    (GET, {}, "id is required"),
    (GET, {"id": True}, "is not an id"),
    (GET, {"id": None}, "id is required"),
    (GET, {"id": ["a"]}, "is not an id"),
    (LIST, {"limit": "many"}, "limit must be integer"),
    (LIST, {"limit": 0}, "limit must be at least 1"),
    (LIST, {"limit": 1001}, "limit must be at most 1000"),
    (LIST, {"createdAtGt": "soon"}, "'soon' is no date: -24h, -7d, today"),
    (LIST, {"page": 2}, "pass the next_cursor"),
    (LIST, {"next_cursor": "forged"}, "is not a cursor of this tool"),
    (CREATE, {"name": {"first": "Ava"}}, "name must be string, not an object"),
    (CREATE, {"name": "A" * 41}, "name must be at most 40 characters"),
    (CREATE, {"model": "gpt-4.1"}, "model must be object, not text"),
    ("create_a_vapi_file", {}, "Give the file as one of"),
    ("create_a_vapi_file", {"text": "a", "base64": "YQ=="}, "given: text and base64"),
    ("create_a_vapi_file", {"base64": "§§§"}, "is not valid base64"),
]


async def test_bad_arguments_are_refused_before_anything_is_sent() -> None:
    async with opened() as (server, connection):
        for name, arguments, told in BAD_ARGUMENTS:
            error = await failed(connection, 400, name, **arguments)
            assert told in error["message"], (arguments, error["message"])
        assert server.upstream.requests == []
        await assert_still_serving(connection)


BAD_IDS = ["../call", "..", "%2e%2e%2fcall", "a/b", f"{ORG}?a=1", f"{ORG}#x", "a b", "", "a\n", "ü"]


@every_way
async def test_id_never_leaves_its_path_segment(way: Way) -> None:
    async with opened(way) as (server, connection):
        for id_ in BAD_IDS:
            error = await failed(connection, 400, GET, id=id_)
            assert "is not an id" in error["message"]
        assert server.upstream.requests == []
        await assert_still_serving(connection)


@every_way
async def test_argument_of_ten_megabytes_is_refused_with_the_limit(way: Way) -> None:
    async with opened(way) as (server, connection):
        async with asyncio.timeout(15):
            told = await said_to(connection, CREATE, firstMessage="A" * 10_000_000)
        # Without a transport it is the body to Vapi that has a bound.
        assert re.search(r"2097152|4,194,304", told)
        assert server.upstream.requests == []
        await assert_still_serving(connection)


async def said_to(connection: Connection, name: str, /, **arguments: Any) -> str:
    """Return the words of a failure, whether of the protocol or of the tool."""
    try:
        answer = await connection.call(name, **arguments)
    except MCPError as error:
        return error.error.message
    assert answer.is_error
    return answer.json["message"]


async def test_file_that_is_not_there_is_named() -> None:
    async with opened(tools=registry(local_files=True)) as (server, connection):
        error = await failed(connection, 400, "create_a_vapi_file", path="/no/such/file.txt")
        assert "'/no/such/file.txt' cannot be read: No such file or directory" in error["message"]
        assert server.upstream.requests == []
        await assert_still_serving(connection)


@every_way
async def test_refused_key_is_told_with_its_three_causes(way: Way) -> None:
    async with opened(way, key="public-0000") as (_, connection):
        for name, arguments in ((LIST, {}), (GET, {"id": ORG}), (CREATE, {"name": "A"})):
            error = await failed(connection, 401, name, **arguments)
            for cause in ("private key", "organisation", "region"):
                assert cause in error["hint"]
            assert "public-0000" not in str(error)


@every_way
async def test_vapi_that_is_down_is_told_at_once(way: Way) -> None:
    listener = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    listener.close()
    await listener.wait_closed()
    async with opened(way, base_url=f"http://127.0.0.1:{port}") as (_, connection):
        for name, arguments in ((LIST, {}), (CREATE, {"name": "A"})):
            error = await failed(connection, 502, name, **arguments)
            assert "cannot be reached at 127.0.0.1" in error["message"]
            assert "Nothing was sent" in error["message"]


FAULTS = [
    ("0429", 429, "Rate limit exceeded"),
    ("0409", 409, "pinned"),
    ("0401", 401, "Invalid Key"),
    ("0500", 500, "Internal server error"),
    ("0502", 502, "502 Bad Gateway"),
    ("0503", 503, "Service Unavailable"),
    ("dead", 502, "broke off before Vapi's answer was complete"),
    ("0206", 502, "JSON that breaks off"),
    ("0204", 502, "an empty answer"),
    ("0413", 502, "larger than 1,048,576 bytes"),
    ("b0b0", 502, "larger than 1,048,576 bytes"),
]


@every_way
async def test_whatever_vapi_answers_the_model_reads_what_happened(way: Way) -> None:
    async with opened(way) as (_, connection):
        for code, status, told in FAULTS:
            error = await failed(connection, status, GET, id=MAGIC + code)
            assert told in error["message"], error
            assert error["hint"]
            assert len(str(error)) < 3500
            await assert_still_serving(connection)


async def test_rate_limit_comes_with_its_three_numbers() -> None:
    async with opened() as (_, connection):
        error = await failed(connection, 429, GET, id=f"{MAGIC}0429")
    names = ("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset")
    assert [error[name] for name in names] == [100, 0, 7]


async def test_list_that_stays_too_large_is_an_error_in_the_end() -> None:
    async with opened() as (server, connection):
        error = await failed(
            connection, 502, "list_all_vapi_calls", assistantId=f"{MAGIC}0413", limit=8
        )
        assert "larger than 1,048,576 bytes" in error["message"]
        assert len(server.upstream.requests) == 4
        await assert_still_serving(connection)


async def test_web_page_that_claims_success_is_no_answer() -> None:
    def welcome(request: Request) -> HTMLResponse:
        del request
        return HTMLResponse("<h1>Welcome</h1>")

    page = Starlette(routes=[Route("/{path:path}", welcome, methods=["GET", "POST"])])
    async with serving(page) as vapi, opened(base_url=vapi.url) as (_, connection):
        error = await failed(connection, 502, GET, id=ORG)
        written = await failed(connection, 502, CREATE, name="A")
    assert "a web page instead of JSON" in error["message"]
    assert "<h1>Welcome</h1>" in error["raw_response"]
    assert written["hint"].startswith("It may have been done. Not before ")


@every_way
@pytest.mark.parametrize("code", ["5107", "57a1"], ids=["late", "stalled"])
async def test_answer_that_does_not_come_is_given_up_at_the_deadline(way: Way, code: str) -> None:
    async with opened(way, tools=registry(deadline=0.3)) as (server, connection):
        async with asyncio.timeout(15):
            read = await failed(connection, 504, GET, id=MAGIC + code)
            written = await failed(connection, 504, DELETE, id=MAGIC + code)
            await server.upstream.left.wait()
        await assert_still_serving(connection)
    assert read["message"] == "Vapi did not answer within 0.3 seconds."
    assert "It is not known whether Vapi did this" in written["hint"]


async def test_silence_is_given_up_at_the_deadline() -> None:
    gone = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1024):
            pass
        writer.close()
        gone.set()

    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as listener:
        url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        async with opened(base_url=url, tools=registry(deadline=0.3)) as (_, connection):
            async with asyncio.timeout(15):
                error = await failed(connection, 504, LIST)
                await gone.wait()
    assert error["message"] == "Vapi did not answer within 0.3 seconds."


def test_every_deadline_ends_before_a_client_gives_up() -> None:
    assert max(spec.deadline or USUAL_DEADLINE for spec in load_specs().tools) < 60


@every_way
async def test_client_that_leaves_takes_its_upstream_request_along(way: Way) -> None:
    async with stacked() as server:
        async with asyncio.timeout(10), connected(way, server.url(way)) as connection:
            call = asyncio.create_task(connection.call(GET, id=f"{MAGIC}5107"))
            await server.upstream.entered.acquire()
            call.cancel()
            await asyncio.wait([call])
        async with asyncio.timeout(15):
            await server.upstream.left.wait()
        async with connected(way, server.url(way)) as connection:
            await assert_still_serving(connection)


@every_way
async def test_a_number_of_more_than_64_bits_is_refused_with_its_place(way: Way) -> None:
    async with opened(way) as (_, connection):
        for name, given, place in (
            (CREATE, {"metadata": {"n": 2**64}}, "metadata.n"),
            (CREATE, {"metadata": {"n": [-(2**63) - 1]}, "idempotency_key": "k"}, "metadata.n[0]"),
            (LIST, {"limit": 2**64}, "limit"),
        ):
            error = await failed(connection, 400, name, **given)
            assert f"{place} is an integer of more than 64 bits" in error["message"]
        await assert_still_serving(connection)
        found = await connection.call(CREATE, name="B", metadata={"n": 2**64 - 1})
        assert found.json["metadata"] == {"n": 2**64 - 1}
