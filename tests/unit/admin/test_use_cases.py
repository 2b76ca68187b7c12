"""The use cases of an administrator over a store in memory, without HTTP."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import pytest

from tests.support.app import registry
from tests.support.stores import Memory
from tests.support.upstream import FakeKeyCheck, FakeUpstream
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.accounts.records import ApiToken, Upstreams
from vapi_mcp.admin.admin import COMMAND_LINE, Administration
from vapi_mcp.admin.requests import AccountChanges, NewAccount, NewApiToken, NewServer
from vapi_mcp.admin.tenants import tenant_for
from vapi_mcp.admin.validation_errors import validated
from vapi_mcp.audit.entry import LogEntry, LogFilter
from vapi_mcp.audit.writer import AuditWriter
from vapi_mcp.errors import AdminError
from vapi_mcp.hosting.administration import administration_of
from vapi_mcp.hosting.application import Application
from vapi_mcp.settings import Settings

NOW = datetime(2027, 1, 31, 12, tzinfo=UTC)
OURS = replace(COMMAND_LINE, id="ours", name="ours", tenant_id="ours")
THEIRS = replace(COMMAND_LINE, id="theirs", name="theirs", tenant_id="theirs")


@asynccontextmanager
async def opened() -> AsyncGenerator[Administration]:
    async with Memory().opened() as store:
        writer = AuditWriter(store, keep_days=0)
        settings = Settings(_env_file=None)  # pyright: ignore[reportCallIssue] - pydantic takes it
        application = Application(settings, registry(), FakeUpstream())
        async with writer.running():
            yield administration_of(
                store,
                writer,
                settings=settings,
                registry=registry(),
                check_key=FakeKeyCheck(),
                sender=FakeUpstream(),
                upstreams=Upstreams(),
                open_restorer=partial(application.restorer, store),
                clock=lambda: NOW,
            )


def new_account(**given: str) -> NewAccount:
    return validated(NewAccount, {"name": "Acme", "api_key": "k", **given})


async def test_each_change_is_in_the_log_with_its_actor_and_its_records() -> None:
    async with opened() as administration:
        account = await administration.accounts.create(OURS, new_account())
        changes = AccountChanges(name="Acme 2")
        await administration.accounts.update(OURS, account.id, changes)
        server, _ = await administration.servers.create(OURS, account.id, NewServer(name="s"))
        await administration.servers.rotate(OURS, account.id, server.id)
        token, _ = await administration.api_tokens.create(OURS, NewApiToken(name="t"))
        await administration.api_tokens.delete(OURS, token.id)
        await administration.servers.delete(OURS, account.id, server.id)
        await administration.accounts.delete(OURS, account.id)
        entries = await administration.log.list(COMMAND_LINE, LogFilter(), Window(100))
    assert {_facts(entry) for entry in entries.items} == {
        ("account.created", 201, account.id, None),
        ("account.updated", 200, account.id, None),
        ("server.created", 201, account.id, server.id),
        ("server.rotated", 200, account.id, server.id),
        ("api_token.created", 201, None, None),
        ("api_token.deleted", 204, None, None),
        ("server.deleted", 204, account.id, server.id),
        ("account.deleted", 204, account.id, None),
    }
    assert {
        (e.log_type, e.outcome, e.actor, e.token_id, e.token_name, e.tenant_id, e.created_at)
        for e in entries.items
    } == {("admin", "sent", "ours", "ours", "ours", "ours", NOW)}


def _facts(entry: LogEntry) -> tuple[str | None, int, str | None, str | None]:
    return entry.action, entry.status, entry.account_id, entry.server_id


async def test_an_update_changes_only_what_the_request_gives() -> None:
    async with opened() as administration:
        request = new_account(tenant_id="ours", region="eu")
        account = await administration.accounts.create(COMMAND_LINE, request)
        changes = AccountChanges(name="Acme 2")
        changed = await administration.accounts.update(COMMAND_LINE, account.id, changes)
    assert changed == replace(account, name="Acme 2")


async def test_a_change_of_tenant_is_refused_to_an_actor_of_one() -> None:
    async with opened() as administration:
        account = await administration.accounts.create(OURS, new_account())
        changes = AccountChanges(tenant_id="theirs")
        with pytest.raises(AdminError) as refused:
            await administration.accounts.update(OURS, account.id, changes)
        kept = await administration.accounts.get(COMMAND_LINE, account.id)
    assert refused.value.as_dict()["details"] == {
        "failures": [
            {
                "path": "tenant_id",
                "message": "this API token is bound to a tenant and cannot change it",
            }
        ]
    }
    assert kept == account


async def test_another_tenants_account_does_not_exist() -> None:
    async with opened() as administration:
        account = await administration.accounts.create(OURS, new_account())
        for attempt in (
            administration.accounts.get(THEIRS, account.id),
            administration.accounts.update(THEIRS, account.id, AccountChanges(name="x")),
            administration.accounts.delete(THEIRS, account.id),
            administration.servers.create(THEIRS, account.id, NewServer(name="s")),
            administration.servers.list(THEIRS, account.id, Window()),
        ):
            with pytest.raises(AdminError, match="there is no account with this id") as refused:
                await attempt
            assert refused.value.status == 404
        entries = await administration.log.list(THEIRS, LogFilter(), Window())
    assert entries.items == ()


@pytest.mark.parametrize(
    ("actor", "requested", "tenant"),
    [
        (COMMAND_LINE, None, None),
        (COMMAND_LINE, "theirs", "theirs"),
        (OURS, None, "ours"),
        (OURS, "ours", "ours"),
    ],
)
def test_a_record_belongs_to_the_actors_tenant_else_to_the_requested_one(
    actor: ApiToken, requested: str | None, tenant: str | None
) -> None:
    assert tenant_for(actor, requested) == tenant


def test_an_actor_of_one_tenant_creates_nothing_for_another() -> None:
    with pytest.raises(AdminError, match="bound to another tenant") as refused:
        tenant_for(OURS, "theirs")
    assert refused.value.status == 400
