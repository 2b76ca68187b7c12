"""The one place where outcomes become MCP results."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from vapi_mcp.accounts.records import Notes
from vapi_mcp.errors import ToolError
from vapi_mcp.invocation.explaining import logged
from vapi_mcp.invocation.json_reading import exact_value
from vapi_mcp.invocation.json_writing import exact_json
from vapi_mcp.invocation.result import Block, ToolResult

if TYPE_CHECKING:
    from mcp.server.context import HandlerResult

# How our own block begins.
_OURS = ('{"notes":', '{"now":')


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client gets of a call that ended: texts, then bytes, and the JSON as a structure.

    meta: what goes to the client itself, such as the data of a view.
    """

    texts: tuple[str, ...]
    blocks: tuple[Block, ...] = ()
    structure: dict[str, Any] | None = None
    is_error: bool = False
    meta: Mapping[str, Any] | None = None

    def wire(self) -> dict[str, Any]:
        """Return it as it goes out: what the SDK makes of the model, in the same order."""
        texts: list[dict[str, Any]] = [{"text": text, "type": "text"} for text in self.texts]
        meta = {"_meta": dict(self.meta)} if self.meta else {}
        content = [*texts, *map(_wire_block, self.blocks)]
        return {**meta, "content": content, "isError": self.is_error}


def answer_of(result: ToolResult, notes: Notes = "block", *, structured: bool = False) -> Answer:
    """Return a finished call: its JSON, our notes where they are wanted, then any bytes.

    structured: as structured content too, which has the notes inside whatever is wanted.
    """
    text = with_notes_inside(result) if notes == "inside" else result.text
    ours = _ours(result.notes, result.now)
    noted = (orjson.dumps(ours).decode(),) if ours and notes == "block" else ()
    structure = _structure(with_notes_inside(result)) if structured else None
    return Answer((text, *noted), result.blocks, structure, result.is_error, result.meta)


def refused(error: ToolError, *, structured: bool = False) -> Answer:
    """Return a failure that its caller can act on, as the error object of the house."""
    text = exact_json(error.as_dict()).decode()
    return Answer((text,), structure=_structure(text) if structured else None, is_error=True)


def broken(error: Exception, tool_name: str, *, structured: bool = False) -> Answer:
    """Return a failure of ours under an id, and log where it happened under the same id."""
    mark = logged(error, tool_name)
    told = ToolError(breakdown_message(mark), status=500, id=mark)
    return refused(told, structured=structured)


def breakdown_message(mark: str) -> str:
    """Return what is said of a failure that is logged under an id."""
    return f"this server failed and has no details to show. Report it with the id {mark}"


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
    is_noted = bool(rest) and rest[0].get("text", "").startswith(_OURS)
    known = orjson.loads(rest[0]["text"]) if is_noted else {}
    ours = _ours([*known.get("notes", ()), note], known.get("now"))
    block = {"type": "text", "text": orjson.dumps(ours).decode()}
    return {**result, "content": [answer, block, *(rest[1:] if is_noted else rest)]}


def with_notes_inside(result: ToolResult) -> str:
    """Return the JSON of a result with our notes, and the time, as its first keys.

    A list goes under `result` then, and so does an object that has notes of its own.
    """
    if not (ours := _ours(result.notes, result.now)):
        return result.text
    # Joined as text, so that the numbers and bytes of Vapi stay what they are.
    first = orjson.dumps(ours).decode()[:-1]
    if not result.text.startswith("{") or _has_its_own(result.text, ours):
        return f'{first},"result":{result.text}}}'
    rest = "" if result.text == "{}" else ","
    return f"{first}{rest}{result.text[1:]}"


def _ours(notes: Sequence[str], now: str | None) -> dict[str, Any]:
    """Return what we say beside an answer."""
    return {**({"notes": notes} if notes else {}), **({"now": now} if now else {})}


def _has_its_own(text: str, ours: Mapping[str, Any]) -> bool:
    return any(f'"{key}"' in text and key in orjson.loads(text) for key in ours)


def _structure(text: str) -> dict[str, Any]:
    answer = exact_value(text.encode())
    return answer if isinstance(answer, dict) else {"result": answer}


def _with_one_more(answer: dict[str, Any], note: str) -> dict[str, Any]:
    known = answer.get("notes")
    if isinstance(known, list):
        return {**answer, "notes": [*known, note]}
    return {"notes": [note], **({"result": answer} if "notes" in answer else answer)}


def _wire_block(block: Block) -> dict[str, Any]:
    data = base64.b64encode(block.data).decode()
    if block.kind == "audio":
        return {"data": data, "mimeType": block.media_type, "type": "audio"}
    resource = {"blob": data, "mimeType": block.media_type, "uri": block.uri or ""}
    return {"resource": resource, "type": "resource"}
