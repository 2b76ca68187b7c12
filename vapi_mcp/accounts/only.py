"""The objects that a server is kept to: those of one client of an organisation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TypeAlias

import orjson

# The kinds that can be named, as the keys of a config and as the kinds of objects.
NAMED_KINDS: Mapping[str, str] = {
    "assistants": "assistant",
    "phone_numbers": "phone_number",
    "squads": "squad",
}
Pairs: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Only:
    """The objects a server sees and touches, with what belongs to them.

    metadata: the sorted pairs that the metadata of an object has to hold, all of them. At least
    one of the four is given.
    """

    assistants: tuple[str, ...] = ()
    phone_numbers: tuple[str, ...] = ()
    squads: tuple[str, ...] = ()
    metadata: Pairs = ()

    def __post_init__(self) -> None:
        if not (self.assistants or self.phone_numbers or self.squads or self.metadata):
            raise ValueError("name at least one assistant, phone number, squad or metadata pair")

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Only:
        """Return what JSON says; ids and pairs are sorted, so that equal ones compare equal."""
        return cls(
            **{name: tuple(sorted(set(given.get(name) or ()))) for name in NAMED_KINDS},
            metadata=tuple(sorted((given.get("metadata") or {}).items())),
        )

    @property
    def as_json(self) -> dict[str, Any]:
        """The same as JSON; what it does not name is left out."""
        ids: Iterable[tuple[str, Any]] = ((n, list(getattr(self, n))) for n in NAMED_KINDS)
        pairs = {"metadata": dict(self.metadata)}
        return {name: value for name, value in (*ids, *pairs.items()) if value}

    def named(self, kind: str) -> tuple[str, ...]:
        """Return the ids that are named of a kind; one of which some are named is closed."""
        return next((getattr(self, key) for key, of in NAMED_KINDS.items() if of == kind), ())

    def owner(self, server_id: str) -> str:
        """Return who owns what is created: the client by its metadata, else the server alone."""
        if not self.metadata:
            return server_id
        return f"metadata-{sha256(orjson.dumps(self.metadata)).hexdigest()}"


@dataclass(frozen=True, slots=True)
class KeptTo:
    """What the requests of an account are kept to, and in whose name objects are made."""

    only: Only
    owner: str

    @property
    def realm(self) -> str:
        """What tells it from all others, and from itself before a change."""
        return sha256(orjson.dumps([self.owner, self.only.as_json])).hexdigest()
