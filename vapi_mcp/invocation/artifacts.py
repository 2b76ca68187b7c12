from __future__ import annotations

from http import HTTPStatus

import orjson

from vapi_mcp.access.models import Account
from vapi_mcp.invocation.checked import Checked
from vapi_mcp.invocation.failures import failure
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.registry.tool import Tool
from vapi_mcp.upstream.messages import ArtifactLink, UpstreamResponse

_OPEN_TO_ALL = "Whoever has this link can open it until it expires; ask again for a fresh one."


def artifact_result(
    tool: Tool, checked: Checked, found: ArtifactLink | UpstreamResponse, account: Account
) -> ToolResult:
    """Return the link to an artifact's bytes with their type, size and end.

    Raises:
        UpstreamRejected: The call has no such artifact, or Vapi refused.
        UpstreamFailed: Vapi answered 5xx.
    """
    kind = tool.operation.path.rpartition("/")[2]
    answer = {"call_id": checked.path["id"], "artifact": kind}
    if isinstance(found, ArtifactLink):
        answer |= {
            "url": found.url,
            "content_type": found.content_type,
            "size_bytes": found.size,
            "expires_at": found.expires_at.isoformat() if found.expires_at else None,
        }
        return ToolResult(orjson.dumps(answer).decode(), (*checked.notes, _OPEN_TO_ALL))
    if found.status == HTTPStatus.NOT_FOUND:
        error = failure(tool, found, account)
        error.extra["hint"] = (
            f"This call has no {kind}: it is not recorded, not over yet, or not kept. "
            "get_single_vapi_call_by_id shows its status and what its artifact holds."
        )
        raise error
    if found.status >= HTTPStatus.BAD_REQUEST:
        raise failure(tool, found, account)
    length = found.headers.get("content-length", "")
    answer |= {
        "url": None,
        "content_type": found.content_type or None,
        "size_bytes": int(length) if length.isdecimal() else None,
        "expires_at": None,
    }
    note = "Vapi sends these bytes itself, to holders of the account's key only: there is no link."
    return ToolResult(orjson.dumps(answer).decode(), (*checked.notes, note))
