"""The commands, by subprocess: what they print, and how they end."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import mcp
import orjson
import pytest
import typer
from typer.core import TyperGroup

from tests.support.e2e.connecting import answer_of, command, connected, ports_of, started
from tests.support.e2e.shell import run, run_here
from tests.support.e2e.stack import ORG, stacked, watched
from tests.support.registry import NAMES
from tests.support.serving import serving
from vapi_mcp.cli.main import app
from vapi_mcp.sandbox.state.snapshot import StateSnapshot

GET = "get_single_vapi_assistant_by_id"
AUTHORIZED = {"Authorization": "Bearer sandbox"}


@asynccontextmanager
async def account() -> AsyncGenerator[dict[str, str]]:
    """Serve a simulated Vapi and yield the environment that names it."""
    async with serving(watched()) as vapi:
        yield {"VAPI_API_KEY": "sandbox-key", "VAPI_BASE_URL": vapi.url}


async def test_call_ends_with_0_for_an_answer_and_5_for_an_error() -> None:
    model = {"provider": "openai", "model": "gpt-of-tomorrow"}
    pairs = ["name=Eve", "maxDurationSeconds=60", f"model={orjson.dumps(model).decode()}"]
    async with account() as key:
        made, bad = await asyncio.gather(
            run("call", "create_a_vapi_assistant", *pairs, variables=key),
            run("call", GET, "--json", f'{{"id": "{ORG[::-1]}"}}', variables=key),
        )
    assert made.code == 0
    assert (made.json["model"], made.json["maxDurationSeconds"]) == (model, 60)
    assert "requests and the key go to http://127.0.0.1" in made.err
    assert made.told.startswith("note: model.model 'gpt-of-tomorrow' is not among the documented")
    assert (bad.code, bad.json["statusCode"], bad.told) == (5, 404, "")


async def test_command_that_cannot_start_says_why_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text("[]")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        keyless, late, damaged = await asyncio.gather(
            run("stdio"),
            run("demo", "--port", port),
            run("sandbox", "--port", "0", "--state", str(tmp_path / "state.json")),
        )
    assert "no Vapi key: set VAPI_API_KEY" in keyless.complaint
    assert f"port {port} on 127.0.0.1 is taken" in late.complaint
    assert "state.json is not a sandbox's state" in damaged.complaint


WRONG: list[tuple[str, list[str]]] = [
    ("VAPI_BASE_URL is not an http(s) URL: 'vapi'", ["call", GET, f"id={ORG}"]),
    ("broken.json is not JSON", ["specs", "sync", "broken.json"]),
    ("not an OpenAPI 3.0 document", ["specs", "sync", "swagger.json"]),
]


@pytest.mark.parametrize(("told", "arguments"), WRONG)
def test_mistake_is_told_in_one_line(
    told: str,
    arguments: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "swagger.json").write_text('{"swagger": "2.0"}')
    (tmp_path / "broken.json").write_text('{"openapi": "3.0.0", "paths"')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VAPI_API_KEY", "sandbox-key")
    monkeypatch.setenv("VAPI_BASE_URL", "vapi" if GET in arguments else "http://127.0.0.1:9")
    ran = run_here(*arguments, capsys=capsys)
    assert told in ran.complaint


@pytest.mark.parametrize(
    ("told", "arguments"),
    [
        ("'limit' is not KEY=VALUE; write it like limit=5", ["call", GET, "limit"]),
        ("--json is not JSON", ["call", GET, "--json", "{"]),
        ("--json must be a JSON object", ["call", GET, "--json", "[]"]),
        ("there is no tool named 'list_all'", ["call", "list_all", "--sandbox"]),
        ("unknown client 'emacs'; use one of: claude-code", ["connect", "emacs"]),
        ("--port: must be 65535 or less", ["serve", "--port", "70000"]),
        ("--port: must be 65535 or less", ["demo", "--port", "70000"]),
        ("--workers: must be 1 or more", ["serve", "--workers", "0"]),
        ("--public-url: must be a URL that begins", ["serve", "--public-url", "x"]),
        ("--database-url: the database URL does not", ["serve", "--database-url", "mysql://x"]),
        ("cannot be read: No such file", ["specs", "check", "/no/such/file.json"]),
        ("cannot be read: No such file", ["stdio", "--sandbox", "--policy", "/no/such/file.json"]),
        ("cannot be read: No such file", ["stdio", "--sandbox", "--only", "/no/such/file.json"]),
        ("there is no tool named 'x'", ["tools", "show", "x"]),
        ("methods: no tool matches dance", ["tools", "list", "--methods", "dance"]),
        ("methods: no tool matches dance", ["serve", "--methods", "dance"]),
        ("exclude_tools: there is no tool named x", ["stdio", "--sandbox", "--exclude-tools", "x"]),
    ],
)
def test_wrong_usage_is_told_in_one_line_with_exit_code_2(
    told: str, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert told in run_here(*arguments, capsys=capsys).misuse


def test_an_integer_beyond_64_bits_is_refused_and_not_rounded(
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = '{"name": "Eve", "metadata": {"n": 18446744073709551616}}'
    words = ("call", "create_a_vapi_assistant", "--json", given, "--sandbox")
    ran = run_here(*words, capsys=capsys)
    assert (ran.code, ran.json["statusCode"]) == (5, 400)
    assert "metadata.n is an integer of more than 64 bits" in ran.json["message"]


async def test_listed_tools_are_those_of_the_protocol(capsys: pytest.CaptureFixture[str]) -> None:
    everything = await run("tools", "list", "--json")
    reading = run_here("tools", "list", "--json", "--methods", "read", capsys=capsys)
    async with stacked() as server, mcp.Client(server.url("modern HTTP")) as client:
        listed = await client.list_tools()
    shown = [tool.model_dump(by_alias=True, exclude_none=True) for tool in listed.tools]
    assert everything.json == shown
    prefixes = ("list_all_", "get_single_")
    assert reading.json == [tool for tool in shown if tool["name"].startswith(prefixes)]
    assert sorted(tool["name"] for tool in shown) == sorted(NAMES)


def test_one_tool_is_shown_for_people_and_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    text = run_here("tools", "show", GET, capsys=capsys).out
    shown = run_here("tools", "show", GET, "--json", capsys=capsys).json
    listed = run_here("tools", "list", "--tags", "files", capsys=capsys)
    assert shown["name"] == GET
    assert f"{GET}: {shown['title']}" in text
    assert "GET /assistant/{id}" in text
    assert all(name in text for name in shown["inputSchema"]["properties"])
    assert listed.out.count("_vapi_file") == 5
    assert listed.err == "5 tools\n"


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command with the words that call it."""
    yield path, group
    for name, inner in getattr(group, "commands", {}).items():
        yield from commands(inner, (*path, name))


