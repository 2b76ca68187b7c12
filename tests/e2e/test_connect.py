"""What `connect` prints: configs that clients can read, and processes that start."""

from __future__ import annotations

import ast
import re
import shlex
import sys
import tomllib
from typing import Any

import mcp
import orjson
import pytest
from mcp import StdioServerParameters

from tests.support.docs_pages import text_of
from tests.support.e2e.shell import Ran, run, run_here
from tests.support.registry import NAMES
from vapi_mcp.clients.client import Process
from vapi_mcp.clients.table import CLIENTS
from vapi_mcp.security.tokens import new_token

TOKEN = new_token()
PUBLIC = f"https://mcp.example.com/mcp/{TOKEN}"
LOCAL = f"http://127.0.0.1:8080/mcp/{TOKEN}"

BY_HEADER = {
    "url": "https://mcp.example.com/mcp",
    "headers": {"Authorization": f"Bearer {TOKEN}"},
}
# How each client names a remote server.
ENTRIES = {
    "claude-code": {"mcpServers": {"vapi": {"type": "http", "url": PUBLIC}}},
    "claude-desktop": {
        "mcpServers": {"vapi": {"command": "npx", "args": ["-y", "mcp-remote", PUBLIC]}}
    },
    "claude-ai": {"name": "vapi", "url": PUBLIC},
    "chatgpt": {"name": "vapi", "url": PUBLIC},
    "cursor": {"mcpServers": {"vapi": {"url": PUBLIC}}},
    "vscode": {"servers": {"vapi": {"type": "http", "url": PUBLIC}}},
    "windsurf": {"mcpServers": {"vapi": {"serverUrl": PUBLIC}}},
    "zed": {"context_servers": {"vapi": {"url": PUBLIC}}},
    "gemini-cli": {"mcpServers": {"vapi": {"httpUrl": PUBLIC}}},
    "codex": {"mcp_servers": {"vapi": {"url": PUBLIC}}},
    "qwen-code": {"mcpServers": {"vapi": {"httpUrl": PUBLIC}}},
    "n8n": BY_HEADER,
    "agno": {"mcpServers": {"vapi": BY_HEADER}},
    "fast-agent": {"servers": {"vapi": {"transport": "http", **BY_HEADER}}},
    "inspector": {"mcpServers": {"vapi": {"type": "streamable-http", "url": PUBLIC}}},
}


def connect(*arguments: str, capsys: pytest.CaptureFixture[str]) -> Ran:
    ran = run_here("connect", *arguments, capsys=capsys)
    assert (ran.code, ran.err) == (0, "")
    return ran


@pytest.mark.parametrize("client", CLIENTS)
def test_each_client_gets_its_own_words_for_a_url(
    client: str, capsys: pytest.CaptureFixture[str]
) -> None:
    config = connect(client, "--url", PUBLIC, "--json", capsys=capsys).json
    text = connect(client, "--url", PUBLIC, capsys=capsys).out
    assert config == ENTRIES[client]
    assert (PUBLIC in text) != CLIENTS[client].by_header
    assert TOKEN in text
    assert "does not work here" not in text
    if client == "codex":
        shown = text[text.index("[") :].split("\n\n")[0]
        assert tomllib.loads(shown) == config
    if file := CLIENTS[client].file:
        assert f"in {file}:" in text
    if file and client not in ("codex", "agno"):
        shown, _ = text[text.index("{") :].split("\n}", 1)
        assert orjson.loads(shown + "}") == config


