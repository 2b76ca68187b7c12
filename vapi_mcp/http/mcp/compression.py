"""Tool lists as gzip: some clients fetch one after every call, and a list compresses to a seventh.

Nothing else is compressed. A list holds no secret, so its length reveals none (BREACH).
"""

from __future__ import annotations

import zlib
from collections import OrderedDict
from functools import lru_cache
from hashlib import blake2b
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Message, Scope, Send

# One for every scope in use. At most 15 kB each.
_MOST_KEPT = 64
_LEAST_BYTES = 1024
# Longer headers are read each time.
_LONGEST_KEPT = 256

# Up to here a body holds the request's id; from here on it is the same for every request of a
# scope. No text inside JSON can hold it: a quote within a text has a backslash before it.
_COMMON = b'"result":'

# RFC 1952: deflate, no name, no time, no operating system.
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
_RAW = -zlib.MAX_WBITS


class CompressedLists:
    """Sends lists compressed to clients that take gzip, each list compressed once.

    The answer is one gzip member, not two: the request's part ends in a full flush and the list's
    blocks follow. httpx, for one, stops after the first member.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, bytes] = OrderedDict()

    def __len__(self) -> int:
        """Return how many lists are kept."""
        return len(self._kept)

    def sending(self, method: str | None, scope: Scope, send: Send) -> Send:
        """Return a `send` that compresses the answer to a `tools/list` for clients that take it."""
        if method != "tools/list":
            return send
        if not takes_gzip(Headers(scope=scope)):
            return _varying(send)
        return _Sending(self, send)

    def gzip(self, body: bytes) -> bytes:
        """Return a body as one gzip member."""
        own, common, rest = body.partition(_COMMON)
        compressor = zlib.compressobj(wbits=_RAW)
        start = compressor.compress(own) + compressor.flush(zlib.Z_FULL_FLUSH)
        whole = zlib.crc32(body).to_bytes(4, "little") + len(body).to_bytes(4, "little")
        return b"".join((_GZIP_HEADER, start, self._list(common + rest), whole))

    def _list(self, common: bytes) -> bytes:
        key = blake2b(common).digest()
        found = self._kept.get(key)
        if found is None:
            compressor = zlib.compressobj(level=9, wbits=_RAW)
            found = compressor.compress(common) + compressor.flush()
            self._kept[key] = found
            if len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return found


class _Sending:
    """Holds the start of an answer back until its body is there, and sends both."""

    def __init__(self, lists: CompressedLists, send: Send) -> None:
        self._lists = lists
        self._send = send
        self._start: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            _vary(message)
            if _is_list(message):
                self._start = message
                return
        elif self._start is not None:
            start, self._start = self._start, None
            body = message.get("body", b"")
            if not message.get("more_body") and len(body) >= _LEAST_BYTES and _COMMON in body:
                message = {**message, "body": self._lists.gzip(body)}
                headers = MutableHeaders(scope=start)
                headers["Content-Encoding"] = "gzip"
                headers["Content-Length"] = str(len(message["body"]))
            await self._send(start)
        await self._send(message)


def takes_gzip(headers: Headers) -> bool:
    """Return whether a request takes gzip: by name, else by `*` (RFC 9110, 12.5.3)."""
    return _takes_gzip(",".join(headers.getlist("accept-encoding")))


def _takes_gzip(accepted: str) -> bool:
    if len(accepted) > _LONGEST_KEPT:
        return _read_encodings.__wrapped__(accepted)
    return _read_encodings(accepted)


@lru_cache(maxsize=128)
def _read_encodings(accepted: str) -> bool:
    weights: dict[str, bool] = {}
    for each in accepted.lower().split(","):
        coding, _, weight = each.partition(";")
        weights[coding.strip()] = _is_wanted(weight)
    return weights.get("gzip", weights.get("*", False))


def _is_wanted(weight: str) -> bool:
    name, _, value = weight.partition("=")
    try:
        return name.strip() != "q" or float(value) > 0
    except ValueError:
        return False


def _varying(send: Send) -> Send:
    async def varying(message: Message) -> None:
        if message["type"] == "http.response.start":
            _vary(message)
        await send(message)

    return varying


def _vary(start: Message) -> None:
    headers = start["headers"]
    if any(name == b"vary" for name, _ in headers):
        MutableHeaders(scope=start).add_vary_header("Accept-Encoding")
    else:
        start["headers"] = [*headers, (b"vary", b"Accept-Encoding")]


def _is_list(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    is_json = headers.get("content-type", "").startswith("application/json")
    return start["status"] == HTTPStatus.OK and is_json and "content-encoding" not in headers
