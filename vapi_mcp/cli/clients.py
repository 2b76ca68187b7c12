"""MCP clients: the place and format of their configs, and their limits."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import urlsplit, urlunsplit

import orjson

from vapi_mcp.security.tokens import PREFIX

# Short, because clients put it before every tool's name.
NAME = "vapi"

Config: TypeAlias = dict[str, Any]

_NARROW = "add ?methods=read or ?tags=calls to the URL, or create a server with a smaller scope"


@dataclass(frozen=True, slots=True)
class Process:
    """How a client on this machine starts a server of its own."""

    command: str
    args: tuple[str, ...]
    env: Mapping[str, str]

    def entry(self) -> Config:
        """Return it in the words that nearly all clients share."""
        entry: Config = {"command": self.command, "args": list(self.args)}
        return {**entry, "env": dict(self.env)} if self.env else entry

    def words(self, flag: str) -> str:
        """Return it for a shell: environment by `flag`, then `--` and the command."""
        given = [word for pair in self.env.items() for word in (flag, "=".join(pair))]
        return shlex.join([*given, "--", self.command, *self.args])


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One client.

    file: where the config goes; None where a form is filled in. key: what holds the servers there.
    by_url, by_process: a server's entry, each None where the client cannot do it. adding_url,
    adding_process: a command that does the same. form: what to click, for a URL. with_token: an
    entry that also sends a second token, None where the client sends no headers. by_header:
    whether the server's token goes into a header, since the client prints or changes URLs.
    is_remote: whether it connects from the internet and so needs a public https address.
    asks_for_secrets: whether it asks its user instead of keeping secrets in the file. program: an
    entry as lines of a program, where that is its file. fields: an entry as the fields of a form.
    sign_in: what to click for a server that requires a second token. limits: what bites.
    """

    title: str
    file: str | None = None
    key: str = "mcpServers"
    by_url: Callable[[str], Config] | None = None
    by_process: Callable[[Process], Config] | None = Process.entry
    adding_url: Callable[[str], str] | None = None
    adding_process: Callable[[Process], str] | None = None
    form: str | None = None
    with_token: Callable[[Config, str], Config] | None = None
    by_header: bool = False
    is_remote: bool = False
    is_toml: bool = False
    asks_for_secrets: bool = False
    program: Callable[[Config], str] | None = None
    fields: Callable[[Config], str] | None = None
    sign_in: str | None = None
    limits: str = ""

    def shown(self, config: Config) -> str:
        """Return a config as its file holds it."""
        if self.program:
            return self.program(config[self.key][NAME])
        if self.is_toml:
            return _toml(config[self.key][NAME], f"{self.key}.{NAME}")
        return orjson.dumps(config, option=orjson.OPT_INDENT_2).decode()


def _toml(table: Config, name: str) -> str:
    """Return a table whose texts and lists of texts read the same in JSON."""
    plain = {key: value for key, value in table.items() if not isinstance(value, dict)}
    inner = [_toml(value, f"{name}.{key}") for key, value in table.items() if key not in plain]
    lines = [f"{key} = {orjson.dumps(value).decode()}" for key, value in plain.items()]
    return "\n".join([f"[{name}]", *lines, *inner])


def _vs_code(process: Process) -> Config:
    asked = {name: f"${{input:{name}}}" for name in process.env}
    return {"type": "stdio", **process.entry(), **({"env": asked} if asked else {})}


def _required(process: Process) -> Config:
    # Else the first turn goes out before the tools are there.
    return {**process.entry(), "required": True}


def _by_python(process: Process) -> Config:
    """Return a process that begins with Python, which is all that some frameworks start."""
    words = process.args[2:] if process.args[:1] == ("-m",) else process.args
    return {**process.entry(), "command": sys.executable, "args": ["-m", "vapi_mcp", *words]}


