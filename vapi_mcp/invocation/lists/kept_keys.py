"""The kept keys of a list: cut out of its JSON, so that what is dropped is never made into values.

Every item keeps its own order, and of a key that stands twice the last value counts, as for a
reader of the whole. A body that is unusual is not cut at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias, TypedDict

import msgspec

from vapi_mcp.json_paths import parse_keys

Item: TypeAlias = dict[str, msgspec.Raw]
# Reads a list, and reads a page of a numbered list.
_Readers: TypeAlias = tuple["msgspec.json.Decoder[Any]", "msgspec.json.Decoder[Any]"]

# What a walk knows an item by.
_ALWAYS = ("id", "createdAt")
_NOTHING = msgspec.Raw(b"null")


@dataclass(frozen=True, slots=True)
class Kept:
    """The kept keys of items as JSON, and what stands beside the items of a numbered list."""

    items: list[Item]
    metadata: msgspec.Raw | None

    @property
    def value(self) -> Any:
        """The list or the page, as it is written."""
        if self.metadata is None:
            return self.items
        return {"results": self.items, "metadata": self.metadata}


class KeptKeys:
    """Cuts the JSON of a list down to some keys of its items."""

    def __init__(self, fields: Iterable[str]) -> None:
        """Take dotted keys, of which the first steps count."""
        names = frozenset((*_ALWAYS, *(parse_keys(field)[0] for field in fields)))
        self._list, self._numbered = _readers(names)

    def cut(self, body: bytes) -> bytes:
        """Return a list with only the kept keys, and anything else as it is."""
        kept = self.kept(body)
        return body if kept is None else msgspec.json.encode(kept.value)

    def kept(self, body: bytes) -> Kept | None:
        """Return what is kept of a list, None of anything else."""
        try:
            # Slices may hold bytes that are no UTF-8.
            body.decode()
            if body.startswith(b"["):
                kept = Kept(self._list.decode(body), None)
            else:
                page = self._numbered.decode(body)
                kept = Kept(page.results, page.metadata)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        # An item without an id is known by all that it has.
        return kept if all("id" in item for item in kept.items) else None


@lru_cache(maxsize=64)
def _readers(names: frozenset[str]) -> _Readers:
    """Return readers that pass over all keys but these without making anything of them."""
    item = TypedDict("item", dict.fromkeys(names, msgspec.Raw), total=False)  # pyright: ignore[reportArgumentType, reportGeneralTypeIssues] - the names are known only now
    numbered = msgspec.defstruct(
        "numbered", [("results", list[item]), ("metadata", msgspec.Raw, _NOTHING)]
    )
    return msgspec.json.Decoder(list[item]), msgspec.json.Decoder(numbered)
