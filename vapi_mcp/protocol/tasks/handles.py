"""The handles of tasks: a handle holds all there is of its task, so nothing has to be kept.

Any process that has the account can answer for a task, after a restart as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from vapi_mcp.accounts.records import Grant
from vapi_mcp.security.signing import Signer

LIFETIME = timedelta(hours=24)
_MOST_BYTES = 512
_LONGEST_ID = 1024
_PURPOSE = "task"


@dataclass(frozen=True, slots=True)
class Task:
    """A wait that goes on: the tool that looks, its arguments, and when it began."""

    id: str
    tool: str
    arguments: Mapping[str, Any]
    created_at: datetime


def fits_in_handle(arguments: Mapping[str, Any]) -> bool:
    """Return whether arguments are short enough for a handle."""
    try:
        return len(orjson.dumps(arguments)) <= _MOST_BYTES
    except orjson.JSONEncodeError:
        return False


def begun_task(tool: str, arguments: Mapping[str, Any], grant: Grant, now: datetime) -> Task:
    """Return a new task, for clients of this server only."""
    payload = orjson.dumps([tool, arguments, int(now.timestamp())])
    id_ = _signer(grant).sign(payload, _context(grant))
    return Task(id_, tool, arguments, now.replace(microsecond=0))


def opened_task(id_: str, grant: Grant, now: datetime) -> Task | None:
    """Return the task of a handle; None where it is not of this server, or its time is over."""
    if not 0 < len(id_) <= _LONGEST_ID:
        return None
    payload = _signer(grant).open(id_, _context(grant))
    if payload is None:
        return None
    tool, arguments, seconds = orjson.loads(payload)
    created_at = datetime.fromtimestamp(seconds, UTC)
    return Task(id_, tool, arguments, created_at) if now < created_at + LIFETIME else None


def _signer(grant: Grant) -> Signer:
    return Signer(grant.account.credential, _PURPOSE)


def _context(grant: Grant) -> str:
    return f"{grant.account.id}/{grant.server.id}"
