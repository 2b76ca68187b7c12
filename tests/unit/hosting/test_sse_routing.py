"""Legacy SSE where a client's stream is one worker's and its messages come to another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.app import ACCOUNT, Hosted, hosted, message, post, send
from tests.support.event_streams import LIST, open_stream
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.accounts.records import Server
from vapi_mcp.audit.entry import LogFilter
from vapi_mcp.hosting.processes.worker_ipc import NAME_LENGTH, WorkerPeers
from vapi_mcp.security.tokens import new_token


@asynccontextmanager
async def two_workers(directory: Path) -> AsyncGenerator[tuple[Hosted, Hosted]]:
    """Serve one store with two apps, each at a port of its own."""
    async with (
        hosted(peers=WorkerPeers(directory)) as one,
        hosted(peers=WorkerPeers(directory), beside=one) as two,
    ):
        yield one, two


def inside(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir()]


async def test_message_reaches_its_stream_from_any_worker(tmp_path: Path) -> None:
    async with two_workers(tmp_path) as (one, two), open_stream(one.url, one.token) as stream:
        for number, worker in enumerate([two, one, two]):
            stream.url = worker.url
            await stream.start()
            assert (await stream.ask({**LIST, "id": number}))["id"] == number
    assert (len(one.upstream.requests), len(two.upstream.requests)) == (3, 0)
    rows = (await one.store.list_entries(LogFilter(), Window(limit=100))).items
    assert {row.source_address for row in rows} == {"127.0.0.1"}


async def test_session_id_is_longer_only_where_it_names_a_worker(tmp_path: Path) -> None:
    async with hosted() as alone, two_workers(tmp_path) as (one, two):
        paths: list[str] = []
        for server in (alone, one, two, one):
            async with open_stream(server.url, server.token) as stream:
                paths.append(stream.path)
    ids = [path.partition("session_id=")[2] for path in paths]
    assert [len(each) for each in ids] == [32, *[32 + NAME_LENGTH] * 3]
    names = [each[32:] for each in ids]
    assert names[1] == names[3] != names[2]


async def test_session_works_at_no_other_server_through_another_worker(tmp_path: Path) -> None:
    async with two_workers(tmp_path) as (one, two), open_stream(one.url, one.token) as stream:
        token = new_token()
        one.store.add(Server("other", "other", ACCOUNT.id), ACCOUNT, token)
        elsewhere = two.url + stream.path.replace(one.token, token)
        worker = stream.path[-NAME_LENGTH:]
        async with open_stream(one.url, token):
            stolen = await post(elsewhere, LIST)
            no_such = f"{two.url}/messages/{token}/?session_id={'0' * 32}{worker}"
            unknown = await post(no_such, LIST)
        keyless = await post(elsewhere.replace(token, new_token()), LIST)
    assert (stolen.status_code, unknown.status_code, keyless.status_code) == (404, 404, 401)
    assert stolen.content == unknown.content
    assert one.upstream.requests == []


async def test_session_of_a_dead_worker_is_like_one_that_never_was(tmp_path: Path) -> None:
    async with two_workers(tmp_path) as (one, two):
        left = WorkerPeers(tmp_path)
        (tmp_path / left.name).touch()  # what a killed worker leaves behind
        answers = [
            await post(f"{two.url}/messages/{one.token}/?session_id={'0' * 32}{name}", LIST)
            for name in (left.name, WorkerPeers(tmp_path).name, "")
        ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert len({answer.content for answer in answers}) == 1


@pytest.mark.parametrize(
    ("method", "body", "status"),
    [
        ("POST", b"NaN", 400),
        ("POST", b'{"jsonrpc":"2.0","id":null,"method":"ping"}', 400),
        ("POST", b" " * 2048, 413),
        ("DELETE", b"", 405),
    ],
)
async def test_bad_message_is_refused_by_the_worker_that_reads_it(
    tmp_path: Path, method: str, body: bytes, status: int
) -> None:
    one, two = WorkerPeers(tmp_path), WorkerPeers(tmp_path)
    async with hosted(peers=one, max_request_bytes=1024) as server:
        # Nobody listens at this name: an answer other than 404 is this worker's own.
        url = f"{server.url}/messages/{server.token}/?session_id={'0' * 32}{two.name}"
        headers = {"Content-Type": "application/json"}
        answer = await send(method, url, headers=headers, content=body)
    assert answer.status_code == status


async def test_refusal_of_one_worker_is_told_on_the_stream_of_another(tmp_path: Path) -> None:
    large = message("tools/list", {"padding": "x" * 2 * 1024 * 1024}, id="large")
    async with two_workers(tmp_path) as (one, two):
        async with open_stream(one.url, one.token) as stream:
            stream.url = two.url
            await stream.start()
            told = await stream.ask(large)
    assert (told["id"], told["error"]["code"]) == ("large", -32600)
    assert "the limit of 2097152 bytes" in told["error"]["message"]


async def test_stream_that_ended_is_unknown_to_other_workers(tmp_path: Path) -> None:
    async with two_workers(tmp_path) as (one, two):
        async with open_stream(one.url, one.token) as stream:
            stream.url = two.url
            await stream.start()
        async with asyncio.timeout(5):
            while (await stream.post(LIST)).status_code != 404:
                continue


async def test_workers_leave_no_sockets_behind(tmp_path: Path) -> None:
    async with two_workers(tmp_path):
        assert len(inside(tmp_path)) == 2
    assert inside(tmp_path) == []
