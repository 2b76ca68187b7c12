"""What finding a server costs the database: one statement along one index, whatever is found."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from tests.support.app import message, post
from tests.support.e2e.installation import end_in, installed, new_account, new_server, text_of
from tests.support.e2e.stack import ORG
from tests.support.filled_stores import fill
from tests.support.stores import Database, access_to
from vapi_mcp.accounts.clock import utc_now
from vapi_mcp.security.tokens import new_token, token_hash
from vapi_mcp.store.sql.sql_store import SqlStore

CALL = message("tools/call", {"name": "get_single_vapi_assistant_by_id", "arguments": {"id": ORG}})
Statement = tuple[str, Any]
# First the server by its token, then the account by its id; no table is read through.
WANTED = {
    "sqlite": [
        "SEARCH servers USING INDEX sqlite_autoindex_servers_2 (token_hash=?)",
        "SEARCH accounts USING INDEX sqlite_autoindex_accounts_1 (id=?)",
    ],
    "postgresql": [
        "Index Scan using uq_servers_token_hash on servers",
        "Index Cond: (token_hash = $1)",
        "Index Scan using pk_accounts on accounts",
        "Index Cond: (id = servers.account_id)",
    ],
}


@contextmanager
def statements_of(store: SqlStore) -> Generator[list[Statement]]:
    """Note every statement a store sends, with its values."""
    engine, noted = store.database.engine.sync_engine, list[Statement]()

    def note(*given: Any) -> None:
        noted.append((given[2], given[3]))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield noted
    finally:
        event.remove(engine, "before_cursor_execute", note)


def lookups(noted: list[Statement]) -> list[str]:
    """Return the statements that look for a token; housekeeping has others."""
    return [text for text, _ in noted if "token_hash =" in text]


async def test_call_looks_its_server_up_in_one_statement_and_not_again_while_it_is_believed(
    database: Database,
) -> None:
    async with installed(database) as place:
        url = place.mcp_url(await new_server(place.admin, await new_account(place.admin)))
        with statements_of(place.store) as noted:
            text_of((await post(url, CALL)).json()["result"])
            first = lookups(noted)
            text_of((await post(url, CALL)).json()["result"])
    assert len(first) == 1
    # The second may have come after the half second, on a busy machine.
    assert lookups(noted) in (first, first * 2)


async def test_grant_is_resolved_by_exactly_one_statement(database: Database) -> None:
    async with database.opened() as store:
        [token] = await fill(store, 1)
        with statements_of(store) as noted:
            await access_to(store).resolve(token)
    assert len(noted) == 1


async def test_every_token_that_opens_nothing_costs_the_same_statement_and_gets_the_same_bytes(
    database: Database,
) -> None:
    """Unknown, expired, deleted and rotated tokens cannot be told apart, by time either.

    The work is the same: a hash, one statement with the same text, no row. An expired server is
    left out by the database itself, so that no key is opened and no config read for it. What is
    left, whether the index has an entry to step over, depends on nothing but the hash of 256
    random bits, of which a nearly right guess is as far away as any other.
    """
    async with installed(database) as place:
        path = await new_account(place.admin)
        expired, deleted, rotated = [await new_server(place.admin, path) for _ in range(3)]
        await end_in(place.store, expired, 0)
        assert (await place.admin.delete(f"{path}/mcp/{deleted['id']}")).status_code == 204
        assert (await place.admin.post(f"{path}/mcp/{rotated['id']}/rotate")).status_code == 200
        tokens = [new_token(), *(opened["token"] for opened in (expired, deleted, rotated))]
        asked: list[list[str]] = []
        answers: list[bytes] = []
        for token in tokens:
            with statements_of(place.store) as noted:
                answer = await post(f"{place.url}/mcp/{token}", CALL)
            asked.append(lookups(noted))
            answers.append(answer.content)
            assert answer.status_code == 401
    assert [len(each) for each in asked] == [1, 1, 1, 1]
    assert len({text for each in asked for text in each}) == 1
    assert len(set(answers)) == 1


async def test_server_is_found_among_thousands_along_the_index_of_tokens(
    database: Database,
) -> None:
    async with database.opened() as store:
        token, *_ = await fill(store, 2_000)
        await database.run("ANALYZE")
        digest = token_hash(token)
        with statements_of(store) as noted:
            assert await store.find_server(digest, utc_now()) is not None
        [(text, values)] = noted
        steps = [
            step.replace(f"'{digest}'::text", "$1") for step in await _plan(store, text, values)
        ]
    searching = ("SCAN", "SEARCH", "Seq", "Index")
    wanted = WANTED[store.database.engine.dialect.name]
    assert [step for step in steps if step.startswith(searching)] == wanted


async def _plan(store: SqlStore, text: str, values: Any) -> list[str]:
    """Return the steps by which the database runs a statement."""
    engine = store.database.engine
    if engine.dialect.name == "sqlite":
        async with engine.connect() as connection:
            rows = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)
            return [row.detail for row in rows]
    async with engine.connect() as connection:
        rows = await connection.exec_driver_sql(f"EXPLAIN (COSTS off) {text}", values)
        return [row[0].strip(" ->") for row in rows]
