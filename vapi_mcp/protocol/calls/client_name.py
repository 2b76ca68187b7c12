"""The name that a client gives itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vapi_mcp.security.redaction import concealed

_LONGEST_NAME = 80
_LONGEST_VERSION = 40


@dataclass(frozen=True, slots=True)
class ClientName:
    """What a client calls itself; None where it does not say."""

    name: str | None = None
    version: str | None = None


_NOBODY = ClientName()


def named(info: Any) -> ClientName:
    """Return what a `clientInfo` says, whatever it is."""
    if info is None:
        return _NOBODY
    given = info if isinstance(info, Mapping) else {}
    return clipped(given.get("name"), given.get("version"))


def clipped(name: Any, version: Any) -> ClientName:
    """Return a name and a version, cut and without secrets; None for what is no text."""
    return ClientName(
        concealed(name, _LONGEST_NAME) if isinstance(name, str) else None,
        concealed(version, _LONGEST_VERSION) if isinstance(version, str) else None,
    )
