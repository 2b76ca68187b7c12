"""What is not let in, not found or not understood, and how that is said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.support.admin_api import ACCOUNTS, Stage, an_account, failures, made, refusal, staged
from tests.support.stores import Database, Memory
from vapi_mcp.admin.requests import AccountChanges
from vapi_mcp.admin.validation_errors import validated
from vapi_mcp.errors import AdminError, StoreError
from vapi_mcp.http.admin_api.operation import AnyOperation
from vapi_mcp.http.admin_api.operations import OPERATIONS
from vapi_mcp.http.middleware.access_log import AccessLog
from vapi_mcp.security.tokens import API_PREFIX, new_token

PATHS = sorted({o.path.format(id="an-id", server_id="an-id") for o in OPERATIONS})


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.name)
async def test_nothing_is_answered_without_a_live_admin_token(operation: AnyOperation) -> None:
    path = operation.path.format(id="an-id", server_id="an-id")
    async with staged(Memory()) as stage:
        answers = [
            await _sent(stage, operation.method, path, **headers)
            for headers in await _useless(stage)
        ]
    assert len({(a.status_code, a.content, str(a.headers)) for a in answers}) == 1
    assert "kind admin" in refusal(answers[0], 401)
    assert answers[0].headers["www-authenticate"] == 'Bearer error="invalid_token"'


async def _useless(stage: Stage) -> list[dict[str, str]]:
    _, deleted = await _made_and_deleted(stage)
    return [
        {},
        {"Authorization": stage.token},
        {"Authorization": f"Basic {stage.token}"},
        {"Authorization": "Bearer "},
        {"Authorization": f"Bearer {stage.token}x"},
        {"Authorization": f"Bearer {new_token(API_PREFIX)}"},
        {"Authorization": f"Bearer {new_token()}"},
        {"Authorization": f"Bearer {deleted}"},
        {"X-Api-Token": stage.token},
    ]


async def _made_and_deleted(stage: Stage) -> tuple[str, str]:
    async with stage.as_admin() as client:
        token = await made(client, "/api-token", name="short-lived", kind="admin")
        await client.delete(f"/api-token/{token['id']}")
    return token["id"], token["token"]


async def _sent(stage: Stage, method: str, path: str, **headers: str) -> httpx.Response:
    async with stage.as_anyone(**headers) as client:
        return await client.request(method, path)


async def test_a_live_token_of_the_other_kind_is_told_which_it_takes() -> None:
    async with staged(Memory()) as stage:
        token = await stage.new_token("mcp")
        response = await _sent(stage, "GET", ACCOUNTS, Authorization=f"Bearer {token}")
    assert "has kind mcp" in refusal(response, 401)


@pytest.mark.parametrize("method", ["PUT", "TRACE", "CONNECT", "QUERY"])
@pytest.mark.parametrize("path", PATHS)
async def test_other_methods_are_told_which_there_are(path: str, method: str) -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        response = await client.request(method, path)
        asked = await client.options(path)
    refusal(response, 405)
    assert response.headers["allow"] == asked.headers["allow"]
    assert (asked.status_code, asked.content) == (204, b"")
    assert "access-control-allow-origin" not in asked.headers


async def test_head_is_get_without_its_body() -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        account = await an_account(client)
        for path in (ACCOUNTS, account, "/log", "/log/export", "/log/nothing"):
            asked, got = await client.head(path), await client.get(path)
            assert asked.status_code == got.status_code
            assert asked.content == b""
            assert asked.headers == got.headers


@pytest.mark.parametrize(
    "path",
    [
        f"{ACCOUNTS}/%00",
        f"{ACCOUNTS}/%ED%A0%80",
        f"{ACCOUNTS}/%ff/mcp",
        f"{ACCOUNTS}/{'x' * 65}",
        f"{ACCOUNTS}/..%2f..",
        f"{ACCOUNTS}/an%20id",
        f"{ACCOUNTS}/unknown",
        f"{ACCOUNTS}/unknown/mcp/unknown",
        f"{ACCOUNTS}/a/b/c/d",
        "/api-token/a/b",
        "/log/unknown",
    ],
)
async def test_what_is_not_there_is_404(path: str) -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        refusal(await client.get(path), 404)


async def test_a_secret_in_the_wrong_place_is_not_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", logger="vapi_mcp.http.middleware.access_log")
    async with staged(Memory()) as stage:
        stage.app.add_middleware(AccessLog)
        async with stage.as_admin() as client:
            await client.get(f"/log/{stage.token}")
            await client.get(f"/api-token/{stage.token}/a")
            await client.delete(f"/api-token/{stage.token}")
    assert [message.rpartition(" 40")[0] for message in caplog.messages] == [
        "GET unmatched",
        "GET unmatched",
        "DELETE /api-token/{id}",
    ]


async def test_a_slash_at_the_end_changes_nothing() -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        account = await an_account(client)
        for path in (ACCOUNTS, account, f"{account}/mcp"):
            with_slash, without = await client.get(f"{path}/"), await client.get(path)
            assert (with_slash.status_code, with_slash.json()) == (200, without.json())


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"content": b"{}"}, 415),
        ({"content": b"{}", "headers": {"Content-Type": "text/plain"}}, 415),
        ({"json": {"name": "x" * 70_000}}, 413),
    ],
)
async def test_a_body_is_json_of_a_bounded_size(sent: dict[str, Any], status: int) -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        response = await client.post(ACCOUNTS, **sent)
    refusal(response, status)
    assert response.headers["connection"] == "close"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"\xff",
        b'{"name": NaN}',
        b'{"name": "\\ud800"}',
        b"[" * 2000,
    ],
)
async def test_a_body_is_one_json_object(body: bytes) -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        response = await client.post(
            ACCOUNTS, content=body, headers={"Content-Type": "application/json; charset=utf-8"}
        )
    assert failures(response).keys() == {""}


async def test_a_body_that_does_not_arrive_is_not_waited_for() -> None:
    async def half() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    async with staged(Memory(), request_timeout=0.05) as stage, stage.as_admin() as client:
        response = await client.post(
            ACCOUNTS, content=half(), headers={"Content-Type": "application/json"}
        )
    refusal(response, 408)


async def test_every_finding_is_named_and_no_value_quoted() -> None:
    body = {"name": 1, "api_kee": "secret-key", "region": "mars", "tenant_id": "a\0b"}
    async with staged(Memory()) as stage, stage.as_admin() as client:
        response = await client.post(ACCOUNTS, json=body)
    found = failures(response)
    assert found == {
        "name": "must be text",
        "api_key": "is required",
        "api_kee": "is unknown; did you mean api_key?",
        "region": "must be 'us' or 'eu'",
        "tenant_id": (
            "must not begin with a space, or contain control characters or characters that "
            "change the direction of text"
        ),
    }
    assert "secret-key" not in response.text


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=ten", "limit"),
        ("limit=", "limit"),
        ("limit=1&limit=2", "limit"),
        ("limt=1", "limt"),
        ("next_cursor=x", "next_cursor"),
        ("next_cursor=a&prev_cursor=b", ""),
        ("tool_name=%00", "tool_name"),
        ("tool_name=%ff", ""),
        ("tool_name=%ED%A0%80", ""),
        ("http_status_code=4xy", "http_status_code"),
        ("http_status_code=99", "http_status_code"),
        ("log_type=all", "log_type"),
        ("created_at_gte=yesterday", "created_at_gte"),
        ("created_at_lt=2026-01-01T00:00:00", "created_at_lt"),
        ("created_at_lt=0001-01-01T00:00:00%2B14:00", "created_at_lt"),
        ("&".join(f"x{n}=1" for n in range(300)), ""),
    ],
)
async def test_a_query_is_understood_or_refused(query: str, path: str) -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        assert path in failures(await client.get(f"/log?{query}"))


async def test_a_store_that_fails_is_503_with_a_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = StoreError()

    async def fail(*_: Any, **__: Any) -> None:
        raise failed

    async with staged(Memory()) as stage, stage.as_admin() as client:
        monkeypatch.setattr(stage.store, "list_accounts", fail)
        assert failed.reference in refusal(await client.get(ACCOUNTS), 503)
        monkeypatch.setattr(stage.store, "find_api_token", fail)
        assert failed.reference in refusal(await client.get("/api-token"), 503)


async def test_no_text_reaches_a_database_that_cannot_keep_it(place: Memory | Database) -> None:
    async with staged(place) as stage, stage.as_admin() as client:
        account = await an_account(client)
        response = await client.patch(account, json={"name": "a\0b", "tenant_id": "\0"})
        assert failures(response).keys() == {"name", "tenant_id"}
        with pytest.raises(AdminError, match="name: "):
            validated(AccountChanges, {"name": "\udcff"})
