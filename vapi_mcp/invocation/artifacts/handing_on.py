"""The head of a request for a file's bytes, and of the answer that passes them on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus

from vapi_mcp.invocation.messages import OpenArtifact

# One range, as players ask. Several in one request may be left unheard, and all is sent.
_RANGE = re.compile(r"bytes=(\d{1,15}-\d{0,15}|-\d{1,15})")
_LONGEST_TAG = 200
_ENCODINGS = ("gzip", "br", "zstd", "deflate")
_HANDED_ON = ("content-range", "content-length", "etag", "last-modified")


def asked_range(headers: Mapping[str, str]) -> str | None:
    """Return the range in a request's headers; None without one that is passed on."""
    found = _RANGE.fullmatch(headers.get("range", "").strip())
    return found[0] if found else None


def asked_of_storage(method: str, headers: Mapping[str, str]) -> Mapping[str, str]:
    """Return the headers for storage; it refuses HEAD, and one byte tells as much."""
    if method == "HEAD":
        return {"range": "bytes=0-0"}
    wanted, tag = asked_range(headers), headers.get("if-range", "")
    if wanted is None:
        return {}
    return {"range": wanted} | ({"if-range": tag} if 0 < len(tag) < _LONGEST_TAG else {})


def handed_on(method: str, found: OpenArtifact) -> tuple[int, dict[str, str]]:
    """Return the status and those headers of an answer of storage that are passed on."""
    given = {name: found.headers.get(name, "") for name in _HANDED_ON}
    headers = {name: value for name, value in given.items() if value and value.isascii()}
    if (packing := found.headers.get("content-encoding", "").lower()) in _ENCODINGS:
        headers["content-encoding"] = packing
    if method == "GET":
        return found.status, headers
    # What was read is one byte of it; what is told is what a GET would be told.
    total = headers.pop("content-range", "").rpartition("/")[2]
    length = headers.pop("content-length", None)
    if found.status == HTTPStatus.OK and length is not None:
        total = length
    return HTTPStatus.OK, headers | ({"content-length": total} if total.isdecimal() else {})
