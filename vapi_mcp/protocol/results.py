"""The one place where outcomes become MCP results."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import orjson
from mcp.server.context import HandlerResult
from mcp_types import (
    AudioContent,
    BlobResourceContents,
    CallToolResult,
    ContentBlock,
    EmbeddedResource,
    TextContent,
)

from vapi_mcp.accounts.records import Notes
from vapi_mcp.errors import ToolError
from vapi_mcp.invocation.explaining import logged
from vapi_mcp.invocation.json_reading import exact_value
from vapi_mcp.invocation.json_writing import exact_json
from vapi_mcp.invocation.result import Block, ToolResult

# How our own block begins.
_NOTES = '{"notes":'


def success(
    result: ToolResult, notes: Notes = "block", *, structured: bool = False
) -> CallToolResult:
    """Return a finished call: its JSON, our notes where they are wanted, then any bytes.

    structured: as structured content too, which has the notes inside whatever is wanted.
    """
    text = with_notes_inside(result) if notes == "inside" else result.text
    content: list[ContentBlock] = [TextContent(text=text)]
    if result.notes and notes == "block":
        content.append(TextContent(text=_notes(result.notes)))
    content.extend(_block(block) for block in result.blocks)
    structure = _structure(with_notes_inside(result)) if structured else None
    return CallToolResult(content=content, structured_content=structure, is_error=result.is_error)


def refusal(error: ToolError) -> CallToolResult:
    """Return a failure that its caller can act on, as the error object of the house."""
    text = exact_json(error.as_dict()).decode()
    return CallToolResult(content=[TextContent(text=text)], is_error=True)


def breakdown(error: Exception, tool_name: str) -> CallToolResult:
    """Return a failure of ours under an id, and log where it happened under the same id."""
    mark = logged(error, tool_name)
    return refusal(ToolError(breakdown_message(mark), status=500, id=mark))


def breakdown_message(mark: str) -> str:
    """Return what is said of a failure that is logged under an id."""
    return f"this server failed and has no details to show. Report it with the id {mark}"


def with_structure(result: CallToolResult) -> CallToolResult:
    """Return a call's result with its JSON as structured content too, always an object."""
    block = result.content[0]
    structure = _structure(block.text) if isinstance(block, TextContent) else {"result": None}
    return result.model_copy(update={"structured_content": structure})


def with_note(result: HandlerResult, note: str, notes: Notes = "block") -> HandlerResult:
    """Return a call's result as it goes out, with one more note where its notes are."""
    if not isinstance(result, dict):
        return result
    if (structure := result.get("structuredContent")) is not None:
        result = {**result, "structuredContent": _with_one_more(structure, note)}
    answer, *rest = result["content"]
    if notes == "none":
        return result
    if notes == "inside":
        noted = exact_json(_with_one_more(_structure(answer["text"]), note)).decode()
        return {**result, "content": [{**answer, "text": noted}, *rest]}
    has_notes = bool(rest) and rest[0].get("text", "").startswith(_NOTES)
    known = orjson.loads(rest[0]["text"])["notes"] if has_notes else []
    block = {"type": "text", "text": _notes([*known, note])}
    return {**result, "content": [answer, block, *(rest[1:] if has_notes else rest)]}


def with_notes_inside(result: ToolResult) -> str:
    """Return the JSON of a result with our notes as its first key.

    A list goes under `result` then, and so does an object that has notes of its own.
    """
    if not result.notes:
        return result.text
    # Joined as text, so that the numbers and bytes of Vapi stay what they are.
    notes = orjson.dumps(result.notes).decode()
    if not result.text.startswith("{") or _has_own_notes(result.text):
        return f'{{"notes":{notes},"result":{result.text}}}'
    rest = "" if result.text == "{}" else ","
    return f'{{"notes":{notes}{rest}{result.text[1:]}'


def _has_own_notes(text: str) -> bool:
    return '"notes"' in text and "notes" in orjson.loads(text)


def _structure(text: str) -> dict[str, Any]:
    answer = exact_value(text.encode())
    return answer if isinstance(answer, dict) else {"result": answer}


def _with_one_more(answer: dict[str, Any], note: str) -> dict[str, Any]:
    known = answer.get("notes")
    if isinstance(known, list):
        return {**answer, "notes": [*known, note]}
    return {"notes": [note], **({"result": answer} if "notes" in answer else answer)}


def blob(uri: str, block: Block) -> BlobResourceContents:
    """Return bytes as the content of a resource."""
    data = base64.b64encode(block.data).decode()
    return BlobResourceContents(uri=uri, mime_type=block.media_type, blob=data)


def _block(block: Block) -> ContentBlock:
    if block.kind == "audio":
        data = base64.b64encode(block.data).decode()
        return AudioContent(data=data, mime_type=block.media_type)
    return EmbeddedResource(resource=blob(block.uri or "", block))


def _notes(notes: Sequence[str]) -> str:
    return orjson.dumps({"notes": notes}).decode()
