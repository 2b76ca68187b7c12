"""Knowledge bases (version 2): their files, the tool that searches each, and what they know."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from starlette.responses import Response

from vapi_mcp.sandbox.requests.refusals import bad_request, not_found
from vapi_mcp.sandbox.requests.request import SandboxRequest
from vapi_mcp.sandbox.requests.responses import json_answer
from vapi_mcp.sandbox.resources.crud import Handler, object_answer, present, success
from vapi_mcp.sandbox.state.collection import JsonObject
from vapi_mcp.sandbox.state.dates import stored_moment, to_text
from vapi_mcp.sandbox.state.references import unresolved
from vapi_mcp.sandbox.state.sandbox import Sandbox

BASE, FILE = "knowledge-base", "knowledge-base-file"
INDEXING = timedelta(seconds=2)


def known_to(sandbox: Sandbox, assistant: JsonObject) -> str:
    """Return the text of all files that an assistant can search."""
    wanted = set((assistant.get("model") or {}).get("toolIds") or ())
    tools = (sandbox.find("tool", tool_id) for tool_id in wanted)
    bases = {tool.get("knowledgeBaseId") for tool in tools if tool}
    ready = [
        each["fileId"]
        for each in sandbox.all(FILE)
        if each["knowledgeBaseV2Id"] in bases and each["status"] == "ready"
    ]
    contents = (sandbox.world.file_contents.get(file_id, b"") for file_id in ready)
    return "\n".join(content.decode("utf-8", "replace") for content in contents)


def create_base(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Store an empty base and the tool that searches it."""
    base = sandbox.create(BASE, present(asked.body))
    function = {"name": "search_knowledge", "description": base.get("description") or base["name"]}
    fields = {"type": "knowledgeBase", "knowledgeBaseId": base["id"], "function": function}
    sandbox.create("tool", fields)
    return object_answer(sandbox, BASE, base, success(asked))


def get_base(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Answer with a base, its files and its tool."""
    base = sandbox.require(BASE, asked.id)
    tool = _tool_of(sandbox, asked.id)
    more = {"files": _files_of(sandbox, asked.id), "toolId": tool and tool["id"]}
    return json_answer({**base, **more})


def delete_base(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Drop a base with its tool and its index; the uploads stay."""
    answer = object_answer(sandbox, BASE, sandbox.require(BASE, asked.id))
    if tool := _tool_of(sandbox, asked.id):
        sandbox.remove("tool", tool["id"])
    for each in _files_of(sandbox, asked.id):
        sandbox.remove(FILE, each["id"])
    sandbox.remove(BASE, asked.id)
    return answer


def list_files(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Answer with the files of a base."""
    sandbox.require(BASE, asked.id)
    return json_answer(_files_of(sandbox, asked.id))


def attach_file(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Attach an upload; it is `indexing` at first."""
    sandbox.require(BASE, asked.id)
    file = sandbox.find("file", asked.body["fileId"])
    if file is None:
        raise unresolved("File", "fileId", asked.body["fileId"])
    if any(each["fileId"] == file["id"] for each in _files_of(sandbox, asked.id)):
        raise bad_request("Couldn't Attach File. It Is Already Attached.")
    fields = {
        "knowledgeBaseV2Id": asked.id,
        "fileId": file["id"],
        "fileName": file["name"],
        "mimetype": file.get("mimetype"),
        "bytes": file["bytes"],
        "status": "indexing",
    }
    attached = sandbox.create(FILE, {k: v for k, v in fields.items() if v is not None})
    sandbox.agenda.add(sandbox.now() + INDEXING, FILE, attached["id"])
    return object_answer(sandbox, FILE, attached, success(asked))


def detach_file(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Take a file out of a base."""
    attached = _attached(sandbox, asked)
    answer = object_answer(sandbox, FILE, attached)
    sandbox.remove(FILE, attached["id"])
    return answer


def retry_file(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Index a file again that failed."""
    attached = _attached(sandbox, asked)
    if attached["status"] != "failed":
        raise bad_request("Couldn't Retry File. Only A Failed File Is Indexed Again.")
    attached = {**attached, "status": "indexing", "updatedAt": sandbox.stamp()}
    sandbox.put(FILE, attached)
    sandbox.agenda.add(sandbox.now() + INDEXING, FILE, attached["id"])
    return object_answer(sandbox, FILE, attached, success(asked))


def advance(sandbox: Sandbox, attached_id: str, now: datetime) -> datetime | None:
    """Finish the indexing of a file when its time has come; what cannot be read fails."""
    attached = sandbox.find(FILE, attached_id)
    if attached is None or attached["status"] != "indexing":
        return None
    due = stored_moment(attached["updatedAt"]) + INDEXING
    if now < due:
        return due
    file = sandbox.find("file", attached["fileId"])
    is_readable = file is not None and file.get("status") != "failed"
    status = "ready" if is_readable else "failed"
    sandbox.put(FILE, {**attached, "status": status, "updatedAt": to_text(due)})
    return None


def _files_of(sandbox: Sandbox, base_id: str) -> list[JsonObject]:
    files = sandbox.all(FILE).newest_first()
    return [each for each in files if each["knowledgeBaseV2Id"] == base_id]


def _tool_of(sandbox: Sandbox, base_id: str) -> JsonObject | None:
    tools = (tool for tool in sandbox.all("tool") if tool.get("knowledgeBaseId") == base_id)
    return next(tools, None)


def _attached(sandbox: Sandbox, asked: SandboxRequest) -> JsonObject:
    sandbox.require(BASE, asked.id)
    for each in _files_of(sandbox, asked.id):
        if each["fileId"] == asked.path["fileId"]:
            return each
    raise not_found("File", asked.path["fileId"])


HANDLERS: Mapping[str, Handler] = {
    "POST /v2/knowledge-base": create_base,
    "GET /v2/knowledge-base/{id}": get_base,
    "DELETE /v2/knowledge-base/{id}": delete_base,
    "GET /v2/knowledge-base/{id}/file": list_files,
    "POST /v2/knowledge-base/{id}/file": attach_file,
    "DELETE /v2/knowledge-base/{id}/file/{fileId}": detach_file,
    "POST /v2/knowledge-base/{id}/file/{fileId}/retry": retry_file,
}
