"""The refusal of a write that breaks a rule of its server's policy."""

from __future__ import annotations

from typing import Any

from vapi_mcp.errors import WriteHeld


def broken(rule: str, value: Any, why: str, passes: str) -> WriteHeld:
    """Return the refusal for a broken rule: its value, what broke it, and what would pass."""
    return WriteHeld(
        f"This server's policy does not allow it: {rule} is {value}; {why}. Nothing was sent. "
        f"{passes}",
        status=403,
        rule=rule,
    )
