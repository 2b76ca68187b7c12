"""The port that tries a Vapi key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from vapi_mcp.accounts.records import Account


@dataclass(frozen=True, slots=True)
class KeyVerdict:
    """What became of trying an account's key.

    words: for whoever gave the key, what Vapi said and what to check; empty where it is accepted.
    """

    outcome: Literal["accepted", "refused", "unreachable"]
    words: str = ""


class KeyCheck(Protocol):
    """Tries the key of an account whose base URL is known."""

    async def __call__(self, account: Account) -> KeyVerdict:
        """Return the verdict; whatever goes wrong on the way is one, too."""
        ...
