"""The storage host behind signed links: no keys, GET only, ranges, S3's refusals in XML."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from vapi_mcp.sandbox.calls.artifacts import BY_FILE_NAME, has_artifact
from vapi_mcp.sandbox.state.sandbox import Sandbox
from vapi_mcp.sandbox.state.scheduled_steps import settle

_KEPT = 16
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{}</Code><Message>{}</Message></Error>'

_TWICE = (
    "InvalidArgument",
    (
        "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature "
        "query string parameter or the Authorization header should be specified"
    ),
)
_EXPIRED = ("AccessDenied", "Request has expired")
_FORGED = (
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided.",
)


def storage_endpoint(sandbox: Sandbox) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint of `/storage/call/{call_id}/{name}`."""
    kept: OrderedDict[tuple[str, str, str], bytes] = OrderedDict()

    async def serve(request: Request) -> Response:
        settle(sandbox)
        refused = _refused(sandbox, request)
        if refused is not None:
            return refused
        call = sandbox.find("call", request.path_params["call_id"])
        kind = BY_FILE_NAME.get(request.path_params["name"])
        if call is None or kind is None or not has_artifact(call, kind):
            return _xml(HTTPStatus.NOT_FOUND, "NoSuchKey", "The specified key does not exist.")
        key = (call["id"], call["updatedAt"], kind.file_name)
        if key not in kept:
            kept[key] = await asyncio.to_thread(kind.render, call)
            if len(kept) > _KEPT:
                kept.popitem(last=False)
        headers = {
            "Content-Disposition": f'attachment; filename="{call["id"]}-{kind.file_name}"',
            "Accept-Ranges": "bytes",
            "ETag": f'"{call["id"]}-{kind.segment}"',
        }
        return _ranged(kept[key], request.headers.get("range"), kind.content_type, headers)

    return serve


def _refused(sandbox: Sandbox, request: Request) -> Response | None:
    if "authorization" in request.headers:
        return _xml(HTTPStatus.BAD_REQUEST, *_TWICE)
    query = request.query_params
    is_genuine = sandbox.links.is_genuine(request.url.path, query)
    if request.method != "GET" or not is_genuine:
        return _xml(HTTPStatus.FORBIDDEN, *_FORGED)
    if sandbox.links.is_expired(query, sandbox.now()):
        return _xml(HTTPStatus.FORBIDDEN, *_EXPIRED)
    return None


def _ranged(
    content: bytes, wanted: str | None, content_type: str, headers: dict[str, str]
) -> Response:
    """Answer with all bytes, or with the one range that was asked for."""
    match = _RANGE.fullmatch(wanted or "")
    if match is None or match.group(1, 2) == ("", ""):
        return Response(content, media_type=content_type, headers=headers)
    size = len(content)
    if match[1]:
        start, end = int(match[1]), min(int(match[2] or size - 1), size - 1)
    else:
        start, end = max(0, size - int(match[2])), size - 1
    if start > end:
        headers["Content-Range"] = f"bytes */{size}"
        unsatisfiable = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
        return Response(status_code=unsatisfiable, headers=headers)
    headers["Content-Range"] = f"bytes {start}-{end}/{size}"
    part = content[start : end + 1]
    return Response(part, HTTPStatus.PARTIAL_CONTENT, media_type=content_type, headers=headers)


def _xml(status: HTTPStatus, code: str, message: str) -> Response:
    return Response(_XML.format(code, message), status, media_type="application/xml")
