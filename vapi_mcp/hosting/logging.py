"""Log lines: to stderr, as text for people or as JSON for machines."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import MutableMapping
from difflib import get_close_matches
from typing import Any

import orjson
import structlog
from dotenv import dotenv_values

from vapi_mcp.security.log_redaction import redacted
from vapi_mcp.settings import ENV_FILE, PREFIX, Settings

# What `connect` and a client's own config read.
_OF_OTHERS = {"VAPI_MCP_URL"}

logger = logging.getLogger(__name__)

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
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_json_lines() if _is_json(settings) else _text_lines())
    logging.basicConfig(handlers=[handler], level=settings.log_level.upper(), force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def warn_of_unknown_settings() -> None:
    """Log a line for each variable that looks like a setting and is none."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | _OF_OTHERS
    given = {name.upper() for name in (*os.environ, *dotenv_values(ENV_FILE))}
    for name in sorted(given - known):
        if name.startswith(PREFIX):
            near = get_close_matches(name, sorted(known - _OF_OTHERS), n=1, cutoff=0.85)
            hint = f"; did you mean {near[0]}?" if near else ""
            logger.warning("%s is not a setting, so nothing reads it%s", name, hint)


def _is_json(settings: Settings) -> bool:
    if settings.log_format == "auto":
        return not sys.stderr.isatty()
    return settings.log_format == "json"


def _text_lines() -> logging.Formatter:
    return _DiscreetText("%(asctime)s %(levelname)-7s %(message)s")


def _json_lines() -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.stdlib.ExtraAdder(),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _discreet_json,
        ],
    )


class _DiscreetText(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


def _discreet_json(logger: Any, name: str, event: MutableMapping[str, Any]) -> str:
    """Return a line with every field redacted; what is no plain value is the text it prints as."""
    del logger, name
    return orjson.dumps({key: _plain(value) for key, value in event.items()}).decode()


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    text = redacted(value if isinstance(value, str) else repr(value))
    return text.encode(errors="replace").decode()  # half a character would be no JSON
