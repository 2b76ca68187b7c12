"""The numbers that a write has calls handed on to: they are rung as well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from vapi_mcp.accounts.policy_record import Policy
from vapi_mcp.invocation.writes.policy.phone_number import check_prefixes, recipient_of
from vapi_mcp.invocation.writes.policy.refusals import broken

_DEPTH = 40


def check_transfers(policy: Policy, body: Mapping[str, Any]) -> None:
    """Let a body pass whose destinations the policy allows, wherever they stand.

    Destinations of transfers, a number's fallback, forwarding numbers of assistants.

    Raises:
        WriteHeld: One is not allowed, or cannot be checked.
    """
    for number in _destinations(body, _DEPTH):
        if number is None:
            raise broken(
                "the policy",
                "about numbers",
                "a transfer to a SIP address cannot be checked",
                "Transfer to a number in E.164.",
            )
        check_prefixes(policy, recipient_of(number))


def _destinations(value: Any, depth: int) -> Iterator[str | None]:
    """Yield the numbers calls are handed on to; None for a SIP address."""
    if depth == 0:
        return
    if isinstance(value, list):
        for each in cast("list[Any]", value):
            yield from _destinations(each, depth - 1)
    elif isinstance(value, Mapping):
        known = cast("Mapping[str, Any]", value)
        yield from _destination(known)
        for each in known.values():
            yield from _destinations(each, depth - 1)


def _destination(known: Mapping[str, Any]) -> Iterator[str | None]:
    if known.get("type") == "number" and isinstance(number := known.get("number"), str):
        yield number
    if known.get("type") == "sip" and known.get("sipUri"):
        yield None
    if isinstance(number := known.get("forwardingPhoneNumber"), str) and number:
        yield number
