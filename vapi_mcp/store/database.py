from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import wraps
from types import CoroutineType
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from vapi_mcp.access.keyring import KeyRing
from vapi_mcp.errors import StoreError
from vapi_mcp.store.tables import state

_P = ParamSpec("_P")
_T = TypeVar("_T")

logger = logging.getLogger(__name__)

FAILURES = (SQLAlchemyError, OSError)


class Database:
    """An engine with the key ring that opens its secrets. Failures come out as StoreError."""

    def __init__(self, engine: AsyncEngine, ring: KeyRing) -> None:
        self.engine = engine
        self.ring = ring
        self._reader = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._begun = set[asyncio.Task[Any]]()

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[AsyncConnection]:
        """Yield a connection for single statements, each seeing what is committed by then."""
        async with _mapped(), self._reader.connect() as connection:
            yield connection

    @asynccontextmanager
    async def writing(self, *, revokes: bool = False) -> AsyncGenerator[AsyncConnection]:
        """Yield a connection in a transaction that holds once this ends.

        revokes: whether grants may change by it, which others notice by the revision.
        """
        async with _mapped(), self.engine.begin() as connection:
            yield connection
            if revokes:
                await connection.execute(update(state).values(revision=state.c.revision + 1))

    async def finish(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Do some work to its end, also when who asked for it is cancelled meanwhile."""
        task = asyncio.create_task(work)
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)
        return await asyncio.shield(task)

    async def settle(self) -> None:
        """Wait for work that nobody waits for any more."""
        await asyncio.gather(*self._begun, return_exceptions=True)

    async def revision(self) -> int:
        """Return the number that every revoking transaction raises."""
        async with self.reading() as connection:
            return (await connection.execute(select(state.c.revision))).scalar_one()


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
    and its transaction holds its locks until somebody collects the garbage.
    """

    @wraps(method)
    async def finished(part: _Part, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        return await part.database.finish(method(part, *args, **kwargs))

    return finished


@asynccontextmanager
async def _mapped() -> AsyncGenerator[None]:
    try:
        yield
    except FAILURES as error:
        failed = StoreError()
        logger.exception("the store failed", extra={"reference": failed.reference})
        raise failed from error
