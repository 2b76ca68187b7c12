from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Generator
from datetime import datetime
from typing import Any, Literal

import orjson
import pytest

from tests.support.app import hosted, message, post
from vapi_mcp.hosting.logging import configure_logs
from vapi_mcp.http.middleware import access_log
from vapi_mcp.http.middleware.access_log import write_line, write_usual_line
from vapi_mcp.security.tokens import API_PREFIX, new_token
from vapi_mcp.settings import load_settings
from vapi_mcp.web import ready_lines


@pytest.fixture(autouse=True)
def _as_before() -> Generator[None]:
    """Give the root logger back what pytest put there."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def configured(form: Literal["auto", "text", "json"], level: str = "info") -> None:
    configure_logs(load_settings(log_format=form, log_level=level))


def lines_of(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in capsys.readouterr().err.splitlines()]


def raw(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


async def test_json_line_of_a_request_has_all_it_tells_in_fields(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configured("json")
    async with hosted() as server:
        await post(server.mcp_url, message("ping"))
    [line] = [line for line in lines_of(capsys) if line["logger"].endswith("access_log")]
    moment, ms = datetime.fromisoformat(line.pop("timestamp")), line.pop("ms")
    assert moment.tzinfo is not None
    assert line.pop("event") == f"POST /mcp/{{token}} 200 {ms:.1f} ms"
    assert line == {
        "level": "info",
        "logger": "vapi_mcp.http.middleware.access_log",
        "method": "POST",
        "route": "/mcp/{token}",
        "status": 200,
        "source": "127.0.0.1",
    }


SERVER, API = new_token(), new_token(API_PREFIX)


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_part_of_a_line_shows_a_secret(
    form: Literal["text", "json"], capsys: pytest.CaptureFixture[str]
) -> None:
    configured(form, "debug")
    logger = logging.getLogger("some.library")
    fields = {"url": f"/sse/{SERVER}", "headers": {"authorization": f"Bearer {API}"}, "count": 3}
    logger.debug('opened "%s" with token="%s"', f"/mcp/{SERVER}?a=1", API, extra=fields)
    try:
        raise ValueError(f"Authorization: Bearer {API}", {"api_key": "s3cret"})
    except ValueError:
        logger.exception("failed", extra=fields)
    written = capsys.readouterr().err
    assert "failed" in written
    assert "ValueError" in written
    for fragment in (SERVER[4:16], API[4:16], "s3cret"):
        assert fragment not in written
    if form == "json":
        first, second = map(orjson.loads, written.splitlines())
        assert first["url"] == "/sse/***"
        assert (first["count"], second["level"]) == (3, "error")


def test_lines_are_json_where_nobody_watches(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    configured("auto")
    logging.getLogger("x").warning("once")
    [line] = lines_of(capsys)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    configured("auto")
    logging.getLogger("x").warning("twice")
    assert (line["event"], line["level"]) == ("once", "warning")
    assert capsys.readouterr().err.endswith("WARNING twice\n")


@pytest.mark.parametrize(
    "name", ["uvicorn.supervisors", "alembic.runtime.migration", "aiosqlite", "mcp.x"]
)
def test_chatter_of_libraries_is_left_out(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    configured("text", "debug")
    logging.getLogger(name).info("started")
    logging.getLogger(name).warning("careful")
    told = capsys.readouterr().err
    assert ("started" in told, told.count("careful")) == (False, 1)


async def test_usual_line_is_the_one_that_a_record_would_make(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configured("json")
    for source in ("127.0.0.1", "2001:db8::1", None):
        write_usual_line("/mcp/{token}", 200, time.perf_counter() - 2.5, source)
        scope = {"method": "POST", "client": (source, 1) if source else None}
        write_line(scope, "/mcp/{token}", 200, time.perf_counter() - 2.5)
    lines = [re.sub(r"25\d\d\.\d|(?<=timestamp\":\")[^\"]+", "~", line) for line in raw(capsys)]
    assert [lines[0::2], len(lines)] == [lines[1::2], 6]


async def test_lines_that_wait_go_out_before_the_next_record(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configured("json")
    write_usual_line("/mcp", 200, time.perf_counter(), None)
    assert raw(capsys) == []
    logging.getLogger("some.library").warning("next")
    assert [line["logger"] for line in lines_of(capsys)] == [access_log.__name__, "some.library"]


async def test_lines_that_wait_go_out_together_after_a_moment(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    configured("json")
    monkeypatch.setattr(ready_lines, "_LINGER", 0.0)
    for _ in range(3):
        write_usual_line("/mcp", 200, time.perf_counter(), None)
    gone_by = asyncio.Event()
    asyncio.get_running_loop().call_later(0.001, gone_by.set)
    await gone_by.wait()
    assert len(lines_of(capsys)) == 3
