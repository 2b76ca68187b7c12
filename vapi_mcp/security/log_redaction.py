"""Redaction of log records: no log contains a secret from a URL."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any

from vapi_mcp.security.redaction import without_secrets

# The SDK names sessions, hosts and inputs below this level, and httpx whole URLs.
_QUIET = ("mcp", "httpx", "httpx2", "httpcore", "httpcore2", "sse_starlette", "uvicorn.access")

# What a text must hold to match at all, the pattern, and what takes its place.
_IN_URLS = (
    ("/", re.compile(r"/(mcp|sse|messages|media)/(?!\{)[^/\s?\"']+"), r"/\1/***"),
    ("=", re.compile(r"\b(session_id|api_key|token)=[^&\s\"']+"), r"\1=***"),
)


def keep_logs_discreet() -> None:
    """Silence the loggers that write URLs and inputs, and redact what the others write.

    For the whole process: a log has no borders. Calling it again changes nothing.
    """
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)
    factory = logging.getLogRecordFactory()
    if not isinstance(factory, _RedactingFactory):
        logging.setLogRecordFactory(_RedactingFactory(factory))


def redacted(text: str) -> str:
    """Return a text without secrets, as they look or where they stand in URLs."""
    for mark, pattern, replacement in _IN_URLS:
        if mark in text:
            text = pattern.sub(replacement, text)
    return without_secrets(text)


class _RedactingFactory:
    # A filter would have to sit on each logger; every record passes through the factory.
    def __init__(self, make: Callable[..., logging.LogRecord]) -> None:
        self._make = make

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        record = self._make(*args, **kwargs)
        try:
            text = record.getMessage()
        except (TypeError, ValueError, KeyError):
            return record  # its handler reports the mismatch
        if (clean := redacted(text)) != text:
            record.msg, record.args = clean, ()
        if record.exc_info:
            trace = logging.Formatter().formatException(record.exc_info)
            if (clean := redacted(trace)) != trace:
                # As text: formatters would print the exception itself again.
                record.msg, record.args = f"{record.getMessage()}\n{clean}", ()
                record.exc_info = None
        return record
