"""The servers that the agency hands out."""

from __future__ import annotations

from typing import Any

from tests.belonging.agency import Agency
from tests.belonging.clients import Shelves, TwoClients
from vapi_mcp.accounts.only import Only
from vapi_mcp.accounts.records import ServerConfig

WAYS_TO_NAME = ("ids", "metadata", "both")
# Also by the ids of one kind alone.
_KINDS = {"assistants": "assistant", "phone_numbers": "phone-number", "squads": "squad"}
DISCOVERY = "acme both discovery"
CONFIRMING = "acme metadata confirming"
ACME = tuple(f"acme {how} {what}" for how in (*WAYS_TO_NAME, *_KINDS) for what in ("core", "full"))


def only_of(shelves: Shelves, how: str, client: str = "acme") -> Only:
    """Return what keeps a server to a client: named by ids, by metadata, or by both."""
    kinds = {how: _KINDS[how]} if how in _KINDS else {} if how == "metadata" else _KINDS
    named: dict[str, Any] = {key: tuple(sorted(shelves[kind])) for key, kind in kinds.items()}
    if how in ("metadata", "both"):
        named["metadata"] = (("client", client),)
    return Only(**named)


def add_servers(here: Agency, clients: TwoClients) -> None:
    """Make acme's servers, one of globex, and one of the agency that sees everything."""
    for name in ACME:
        _, how, catalogue = name.split()
        only = only_of(clients.acme, how)
        here.serve(name, ServerConfig(only=only, catalogue=catalogue))  # pyright: ignore[reportArgumentType] - one of two words
    everything: dict[str, Any] = {
        "catalogue": "full",
        "tool_exposure": "discovery",
        "structured_content": True,
        "max_result_tokens": 25_000,
        "notes": "inside",
    }
    here.serve(DISCOVERY, ServerConfig(only=only_of(clients.acme, "both"), **everything))
    asking = only_of(clients.acme, "metadata")
    here.serve(CONFIRMING, ServerConfig(only=asking, catalogue="full", confirm="all_writes"))
    foreign = only_of({kind: {} for kind in clients.acme}, "metadata", "globex")
    here.serve("globex", ServerConfig(only=foreign, catalogue="full"))
    here.serve("agency", ServerConfig(catalogue="full"))
