"""A handle holds its task, and opens only where and while the task is good."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from vapi_mcp.accounts.records import Account, Grant, Server
from vapi_mcp.protocol.tasks.handles import LIFETIME, begun_task, fits_in_handle, opened_task
from vapi_mcp.security.credential import Credential

ACCOUNT = Account("acc", "Acme", Credential("sk-secret"), "https://api.vapi.ai")
GRANT = Grant(ACCOUNT, Server("srv", "all", "acc"))
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TASK = begun_task("wait_for_a_vapi_call", {"id": "c1", "fields": ["status"]}, GRANT, NOW)


def test_a_handle_opens_to_its_task() -> None:
    assert opened_task(TASK.id, GRANT, NOW + timedelta(hours=1)) == TASK


@pytest.mark.parametrize(
    "grant",
    [
        replace(GRANT, server=Server("other", "all", "acc")),
        replace(GRANT, account=replace(ACCOUNT, id="other")),
        replace(GRANT, account=replace(ACCOUNT, credential=Credential("sk-other"))),
    ],
    ids=["server", "account", "key"],
)
def test_a_handle_opens_for_its_own_server_only(grant: Grant) -> None:
    assert opened_task(TASK.id, grant, NOW) is None


def test_a_handle_has_an_end() -> None:
    assert opened_task(TASK.id, GRANT, NOW + LIFETIME - timedelta(seconds=1)) == TASK
    assert opened_task(TASK.id, GRANT, NOW + LIFETIME) is None


@pytest.mark.parametrize("id_", ["", "made-up", TASK.id[:-2], f"A{TASK.id[1:]}", "x" * 2000, "é"])
def test_a_text_that_is_no_handle_opens_to_nothing(id_: str) -> None:
    assert opened_task(id_, GRANT, NOW) is None


def test_the_key_is_not_in_a_handle() -> None:
    assert "sk-secret" not in TASK.id


def test_long_arguments_fit_in_no_handle() -> None:
    assert fits_in_handle({"id": "c1"})
    assert not fits_in_handle({"id": "c1", "fields": ["x" * 600]})
    assert not fits_in_handle({"id": 2**70})
