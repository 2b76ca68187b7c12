from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import httpx
import orjson
import pytest
from mcp_types import Implementation

from tests.support.app import (
    ACCOUNT,
    Hosted,
    headers_of,
    hosted,
    message,
    modern,
    post,
)
from tests.support.clients import Route, connect, every_route
from tests.support.upstream import FakeUpstream
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.accounts.records import ApiToken, ServerConfig
from vapi_mcp.audit import writer as journals
from vapi_mcp.audit.entry import LogEntry, LogFilter
from vapi_mcp.errors import StoreError, UpstreamFailed, UpstreamRejected
from vapi_mcp.invocation.failures.transport_errors import NeverConnected
from vapi_mcp.protocol.results import with_note
from vapi_mcp.registry.scope import Scope
from vapi_mcp.security.tokens import API_PREFIX, new_token, token_hash

LIST = "list_all_vapi_assistants"
CALL = "create_a_vapi_call"
CREATE = "create_a_vapi_assistant"
CALL_ARGUMENTS = {
    "assistantId": "a1",
    "phoneNumberId": "p1",
    "customer": {"number": "+14155550123"},
}
CALL_TOLD = {**CALL_ARGUMENTS, "customer": {"number": "+1***23"}}
ME = Implementation(name="notebook", version="3.1")

every_era = pytest.mark.parametrize("build", [message, modern])


def calling(name: str, arguments: Any = None, build: Any = message) -> dict[str, Any]:
    return build("tools/call", {"name": name, "arguments": arguments or {}})


async def rows(server: Hosted) -> list[LogEntry]:
    """Return what the log has, the oldest row first."""
    page = await server.store.list_entries(LogFilter(), Window(limit=100))
    return list(page.items[::-1])


async def one_row(server: Hosted) -> LogEntry:
    [row] = await rows(server)
    return row


@every_route
async def test_every_request_of_a_client_is_a_row_under_its_name(route: Route) -> None:
    async with hosted() as server, connect(server, route, ME) as client:
        await client.list_tools()
        await client.call_tool(LIST, {"limit": 2})
    found = await rows(server)
    greeting = ["server/discover"] if route == "modern" else ["initialize"]
    assert [row.mcp_method for row in found] == [*greeting, "tools/list", "tools/call"]
    assert {(row.client_name, row.client_version) for row in found} == {("notebook", "3.1")}
    assert {(row.server_id, row.account_id, row.status) for row in found} == {
        ("server-0", ACCOUNT.id, 200)
    }
    assert [row.tool_name for row in found] == [None, None, LIST]


@every_era
async def test_the_row_of_a_write_says_what_was_done_and_is_there_with_the_answer(
    build: Any,
) -> None:
    async with hosted(upstream=FakeUpstream({"POST /call": {"id": "c1", "cost": 0.25}})) as server:
        answer = await post(server.mcp_url, calling(CALL, CALL_ARGUMENTS, build))
        row = await one_row(server)
    assert answer.json()["result"]["isError"] is False
    assert (row.log_type, row.mcp_method, row.tool_name) == ("mcp", "tools/call", CALL)
    assert (row.resource, row.method, row.status) == ("calls", "create", 200)
    assert (row.upstream_id, row.cost, row.request_id) == ("c1", 0.25, "1")
    assert (row.outcome, row.source_address, row.token_id) == ("sent", "127.0.0.1", None)
    assert row.arguments == {**CALL_ARGUMENTS, "customer": {"number": "+1***23"}}
    assert row.duration is not None
    assert row.upstream_duration is not None
    assert 0 <= row.upstream_duration <= row.duration
    assert row.message is None


async def test_the_answer_of_a_write_waits_for_its_row_and_that_of_a_read_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, let = asyncio.Event(), asyncio.Event()
    async with hosted(upstream=FakeUpstream({"POST /call": {"id": "c1"}})) as server:
        keep = server.store.add_entries

        async def slowly(entries: Sequence[LogEntry]) -> None:
            asked.set()
            await let.wait()
            await keep(entries)

        monkeypatch.setattr(server.store, "add_entries", slowly)
        writing = asyncio.create_task(post(server.mcp_url, calling(CALL, CALL_ARGUMENTS)))
        async with asyncio.timeout(5):
            await asked.wait()
            read = await post(server.mcp_url, calling(LIST))
        assert (read.status_code, writing.done()) == (200, False)
        let.set()
        assert (await writing).status_code == 200
        assert CALL in [row.tool_name for row in await rows(server)]


