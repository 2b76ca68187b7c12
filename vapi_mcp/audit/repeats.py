"""Repeated refused reads, counted in one row of the audit log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TypeAlias

from vapi_mcp.audit.entry import LogEntry

Kind: TypeAlias = tuple[str | None, ...]

# How long they are counted before they are told, in seconds.
COUNTED_FOR = 60.0
# More kinds than any client has reason for; what comes beyond is told one by one.
_MOST_KINDS = 1_000


@dataclass(slots=True)
class _Count:
    ends: float
    latest: LogEntry
    more: int = 0


class Repeats:
    """Tells the first of a kind at once, and of the others of a minute one row with their number.

    A kind is a server, a method, a known tool and a status; names that clients make up count as
    one. now: seconds of a monotonic clock.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._counts: dict[Kind, _Count] = {}

    def absorbs(self, entry: LogEntry) -> bool:
        """Return whether an entry is one more of a kind that was told within the minute."""
        if entry.log_type != "mcp" or entry.status < HTTPStatus.BAD_REQUEST:
            return False
        kind = _kind_of(entry)
        count = self._counts.get(kind)
        if count is not None:
            count.more += 1
            count.latest = entry
        elif len(self._counts) < _MOST_KINDS:
            self._counts[kind] = _Count(self._now() + COUNTED_FOR, entry)
        return count is not None

    def told(self, *, all_of_them: bool = False) -> list[LogEntry]:
        """Return one row for each kind whose minute is over, and had more than its first."""
        now = self._now()
        over = [k for k, count in self._counts.items() if all_of_them or count.ends <= now]
        counts = [self._counts.pop(kind) for kind in over]
        return [_summed(count) for count in counts if count.more]


def _kind_of(entry: LogEntry) -> Kind:
    # Only a tool that exists has a resource.
    tool = entry.tool_name if entry.resource else None
    return (entry.account_id, entry.server_id, entry.mcp_method, tool, str(entry.status))


def _summed(count: _Count) -> LogEntry:
    latest = count.latest
    if count.more == 1:
        return latest
    told = f"{latest.message or 'refused'} (the last of {count.more:,} like it within a minute)"
    return replace(latest, message=told)
