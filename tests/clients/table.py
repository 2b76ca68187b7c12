"""The clients: one row each, and one adapter of that name in python/ or javascript/."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_EVERYWHERE = ("http", "sse", "stdio")
_OLD_MCP = "It needs `mcp<2` beside it: with the newest `mcp` its import fails."


@dataclass(frozen=True, slots=True)
class Client:
    """A client, what installs it, and what its users have to know.

    runtime: "3.11" for Python, "node22" for Node.
    packages: pinned, with a blank between two.
    transports: the word before " to " is what our server speaks.
    losses: labels of calls and names of transports that do not work, for a reason in `known`.
    """

    name: str
    adapter: str
    runtime: str
    packages: str
    transports: tuple[str, ...] = _EVERYWHERE
    known: str = ""
    losses: tuple[str, ...] = ()
    folder: str = ""


CLIENTS = (
    Client("mcp Client", "mcp_client", "3.11", "mcp==2.3.0", folder="mcp"),
    Client("mcp ClientSession", "mcp_session", "3.11", "mcp==2.3.0", folder="mcp"),
    Client(
        "fastmcp",
        "fastmcp_client",
        "3.11",
        "fastmcp==4.2.3",
        known="It raises what a tool answers as an error.",
    ),
    Client(
        "langchain-mcp-adapters",
        "langchain_adapters",
        "3.11",
        "langchain-mcp-adapters==0.3.2",
        known="A session for each call. Sound inline loses the whole answer "
        "(NotImplementedError): take the link.",
        losses=("f",),
    ),
    Client(
        "openai-agents",
        "openai_agents",
        "3.11",
        "openai-agents==0.24.0",
        known="Sound inline reaches the model as base64 text: take the link.",
    ),
    Client(
        "TypeScript SDK v1",
        "sdk_v1",
        "node22",
        "@modelcontextprotocol/sdk@1.32.2",
        folder="modelcontextprotocol-sdk",
    ),
)


def chosen(names: Iterable[str]) -> list[Client]:
    """Return the clients with these names, in the order of the table; all without a name.

    Raises:
        SystemExit: No client has a name that is given.
    """
    wanted = {name.lower() for name in names}
    if unknown := wanted - {client.name.lower() for client in CLIENTS}:
        known = ", ".join(client.name for client in CLIENTS)
        raise SystemExit(f"no client is called {', '.join(sorted(unknown))}; there are {known}")
    return [client for client in CLIENTS if not wanted or client.name.lower() in wanted]