async def test_a_write_is_answered_with_a_note_when_its_row_cannot_be_kept(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(journals, "_PATIENCE", 0.05)
    async with hosted(upstream=FakeUpstream({"POST /call": {"id": "c1"}})) as server:
        with monkeypatch.context() as broken:
            failure = StoreError()

            async def refuse(entries: Sequence[LogEntry]) -> None:
                raise failure

            broken.setattr(server.store, "add_entries", refuse)
            answer = await post(server.mcp_url, calling(CALL, CALL_ARGUMENTS))
    first, second = answer.json()["result"]["content"]
    assert orjson.loads(first["text"]) == {"id": "c1"}
    assert "audit log" in orjson.loads(second["text"])["notes"][-1]
    [line] = [r.getMessage() for r in caplog.records if failure.reference in r.getMessage()]
    told = orjson.loads(line[line.index("{") :])
    assert (told["tool_name"], told["upstream_id"]) == (CALL, "c1")
    assert told["arguments"]["customer"] == {"number": "+1***23"}
    assert (await one_row(server)).id == told["id"]


@pytest.mark.parametrize(
    ("broken", "arguments"),
    [("redact", None), ("AuditTrail._entry", None), ("_ended", CALL_TOLD)],
)
async def test_what_breaks_down_in_the_log_takes_nothing_from_the_answer(
    broken: str, arguments: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise RecursionError

    monkeypatch.setattr(f"vapi_mcp.protocol.audit.{broken}", fail)
    monkeypatch.setattr("vapi_mcp.http.endpoints.metrics.Metrics.note_request", fail)
    async with hosted(upstream=FakeUpstream({"POST /call": {"id": "c1"}})) as server:
        answer = await post(server.mcp_url, calling(CALL, CALL_ARGUMENTS))
        row = await one_row(server)
    assert orjson.loads(answer.json()["result"]["content"][0]["text"]) == {"id": "c1"}
    assert (row.tool_name, row.status, row.arguments) == (CALL, 200, arguments)
    assert "metrics broke down" in caplog.text


def test_the_note_joins_those_that_are_there() -> None:
    said = {"type": "text", "text": '{"notes":["repaired"]}'}
    result: dict[str, Any] = {"content": [{"type": "text", "text": "{}"}, said], "isError": False}
    joined = {"type": "text", "text": '{"notes":["repaired","not kept"]}'}
    assert with_note(result, "not kept") == {**result, "content": [result["content"][0], joined]}


async def _refused(server: Hosted) -> None:
    server.upstream.failure = UpstreamRejected("Vapi says: no +14155550123", status=404)
    await post(server.mcp_url, calling("delete_a_vapi_call_by_id", {"id": "c9"}))


async def _broken(server: Hosted) -> None:
    server.upstream.failure = RuntimeError("words of the upstream")
    await post(server.mcp_url, calling(LIST))


@pytest.mark.parametrize(
    ("request_", "status", "told"),
    [
        (calling("nothing_like_it"), 404, "nothing_like_it"),
        (calling("create_a_vapi_campaign"), 404, "create_a_vapi_campaign"),
        (calling(LIST, {"limit": "many"}), 400, "limit"),
        (message("tools/list", {"cursor": "x"}), 400, "cursor"),
        (message("tools/call", {"name": 5}), 400, "invalid"),
        (message("prompts/get", {"name": "debug_call"}), 400, "debug_call"),
        (message("no/such"), 404, "not found"),
        (_refused, 404, "no +1***23"),
        (_broken, 500, "failed"),
    ],
)
async def test_a_row_says_how_a_request_failed(
    request_: dict[str, Any] | Callable[[Hosted], Awaitable[None]], status: int, told: str
) -> None:
    scope = Scope(tools=frozenset({LIST, "delete_a_vapi_call_by_id"}))
    async with hosted(scope=scope) as server:
        if isinstance(request_, dict):
            await post(server.mcp_url, request_)
        else:
            await request_(server)
    row = await one_row(server)
    assert row.status == status
    assert told in (row.message or "").lower()
    assert "words of the upstream" not in (row.message or "")


async def test_a_row_names_the_tool_behind_call_tool() -> None:
    wrapped = {"tool_name": CALL, "arguments": orjson.dumps(CALL_ARGUMENTS).decode()}
    missing = {"tool_name": "create_a_vapi_nothing", "arguments": CALL_ARGUMENTS}
    async with hosted(upstream=FakeUpstream({"POST /call": {"id": "c1"}})) as server:
        token = server.add_server(config=ServerConfig(tool_exposure="discovery"))
        for arguments in (wrapped, missing):
            await post(f"{server.url}/mcp/{token}", calling("call_tool", arguments))
        await post(f"{server.url}/mcp/{token}", calling("search_tools", {"query": "call"}))
    done, failed, searched = await rows(server)
    assert (done.tool_name, done.method, done.upstream_id) == (CALL, "create", "c1")
    assert (failed.tool_name, failed.method, failed.status) == ("create_a_vapi_nothing", None, 404)
    redacted = {**CALL_ARGUMENTS, "customer": {"number": "+1***23"}}
    assert done.arguments == failed.arguments == redacted
    assert (searched.tool_name, searched.arguments) == ("search_tools", {"query": "call"})


async def test_a_refused_write_names_what_it_was_about() -> None:
    async with hosted() as server:
        await _refused(server)
    row = await one_row(server)
    assert (row.upstream_id, row.method, row.tool_name) == (
        "c9",
        "delete",
        "delete_a_vapi_call_by_id",
    )


async def _left(server: Hosted, request: dict[str, Any]) -> None:
    """Send a request and leave once it is at Vapi; return when that was noticed."""
    async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(30):
        sent = asyncio.create_task(
            client.post(server.mcp_url, json=request, headers=headers_of(request))
        )
        await server.upstream.entered.wait()
        sent.cancel()
        await asyncio.wait([sent])
        await server.upstream.cancelled.wait()


async def test_a_client_that_leaves_is_a_row_of_499() -> None:
    async with hosted(upstream=FakeUpstream(hold=True)) as server:
        await _left(server, calling(CALL, CALL_ARGUMENTS))
    row = await one_row(server)
    assert (row.status, row.tool_name, row.arguments) == (
        499,
        CALL,
        {**CALL_ARGUMENTS, "customer": {"number": "+1***23"}},
    )


BROKEN = UpstreamFailed("Vapi's answer broke off.", status=502)
TIMED_OUT = UpstreamRejected("Vapi says: timeout", status=408)


@pytest.mark.parametrize(
    ("name", "failure", "outcome"),
    [
        # Sent, and nobody knows whether it was done.
        (CALL, BROKEN, "unknown"),
        (CREATE, TIMED_OUT, "unknown"),
        (CALL, RuntimeError("a slip of ours, after it was sent"), "unknown"),
        # Not sent: what had to be looked up first was not there.
        (CALL, TIMED_OUT, "refused"),
        # Surely not done.
        (CALL, NeverConnected("Vapi cannot be reached.", status=502), "refused"),
        (CALL, UpstreamRejected("Vapi says: no", status=400), "refused"),
        # A read that brought nothing.
        (LIST, BROKEN, "failed"),
        (LIST, RuntimeError("a slip of ours"), "failed"),
        (LIST, UpstreamRejected("Vapi says: no", status=400), "refused"),
    ],
)
async def test_the_outcome_tells_what_is_known_of_a_call_that_failed(
    name: str, failure: Exception, outcome: str
) -> None:
    async with hosted() as server:
        server.upstream.failure = failure
        await post(server.mcp_url, calling(name, CALL_ARGUMENTS if name == CALL else {}))
    found = await server.store.list_entries(LogFilter(outcome=outcome), Window(limit=10))
    row = await one_row(server)
    assert (row.tool_name, row.outcome, list(found.items)) == (name, outcome, [row])


async def test_a_client_that_leaves_during_a_read_or_a_write_differ_in_outcome() -> None:
    outcomes: list[str | None] = []
    for name, arguments in ((CALL, CALL_ARGUMENTS), (LIST, {})):
        async with hosted(upstream=FakeUpstream(hold=True)) as server:
            await _left(server, calling(name, arguments))
        outcomes.append((await one_row(server)).outcome)
    assert outcomes == ["unknown", "failed"]


async def test_ping_and_notifications_leave_one_row_and_none() -> None:
    async with hosted() as server:
        await post(server.mcp_url, message("ping"))
        note = {"jsonrpc": "2.0", "method": "notifications/initialized", "params": {}}
        await post(server.mcp_url, note)
    assert (await one_row(server)).mcp_method == "ping"


async def test_no_secret_comes_into_the_log_by_any_door() -> None:
    async with hosted() as server:
        secrets = (server.token, ACCOUNT.credential.secret)
        for secret in secrets:
            odd = {
                **calling(secret, {secret: secret, "list": [f"x {secret}"]}),
                "id": secret,
            }
            await post(server.mcp_url, odd, extra={"User-Agent": secret})
            info = {"name": secret, "version": secret}
            params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": info}
            await post(server.mcp_url, message("initialize", params))
            await post(server.mcp_url, message(secret))
    found = await rows(server)
    assert len(found) == 6
    assert not [row for row in found for secret in secrets if secret in str(row)]


async def test_a_request_that_opens_nothing_leaves_no_row() -> None:
    async with hosted() as server:
        await post(f"{server.url}/mcp/{'x' * 53}", message("ping"))
    assert await rows(server) == []


async def test_the_row_of_a_batch_has_every_id_and_no_cost_before_it_is_known() -> None:
    made = {"results": [{"id": "c1", "cost": 0}, {"id": "c2"}], "cost": 0, "status": "queued"}
    async with hosted(upstream=FakeUpstream({"POST /call": made})) as server:
        await post(server.mcp_url, calling(CALL, CALL_ARGUMENTS))
    row = await one_row(server)
    assert (row.upstream_id, row.upstream_ids, row.cost) == ("c1", ("c1", "c2"), None)


async def test_rows_tell_a_dry_run_a_question_a_refusal_a_call_and_its_repeat_apart() -> None:
    upstream = FakeUpstream({"POST /call": {"id": "c1"}})
    config = ServerConfig(confirm="all_writes")
    async with hosted(upstream=upstream) as server:
        url = f"{server.url}/mcp/{server.add_server(config=config)}"
        await post(url, calling(CALL, CALL_ARGUMENTS | {"dry_run": True}))
        given = CALL_ARGUMENTS | {"idempotency_key": "order-17"}
        asked = await post(url, calling(CALL, given))
        code = orjson.loads(asked.json()["result"]["content"][0]["text"])["confirmation_code"]
        await post(url, calling(CALL, given | {"confirmation_code": "wrong"}))
        await post(url, calling(CALL, given | {"confirmation_code": code}))
        await post(url, calling(CALL, given))
        await post(url, calling(LIST))
        await post(url, message("tools/list"))
    found = await rows(server)
    outcomes = ["dry_run", "asked", "refused", "sent", "replayed", "read", "answered"]
    assert sorted(row.outcome or "" for row in found) == sorted(outcomes)
    [sent] = [row for row in found if row.outcome == "sent"]
    assert sent.idempotency_key_hash == hashlib.sha256(b"order-17").hexdigest()
    assert sent.confirmation_code_hash == hashlib.sha256(code.encode()).hexdigest()
    assert sent.arguments is not None
    assert (sent.arguments["idempotency_key"], sent.arguments["confirmation_code"]) == (
        "***",
        "***",
    )


async def test_a_row_names_the_token_made_for_a_person_also_where_none_is_needed() -> None:
    token = new_token(API_PREFIX)
    person = ApiToken("t1", "Ada", server_id="server-0", account_id=ACCOUNT.id)
    async with hosted() as server:
        await server.store.add_api_token(person, token_hash(token))
        headers = {"X-API-Token": token}
        await post(server.mcp_url, calling(LIST), extra=headers)
    row = await one_row(server)
    assert (row.token_id, row.token_name, row.actor) == ("t1", "Ada", "t1")
