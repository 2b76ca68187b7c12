"""How many items of a page are shaped: no more than its answer may have room for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from vapi_mcp.invocation.answers.budget import cost_of
from vapi_mcp.invocation.answers.fields import select

_T = TypeVar("_T")

# Fewer items are shaped at once; of more, so many show what each costs.
_FEW, _SAMPLE = 16, 8
# What names and classes of reasons add makes items dearer, which only makes a front longer.
_SPARE = 1.2


def front(items: Sequence[_T], count: int, *, goes_back: bool) -> Sequence[_T]:
    """Return the items that come first: the last ones where a walk goes back."""
    return items[max(0, len(items) - count) :] if goes_back else items[:count]


def counts(
    items: Sequence[Any], fields: Sequence[str], room: int, *, goes_back: bool
) -> Iterator[int]:
    """Yield how many items to shape, as long as those before were not enough; in the end all."""
    if len(items) > _FEW:
        sample = select(list(front(items, _SAMPLE, goes_back=goes_back)), fields)
        count = _FEW + int(_SPARE * room * _SAMPLE / cost_of(sample))
        while count < len(items):
            yield count
            count *= 2
    yield len(items)
