"""The check that a key ring fits a database, and encryption with a new key."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, func, select, update

from vapi_mcp.errors import ConfigurationError, StoreError
from vapi_mcp.security.keyring import KeyRing, key_id
from vapi_mcp.store.async_sql import AsyncConnection
from vapi_mcp.store.sql.database import Database
from vapi_mcp.store.sql.events.subscriptions import TARGET_FIELD
from vapi_mcp.store.sql.events.tables import event_subscriptions
from vapi_mcp.store.sql.object_changes import STATES_FIELD
from vapi_mcp.store.sql.rows import KEY_FIELD
from vapi_mcp.store.sql.tables import accounts, intents, object_changes, state
from vapi_mcp.store.sql.write_records import ANSWER_FIELD

# What earlier databases keep sealed for a mark.
_OWNER = "installation"
_FIELD = "canary"
_SAMPLE = "this opens with the right key"
# As much of a sealed text, or of a mark, as names its format and its key.
_HEAD = len("v1.00000000.")
_BATCH = 100


async def prove(database: Database) -> None:
    """Stop unless the ring decrypts the database; a new database takes the ring's mark.

    Raises:
        ConfigurationError: The keys are others than those the database was sealed with.
    """
    async with database.writing() as connection:
        # The lock lets one process make the mark; the others find it.
        canary = (await connection.execute(select(state.c.canary).with_for_update())).scalar_one()
        lacking = await _lacking(connection, database.ring)
        if lacking or (canary and not _is_known(database.ring, canary)):
            named = ", ".join(sorted(lacking)) or key_id(canary or "")
            raise ConfigurationError(
                f"the database is encrypted with other keys (named {named}); set "
                "VAPI_MCP_ENCRYPTION_KEYS to those it was made with, or restore its key file"
            )
        if canary is None:
            await _mark(connection, database.ring)


async def reseal(database: Database) -> int:
    """Encrypt all accounts again that lack the ring's first key; return how many.

    Runs beside a working service whose processes know both keys. Once it is done, nothing in the
    database needs the older keys.

    Raises:
        StoreError: A key does not open; what was sealed anew until then stays so.
    """
    done = 0
    while batch := await _reseal_batch(database, accounts.c.sealed_key, KEY_FIELD):
        done += batch
    while await _reseal_batch(database, intents.c.sealed_answer, ANSWER_FIELD):
        continue
    while await _reseal_batch(database, object_changes.c.sealed_states, STATES_FIELD):
        continue
    while await _reseal_batch(database, event_subscriptions.c.sealed_target, TARGET_FIELD):
        continue
    async with database.writing() as connection:
        await _mark(connection, database.ring)
    return done


async def _reseal_batch(database: Database, sealed: Column[Any], field: str) -> int:
    ring, table = database.ring, sealed.table
    current = ring.mark()[:_HEAD]
    query = (
        select(table.c.id, sealed)
        .where(func.substr(sealed, 1, _HEAD) != current)
        .order_by(table.c.id)
        .limit(_BATCH)
        .with_for_update()
    )
    async with database.writing() as connection:
        rows = (await connection.execute(query)).all()
        for owner, text in rows:
            secret = ring.open(text, owner, field)
            if secret is None and field == KEY_FIELD:
                raise StoreError
            # Of other things, what does not open is lost already, and over some day.
            anew = None if secret is None else ring.seal(secret, owner, field)
            await connection.execute(
                update(table).where(table.c.id == owner).values({sealed: anew})
            )
    return len(rows)


async def _lacking(connection: AsyncConnection, ring: KeyRing) -> set[str]:
    """Return the names of the keys that accounts need and the ring lacks."""
    heads = select(func.substr(accounts.c.sealed_key, 1, _HEAD)).distinct()
    needed = {key_id(head) or "none" for head in (await connection.execute(heads)).scalars()}
    return needed - {key.id for key in ring.keys}


async def _mark(connection: AsyncConnection, ring: KeyRing) -> None:
    await connection.execute(update(state).values(canary=ring.mark()))


def _is_known(ring: KeyRing, canary: str) -> bool:
    return ring.knows(canary) or ring.open(canary, _OWNER, _FIELD) == _SAMPLE