def test_help_of_every_command_mentions_each_option(capsys: pytest.CaptureFixture[str]) -> None:
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    found = list(commands(root))
    assert len(found) >= 12
    for path, one in found:
        ran = run_here(*path, "--help", capsys=capsys)
        assert ran.code == 0
        for parameter in one.params:
            if parameter.param_type_name == "option":
                assert all(name in ran.out for name in parameter.opts), (path, parameter.opts)
        for name in getattr(one, "commands", {}):
            assert f"  {name} " in ran.out, (path, name)


async def test_foreign_document_is_told_apart(tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"id": {"type": "string"}}}
    answer = {"description": "", "content": {"application/json": {"schema": schema}}}
    document = {
        "openapi": "3.0.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/moon": {"get": {"operationId": "moon", "responses": {"200": answer}}}},
        "components": {"schemas": {"Moon": schema}},
    }
    (tmp_path / "moon.json").write_bytes(orjson.dumps(document))
    foreign = await run("specs", "check", str(tmp_path / "moon.json"))
    lines = foreign.out.splitlines()
    assert foreign.code == 1
    assert all(line[:2] in ("+ ", "- ", "~ ") for line in lines)
    assert {"+ operation GET /moon", "+ schema Moon", "- operation GET /assistant"} <= set(lines)
    assert foreign.err == ("vapi-mcp: upstream differs from the pinned facts; see `specs sync`\n")


def request(number: int, method: str, params: dict[str, Any]) -> bytes:
    return (
        orjson.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}) + b"\n"
    )


