"""The MCP clients that we know."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from vapi_mcp.clients.client import NAME, Client
from vapi_mcp.clients.entries import (
    adding_to_vs_code,
    agno,
    bridged,
    by_python,
    n8n,
    of_header,
    of_type_http,
    of_url,
    required,
    vs_code,
    with_bridged_header,
    with_header,
    with_toml_header,
)

_NARROW = "add ?methods=read or ?tags=calls to the URL, or create a server with a smaller scope"

CLIENTS: Mapping[str, Client] = {
    "claude-code": Client(
        title="Claude Code",
        file=".mcp.json of the project",
        with_token=with_header,
        by_url=of_type_http,
        adding_url=lambda url: f"claude mcp add --transport http {NAME} {shlex.quote(url)}",
        adding_process=lambda it: f"claude mcp add {NAME} {it.words('--env')}",
        limits=".mcp.json is usually shared; `claude mcp add` keeps the secret to yourself.",
    ),
    "claude-desktop": Client(
        title="Claude Desktop",
        file=(
            "~/Library/Application Support/Claude/claude_desktop_config.json (macOS) or "
            r"%APPDATA%\Claude\claude_desktop_config.json (Windows)"
        ),
        with_token=with_bridged_header,
        by_url=bridged,
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
        with_token=with_header,
        by_url=of_url,
        limits=(
            "It hides a tool whose name and server's name have over 60 characters together: name "
            f'the server "{NAME}", or something else of up to 14.'
        ),
    ),
    "vscode": Client(
        title="VS Code",
        file=".vscode/mcp.json of the workspace",
        key="servers",
        with_token=with_header,
        by_url=of_type_http,
        by_process=vs_code,
        adding_url=lambda url: adding_to_vs_code(of_type_http(url)),
        asks_for_secrets=True,
        limits=f"A request carries 128 tools of all servers together; for fewer, {_NARROW}.",
    ),
    "windsurf": Client(
        title="Windsurf",
        file="~/.codeium/windsurf/mcp_config.json",
        with_token=with_header,
        by_url=lambda url: {"serverUrl": url},
        limits=f"It takes 100 tools of all servers together; for fewer, {_NARROW}.",
    ),
    "zed": Client(
        title="Zed",
        file="settings.json (zed: open settings file)",
        key="context_servers",
        with_token=with_header,
        by_url=of_url,
    ),
    "gemini-cli": Client(
        title="Gemini CLI",
        file="~/.gemini/settings.json",
        # A plain `url` means the legacy event stream there.
        with_token=with_header,
        by_url=lambda url: {"httpUrl": url},
        adding_url=lambda url: f"gemini mcp add --transport http {NAME} {shlex.quote(url)}",
    ),
    "codex": Client(
        title="Codex CLI",
        file="~/.codex/config.toml",
        key="mcp_servers",
        with_token=with_toml_header,
        by_process=required,
        by_url=of_url,
        is_toml=True,
        adding_url=lambda url: f"codex mcp add {NAME} --url {shlex.quote(url)}",
        adding_process=lambda it: f"codex mcp add {NAME} {it.words('--env')}",
    ),
    "inspector": Client(
        title="MCP Inspector",
        file="a file to name with --config",
        with_token=with_header,
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
        with_token=with_header,
        adding_url=lambda url: f"qwen mcp add --transport http {NAME} {shlex.quote(url)}",
    ),
    "n8n": Client(
        title="n8n",
        by_url=of_header,
        with_token=with_header,
        by_header=True,
        by_process=None,
        form="In an MCP Client Tool node, fill in these fields.",
        fields=n8n,
    ),
    "agno": Client(
        title="agno",
        file="your program (give vapi to an agent as one of its tools)",
        program=agno,
        by_url=of_header,
        with_token=with_header,
        by_header=True,
        by_process=by_python,
        limits="It needs fastmcp, and starts only Python, Node and the like.",
    ),
    "fast-agent": Client(
        title="fast-agent",
        file="fastagent.config.yaml, below mcp (JSON is YAML)",
        key="servers",
        by_url=lambda url: {"transport": "http", **of_header(url)},
        with_token=with_header,
        by_header=True,
        limits="It appends /mcp to a URL that ends in anything else: keep the token in the header.",
    ),
}
