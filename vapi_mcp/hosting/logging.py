"""Log lines: to stderr, as text for people or as JSON for machines."""

from __future__ import annotations

import logging
import os
import sys
from difflib import get_close_matches
from typing import Any

from dotenv import dotenv_values

from vapi_mcp.hosting.environment import BASE_URL, KEY_NAMES
from vapi_mcp.security.log_redaction import redacted
from vapi_mcp.settings import ENV_FILE, PREFIX, Settings
from vapi_mcp.web.ready_lines import ReadyLines, json_line

# What `connect`, a client's own config and web pages read.
_OF_OTHERS = {"VAPI_MCP_URL", "VAPI_PUBLIC_KEY"}
_OF_VAPI = (*KEY_NAMES, BASE_URL)

logger = logging.getLogger(__name__)

# The attributes of a record that has no `extra`.
_OF_EVERY_RECORD = frozenset((*vars(logging.makeLogRecord({})), "message", "asctime"))

# What these tell of every start and request, we tell ourselves, and without URLs and rows.
_QUIET = (
    "aiohttp",
    "aiosqlite",
    "alembic",
    "asyncio",
    "asyncpg",
    "httpcore",
    "httpx",
    "mcp",
    "sqlalchemy",
    "sse_starlette",
    "uvicorn",
)


def configure_logs(settings: Settings) -> None:
    """Send all log lines of the process to stderr in the chosen form."""
    if _is_json(settings):
        handler = ReadyLines(sys.stderr)
        handler.setFormatter(_json_lines())
    else:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(_text_lines())
    logging.basicConfig(handlers=[handler], level=settings.log_level.upper(), force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def warn_of_unknown_settings() -> None:
    """Log a line for each variable that looks like a setting, or like Vapi's key, and is none."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | _OF_OTHERS
    given = {name.upper() for name in (*os.environ, *dotenv_values(ENV_FILE))}
    for name in sorted(given - known):
        if name.startswith(PREFIX):
            near = get_close_matches(name, sorted(known - _OF_OTHERS), n=1, cutoff=0.85)
            hint = f"; did you mean {near[0]}?" if near else ""
            logger.warning("%s is not a setting, so nothing reads it%s", name, hint)
        elif near := _meant(name, given):
            logger.warning("nothing reads %s; did you mean %s?", name, near)


def _meant(name: str, given: set[str]) -> str | None:
    """Return the variable of Vapi's key or base URL that a name is a misspelling of.

    One that is set as well was not meant; others read other variables that begin with VAPI_.
    """
    if not name.startswith("VAPI_") or name in _OF_VAPI:
        return None
    near = get_close_matches(name, _OF_VAPI, n=1, cutoff=0.8)
    return near[0] if near and near[0] not in given else None


def _is_json(settings: Settings) -> bool:
    if settings.log_format == "auto":
        return not sys.stderr.isatty()
    return settings.log_format == "json"


def _text_lines() -> logging.Formatter:
    return _DiscreetText("%(asctime)s %(levelname)-7s %(message)s")


def _json_lines() -> logging.Formatter:
    return _DiscreetJson()


class _DiscreetText(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


class _DiscreetJson(logging.Formatter):
    """One JSON object a line: event, level, logger, timestamp, and what `extra` adds."""

    def format(self, record: logging.LogRecord) -> str:
        extra = {
            name: _plain(value)
            for name, value in vars(record).items()
            if name not in _OF_EVERY_RECORD
        }
        if record.exc_info:
            extra["exception"] = _plain(self.formatException(record.exc_info))
        event, level = _plain(record.getMessage()), record.levelname.lower()
        # The level and the name hold no secret: only code makes them.
        return json_line(event, level, record.name, record.created, extra)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    text = redacted(value if isinstance(value, str) else repr(value))
    return text.encode(errors="replace").decode()  # half a character would be no JSON
