"""The clients of clients.yaml."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True)
class Client:
    """One row; clients.yaml says what each field means."""

    name: str
    adapter: str
    runtime: str
    packages: str
    transports: tuple[str, ...] = ("http", "sse", "stdio")
    known: str = ""
    losses: tuple[str, ...] = ()
    takes_null: bool = True
    makes_calls: bool = True
    folder: str = ""

    @property
    def remarks(self) -> str:
        """All that goes to docs/clients.md."""
        refusal = "" if self.takes_null else "Its own check refuses null; the calls leave it out."
        return f"{self.known} {refusal}".strip()


CLIENTS = TypeAdapter(tuple[Client, ...]).validate_python(
    yaml.safe_load((Path(__file__).parent / "clients.yaml").read_bytes())
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
