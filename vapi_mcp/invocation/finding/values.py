"""The values that a key leads to in an item of a list, ours included."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from vapi_mcp.invocation.meanings.ended_reasons import CLASS, class_in
from vapi_mcp.invocation.meanings.phone_lines import ABILITIES
from vapi_mcp.invocation.meanings.prompt_variables import VARIABLES, variables_of
from vapi_mcp.json_paths import parse_keys
from vapi_mcp.rfc3339 import read_moment


def duration_of(item: Mapping[str, Any]) -> float | None:
    """Return how many seconds lie between `startedAt` and `endedAt`; None without both."""
    try:
        length = read_moment(item["endedAt"]) - read_moment(item["startedAt"])
    except (LookupError, TypeError, ValueError):
        return None
    return round(length.total_seconds(), 3)


# Keys that items do not have, and what they are made of.
COMPUTED: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "duration": duration_of,
    CLASS: class_in,
    VARIABLES: variables_of,
    **ABILITIES,
}


class Key:
    """A dotted key of items; a list on the way stands for each of its items."""

    def __init__(self, written: str, elsewhere: str | None = None) -> None:
        """Read a key as it was written; elsewhere: where it leads if there is nothing."""
        self.written = written
        self.elsewhere = elsewhere
        self._steps = parse_keys(written)

    @property
    def place(self) -> str:
        """Where its values stand, so far as that is known."""
        return self.elsewhere or self.written

    def values(self, item: Any) -> Iterator[Any]:
        """Yield what the key leads to, a list as its items; nothing where there is nothing."""
        found = list(_leaves(item, self._steps))
        if not found and self.elsewhere:
            found = list(_leaves(item, parse_keys(self.elsewhere)))
        yield from found
        if self.is_computed_for(item):
            yield from _leaves(COMPUTED[self.written](item), ())

    def first(self, item: Any) -> Any:
        """Return the first value that the key leads to, or None."""
        return next(self.values(item), None)

    def is_computed_for(self, item: Any) -> bool:
        """Return whether the value of an item is made here, as the item has none."""
        make = COMPUTED.get(self.written)
        is_object = isinstance(item, dict) and self.written not in item
        return make is not None and is_object and make(item) is not None


def _leaves(value: Any, steps: tuple[str, ...]) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _leaves(item, steps)
    elif not steps:
        yield value
    elif isinstance(value, dict) and steps[0] in value:
        yield from _leaves(value[steps[0]], steps[1:])
