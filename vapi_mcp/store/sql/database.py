"""Connections and transactions of the SQL store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import wraps
from pathlib import Path
from types import CoroutineType
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError

from vapi_mcp.security.keyring import KeyRing
from vapi_mcp.store.async_sql import AsyncConnection, AsyncEngine
from vapi_mcp.store.outage import Outage
from vapi_mcp.store.sql.opened_file import OpenedFile
from vapi_mcp.store.sql.tables import state

_P = ParamSpec("_P")
_T = TypeVar("_T")

FAILURES = (SQLAlchemyError, OSError)


class Database:
    """An engine with the key ring that opens its secrets. Failures come out as StoreError."""

    def __init__(self, engine: AsyncEngine, ring: KeyRing, file: Path | None = None) -> None:
        """Take an engine that is not open yet; file: what it opens, if it is a file."""
        self._file = file and OpenedFile(file)
        self._reads, self._writes = Outage(), Outage()
        self.engine = engine
        self.ring = ring
        self._reader = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._begun = set[asyncio.Task[Any]]()

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[AsyncConnection]:
        """Yield a connection for single statements, each seeing what is committed by then."""
        async with _mapped(self._reads), self._reader.connect() as connection:
            yield connection

    @asynccontextmanager
    async def writing(self, *, revokes: bool = False) -> AsyncGenerator[AsyncConnection]:
        """Yield a connection in a transaction that holds once this ends.

        revokes: whether grants may change by it, which others notice by the revision.
        """
        async with _mapped(self._writes), self.engine.begin() as connection:
            yield connection
            if revokes:
                await connection.execute(update(state).values(revision=state.c.revision + 1))
            self._check_file()

    async def finish(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run work to its end, even if its caller is cancelled meanwhile."""
        task = asyncio.create_task(work)
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)
        return await asyncio.shield(task)

    async def settle(self) -> None:
        """Wait for work whose caller has left."""
        await asyncio.gather(*self._begun, return_exceptions=True)

    async def revision(self) -> int:
        """Return the number that every revoking transaction raises."""
        async with self.reading() as connection:
            self._check_file()
            return (await connection.execute(select(state.c.revision))).scalar_one()

    async def try_write(self) -> None:
        """Count a trial write: a full disk can still be read, and SQLite skips what is the same."""
        async with self.writing() as connection:
            await connection.execute(update(state).values(trial_writes=state.c.trial_writes + 1))

    def _check_file(self) -> None:
        if self._file is not None:
            self._file.check()


class Part:
    """The methods of a store about one noun."""

    def __init__(self, database: Database) -> None:
        self.database = database


_Part = TypeVar("_Part", bound=Part)


def unbroken(
    method: Callable[Concatenate[_Part, _P], Coroutine[Any, Any, _T]],
) -> Callable[Concatenate[_Part, _P], CoroutineType[Any, Any, _T]]:
    """Let a method run to its end, also when its caller is cancelled.

    Clients leave at any moment. A connection that is cut off in the middle is lost to the pool,
    and its transaction holds its locks until the garbage is collected.
    """

    @wraps(method)
    async def finished(part: _Part, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        return await part.database.finish(method(part, *args, **kwargs))

    return finished


@asynccontextmanager
async def _mapped(outage: Outage) -> AsyncGenerator[None]:
    try:
        yield
    except FAILURES as error:
        raise outage.note(error) from error
    outage.end()
