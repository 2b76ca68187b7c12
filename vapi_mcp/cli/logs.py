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
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    final: list[structlog.typing.Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta
    ]
    if settings.log_format == "json":
        final.append(structlog.processors.format_exc_info)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[*final, renderer]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=settings.log_level.upper(), force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
