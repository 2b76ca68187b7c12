"""The kept keys of a list: cut out of its JSON, so that what is dropped is never made into values.

Every item keeps its own order, and of a key that stands twice the last value counts, as for a
reader of the whole. A body that is unusual is not cut at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import msgspec

from vapi_mcp.json_paths import parse_keys

_Item: TypeAlias = dict[str, msgspec.Raw]

# What a walk knows an item by.
_ALWAYS = ("id", "createdAt")


class _Numbered(msgspec.Struct):
    """A page of a numbered list; nothing reads what else it has."""

    results: list[_Item]
    metadata: msgspec.Raw = msgspec.Raw(b"null")


_ITEMS = msgspec.json.Decoder(list[_Item])
_NUMBERED = msgspec.json.Decoder(_Numbered)


class KeptKeys:
    """Cuts the JSON of a list down to some keys of its items."""

    def __init__(self, fields: Iterable[str]) -> None:
        """Take dotted keys, of which the first steps count."""
        self._names = frozenset((*_ALWAYS, *(parse_keys(field)[0] for field in fields)))

    def cut(self, body: bytes) -> bytes:
        """Return a list with only the kept keys, and anything else as it is."""
        try:
            # Slices may hold bytes that are no UTF-8.
            body.decode()
            found = _ITEMS.decode(body) if body.startswith(b"[") else _NUMBERED.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return body
        items = found if isinstance(found, list) else found.results
        # An item without an id is known by all that it has.
        if not all("id" in item for item in items):
            return body
        for item in items:
            for name in item.keys() - self._names:
                del item[name]
        return msgspec.json.encode(found)
