from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.app import ACCOUNT, RING, hosted, message, post, send
from tests.support.metrics import Samples, samples_of
from tests.support.upstream import FakeUpstream
from vapi_mcp.audit.entry import LogEntry
from vapi_mcp.audit.writer import AuditWriter
from vapi_mcp.errors import StoreError, UpstreamFailed
from vapi_mcp.http.endpoints.metrics import Metrics
from vapi_mcp.invocation.observed import UpstreamAnswer
from vapi_mcp.store.memory.memory_store import MemoryStore
from vapi_mcp.store.sql.sql_store import SqlStore

LIST = "list_all_vapi_assistants"
CREATE = "create_a_vapi_assistant"


async def scraped(url: str) -> Samples:
    answer = await send("GET", f"{url}/metrics", headers={"Host": "10.1.2.3:8080"})
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return samples_of(answer.text)


async def test_requests_are_counted_by_method_tool_and_status() -> None:
    upstream = FakeUpstream({"GET /assistant": [{"id": "a" * 36, "name": "Ava"}]})
    async with hosted(upstream=upstream) as server:
        for name in (LIST, LIST, "drop_all_tables"):
            await post(server.mcp_url, message("tools/call", {"name": name, "arguments": {}}))
        upstream.failure = UpstreamFailed("Vapi is away.", status=504)
        await post(server.mcp_url, message("tools/call", {"name": CREATE, "arguments": {}}))
        await post(server.mcp_url, message("tools/list"))
        await post(server.mcp_url, message("tools/made_up"))
        found = await scraped(server.url)
    assert {key[1:]: n for key, n in found.items() if key[0] == "requests_total"} == {
        ("tools/call", "2xx", LIST): 2,
        ("tools/call", "4xx", ""): 1,
        ("tools/call", "5xx", CREATE): 1,
        ("tools/list", "2xx", ""): 1,
        ("other", "4xx", ""): 1,
    }
    assert found["request_seconds_count", "tools/call"] == 4
    assert 0 < found["request_seconds_sum", "tools/call"] < 10
    assert 20 < found["tokens_returned_total", LIST] < 200
    assert found["upstream_requests_total", "GET", "200"] == 2
    assert found["upstream_requests_total", "POST", "504"] == 1
    assert found["upstream_seconds_count",] == 3
    assert found["requests_in_flight",] == 0


async def test_requests_in_flight_are_those_without_an_answer() -> None:
    upstream = FakeUpstream(hold=True)
    async with hosted(upstream=upstream) as server:
        call = post(server.mcp_url, message("tools/call", {"name": LIST}))
        asking = asyncio.create_task(call)
        await upstream.entered.wait()
        during = await scraped(server.url)
        upstream.release.set()
        await asking
        after = await scraped(server.url)
    assert (during["requests_in_flight",], after["requests_in_flight",]) == (1, 0)


async def test_labels_name_no_server_account_or_client() -> None:
    async with hosted() as server:
        await post(server.mcp_url, message("tools/call", {"name": LIST}))
        text = (await send("GET", f"{server.url}/metrics")).text
    labels = {
        name
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        for name in sample.labels
    }
    assert labels == {"method", "tool", "status", "le"}
    for secret in (server.token, server.token[4:16], ACCOUNT.id, "server-0"):
        assert secret not in text


def answered(remaining: object, status: int = 200) -> UpstreamAnswer:
    return UpstreamAnswer(status, 0.1, "GET", {"x-ratelimit-remaining": str(remaining)})


async def test_scarcest_rate_limit_of_the_last_minute_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    metrics, now = Metrics(), [1000.0]
    monkeypatch.setattr("vapi_mcp.http.endpoints.metrics.time.monotonic", lambda: now[0])

    async def shown(*seen: object) -> float | None:
        for remaining in seen:
            await metrics.note_answer(ACCOUNT, answered(remaining))
        found = samples_of(metrics.exposition().decode())
        return found.get(("upstream_ratelimit_remaining",))

    assert await shown("soon", "") is None
    assert await shown(90, 12, 70) == 12
    now[0] += 61
    assert await shown(70) == 70


async def test_attempts_to_bring_events_are_counted_by_how_they_ended() -> None:
    metrics = Metrics()
    for outcome in ("delivered", "waiting", "delivered"):
        metrics.note_event_attempt(outcome)
    found = samples_of(metrics.exposition().decode())
    assert found["event_attempts_total", "delivered"] == 2
    assert found["event_attempts_total", "waiting"] == 1


async def test_failures_of_the_store_and_lost_rows_are_counted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    metrics, without_tables = Metrics(), SqlStore(tmp_path, RING)
    monkeypatch.setattr("vapi_mcp.audit.writer._MOST_WAITING", 2)
    audit_writer = AuditWriter(MemoryStore(), on_loss=metrics.note_lost_rows)
    async with metrics.running(), audit_writer.running():
        for _ in range(5):
            await audit_writer.record(LogEntry(log_type="mcp", status=200))
        for _ in range(2):
            with pytest.raises(StoreError):
                await without_tables.revision()
    await without_tables.database.engine.dispose()
    found = samples_of(metrics.exposition().decode())
    assert (found["audit_rows_lost_total",], found["store_failures_total",]) == (3, 2)
