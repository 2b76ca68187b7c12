"""A request as the handlers see it: routed, parsed and validated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.datastructures import UploadFile
from starlette.requests import Request

from vapi_mcp.sandbox.requests.refusals import bad_request
from vapi_mcp.specs.facts.facts import Operation


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of a multipart body, wholly read."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class SandboxRequest:
    """What a handler works from. `body` is an object of its own that it may keep."""

    operation: Operation
    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: dict[str, Any]
    base_url: str
    uploads: Mapping[str, Upload] = field(default_factory=dict[str, Upload])

    @property
    def id(self) -> str:
        """The `{id}` of the path."""
        return self.path["id"]


async def read_json(request: Request) -> Any:
    """Return the JSON body, `{}` when there is none, or refuse with 400."""
    raw = await request.body()
    if not raw.strip():
        return {}
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise bad_request(f"Unexpected token in JSON at position {error.pos}") from None


async def read_multipart(request: Request) -> tuple[dict[str, Any], dict[str, Upload]]:
    """Return the text fields and the files of a multipart body."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return {}, {}
    fields: dict[str, Any] = {}
    uploads: dict[str, Upload] = {}
    async with request.form() as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                kind = value.content_type or "application/octet-stream"
                uploads[name] = Upload(value.filename or "file", kind, await value.read())
            else:
                fields[name] = value
    return fields, uploads
