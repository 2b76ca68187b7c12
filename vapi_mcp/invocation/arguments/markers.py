"""Markers of ours in what is sent back: they stand for a part, and are not the part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

import orjson

from vapi_mcp.errors import InvalidArguments
from vapi_mcp.invocation.answers.elision import MARK
from vapi_mcp.invocation.arguments.encodable import written
from vapi_mcp.json_paths import Path, format_place
from vapi_mcp.registry.tool import Tool

_MOST_NAMED = 8
_LONGEST_CALL = 400


def refuse_markers(tool: Tool, arguments: Mapping[str, Any], path: Mapping[str, Any]) -> None:
    """Refuse values that hold a marker: Vapi would keep it in place of the part.

    arguments: what would be sent, by name. path: the ids of what is written.

    Raises:
        InvalidArguments: It names each place, and the call that reads the part for it.
    """
    raw = written(arguments)
    found = list(_markers(arguments)) if raw is None or MARK.encode() in raw else []
    if not found:
        return
    details = [
        {
            "argument": format_place(place),
            "problem": f"stands for a part that was left out of an answer. {_told(call)}",
        }
        for place, call in (
            (place, _reading(tool, marker, path)) for place, marker in found[:_MOST_NAMED]
        )
    ]
    more = f"; and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
    told = " ".join(f"{each['argument']} {each['problem']}" for each in details)
    call = _reading(tool, found[0][1], path)
    raise InvalidArguments(
        f"{tool.name}: {told}{more} Nothing was sent.",
        details=details,
        **({"next_call": call} if call and len(orjson.dumps(call)) <= _LONGEST_CALL else {}),
    )


def _told(call: Mapping[str, Any] | None) -> str:
    if call is None:
        return "Read the object it came from, and send the part itself."
    arguments = orjson.dumps(call["arguments"]).decode()
    if len(arguments) > _LONGEST_CALL:
        return f"Read the part with {call['tool']} and the arguments in its read, and send that."
    return f"Read the part with {call['tool']} {arguments} and send that."


def _markers(arguments: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Yield each marker with its place, in the order of the arguments."""
    waiting: list[tuple[Path, Any]] = [((), arguments)]
    while waiting:
        path, value = waiting.pop()
        value = _unfolded(value)
        if isinstance(value, dict):
            known = cast("dict[str, Any]", value)
            if MARK in known:
                about = known[MARK]
                yield path, cast("dict[str, Any]", about) if isinstance(about, dict) else {}
                continue
            waiting += [((*path, name), item) for name, item in reversed(known.items())]
        elif isinstance(value, list):
            items = enumerate(cast("list[Any]", value))
            waiting += reversed([((*path, index), item) for index, item in items])


def _unfolded(value: Any) -> Any:
    """Return the marker that a text holds as JSON; all else as it is."""
    if not isinstance(value, str) or not value.lstrip().startswith('{"' + MARK):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value


def _reading(
    tool: Tool, marker: Mapping[str, Any], path: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Return the call that reads the part of a marker: its own, or else the tool's reader."""
    match marker.get("read"):
        case {"tool": str(name), "arguments": dict(arguments)}:
            return {"tool": name, "arguments": cast("dict[str, Any]", arguments)}
        case _:
            pass
    reader, part = tool.spec.reader, marker.get("path")
    if reader is None or "id" not in path:
        return None
    ids = {a.name: path[a.upstream] for a in tool.arguments.values() if a.upstream in path}
    return {"tool": reader.name, "arguments": ids | ({"part": part} if part else {})}
