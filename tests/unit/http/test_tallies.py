from __future__ import annotations

import asyncio

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from vapi_mcp.http.endpoints import tallies
from vapi_mcp.http.endpoints.tallies import Answering, Tallies


def metrics() -> tuple[CollectorRegistry, Counter, Histogram, Gauge]:
    registry = CollectorRegistry()
    return (
        registry,
        Counter("calls", "Calls.", ("tool",), registry=registry),
        Histogram("seconds", "Seconds.", buckets=(1, 2), registry=registry),
        Gauge("open", "Open.", registry=registry),
    )


def test_counters_hear_all_at_a_flush_and_nothing_twice() -> None:
    registry, calls, seconds, is_open = metrics()
    noted = Tallies()
    within = Answering(noted, is_open)
    with within:
        noted.count(calls, "a")
        noted.count(calls, "a", amount=2)
        noted.count(calls, "b")
        noted.observe(seconds, value=1.5)
        noted.flush()
        noted.flush()
        assert registry.get_sample_value("open") == 1
    noted.flush()
    assert registry.get_sample_value("open") == 0
    assert registry.get_sample_value("calls_total", {"tool": "a"}) == 3
    assert registry.get_sample_value("calls_total", {"tool": "b"}) == 1
    assert registry.get_sample_value("seconds_bucket", {"le": "1.0"}) == 0
    assert registry.get_sample_value("seconds_sum") == 1.5


async def test_counters_hear_of_a_number_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallies, "_LINGER", 0.0)
    registry, calls, _, _ = metrics()
    Tallies().count(calls, "a")
    heard = asyncio.Event()
    asyncio.get_running_loop().call_later(0.001, heard.set)
    await heard.wait()
    assert registry.get_sample_value("calls_total", {"tool": "a"}) == 1
