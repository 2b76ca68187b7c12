"""One JSON-RPC message from bytes, without the leniency of the parsers behind us.

Those take NaN, keep the last of two equal keys, and treat a request whose id is null, true or 1.5
as a notification that nobody answers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import orjson
from mcp_types import INVALID_REQUEST, PARSE_ERROR

MessageId: TypeAlias = str | int


@dataclass(frozen=True, slots=True)
class Message:
    """A JSON-RPC message that every layer reads the same way.

    id is None for notifications, method is None for answers a client posts.
    """

    id: MessageId | None
    method: str | None
    params: Mapping[str, Any]

    @property
    def is_request(self) -> bool:
        """Say whether an answer is owed."""
        return self.id is not None and self.method is not None


class BadMessage(Exception):
    """No JSON-RPC message; `code` is JSON-RPC's, `id` the request's where it is sound."""

    def __init__(self, code: int, message: str, request_id: MessageId | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.id = request_id


def parse_message(data: bytes) -> Message:
    """Return the message in `data`.

    Raises:
        BadMessage: It is not strict JSON, or not one JSON-RPC message.
    """
    value = _parse(data)
    if isinstance(value, list):
        raise BadMessage(INVALID_REQUEST, "batches are not supported; send one message at a time")
    if not isinstance(value, dict):
        raise BadMessage(INVALID_REQUEST, "the message must be one JSON object")
    return _message(value)


def _parse(data: bytes) -> Any:
    try:
        # orjson refuses NaN, Infinity, numbers beyond a double, lone surrogates and bad UTF-8.
        value = orjson.loads(data)
        json.loads(data, object_pairs_hook=_without_duplicates)
    except orjson.JSONDecodeError:
        # Not the parser's own words: they quote the input.
        raise BadMessage(PARSE_ERROR, "the message is not valid JSON in UTF-8") from None
    except RecursionError:
        raise BadMessage(PARSE_ERROR, "the message nests too deeply") from None
    return value


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise BadMessage(PARSE_ERROR, "an object in the message has the same key twice")
    return members


def _message(value: dict[str, Any]) -> Message:
    request_id = _sound_id(value)
    method, params = value.get("method"), value.get("params")
    if value.get("jsonrpc") != "2.0":
        raise BadMessage(INVALID_REQUEST, 'jsonrpc must be "2.0"', request_id)
    if method is None and _is_answer(value) and request_id is not None:
        return Message(request_id, None, {})
    if method is not None and ("result" in value or "error" in value):
        problem = "a message has either method, or result or error, not both"
        raise BadMessage(INVALID_REQUEST, problem, request_id)
    if not isinstance(method, str):
        raise BadMessage(INVALID_REQUEST, "method must be a string", request_id)
    if params is not None and not isinstance(params, dict):
        raise BadMessage(INVALID_REQUEST, "params must be an object", request_id)
    return Message(request_id, method, params or {})


def _sound_id(value: dict[str, Any]) -> MessageId | None:
    if "id" not in value:
        return None
    request_id = value["id"]
    if isinstance(request_id, bool) or not isinstance(request_id, str | int):
        raise BadMessage(INVALID_REQUEST, "id must be a string or an integer")
    return request_id


def _is_answer(value: dict[str, Any]) -> bool:
    error = value.get("error")
    if isinstance(error, dict):
        return isinstance(error.get("code"), int) and isinstance(error.get("message"), str)
    return isinstance(value.get("result"), dict)
