"""A search of a list: what `where`, `sort`, `count_by` and `search` ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vapi_mcp.errors import InvalidArguments
from vapi_mcp.invocation.finding.conditions import LONGEST, Condition, read_conditions
from vapi_mcp.invocation.finding.criteria import Words
from vapi_mcp.invocation.finding.values import COMPUTED, Key
from vapi_mcp.rfc3339 import read_moment, write_moment

ARGUMENTS = ("where", "sort", "count_by", "search", "speaker")
_MOST_KEYS = 2


@dataclass(frozen=True, slots=True)
class Search:
    """What a list is searched for.

    conditions: all have to hold. sort: the key to sort by. count_by: the keys to count by.
    words: what a turn of a conversation has to hold. speaker: whose turn it has to be.
    """

    conditions: tuple[Condition, ...]
    sort: Key | None = None
    descending: bool = False
    count_by: tuple[Key, ...] = ()
    words: str | None = None
    speaker: str | None = None

    def shown_keys(self) -> tuple[str, ...]:
        """Return the keys that an answer shows beside the usual ones; not whole conversations."""
        shown = [c.key.place for c in self.conditions if not isinstance(c.criterion, Words)]
        return (*shown, *([self.sort.place] if self.sort else ()))


def asked_of(control: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return what of the arguments asks for a search, as a cursor keeps it; empty if nothing.

    The moment is kept too: relative times mean the same on every page.
    """
    given = {name: control[name] for name in ARGUMENTS if control.get(name) not in (None, {}, [])}
    return {**given, "now": write_moment(now)} if given else {}


def read_search(asked: Mapping[str, Any]) -> Search:
    """Return the search that a cursor or a call asks for.

    Raises:
        InvalidArguments: Something of it has no known form.
    """
    conditions = read_conditions(asked.get("where") or {}, read_moment(asked["now"]))
    sort = str(asked.get("sort") or "").strip()
    count_by = _keys(asked.get("count_by"))
    if count_by and sort:
        raise InvalidArguments(
            "count_by: its groups come with the largest first; leave sort out. Nothing was sent."
        )
    return Search(
        conditions=tuple(conditions),
        sort=_key("sort", sort.lstrip("+-")) if sort else None,
        descending=sort.startswith("-"),
        count_by=count_by,
        words=asked.get("search"),
        speaker=asked.get("speaker"),
    )


def with_computed(item: Any, keys: Sequence[str]) -> Any:
    """Return an item with those of the keys that are made here and that it has not."""
    made = [name for name in keys if name in COMPUTED and Key(name).is_computed_for(item)]
    return {**item, **{name: COMPUTED[name](item) for name in made}} if made else item


def _keys(given: Any) -> tuple[Key, ...]:
    names = [given] if isinstance(given, str) else given or []
    names = [name.strip() for each in names for name in str(each).split(",")]
    if len(names) > _MOST_KEYS:
        raise InvalidArguments(f"count_by: at most {_MOST_KEYS} keys. Nothing was sent.")
    return tuple(_key("count_by", name) for name in names)


def _key(argument: str, name: str) -> Key:
    if not name or len(name) > LONGEST:
        raise InvalidArguments(
            f"{argument}: a key of 1 to {LONGEST} characters, such as createdAt. Nothing was sent."
        )
    return Key(name)
