"""The port that checks a Vapi key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from vapi_mcp.accounts.records import Account


@dataclass(frozen=True, slots=True)
class KeyVerdict:
    """The result of trying an account's key.

    message: what Vapi answered and what to check; empty where the key is accepted.
    """

    outcome: Literal["accepted", "refused", "unreachable"]
    message: str = ""


class KeyCheck(Protocol):
    """Tries the key of an account whose base URL is known."""

    async def __call__(self, account: Account) -> KeyVerdict:
        """Return the verdict; a failure on the way is one, too."""
        ...
