"""A local server keeps keys, codes, limits and the audit log in its data directory."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import mcp
import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp_types import ElicitResult

from tests.support.e2e.connecting import ROOT, Connection, environment
from tests.support.e2e.stack import Watched, watched
from tests.support.serving import serving
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.audit.entry import LogFilter
from vapi_mcp.security.keyfile import load_keyring
from vapi_mcp.store.sql.sql_store import open_store

TOOL = "create_a_vapi_assistant"
POST = "POST /assistant"


@asynccontextmanager
async def vapi() -> AsyncGenerator[tuple[Watched, str]]:
    upstream = watched()
    async with serving(upstream) as running:
        yield upstream, running.url


@asynccontextmanager
async def local(
    base_url: str, data_dir: Path, *flags: str, era: str = "modern", user: Any = None
) -> AsyncGenerator[Connection]:
    """Open a client of a local server that talks to a simulated Vapi as to the real one."""
    variables = environment(
        VAPI_API_KEY="sandbox-key", VAPI_BASE_URL=base_url, VAPI_MCP_DATA_DIR=str(data_dir)
    )
    parameters = StdioServerParameters(
        command=sys.executable, args=["-m", "vapi_mcp", "stdio", *flags], cwd=ROOT, env=variables
    )
    if era == "modern":
        async with mcp.Client(parameters, elicitation_callback=user) as client:
            yield Connection(client)
        return
    async with (
        stdio_client(parameters) as streams,
        ClientSession(*streams, elicitation_callback=user) as session,
    ):
        await session.initialize()
        yield Connection(session)


async def test_a_key_is_known_to_the_next_process(tmp_path: Path) -> None:
    async with vapi() as (upstream, url):
        async with local(url, tmp_path) as connection:
            first = await connection.call(TOOL, name="Ada", idempotency_key="one")
        async with local(url, tmp_path, era="legacy") as connection:
            again = await connection.call(TOOL, name="Ada", idempotency_key="one")
        assert upstream.requests.count(POST) == 1
    assert again.json == first.json
    assert again.notes[0].startswith("Replayed")


async def test_what_was_asked_is_in_the_audit_log(tmp_path: Path) -> None:
    async with vapi() as (_, url), local(url, tmp_path) as connection:
        await connection.call(TOOL, name="Ada")
        await connection.call("list_all_vapi_assistants")
    async with open_store(tmp_path, load_keyring(None, tmp_path, may_make=False)) as store:
        entries = (await store.list_entries(LogFilter(mcp_method="tools/call"), Window(9))).items
    assert {entry.tool_name for entry in entries} == {TOOL, "list_all_vapi_assistants"}
    assert {entry.server_id for entry in entries} == {"stdio"}


async def test_a_policy_file_holds_and_its_refusal_names_the_rule(tmp_path: Path) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text('{"allowed_prefixes": ["+44"], "calls_per_day": 5}')
    call = {"customer": {"number": "+14155550123"}, "assistantId": "a", "phoneNumberId": "b"}
    async with (
        vapi() as (_, url),
        local(url, tmp_path / "data", "--policy", str(policy)) as connection,
    ):
        refused = await connection.call(
            "create_a_vapi_chat", input="x", transport={**call, "type": "twilio.sms"}
        )
    assert refused.is_error
    assert refused.json["rule"] == "allowed_prefixes"


async def test_what_a_client_makes_is_its_own_in_the_next_process(tmp_path: Path) -> None:
    files = {name: tmp_path / f"{name}.json" for name in ("acme", "globex")}
    for number, each in enumerate(files.values()):
        each.write_text(f'{{"assistants": ["5f6c2c8e-1d1c-4b0e-9a53-0c7b3c1f5a1{number}"]}}')
    new = {"name": "Ada", "idempotency_key": "one"}
    made: dict[str, str] = {}
    async with vapi() as (_, url):
        for name, each in files.items():
            async with local(url, tmp_path / "data", "--only", str(each)) as connection:
                made[name] = (await connection.call(TOOL, **new)).json["id"]
        assert made["acme"] != made["globex"]
        for name, each in files.items():
            async with local(url, tmp_path / "data", "--only", str(each)) as connection:
                listed = await connection.call("list_all_vapi_assistants", fields=["id"])
                assert [item["id"] for item in listed.json["result"]] == [made[name]]


async def test_a_code_is_good_in_the_next_process(tmp_path: Path) -> None:
    flags = ("--confirm", "all_writes")
    async with vapi() as (upstream, url):
        async with local(url, tmp_path, *flags) as connection:
            preview = await connection.call(TOOL, name="Ada")
            code = preview.json["confirmation_code"]
        assert POST not in upstream.requests
        async with local(url, tmp_path, *flags) as connection:
            await connection.call(TOOL, name="Ada", confirmation_code=code)
            again = await connection.call(TOOL, name="Ada", confirmation_code=code)
        assert again.is_error
        assert upstream.requests.count(POST) == 1


@pytest.mark.parametrize("era", ["modern", "legacy"])
@pytest.mark.parametrize("agrees", [True, False])
async def test_a_user_at_a_local_client_is_asked(tmp_path: Path, era: str, agrees: bool) -> None:
    asked = list[str]()

    async def user(context: Any, params: Any) -> ElicitResult:
        del context
        asked.append(params.message)
        return ElicitResult(action="accept", content={"confirm": agrees})

    async with vapi() as (upstream, url):
        async with local(
            url, tmp_path, "--confirm", "all_writes", era=era, user=user
        ) as connection:
            answer = await connection.call(TOOL, name="Ada")
        assert upstream.requests.count(POST) == agrees
    assert answer.is_error is not agrees
    assert len(asked) == 1


@pytest.mark.parametrize("way", ["code", "question"])
@pytest.mark.parametrize("era", ["modern", "legacy"])
async def test_a_local_server_takes_consent_as_it_is_started(
    tmp_path: Path, way: str, era: str
) -> None:
    asked = list[str]()

    async def user(context: Any, params: Any) -> ElicitResult:
        del context
        asked.append(params.message)
        return ElicitResult(action="cancel")

    flags = ("--confirm", "all_writes", "--confirm-by", way)
    async with vapi() as (upstream, url):
        async with local(url, tmp_path, *flags, era=era, user=user) as connection:
            answer = await connection.call(TOOL, name="Ada")
        assert POST not in upstream.requests
    assert len(asked) == (way == "question")
    assert ("confirmation_code" in answer.json) is (way == "code")
    assert answer.is_error is (way == "question")


async def test_without_a_data_directory_only_what_needs_one_is_refused(tmp_path: Path) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("")
    async with vapi() as (upstream, url), local(url, blocked) as connection:
        made = await connection.call(TOOL, name="Ada")
        refused = await connection.call(TOOL, name="Bob", idempotency_key="one")
        assert upstream.requests.count(POST) == 1
    assert not made.is_error
    assert (refused.is_error, refused.json["statusCode"]) == (True, 503)
    assert "VAPI_MCP_DATA_DIR" in refused.json["message"]


async def test_the_sandbox_leaves_nothing_behind(tmp_path: Path) -> None:
    async with local("http://127.0.0.1:9", tmp_path / "data", "--sandbox") as connection:
        await connection.call(TOOL, name="Ada", idempotency_key="one")
        answer = await connection.call(TOOL, name="Ada", idempotency_key="one")
    assert answer.notes[0].startswith("Replayed")
    assert not (tmp_path / "data").exists()
