"""Log lines: to stderr, as text for people or as JSON for machines."""

from __future__ import annotations

import logging
import sys

import structlog

from vapi_mcp.settings import Settings

# What these tell of every start and request, we tell ourselves, and without URLs.
_QUIET = ("httpx", "httpcore", "aiohttp", "mcp", "sse_starlette", "uvicorn", "asyncio")


def configure_logs(settings: Settings) -> None:
    """Send all log lines of the process to stderr in the chosen form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_json_lines() if settings.log_format == "json" else _text_lines())
    logging.basicConfig(handlers=[handler], level=settings.log_level.upper(), force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _text_lines() -> logging.Formatter:
    return logging.Formatter("%(asctime)s %(levelname)-7s %(message)s")


def _json_lines() -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.stdlib.ExtraAdder(),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
    )
