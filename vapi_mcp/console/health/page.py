"""The health of this process and of what it depends on."""

from __future__ import annotations

import time
from dataclasses import dataclass

from starlette.responses import Response

from vapi_mcp.accounts.pagination import Window
from vapi_mcp.accounts.records import Account
from vapi_mcp.console.console import Console
from vapi_mcp.console.frame.visit import Visit
from vapi_mcp.console.health.settings import changed_settings
from vapi_mcp.console.health.versions import facts_pin, versions
from vapi_mcp.errors import StoreError


@dataclass(frozen=True, slots=True)
class StoreReading:
    """An answer of the store: how long a read and a write took, in milliseconds.

    problem: what it says instead; empty where it answered.
    """

    kind: str
    read: float = 0.0
    write: float = 0.0
    problem: str = ""


async def health(console: Console, visit: Visit) -> Response:
    """Show versions, the database, the log's queue, Vapi's answers and the settings."""
    is_of_all = visit.actor.tenant_id is None
    readings = console.readings
    return visit.page(
        "health/health.html",
        versions=versions(),
        facts=facts_pin(),
        store=await _reading(console),
        waiting=readings.audit_writer.waiting,
        running=time.monotonic() - readings.started,
        withheld=await _withheld(console, visit),
        remaining=readings.limits.scarcest if is_of_all else None,
        refused=await _refused(console, visit),
        settings=changed_settings(console.settings) if is_of_all else None,
        workers=console.settings.workers,
    )


async def _reading(console: Console) -> StoreReading:
    kind = "PostgreSQL" if console.settings.database_url else "SQLite"
    store = console.readings.store
    try:
        begun = time.perf_counter()
        await store.revision()
        read = time.perf_counter()
        await store.try_write()
    except StoreError as error:
        return StoreReading(kind, problem=str(error))
    written = time.perf_counter()
    return StoreReading(kind, (read - begun) * 1000, (written - read) * 1000)


async def _withheld(console: Console, visit: Visit) -> list[Account]:
    """Return the actor's accounts that Vapi does not answer at present."""
    seen = await _accounts(console, visit)
    return [each for each in seen if each.id in console.readings.breaker.withheld]


async def _refused(console: Console, visit: Visit) -> list[Account]:
    return [each for each in await _accounts(console, visit) if each.status != "active"]


async def _accounts(console: Console, visit: Visit) -> tuple[Account, ...]:
    page = await console.administration.accounts.list(visit.actor, Window(100))
    return page.items
