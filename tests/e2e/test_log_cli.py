"""The audit log in a shell: what is listed and what is exported."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson

from tests.support.e2e.shell import KEY, Shell
from vapi_mcp.audit.entry import LogEntry
from vapi_mcp.hosting.data.storage import opened_store
from vapi_mcp.settings import load_settings


def keep(entries: Sequence[LogEntry]) -> None:
    """Put entries into the log of the store that the commands use."""

    async def kept() -> None:
        async with opened_store(load_settings()) as store:
            await store.add_entries(entries)

    asyncio.run(kept())


def test_the_log_is_listed_by_what_was_asked(shell: Shell) -> None:
    account = shell.json("account", "create", "--name", "Acme")["id"]
    server = shell.json("server", "create", account, "--name", "s")["id"]
    old = LogEntry(
        log_type="mcp",
        status=429,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        account_id=account,
        server_id=server,
        tool_name="list_all_vapi_calls",
    )
    keep([old])

    def asked(*options: str) -> list[str]:
        listed = shell.json("log", "list", *options)
        exported = [
            orjson.loads(line) for line in shell("log", "export", *options).out.splitlines()
        ]
        assert listed == exported
        return [entry["action"] or entry["tool_name"] for entry in listed]

    changes = ["server.created", "account.created"]
    assert asked() == [*changes, old.tool_name]
    assert asked("--type", "admin") == changes
    assert asked("--account", account, "--since", "1h") == changes
    assert asked("--server", server) == ["server.created", old.tool_name]
    assert asked("--status", "4xx") == asked("--status", "429") == [old.tool_name]
    assert asked("--until", "2026-01-02") == asked("--tool", old.tool_name or "") == [old.tool_name]
    assert asked("--since", "2026-01-01T00:00:01Z", "--until", "2026-01-02") == []
    assert {entry["actor"] for entry in shell.json("log", "list", "--type", "admin")} == {
        "command line"
    }
    assert KEY not in shell.printed


def test_the_log_is_found_by_who_and_by_what_became_of_it(shell: Shell) -> None:
    told: dict[str, dict[str, Any]] = {
        "--outcome": {"outcome": "unknown"},
        "--token": {"token_id": "token-1", "token_name": "Night desk"},
        "--source": {"source_address": "192.0.2.7"},
        "--upstream-id": {"upstream_ids": ("c1", "c2")},
        "--key": {"idempotency_key_hash": sha256(b"order-7").hexdigest()},
        "--code": {"confirmation_code_hash": sha256(b"code-7").hexdigest()},
    }
    asked = {
        "--outcome": "unknown",
        "--token": "token-1",
        "--source": "192.0.2.7",
        "--upstream-id": "c2",
        "--key": "order-7",
        "--code": "code-7",
    }
    start = datetime(2026, 1, 1, tzinfo=UTC)
    entries = {
        option: LogEntry(
            log_type="mcp", status=200, created_at=start + timedelta(seconds=at), **fields
        )
        for at, (option, fields) in enumerate(told.items())
    }
    other = LogEntry(log_type="mcp", status=502, created_at=start, outcome="failed")
    keep([*entries.values(), other])
    for option, value in asked.items():
        listed = shell.json("log", "list", option, value)
        exported = shell("log", "export", option, value).out.splitlines()
        assert [row["id"] for row in listed] == [entries[option].id], option
        assert [orjson.loads(line) for line in exported] == listed
    assert [row["id"] for row in shell.json("log", "list", "--outcome", "failed")] == [other.id]
    assert shell.json("log", "list", "--outcome", "failed", "--source", "192.0.2.7") == []


def test_an_export_has_every_entry_once_newest_first(shell: Shell) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    entries = [
        LogEntry(log_type="mcp", status=200, created_at=start + timedelta(seconds=n // 3))
        for n in range(1234)
    ]
    keep(entries)
    exported = [orjson.loads(line) for line in shell("log", "export").out.splitlines()]
    assert [entry["created_at"] for entry in exported] == sorted(
        (entry["created_at"] for entry in exported), reverse=True
    )
    assert sorted(entry["id"] for entry in exported) == sorted(entry.id for entry in entries)


def test_what_a_client_called_itself_does_not_steer_a_terminal(shell: Shell) -> None:
    keep([LogEntry(log_type="mcp", status=200, client_name="\x1b[31mrude\n[bold]")])
    listed = shell("log", "list").out
    assert "\N{REPLACEMENT CHARACTER}[31mrude\N{REPLACEMENT CHARACTER}[bold]" in listed
    assert len(listed.splitlines()) == 2
