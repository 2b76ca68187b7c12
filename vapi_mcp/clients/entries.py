"""The entries of servers in the configs of clients."""

from __future__ import annotations

import shlex
import sys
from urllib.parse import urlsplit, urlunsplit

import orjson

from vapi_mcp.clients.client import NAME, Config, Process
from vapi_mcp.security.tokens import PREFIX


def vs_code(process: Process) -> Config:
    """Return a process whose secrets VS Code asks for."""
    asked = {name: f"${{input:{name}}}" for name in process.env}
    return {"type": "stdio", **process.entry(), **({"env": asked} if asked else {})}


def required(process: Process) -> Config:
    """Return a process that the client waits for."""
    # Else the first turn goes out before the tools are there.
    return {**process.entry(), "required": True}


def by_python(process: Process) -> Config:
    """Return a process that begins with Python, which is all that some frameworks start."""
    words = process.args[2:] if process.args[:1] == ("-m",) else process.args
    return {**process.entry(), "command": sys.executable, "args": ["-m", "vapi_mcp", *words]}


def agno(entry: Config) -> str:
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


def n8n(entry: Config) -> str:
    """Return the fields of a node."""
    headers = entry.get("headers", {})
    way = {0: "None", 1: "Header Auth"}.get(len(headers), "Multiple Headers Auth")
    given = [f"  Name: {name}\n  Value: {value}" for name, value in headers.items()]
    fields = [
        f"Endpoint: {entry['url']}",
        "Server Transport: HTTP Streamable",
        f"Authentication: {way}{', with a credential of' if given else ''}",
    ]
    return "\n".join([*fields, *given])


def adding_to_vs_code(entry: Config) -> str:
    """Return the command that adds an entry to VS Code."""
    return f"code --add-mcp {shlex.quote(orjson.dumps({'name': NAME, **entry}).decode())}"


def of_header(url: str) -> Config:
    """Return an entry whose token stands in a header; a URL without one stays as it is."""
    parts = urlsplit(url)
    begin, _, token = parts.path.rstrip("/").rpartition("/")
    if not token.startswith(PREFIX):
        return {"url": url}
    bare = urlunsplit(parts._replace(path=begin))
    return {"url": bare, "headers": {"Authorization": f"Bearer {token}"}}


def with_header(entry: Config, token: str) -> Config:
    """Return an entry that also sends a second token."""
    return {**entry, "headers": {**entry.get("headers", {}), "X-Api-Token": token}}


def with_toml_header(entry: Config, token: str) -> Config:
    """Return an entry of TOML that also sends a second token."""
    return {**entry, "http_headers": {"X-Api-Token": token}}


def with_bridged_header(entry: Config, token: str) -> Config:
    """Return an entry whose bridge also sends a second token."""
    # The bridge splits at blanks on some systems.
    return {**entry, "args": [*entry["args"], "--header", f"X-Api-Token:{token}"]}


def of_type_http(url: str) -> Config:
    """Return an entry that names its kind of transport."""
    return {"type": "http", "url": url}


def of_url(url: str) -> Config:
    """Return an entry that is a URL and no more."""
    return {"url": url}


def bridged(url: str) -> Config:
    """Return an entry that starts a bridge to the URL."""
    plain = ["--allow-http"] if url.startswith("http:") else []
    return {"command": "npx", "args": ["-y", "mcp-remote", url, *plain]}
