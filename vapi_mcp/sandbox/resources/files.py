"""Uploaded files: stored, then processed for two seconds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import orjson
from starlette.responses import Response

from vapi_mcp.sandbox.requests.filters import equals, select
from vapi_mcp.sandbox.requests.refusals import bad_request
from vapi_mcp.sandbox.requests.request import SandboxRequest
from vapi_mcp.sandbox.requests.responses import json_array, json_bytes
from vapi_mcp.sandbox.resources.crud import Handler, object_answer, success
from vapi_mcp.sandbox.state.collection import JsonObject
from vapi_mcp.sandbox.state.dates import stored_moment, to_text
from vapi_mcp.sandbox.state.sandbox import Sandbox

PROCESSING = timedelta(seconds=2)
PURPOSES = ("assistant", "composer-attachment", "knowledge-base-v2")

_NAME_LENGTH = 40
_METADATA_LENGTH = 4096
_STORAGE = "https://storage.vapi.ai"
_FILTERS = {"purpose": equals("purpose")}


def list_files(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Answer with all files of a purpose, or all, in one bare array."""
    files = sandbox.all("file")
    found = select(files.newest_first(), asked.query, _FILTERS)
    return json_bytes(json_array(map(files.json, found)))


def create_file(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Store an upload; it is `processing` at first."""
    upload = asked.uploads.get("file")
    if upload is None or not upload.content:
        raise bad_request("Invalid file")
    fields = _checked_fields(asked.body, set(asked.uploads))
    file = sandbox.create(
        "file",
        {
            "object": "file",
            "status": "processing",
            "name": upload.name[:_NAME_LENGTH],
            "originalName": upload.name,
            "bytes": len(upload.content),
            "mimetype": upload.content_type,
            **fields,
        },
    )
    key = f"{sandbox.world.org_id}/{file['id']}/{upload.name}"
    place = {"key": key, "path": key, "bucket": "vapi-files", "url": f"{_STORAGE}/{key}"}
    file = {**file, **place}
    sandbox.world.file_contents[file["id"]] = upload.content
    sandbox.put("file", file)
    sandbox.agenda.add(sandbox.now() + PROCESSING, "file", file["id"])
    return object_answer(sandbox, "file", file, success(asked))


def delete_file(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Drop a file and its bytes."""
    answer = object_answer(sandbox, "file", sandbox.require("file", asked.id))
    sandbox.remove("file", asked.id)
    sandbox.world.file_contents.pop(asked.id, None)
    return answer


def advance(sandbox: Sandbox, file_id: str, now: datetime) -> datetime | None:
    """Finish the processing of a file when its time has come."""
    file = sandbox.find("file", file_id)
    if file is None or file.get("status") != "processing":
        return None
    created = stored_moment(file["createdAt"])
    due = created + PROCESSING
    if now < due:
        return due
    size = len(sandbox.world.file_contents.get(file_id, b""))
    parsed = {"parsedTextUrl": f"{file['url']}.txt", "parsedTextBytes": size}
    sandbox.put("file", {**file, **parsed, "status": "done", "updatedAt": to_text(due)})
    return None


def _checked_fields(body: Mapping[str, str], uploaded: set[str]) -> JsonObject:
    """Return purpose and metadata, or refuse with what is wrong with the form."""
    messages = [
        f"property {name} should not exist"
        for name in (*body, *uploaded)
        if name not in ("file", "purpose", "metadata")
    ]
    fields: JsonObject = {}
    if "purpose" in body:
        fields["purpose"] = body["purpose"]
        if body["purpose"] not in PURPOSES:
            allowed = ", ".join(PURPOSES)
            messages.append(f"purpose must be one of the following values: {allowed}")
    if "metadata" in body:
        messages += _add_metadata(body["metadata"], fields)
    if messages:
        raise bad_request(messages)
    return fields


def _add_metadata(text: str, fields: JsonObject) -> list[str]:
    if len(text) > _METADATA_LENGTH:
        return [f"metadata must be shorter than or equal to {_METADATA_LENGTH} characters"]
    try:
        fields["metadata"] = orjson.loads(text)
    except orjson.JSONDecodeError:
        return ["metadata must be a json string"]
    return []


HANDLERS: Mapping[str, Handler] = {
    "GET /file": list_files,
    "POST /file": create_file,
    "DELETE /file/{id}": delete_file,
}
