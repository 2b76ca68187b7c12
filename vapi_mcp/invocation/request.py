"""The request to Vapi that a call makes."""

from __future__ import annotations

import base64
import binascii
import mimetypes
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson

from vapi_mcp.errors import InvalidArguments
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.json_writing import exact_json
from vapi_mcp.invocation.messages import USUAL_DEADLINE, Query, Upload, UpstreamRequest
from vapi_mcp.registry.arguments import FILE_SOURCES
from vapi_mcp.registry.tool import Tool

_PLACEHOLDER = re.compile(r"{(\w+)}")
_UNRESERVED = re.compile(r"[\w.~-]*", re.ASCII)
_LARGEST_FILE = 32 * 1024 * 1024
# Far above any real object or filter; what is larger is a mistake, and would fail unexplained.
_LARGEST_BODY = 4 * 1024 * 1024
_LARGEST_QUERY = 16 * 1024


def build_request(tool: Tool, checked: Checked) -> UpstreamRequest:
    """Return the one request a call stands for.

    Raises:
        InvalidArguments: A file is given in no way, in two ways, or cannot be read; or the
            arguments are too large.
    """
    operation = tool.operation
    is_form = operation.body is not None and operation.body.content_type == "multipart/form-data"
    body = None if is_form or checked.body is None else _json(checked.body)
    query = encoded(checked.query)
    _check_size("body", len(body or b""), _LARGEST_BODY)
    _check_size("filters", sum(len(name) + len(value) for name, value in query), _LARGEST_QUERY)
    return UpstreamRequest(
        method=operation.method,
        path=path_of(tool, checked.path),
        query=query,
        body=body,
        upload=_upload(checked) if is_form else None,
        deadline=deadline_of(tool),
    )


def _json(body: Mapping[str, Any]) -> bytes:
    """Return a body as it is sent; what was given can be, but it may hold saved parts too."""
    try:
        return exact_json(body)
    except orjson.JSONEncodeError as error:
        raise InvalidArguments(
            f"The body of this call cannot be written as JSON ({error}). Nothing was sent; with "
            'nested: "replace" only what you send is in it.'
        ) from error


def deadline_of(tool: Tool) -> float:
    """Return the seconds that the request of a tool may take."""
    return tool.spec.deadline or USUAL_DEADLINE


def path_of(tool: Tool, values: Mapping[str, str]) -> str:
    """Return the operation's path with each value in its own segment."""
    path = tool.operation.path
    for name in _placeholders(path):
        value = values[name]
        path = path.replace(
            f"{{{name}}}", value if _UNRESERVED.fullmatch(value) else quote(value, safe="")
        )
    return path


@lru_cache(maxsize=512)
def _placeholders(path: str) -> tuple[str, ...]:
    return tuple(_PLACEHOLDER.findall(path))


def encoded(query: Mapping[str, Any]) -> Query:
    """Return query values as text; a list becomes one pair an item."""
    return tuple(
        (name, _text(item))
        for name, value in query.items()
        for item in (value if isinstance(value, list) else [value])
    )


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _check_size(what: str, size: int, most: int) -> None:
    if size > most:
        raise InvalidArguments(
            f"The {what} of this call would have {size:,} bytes; the limit is {most:,}. "
            "Nothing was sent."
        )


def _upload(checked: Checked) -> Upload:
    control = checked.control
    sources = [name for name in FILE_SOURCES if name in control]
    if len(sources) != 1:
        said = " and ".join(sources) or "none"
        raise InvalidArguments(f"Give the file as one of {', '.join(FILE_SOURCES)}; given: {said}.")
    content, own_name = _content(sources[0], control[sources[0]])
    if len(content) > _LARGEST_FILE:
        raise InvalidArguments(
            f"The file has {len(content):,} bytes; the limit is {_LARGEST_FILE:,}."
        )
    name = Path(control.get("file_name") or own_name).name or "file.txt"
    guessed, _ = mimetypes.guess_type(name)
    return Upload(
        file_name=name,
        content=content,
        content_type=guessed
        or ("text/plain" if sources == ["text"] else "application/octet-stream"),
        fields={key: _text(value) for key, value in (checked.body or {}).items()},
    )


def _content(source: str, value: str) -> tuple[bytes, str]:
    """Return the bytes and a name for them when none is given."""
    if source == "text":
        return value.encode(), "file.txt"
    if source == "path":
        return _from_disk(Path(value).expanduser())
    try:
        return base64.b64decode(value.partition("base64,")[2] or value, validate=True), "file.bin"
    except (binascii.Error, ValueError) as error:
        raise InvalidArguments(
            "base64 is not valid base64; give plain text in text instead."
        ) from error


def _from_disk(path: Path) -> tuple[bytes, str]:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise InvalidArguments(f"{path.name} is larger than {_LARGEST_FILE:,} bytes.")
        return path.read_bytes(), path.name
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not a path"
        raise InvalidArguments(f"path {str(path)!r} cannot be read: {why}.") from error