def _agno(entry: Config) -> str:
    """Return a program's lines; headers go with `server_params`, which `url` alone has none of."""
    if "url" not in entry:
        words = shlex.join([entry["command"], *entry["args"]])
        env = f", env={entry['env']!r}" if "env" in entry else ""
        return (
            "from agno.tools.mcp import MCPTools\n\n"
            f"async with MCPTools(command={words!r}{env}) as vapi:\n    ..."
        )
    headers = f"\n    headers={entry['headers']!r}," if "headers" in entry else ""
    return (
        "from agno.tools.mcp import MCPTools, StreamableHTTPClientParams\n\n"
        f"params = StreamableHTTPClientParams({headers}\n    url={entry['url']!r},\n)\n"
        'async with MCPTools(server_params=params, transport="streamable-http") as vapi:\n    ...'
    )


def _n8n(entry: Config) -> str:
    headers = entry.get("headers", {})
    way = {0: "None", 1: "Header Auth"}.get(len(headers), "Multiple Headers Auth")
    given = [f"  Name: {name}\n  Value: {value}" for name, value in headers.items()]
    fields = [
        f"Endpoint: {entry['url']}",
        "Server Transport: HTTP Streamable",
        f"Authentication: {way}{', with a credential of' if given else ''}",
    ]
    return "\n".join([*fields, *given])


def _adding_to_vs_code(entry: Config) -> str:
    return f"code --add-mcp {shlex.quote(orjson.dumps({'name': NAME, **entry}).decode())}"


def _of_header(url: str) -> Config:
    """Return an entry whose token stands in a header; a URL without one stays as it is."""
    parts = urlsplit(url)
    begin, _, token = parts.path.rstrip("/").rpartition("/")
    if not token.startswith(PREFIX):
        return {"url": url}
    bare = urlunsplit(parts._replace(path=begin))
    return {"url": bare, "headers": {"Authorization": f"Bearer {token}"}}


def _with_header(entry: Config, token: str) -> Config:
    return {**entry, "headers": {**entry.get("headers", {}), "X-Api-Token": token}}


def _with_toml_header(entry: Config, token: str) -> Config:
    return {**entry, "http_headers": {"X-Api-Token": token}}


def _with_bridged_header(entry: Config, token: str) -> Config:
    # The bridge splits at blanks on some systems.
    return {**entry, "args": [*entry["args"], "--header", f"X-Api-Token:{token}"]}


def _of_type_http(url: str) -> Config:
    return {"type": "http", "url": url}


def _of_url(url: str) -> Config:
    return {"url": url}


def _bridged(url: str) -> Config:
    plain = ["--allow-http"] if url.startswith("http:") else []
    return {"command": "npx", "args": ["-y", "mcp-remote", url, *plain]}


