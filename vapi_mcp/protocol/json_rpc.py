"""One JSON-RPC message from bytes, without the leniency of the parsers behind us.

Those take NaN, keep the last of two equal keys, and treat a request whose id is null, true or 1.5
as a notification, which has no answer.
"""

from __future__ import annotations

import json
import re
import sys
from codecs import BOM_UTF8
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, TypeAlias, TypeGuard

import orjson
from anyio import to_thread

from vapi_mcp.invocation.arguments.encodable import unsendable, written
from vapi_mcp.registry.json_size import excess_of

MessageId: TypeAlias = str | int

# JSON-RPC's own. The SDK's constants take longer to load than all else that is needed here.
PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND = -32700, -32600, -32601
INVALID_PARAMS, INTERNAL_ERROR = -32602, -32603

# What holds the event loop longer than a thread costs.
_LARGE = 256 * 1024
_MAY_BE_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
# Python reads so many digits wherever it runs; what has more is no number of 64 bits.
_DIGITS = sys.int_info.str_digits_check_threshold
_HUGE = 10**99

# Members before and after the large one. Both patterns see nothing nested.
_ID = rb'"id"\s*:\s*(-?\d{1,20}|"[^"\\]{0,200}")\s*'
_OTHER = rb'"(?:jsonrpc|method)"\s*:\s*"[^"\\]{0,200}"\s*'
_ID_FIRST = re.compile(rb"\s*\{\s*(?:" + _OTHER + rb",\s*){0,2}" + _ID + rb"[,}]")
_ID_LAST = re.compile(rb",\s*" + _ID + rb"(?:,\s*" + _OTHER + rb"){0,2}\}\s*\Z")
_NEAR = 2048


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
        """Return whether an answer is owed."""
        return self.id is not None and self.method is not None


class BadMessage(Exception):
    """No JSON-RPC message; `code` is JSON-RPC's, `id` the request's where it is sound."""

    def __init__(self, code: int, message: str, request_id: MessageId | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.id = request_id


async def read_message(data: bytes) -> Message:
    """Return the message in `data`, which a thread reads if it is large.

    Raises:
        BadMessage: As of `parse_message`.
    """
    if len(data) <= _LARGE:
        return parse_message(data)
    return await to_thread.run_sync(parse_message, data)


def parse_message(data: bytes) -> Message:
    """Return the message in `data`.

    Raises:
        BadMessage: It is not strict JSON, too much of it, or not one JSON-RPC message.
    """
    if too_much := excess_of(data):
        raise BadMessage(PARSE_ERROR, f"the message {too_much}", _id_at_an_end(data))
    value = _parse(data)
    if isinstance(value, list):
        raise BadMessage(INVALID_REQUEST, "batches are not supported; send one message at a time")
    if not isinstance(value, dict):
        raise BadMessage(INVALID_REQUEST, "the message must be one JSON object")
    return _message(value)


def _parse(data: bytes) -> Any:
    if len(data) <= _LARGE and (value := _written_alike(data)) is not None:
        return value
    reading = _Reading()
    try:
        # Bytes that are no UTF-8 become halves of surrogate pairs, which are refused below.
        value = reading.decode(data.removeprefix(BOM_UTF8).decode(errors="surrogateescape"))
    except RecursionError:
        raise BadMessage(PARSE_ERROR, "the message nests too deeply", _id_at_an_end(data)) from None
    except ValueError:
        # Not the parser's own words: they quote the input.
        words = "the message is not valid JSON in UTF-8"
        raise BadMessage(PARSE_ERROR, words, _id_at_an_end(data)) from None
    if reading.problem is None and data.startswith(BOM_UTF8):
        reading.problem = "the message begins with a byte order mark; send it without"
    if reading.problem is not None:
        raise BadMessage(PARSE_ERROR, reading.problem, _id_of(value))
    if reading.has_odd_numbers or _MAY_BE_HALF.search(data) or not _is_utf8(data):
        _refuse_unsendable(value)
    return value


def _written_alike(data: bytes) -> Any:
    """Return JSON that would be written again byte for byte; None of any other.

    Nothing doubtful is in it: no second key, no odd number, no half character.
    """
    try:
        value = orjson.loads(data)
        return value if orjson.dumps(value) == data else None
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return None


class _Reading:
    """One pass of the parser, which goes on after a problem: the answer needs the id."""

    def __init__(self) -> None:
        self.problem: str | None = None
        self.has_odd_numbers = False
        self.decode = json.JSONDecoder(
            object_pairs_hook=self._members,
            parse_constant=self._constant,
            parse_float=self._number,
            parse_int=self._integer,
        ).decode

    def _members(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) != len(pairs):
            self.problem = "an object in the message has the same key twice"
            if sum(name == "id" for name, _ in pairs) > 1:
                del members["id"]
        return members

    def _constant(self, name: str) -> float:
        self.has_odd_numbers = True
        return float(name)

    def _number(self, text: str) -> float:
        number = float(text)
        self.has_odd_numbers |= not isfinite(number)
        return number

    def _integer(self, digits: str) -> int:
        number = bounded_integer(digits)
        self.has_odd_numbers |= number == _HUGE
        return number


def bounded_integer(digits: str) -> int:
    """Return an integer, or one that is refused too where Python does not read so many digits."""
    return int(digits) if len(digits) <= _DIGITS else _HUGE


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _refuse_unsendable(value: Any) -> None:
    """Refuse a message with what JSON cannot carry on, by the places of that."""
    if not isinstance(value, dict):
        return
    odd = [
        f"{place.removeprefix('params.').removeprefix('arguments.')} {problem}"
        for place, problem in unsendable(value)
    ]
    if not odd:
        return
    request_id = _id_of(value)
    code = PARSE_ERROR if request_id is None else INVALID_PARAMS
    raise BadMessage(code, f"{'; '.join(odd)}. Nothing was sent.", request_id)


def _id_of(value: Any) -> MessageId | None:
    request_id = value.get("id") if isinstance(value, dict) else None
    return request_id if _is_id(request_id) else None


def _id_at_an_end(data: bytes) -> MessageId | None:
    """Return the id of a message that is not parsed, if it stands before or after all the rest."""
    found = _ID_FIRST.match(data[:_NEAR]) or _ID_LAST.search(data[-_NEAR:])
    if found is None:
        return None
    try:
        request_id = orjson.loads(found[1])
    except orjson.JSONDecodeError:
        return None
    return request_id if _is_id(request_id) else None


def _is_id(given: Any) -> TypeGuard[MessageId]:
    is_kind = isinstance(given, str | int) and not isinstance(given, bool)
    return is_kind and written(given) is not None


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
    if not _is_id(value["id"]):
        raise BadMessage(INVALID_REQUEST, "id must be a string or an integer of 64 bits")
    return value["id"]


def _is_answer(value: dict[str, Any]) -> bool:
    error = value.get("error")
    if isinstance(error, dict):
        return isinstance(error.get("code"), int) and isinstance(error.get("message"), str)
    return isinstance(value.get("result"), dict)
