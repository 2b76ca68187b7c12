"""What a process knows of its own health."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Protocol

from vapi_mcp.audit.writer import AuditWriter


class Breaker(Protocol):
    """What refuses requests for accounts that Vapi does not answer."""

    @property
    def withheld(self) -> frozenset[str]:
        """The ids of those accounts."""
        ...


class ReadableStore(Protocol):
    """A store that tells whether it answers."""

    async def revision(self) -> int:
        """Return the number that every change of a grant raises."""
        ...

    async def try_write(self) -> None:
        """Write a value that nothing reads."""
        ...


class RateLimits(Protocol):
    """What watches the rate limits of Vapi."""

    @property
    def scarcest(self) -> int | None:
        """The requests that were left to any account in the last minute, if they are known."""
        ...


@dataclass(frozen=True, slots=True)
class Readings:
    """The parts of this process that the health page reads.

    started: a moment of `time.monotonic`.
    """

    audit_writer: AuditWriter
    breaker: Breaker
    store: ReadableStore
    limits: RateLimits
    started: float = field(default_factory=time.monotonic)