CLIENTS: Mapping[str, Client] = {
    "claude-code": Client(
        title="Claude Code",
        file=".mcp.json of the project",
        with_token=_with_header,
        by_url=_of_type_http,
        adding_url=lambda url: f"claude mcp add --transport http {NAME} {shlex.quote(url)}",
        adding_process=lambda it: f"claude mcp add {NAME} {it.words('--env')}",
        limits="The command keeps the secret in your own settings; .mcp.json is usually shared.",
    ),
    "claude-desktop": Client(
        title="Claude Desktop",
        file=(
            "~/Library/Application Support/Claude/claude_desktop_config.json (macOS) or "
            r"%APPDATA%\Claude\claude_desktop_config.json (Windows)"
        ),
        with_token=_with_bridged_header,
        by_url=_bridged,
        limits=(
            "This file starts processes only, so a URL needs the bridge mcp-remote and Node.js. "
            "With a public https URL, a connector is simpler: vapi-mcp connect claude-ai."
        ),
    ),
    "claude-ai": Client(
        title="Claude on the web, desktop and mobile",
        by_process=None,
        is_remote=True,
        form="Settings > Connectors > Add custom connector: paste the URL, leave OAuth empty.",
        sign_in=(
            "Settings > Connectors > Add custom connector: paste the URL, leave OAuth empty, press "
            "Connect. The sign-in page asks for your API token and which server to use."
        ),
    ),
    "chatgpt": Client(
        title="ChatGPT",
        by_process=None,
        is_remote=True,
        form=(
            "On the web, turn on developer mode in the settings of apps and connectors, create a "
            "connector, paste the URL, choose no authentication."
        ),
        sign_in=(
            "On the web, turn on developer mode in the settings of apps and connectors, create a "
            "connector, paste the URL, choose OAuth. The sign-in page asks for your API token and "
            "which server to use."
        ),
        limits=(
            "It keeps the list of tools until you press Refresh in the connector's settings, and "
            "asks before every tool that writes."
        ),
    ),
    "cursor": Client(
        title="Cursor",
        file="~/.cursor/mcp.json, or .cursor/mcp.json of the project",
        with_token=_with_header,
        by_url=_of_url,
        limits=(
            "It hides a tool whose name and server's name have over 60 characters together: name "
            f'the server "{NAME}", or something else of up to 14.'
        ),
    ),
    "vscode": Client(
        title="VS Code",
        file=".vscode/mcp.json of the workspace",
        key="servers",
        with_token=_with_header,
        by_url=_of_type_http,
        by_process=_vs_code,
        adding_url=lambda url: _adding_to_vs_code(_of_type_http(url)),
        asks_for_secrets=True,
        limits=f"A request carries 128 tools of all servers together; for fewer, {_NARROW}.",
    ),
    "windsurf": Client(
        title="Windsurf",
        file="~/.codeium/windsurf/mcp_config.json",
        with_token=_with_header,
        by_url=lambda url: {"serverUrl": url},
        limits=f"It takes 100 tools of all servers together; for fewer, {_NARROW}.",
    ),
    "zed": Client(
        title="Zed",
        file="settings.json (zed: open settings file)",
        key="context_servers",
        with_token=_with_header,
        by_url=_of_url,
    ),
    "gemini-cli": Client(
        title="Gemini CLI",
        file="~/.gemini/settings.json",
        # A plain `url` means the legacy event stream there.
        with_token=_with_header,
        by_url=lambda url: {"httpUrl": url},
        adding_url=lambda url: f"gemini mcp add --transport http {NAME} {shlex.quote(url)}",
    ),
    "codex": Client(
        title="Codex CLI",
        file="~/.codex/config.toml",
        key="mcp_servers",
        with_token=_with_toml_header,
        by_process=_required,
        by_url=_of_url,
        is_toml=True,
        adding_url=lambda url: f"codex mcp add {NAME} --url {shlex.quote(url)}",
        adding_process=lambda it: f"codex mcp add {NAME} {it.words('--env')}",
    ),
    "inspector": Client(
        title="MCP Inspector",
        file="a file to name with --config",
        with_token=_with_header,
        by_url=lambda url: {"type": "streamable-http", "url": url},
        adding_url=lambda url: (
            f"npx @modelcontextprotocol/inspector --cli {shlex.quote(url)} --transport http "
            "--method tools/list"
        ),
        adding_process=lambda it: f"npx @modelcontextprotocol/inspector {it.words('-e')}",
    ),
    "qwen-code": Client(
        title="Qwen Code",
        file="~/.qwen/settings.json",
        # A plain `url` means the legacy event stream there, too.
        by_url=lambda url: {"httpUrl": url},
        with_token=_with_header,
        adding_url=lambda url: f"qwen mcp add --transport http {NAME} {shlex.quote(url)}",
    ),
    "n8n": Client(
        title="n8n",
        by_url=_of_header,
        with_token=_with_header,
        by_header=True,
        by_process=None,
        form="In an MCP Client Tool node, fill in these fields.",
        fields=_n8n,
    ),
    "agno": Client(
        title="agno",
        file="your program (give vapi to an agent as one of its tools)",
        program=_agno,
        by_url=_of_header,
        with_token=_with_header,
        by_header=True,
        by_process=_by_python,
        limits="It needs fastmcp, and starts only Python, Node and the like.",
    ),
    "fast-agent": Client(
        title="fast-agent",
        file="fastagent.config.yaml, below mcp (JSON is YAML)",
        key="servers",
        by_url=lambda url: {"transport": "http", **_of_header(url)},
        with_token=_with_header,
        by_header=True,
        limits="It appends /mcp to a URL that ends in anything else: keep the token in the header.",
    ),
}