@pytest.mark.parametrize("client", [name for name in CLIENTS if CLIENTS[name].by_process])
def test_each_client_on_this_machine_can_start_a_process(
    client: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (entries,) = (
        value
        for name, value in connect(client, "--stdio", "--json", capsys=capsys).json.items()
        if name != "inputs"
    )
    entry = entries["vapi"]
    assert entry["args"][-1] == "stdio"
    assert list(entry["env"]) == ["VAPI_API_KEY"]
    assert entry.get("required", False) == (client == "codex")
    text = connect(client, "--stdio", capsys=capsys).out
    commands = [shlex.split(line) for line in text.splitlines() if " -- " in line]
    for words in commands:
        assert words[words.index("--") + 1 :] == [entry["command"], *entry["args"]]


SENDS_HEADERS = [name for name in CLIENTS if CLIENTS[name].with_token]


@pytest.mark.parametrize("client", SENDS_HEADERS)
def test_second_token_goes_into_a_header_of_its_own(
    client: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--url", PUBLIC, "--api-token")
    text = orjson.dumps(connect(client, *arguments, "vma_x", "--json", capsys=capsys).json).decode()
    assert re.search(r'"X-Api-Token(":"|:)vma_x"', text)
    assert TOKEN in text
    assert "api-token create" in connect(client, *arguments, "-", capsys=capsys).out


@pytest.mark.parametrize("client", ["claude-ai", "chatgpt"])
def test_client_without_headers_signs_in_to_a_server_with_a_second_token(
    client: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = connect(client, "--url", PUBLIC, "--api-token", "vma_x", capsys=capsys).out
    assert f"\n{PUBLIC.removesuffix(f'/{TOKEN}')}\n" in f"{shown}\n"
    assert "sign-in page asks for your API token" in shown
    assert TOKEN not in shown
    assert "vma_x" not in shown


def test_client_that_signs_in_is_told_so_for_the_url_without_a_secret(
    capsys: pytest.CaptureFixture[str],
) -> None:
    url = "https://mcp.example.com/mcp"
    shown = connect("chatgpt", "--url", url, capsys=capsys).out
    assert "sign-in page asks for your API token" in shown
    assert "no authentication" not in shown
    assert f"\n{url}\n" in shown


def test_framework_that_starts_python_only_gets_python(capsys: pytest.CaptureFixture[str]) -> None:
    """agno 3.1.10."""
    entry = connect("agno", "--stdio", "--json", capsys=capsys).json["mcpServers"]["vapi"]
    assert (entry["command"], entry["args"]) == (sys.executable, ["-m", "vapi_mcp", "stdio"])


def calls_in(program: str) -> dict[str, dict[str, Any]]:
    """Return the named arguments of each call in a program, by what it calls."""
    tree = ast.parse(program.replace("async with", "with"))
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {
        call.func.id: {
            str(each.arg): ast.literal_eval(each.value)
            for each in call.keywords
            if not isinstance(each.value, ast.Name)
        }
        for call in calls
        if isinstance(call.func, ast.Name)
    }


def program_of(text: str) -> str:
    """Return the lines of the program in what `connect` prints."""
    return text[text.index("from agno") : text.index("    ...") + 7]


def test_agno_gets_lines_of_a_program_with_the_headers_first(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """agno 3.1.10, which sends headers only by its StreamableHTTPClientParams."""
    arguments = ("agno", "--url", PUBLIC, "--api-token", "vma_x")
    text = program_of(connect(*arguments, capsys=capsys).out)
    entry = connect(*arguments, "--json", capsys=capsys).json["mcpServers"]["vapi"]
    calls = calls_in(text)
    assert calls == {
        "StreamableHTTPClientParams": {"headers": entry["headers"], "url": entry["url"]},
        "MCPTools": {"transport": "streamable-http"},
    }
    assert list(calls["StreamableHTTPClientParams"]) == ["headers", "url"]
    started = connect("agno", "--stdio", capsys=capsys).out
    process = connect("agno", "--stdio", "--json", capsys=capsys).json["mcpServers"]["vapi"]
    words = shlex.join([process["command"], *process["args"]])
    assert calls_in(program_of(started)) == {"MCPTools": {"command": words, "env": process["env"]}}
    assert words.endswith(" -m vapi_mcp stdio")


@pytest.mark.parametrize(
    ("token", "way"), [((), "Header Auth"), (("--api-token", "vma_x"), "Multiple Headers Auth")]
)
def test_n8n_gets_the_fields_of_its_node(
    token: tuple[str, ...], way: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = connect("n8n", "--url", PUBLIC, *token, capsys=capsys).out
    entry = connect("n8n", "--url", PUBLIC, *token, "--json", capsys=capsys).json
    given = [f"  Name: {name}\n  Value: {value}" for name, value in entry["headers"].items()]
    fields = [f"Endpoint: {entry['url']}", "Server Transport: HTTP Streamable"]
    wanted = [*fields, f"Authentication: {way}, with a credential of", *given]
    assert "\n".join(wanted) in text


async def test_the_printed_process_starts_and_serves() -> None:
    ran = await run("connect", "cursor", "--sandbox", "--json")
    started = StdioServerParameters(**ran.json["mcpServers"]["vapi"])
    async with mcp.Client(started) as client:
        assert tuple(tool.name for tool in (await client.list_tools()).tools) == NAMES


def test_a_key_is_never_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VAPI_API_KEY", "the-key-of-the-environment")
    assert "the-key" not in connect("cursor", "--stdio", capsys=capsys).out
    config = connect("vscode", "--stdio", "--json", capsys=capsys).json
    assert config["servers"]["vapi"]["env"] == {"VAPI_API_KEY": "${input:VAPI_API_KEY}"}
    assert [(each["id"], each["password"]) for each in config["inputs"]] == [("VAPI_API_KEY", True)]


def test_a_url_can_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VAPI_MCP_URL", PUBLIC)
    assert connect("Cursor", "--json", capsys=capsys).json == ENTRIES["cursor"]


@pytest.mark.parametrize(
    "url",
    [LOCAL, PUBLIC.replace("https", "http"), f"https://box/mcp/{TOKEN}"],
    ids=["loopback", "no https", "no domain"],
)
def test_clients_in_the_cloud_say_what_is_wrong_with_a_local_url(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for client in ("chatgpt", "claude-ai"):
        assert "This URL does not work here" in connect(client, "--url", url, capsys=capsys).out
    bridge = connect("claude-desktop", "--url", url, "--json", capsys=capsys).json
    words = bridge["mcpServers"]["vapi"]["args"]
    assert ("--allow-http" in words) == url.startswith("http:")


@pytest.mark.parametrize(
    ("told", "arguments"),
    [
        ("unknown client 'emacs'; use one of: claude-code, ", ["emacs"]),
        ("pass --url (or set VAPI_MCP_URL), or --stdio", ["cursor"]),
        ("ChatGPT does not start processes", ["chatgpt", "--stdio"]),
        ("does not begin with http", ["cursor", "--url", "mcp.example.com"]),
        ("the URL's token is mistyped", ["cursor", "--url", PUBLIC[:-1]]),
        ("this is the legacy URL", ["cursor", "--url", PUBLIC.replace("/mcp/", "/sse/")]),
    ],
)
def test_a_mistake_is_told_without_the_secret(
    told: str, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    misuse = run_here("connect", *arguments, capsys=capsys).misuse
    assert told in misuse
    assert TOKEN[:-1] not in misuse


def test_the_page_of_clients_prints_what_connect_prints() -> None:
    """The table of clients and the process of others."""
    page, url = text_of("docs/connect.md"), "http://127.0.0.1:8080/mcp/<token>"
    cursor, claude_code = CLIENTS["cursor"], CLIENTS["claude-code"]
    assert cursor.by_url
    assert claude_code.adding_url
    config = orjson.dumps({cursor.key: {"vapi": cursor.by_url(url)}}).decode()
    adding = claude_code.adding_url(url).replace(f"'{url}'", url)
    plain = page.replace(" ", "").replace("\n", "")
    assert config in plain
    assert f"`{adding}`" in page
    process = Process(
        "/path/to/vapi-mcp/.venv/bin/vapi-mcp", ("stdio",), {"VAPI_API_KEY": "yourprivatekey"}
    )
    assert orjson.dumps({cursor.key: {"vapi": process.entry()}}).decode() in plain
    [row] = [line for line in page.splitlines() if "connect CLIENT --url URL" in line]
    titles = [each.strip() for each in row.split("|")[1].split(",")]
    known = {client.title for client in CLIENTS.values()}
    assert all(title in known or f"{title} CLI" in known for title in titles), (titles, known)
