"""Answers in JSON, built from ready-made pieces where there are any."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
from starlette.responses import Response

_JSON = "application/json; charset=utf-8"


def json_bytes(content: bytes, status: int = 200) -> Response:
    """Answer with JSON that is serialised already."""
    return Response(content, status, media_type=_JSON)


def json_answer(content: Any, status: int = 200) -> Response:
    """Answer with a JSON value."""
    return json_bytes(orjson.dumps(content), status)


def json_array(pieces: Iterable[bytes]) -> bytes:
    """Join serialised items to one array."""
    return b"[" + b",".join(pieces) + b"]"
