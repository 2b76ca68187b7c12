"""Vapi's refusals and failures, kept whole and explained."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import orjson

from vapi_mcp.access.models import REGIONS, Account
from vapi_mcp.errors import ToolError, UpstreamFailed, UpstreamRejected, reason_phrase
from vapi_mcp.invocation.result import clipped
from vapi_mcp.registry.tool import Tool
from vapi_mcp.upstream.messages import UpstreamResponse

_LONGEST_QUOTE = 2000
_LONGEST_MESSAGE = 1000
# Above this, a reset time is a moment since 1970 and not a number of seconds to wait.
_EPOCH = 1_000_000_000

_KEY_CAUSES = (
    "Vapi refuses the account's key. Check three things: it is the private key and not the public "
    "one; it belongs to the organisation that is meant; the organisation lives in the region of "
    f"the account's base URL (US {REGIONS['us']}, EU {REGIONS['eu']})."
)
_HINTS: Mapping[int, str] = {
    400: "Correct what the message names; the tool's schema shows what belongs where.",
    401: _KEY_CAUSES,
    402: "The organisation's plan or balance does not allow this; its owner has to act.",
    403: "The key may not do this.",
    404: "Nothing has this id in this account. Look it up with the matching list tool.",
    409: "A published version still pins it; unpin it in Vapi's dashboard, or leave it.",
    429: "Vapi's rate limit is reached. Wait the seconds of ratelimit-reset, then call again.",
    500: "Vapi failed. If this was a write, look with a list tool whether it was done.",
    502: "Vapi or its proxy failed. If this was a write, look whether it was done.",
    503: "Vapi is not available for this now. Wait a moment and try again.",
    504: "Vapi did not finish in time. If this was a write, look whether it was done.",
}
_OWN_HINTS: Mapping[tuple[str, int], str] = {
    (
        "DELETE /call/{id}",
        503,
    ): "The recordings could not be erased, so the call was not deleted. Repeat the deletion.",
}


def failure(tool: Tool, response: UpstreamResponse, account: Account) -> ToolError:
    """Return the error for an answer that is no success: Vapi's words, and what to do next."""
    own = _OWN_HINTS.get((tool.operation.key, response.status))
    extra: dict[str, Any] = {
        "hint": own or _hint(response.status, account),
        "truto_is_remote_error": True,
    }
    if response.status == HTTPStatus.TOO_MANY_REQUESTS:
        extra |= rate_limit(response.headers)
    extra["raw_response"] = quoted(response, account)
    is_refusal = response.status < HTTPStatus.INTERNAL_SERVER_ERROR
    kind = UpstreamRejected if is_refusal else UpstreamFailed
    return kind(vapi_says(response, account), status=response.status, **extra)


def _hint(status: int, account: Account) -> str:
    hint = _HINTS.get(status, "Look at raw_response for what Vapi said.")
    is_of_key = status == HTTPStatus.UNAUTHORIZED
    return f"{hint} This account uses {account.base_url}." if is_of_key else hint


def rate_limit(headers: Mapping[str, str], now: datetime | None = None) -> dict[str, int | None]:
    """Return the three `ratelimit-*` values, the reset in seconds from now; None is unknown."""
    now = now or datetime.now(UTC)
    found = {
        name: headers.get(f"x-ratelimit-{name}", headers.get(f"ratelimit-{name}"))
        for name in ("limit", "remaining", "reset")
    }
    reset = _seconds(headers.get("retry-after"), now)
    return {
        "ratelimit-limit": _whole(found["limit"]),
        "ratelimit-remaining": _whole(found["remaining"]),
        "ratelimit-reset": reset if reset is not None else _seconds(found["reset"], now),
    }


def quoted(response: UpstreamResponse, account: Account) -> Any:
    """Return what Vapi sent, bounded and without the key: JSON as JSON, the rest as text."""
    text = response.body.decode(errors="replace").replace(account.credential.secret, "***")
    if len(text) > _LONGEST_QUOTE:
        return clipped(text, _LONGEST_QUOTE)
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def vapi_says(response: UpstreamResponse, account: Account) -> str:
    """Return the sentence of a refusal, bounded and without the key."""
    said = quoted(response, account)
    message = said.get("message") if isinstance(said, dict) else None
    if isinstance(message, list):
        message = "; ".join(str(each) for each in message)
    if not message and isinstance(said, dict):
        message = said.get("error")
    if not message:
        return f"Vapi answered {response.status} {reason_phrase(response.status)}."
    return f"Vapi says: {clipped(str(message), _LONGEST_MESSAGE)}"


def _whole(text: str | None) -> int | None:
    digits = (text or "").partition(",")[0].strip()
    return int(digits) if digits.isdecimal() else None


def _seconds(text: str | None, now: datetime) -> int | None:
    number = _whole(text)
    if number is not None:
        return max(0, number - int(now.timestamp())) if number > _EPOCH else number
    try:
        moment = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return max(0, round((moment - now).total_seconds()))
