"""Vapi's refusals and failures, kept whole and explained."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from vapi_mcp.accounts.records import REGIONS, Account
from vapi_mcp.errors import ToolError, UpstreamFailed, UpstreamRejected, reason_phrase
from vapi_mcp.invocation.explaining import explained
from vapi_mcp.invocation.failures.abridging import abridged
from vapi_mcp.invocation.failures.rate_limits import UNKNOWN_LIMIT, rate_limit
from vapi_mcp.invocation.json_reading import read_json
from vapi_mcp.invocation.messages import UpstreamResponse
from vapi_mcp.invocation.result import clipped
from vapi_mcp.registry.tool import Tool

_LONGEST_QUOTE = 2000
_LONGEST_MESSAGE = 1000

_KEY_CAUSES = (
    "Vapi refuses the account's key. Check three things: it is the private key and not the "
    "public one; it belongs to the right organisation; the organisation is in the region of "
    f"the account's base URL (US {REGIONS['us']}, EU {REGIONS['eu']})."
)
_HINTS: Mapping[int, str] = {
    400: "Correct the arguments that the message names; the tool's schema shows the right ones.",
    401: _KEY_CAUSES,
    402: "The organisation's plan or balance does not allow this; its owner must change that.",
    403: "The account's key does not have permission for this.",
    404: "No object in this account has this id. Look it up with the matching list tool.",
    409: "A published version still pins it; unpin it in Vapi's dashboard, or keep it.",
    429: (
        "Vapi's rate limit is reached. Wait ratelimit-reset seconds (a minute if it is null), "
        "then call again."
    ),
    500: "Vapi failed. If this was a write, check with a list tool whether it was done.",
    502: "Vapi or its proxy failed. If this was a write, check whether it was done.",
    503: "Vapi is not available for this request now. Wait a moment and try again.",
    504: "Vapi did not finish in time. If this was a write, check whether it was done.",
}


def failure(tool: Tool, response: UpstreamResponse, account: Account) -> ToolError:
    """Return the error for an answer that is no success: Vapi's words, and what to do next."""
    if response.hint is not None:
        said = explained("a refusal", lambda: _said(response, account), None)
        return UpstreamRejected(said or "", status=response.status, hint=response.hint)
    own = tool.spec.hints.get(response.status)
    extra: dict[str, Any] = {
        "hint": own or _hint(response.status, account),
        "truto_is_remote_error": True,
    }
    if response.status == HTTPStatus.TOO_MANY_REQUESTS:
        extra |= explained("a rate limit", lambda: rate_limit(response.headers), UNKNOWN_LIMIT)
    extra["raw_response"] = explained("a quotation", lambda: quoted(response, account), None)
    is_refusal = response.status < HTTPStatus.INTERNAL_SERVER_ERROR
    kind = UpstreamRejected if is_refusal else UpstreamFailed
    return kind(vapi_says(response, account), status=response.status, **extra)


def _hint(status: int, account: Account) -> str:
    hint = _HINTS.get(status, "raw_response holds Vapi's answer.")
    is_of_key = status == HTTPStatus.UNAUTHORIZED
    return f"{hint} This account uses {account.base_url}." if is_of_key else hint


def quoted(response: UpstreamResponse, account: Account) -> Any:
    """Return what Vapi sent, bounded and without the key: JSON as JSON, the rest as text."""
    text, sent = _read(response, account)
    if sent is None:
        return clipped(text, _LONGEST_QUOTE)
    return sent if len(text) <= _LONGEST_QUOTE else abridged(sent, _LONGEST_QUOTE)


def vapi_says(response: UpstreamResponse, account: Account) -> str:
    """Return the sentence of a refusal, bounded and without the key."""
    said = explained("Vapi's words", lambda: _said(response, account), None)
    if not said:
        return f"Vapi answered {response.status} {reason_phrase(response.status)}."
    return f"Vapi says: {clipped(said, _LONGEST_MESSAGE)}"


def _said(response: UpstreamResponse, account: Account) -> str | None:
    _, sent = _read(response, account)
    message = sent.get("message") if isinstance(sent, dict) else None
    if isinstance(message, list):
        message = "; ".join(str(each) for each in message)
    if not message and isinstance(sent, dict):
        message = sent.get("error")
    return str(message) if message else None


def _read(response: UpstreamResponse, account: Account) -> tuple[str, Any]:
    """Return an answer as text without the key and as JSON; None where it is no JSON."""
    text = response.body.decode(errors="replace").replace(account.credential.secret, "***")
    try:
        return text, read_json(text.encode()).value
    except ValueError:
        return text, None
