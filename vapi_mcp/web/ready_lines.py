"""Log lines that are made ready elsewhere, and are written many at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from threading import Lock
from typing import Any, TextIO

import orjson

from vapi_mcp.rfc3339 import write_moment

# In seconds: how long a line waits for others. All lines stay in their order.
_LINGER = 0.05
_MOST_WAITING = 200


class ReadyLines(logging.StreamHandler[TextIO]):
    """A handler that also takes lines of JSON which no formatter has to make.

    Such a line waits a moment for others. A record goes out at once, after what waits.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._waiting: list[str] = []
        self._adding = Lock()

    def add(self, line: str) -> None:
        """Write a line soon; a loop has to run."""
        with self._adding:
            self._waiting.append(line)
            count = len(self._waiting)
        if count == 1:
            asyncio.get_running_loop().call_later(_LINGER, self.flush)
        elif count >= _MOST_WAITING:
            self.flush()

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, after all lines that came before it."""
        self.flush()
        super().emit(record)

    def flush(self) -> None:
        """Write what waits."""
        with self._adding:
            lines, self._waiting = self._waiting, []
        if lines and self.stream:
            try:
                self.stream.write("".join(f"{line}\n" for line in lines))
            except Exception:  # noqa: BLE001 - as for a record: a log that is full stops nothing
                self.handleError(logging.makeLogRecord({"msg": f"{len(lines)} lines"}))
        super().flush()


def ready_lines() -> ReadyLines | None:
    """Return the handler of all records of this process, if it takes ready lines."""
    handlers = logging.root.handlers
    only = handlers[0] if len(handlers) == 1 else None
    return only if isinstance(only, ReadyLines) else None


@asynccontextmanager
async def writing_ready_lines() -> AsyncGenerator[None]:
    """Leave no line unwritten."""
    try:
        yield
    finally:
        if (lines := ready_lines()) is not None:
            lines.flush()


def json_line(event: str, level: str, logger: str, created: float, extra: Mapping[str, Any]) -> str:
    """Return one line of the log: what every line tells, then what this one adds.

    created: seconds since 1970. Nobody looks for secrets in it.
    """
    moment = datetime.fromtimestamp(created, UTC)
    fields = {
        "event": event,
        "level": level,
        "logger": logger,
        "timestamp": write_moment(moment, "microseconds"),
        **extra,
    }
    return orjson.dumps(fields).decode()
