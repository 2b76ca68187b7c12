"""Answers in Vapi's form to requests for what does not belong."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Any, cast

import msgspec
import orjson

from vapi_mcp.errors import reason_phrase
from vapi_mcp.invocation.belonging.estate import Estate
from vapi_mcp.invocation.json_reading import read_json
from vapi_mcp.invocation.json_writing import exact_json
from vapi_mcp.invocation.messages import UpstreamResponse

# How many calls run at once, of everyone.
_TOTALS = "subscriptionLimits"
_LONGEST = 200
_JSON = {"content-type": "application/json"}
_ITEMS = msgspec.json.Decoder(list[msgspec.Raw])


class _Numbered(msgspec.Struct):
    results: list[msgspec.Raw]


_NUMBERED = msgspec.json.Decoder(_Numbered)


def refusal(status: int, message: str, hint: str | None = None) -> UpstreamResponse:
    """Return a refusal as Vapi writes one; with a hint it is told as one of our own."""
    told = {"message": message, "error": reason_phrase(status), "statusCode": status}
    return UpstreamResponse(status, _JSON, orjson.dumps(told), hint)


def not_found() -> UpstreamResponse:
    """Return the one answer for what is not there, or is another's."""
    return refusal(HTTPStatus.NOT_FOUND, "Not Found")


def unknown_reference(place: str, named: str) -> UpstreamResponse:
    """Return the one answer for a reference to what is not there, or is another's."""
    return refusal(
        HTTPStatus.BAD_REQUEST,
        f'{place[:_LONGEST]}: there is no object with the id "{named[:_LONGEST]}".',
        "Use an id that a list of this server shows.",
    )


def discreet(response: UpstreamResponse, estate: Estate) -> UpstreamResponse:
    """Return a refusal of Vapi without words on objects of others."""
    if response.status < HTTPStatus.BAD_REQUEST:
        return response
    if response.status == HTTPStatus.NOT_FOUND:
        return not_found()
    text = response.body.decode(errors="replace")
    if not estate.is_named_in(text):
        return response
    told = "Vapi refuses this because of objects that are not part of this server."
    return refusal(response.status, told, "Look at the objects that the request names.")


def without_totals(response: UpstreamResponse) -> UpstreamResponse:
    """Return an answer without the lines that the whole organisation has in use."""
    if _TOTALS.encode() not in response.body or response.status >= HTTPStatus.BAD_REQUEST:
        return response
    return replace(response, body=exact_json(_without_totals(value_of(response))))


def _without_totals(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_totals(each) for each in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    found = cast("dict[str, Any]", value)
    return {key: _without_totals(inner) for key, inner in found.items() if key != _TOTALS}


def value_of(response: UpstreamResponse) -> Any:
    """Return the JSON of an answer, None where it holds none."""
    try:
        return read_json(response.body).value
    except ValueError:
        return None


def items_of(response: UpstreamResponse) -> list[msgspec.Raw] | None:
    """Return the items of a list as they were written; None where it is no list."""
    try:
        return _ITEMS.decode(response.body)
    except msgspec.DecodeError:
        pass
    try:
        return _NUMBERED.decode(response.body).results
    except msgspec.DecodeError:
        return None


def item_of(raw: msgspec.Raw) -> dict[str, Any] | None:
    """Return one item, None where it is no object that can be read."""
    try:
        value = read_json(bytes(raw)).value
    except ValueError:
        return None
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def array_of(items: list[msgspec.Raw]) -> UpstreamResponse:
    """Return a list of items as an answer."""
    return UpstreamResponse(HTTPStatus.OK, _JSON, _joined(items))


def numbered(
    items: list[msgspec.Raw], page: int, limit: int, *, is_complete: bool
) -> UpstreamResponse:
    """Return one page of items as an answer, with their count where these are all."""
    there = items[(page - 1) * limit : page * limit]
    counts = {"itemsPerPage": limit, "currentPage": page}
    if is_complete:
        counts["totalItems"] = len(items)
    body = b'{"results":%b,"metadata":%b}' % (_joined(there), orjson.dumps(counts))
    return UpstreamResponse(HTTPStatus.OK, _JSON, body)


def _joined(items: list[msgspec.Raw]) -> bytes:
    return b"[%b]" % b",".join(bytes(each) for each in items)
