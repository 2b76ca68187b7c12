"""Lists read as outlines: of each item what a walk knows it by, and the rest when it is needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from vapi_mcp.invocation.json_reading import ReadJson, read_json
from vapi_mcp.invocation.lists.kept_keys import Kept, KeptKeys

_HEAD = ("id", "createdAt")
_HEADS = KeptKeys(())


class _Numbered(msgspec.Struct):
    results: list[msgspec.Raw]


_WHOLE = msgspec.json.Decoder(list[msgspec.Raw])
_WHOLE_NUMBERED = msgspec.json.Decoder(_Numbered)


class Outline(dict[str, Any]):
    """The id and the date of an item; written: its JSON, or the JSON of each of its kept keys."""

    __slots__ = ("is_numbered", "written")
    is_numbered: bool
    written: Any


def outlined(body: bytes, keys: KeptKeys | None) -> Any:
    """Return a list with outlines as its items, None of what is no usual list.

    keys: what is kept of the items, if not all.
    """
    kept = (keys or _HEADS).kept(body)
    if kept is None:
        return None
    heads = [{name: item[name] for name in _HEAD if name in item} for item in kept.items]
    frame = Kept(heads, kept.metadata)
    read = read_json(msgspec.json.encode(frame.value))
    if read.is_mended:
        return None
    items = read.value if kept.metadata is None else read.value["results"]
    is_numbered = kept.metadata is not None
    items[:] = map(Outline, items)
    for item, written in zip(items, kept.items if keys else _whole(body), strict=True):
        item.written, item.is_numbered = written, is_numbered
    return read.value


def _whole(body: bytes) -> list[msgspec.Raw]:
    if body.startswith(b"["):
        return _WHOLE.decode(body)
    return _WHOLE_NUMBERED.decode(body).results


def read_outlines(outlines: Sequence[Outline]) -> ReadJson:
    """Return the items of outlines, as they stand in a list or in a page of a numbered one."""
    written = [outline.written for outline in outlines]
    is_numbered = bool(outlines) and outlines[0].is_numbered
    return read_json(msgspec.json.encode({"results": written} if is_numbered else written))
