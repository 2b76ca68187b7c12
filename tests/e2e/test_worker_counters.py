"""The metrics of several worker processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.app import registry
from tests.support.metrics import samples_of
from vapi_mcp.audit.entry import LogEntry
from vapi_mcp.http.endpoints.metrics import Metrics
from vapi_mcp.invocation.outcome import Outcome
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.protocol.request_record import RequestRecord

LIST = "list_all_vapi_assistants"

WORKER = """
import sys
from tests.support.app import registry
from tests.e2e.test_worker_counters import observe
from vapi_mcp.http.endpoints.metrics import Metrics

metrics = Metrics()
observe(metrics, seconds=float(sys.argv[1]))
print(metrics.exposition().decode())
"""


def observe(metrics: Metrics, *, seconds: float) -> None:
    """Count one request, as a worker does."""
    tool = registry().tools[LIST]
    entry = LogEntry(log_type="mcp", status=200, mcp_method="tools/call", duration=seconds * 1000)
    answer = Outcome(tool=tool, arguments={}, end=ToolResult("{}"), kind="read", tokens=100)
    metrics.note_request(entry, RequestRecord(tool=tool, outcome=answer))


def test_workers_share_their_counters(tmp_path: Path) -> None:
    told = ""
    for seconds in ("0.02", "3"):
        told = subprocess.run(  # noqa: S603 - our own code
            [sys.executable, "-c", WORKER, seconds],
            env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)},
            cwd=Path(__file__).parents[2],
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        ).stdout
    found = samples_of(told)
    assert found["requests_total", "tools/call", "2xx", LIST] == 2
    assert found["tokens_returned_total", LIST] == 200
    assert found["request_seconds_sum", "tools/call"] == pytest.approx(3.02)