async def test_stdio_prints_nothing_but_messages() -> None:
    hello = {"protocolVersion": "2025-11-25", "capabilities": {}}
    hello["clientInfo"] = {"name": "test", "version": "1"}
    call = {"name": GET, "arguments": {"id": ORG}}
    stdin = b"".join(
        [
            request(1, "initialize", hello),
            b'{"jsonrpc": "2.0", "method": "notifications/initialized"}\n',
            b"this is no message\n",
            request(2, "tools/list", {}),
            request(3, "tools/call", call),
        ]
    )
    async with account() as key:
        ran = await run("stdio", stdin=stdin, variables={**key, "VAPI_MCP_LOG_LEVEL": "debug"})
    assert ran.code == 0
    messages = [orjson.loads(line) for line in ran.out.splitlines()]
    assert all(message["jsonrpc"] == "2.0" for message in messages)
    by_id = {message["id"]: message for message in messages}
    assert len(messages) == len(by_id) == 4
    assert by_id[None]["error"]["code"] == -32700
    assert len(by_id[2]["result"]["tools"]) == len(NAMES)
    assert orjson.loads(by_id[3]["result"]["content"][0]["text"])["name"] == "Ava"


@pytest.mark.parametrize("place", ["inside", "none"])
async def test_stdio_puts_notes_where_it_is_told_and_can_give_links_only(place: str) -> None:
    """smolagents and CAMEL drop a second block; LangChain loses an answer with audio in it."""
    flags = ("--notes", place, "--no-inline-media")
    async with connected("modern stdio", "", *flags) as connection:
        listed = {tool.name: tool for tool in (await connection.client.list_tools()).tools}
        calls = (await connection.call("list_all_vapi_calls", limit=1)).json["result"]
        call = await connection.call("get_single_vapi_call_by_id", id=calls[0]["id"])
    assert "inline" not in listed["list_all_vapi_mono_recordings"].input_schema["properties"]
    assert call.notes == ()
    assert next(iter(call.json)) == ("notes" if place == "inside" else "id")


def test_demo_tells_scripts_all_they_need_and_keeps_its_urls(tmp_path: Path) -> None:
    with command(["demo", "--port", "0", "--json", "--data-dir", str(tmp_path)]) as (_, line):
        summary = orjson.loads(line)
        url = httpx.URL(summary["servers"][0]["url"])
        healthy = httpx.get(url.join("/healthz"), trust_env=False)
        simulated = httpx.get(summary["sandbox_url"], trust_env=False, timeout=20)
    keys = ["admin_url", "admin_token", "console_url", "account_id", "sandbox_url", "servers"]
    assert list(summary) == keys
    assert all(list(server) == ["name", "id", "url", "sse_url"] for server in summary["servers"])
    assert {"everything", "read-only"} <= {server["name"] for server in summary["servers"]}
    assert healthy.json() == {"status": "ok"}
    assert simulated.json()["objects"]["assistant"] > 5
    again = ["demo", "--port", str(url.port), "--json", "--data-dir", str(tmp_path)]
    with command(again) as (_, line):
        assert orjson.loads(line)["servers"] == summary["servers"]


def test_addresses_answer_as_soon_as_they_are_told() -> None:
    with started(["demo", "--port", "0", "--json"]) as (_, line):
        for port in ports_of(line):
            socket.create_connection(("127.0.0.1", port)).close()


async def test_demo_keeps_its_data_when_it_is_told_to_end(tmp_path: Path) -> None:
    with command(["demo", "--port", "0", "--json", "--data-dir", str(tmp_path)]) as (_, line):
        async with mcp.Client(orjson.loads(line)["servers"][0]["url"]) as client:
            result = await client.call_tool("create_a_vapi_assistant", {"name": "Kept"})
    world = StateSnapshot.load((tmp_path / "sandbox.json").read_bytes())
    assert answer_of(result).json["id"] in world.resources["assistant"]


def test_sandbox_keeps_its_data_in_its_state_file(tmp_path: Path) -> None:
    arguments = ["sandbox", "--port", "0", "--state", str(tmp_path / "state.json")]
    with command(arguments) as (_, line):
        url = line.split()[-1]
        made = httpx.post(f"{url}/assistant", json={"name": "Kept"}, headers=AUTHORIZED).json()
    with command(arguments) as (_, line):
        url = f"{line.split()[-1]}/assistant/{made['id']}"
        assert httpx.get(url, headers=AUTHORIZED).json() == made
