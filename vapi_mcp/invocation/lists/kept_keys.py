"""The kept keys of a list: cut out of its JSON, so that what is dropped is never made into values.

Every item keeps its own order, and of a key that stands twice the last value counts, as for a
reader of the whole. A body that is unusual is not cut at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, TypeAlias, TypedDict

import msgspec

from vapi_mcp.json_paths import parse_keys

_Item: TypeAlias = dict[str, msgspec.Raw]
# Reads a list, and reads a page of a numbered list.
_Readers: TypeAlias = tuple["msgspec.json.Decoder[Any]", "msgspec.json.Decoder[Any]"]

# What a walk knows an item by.
_ALWAYS = ("id", "createdAt")
_NOTHING = msgspec.Raw(b"null")


class KeptKeys:
    """Cuts the JSON of a list down to some keys of its items."""

    def __init__(self, fields: Iterable[str]) -> None:
        """Take dotted keys, of which the first steps count."""
        names = frozenset((*_ALWAYS, *(parse_keys(field)[0] for field in fields)))
        self._list, self._numbered = _readers(names)

    def cut(self, body: bytes) -> bytes:
        """Return a list with only the kept keys, and anything else as it is."""
        try:
            # Slices may hold bytes that are no UTF-8.
            body.decode()
            is_list = body.startswith(b"[")
            found = (self._list if is_list else self._numbered).decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return body
        items: list[_Item] = found if isinstance(found, list) else found.results
        # An item without an id is known by all that it has.
        if not all("id" in item for item in items):
            return body
        return msgspec.json.encode(found)


@lru_cache(maxsize=64)
def _readers(names: frozenset[str]) -> _Readers:
    """Return readers that pass over all keys but these without making anything of them."""
    item = TypedDict("item", dict.fromkeys(names, msgspec.Raw), total=False)  # pyright: ignore[reportArgumentType, reportGeneralTypeIssues] - the names are known only now
    numbered = msgspec.defstruct(
        "numbered", [("results", list[item]), ("metadata", msgspec.Raw, _NOTHING)]
    )
    return msgspec.json.Decoder(list[item]), msgspec.json.Decoder(numbered)
