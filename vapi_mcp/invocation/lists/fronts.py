"""How many items of a page are shaped: no more than its answer may have room for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

_T = TypeVar("_T")

# Fewer items are shaped at once; of more, so many show what each costs.
_FEW, _SAMPLE = 16, 4
# What names and classes of reasons add makes items dearer, which only makes a front longer.
_SPARE = 1.2


def front(items: Sequence[_T], count: int, *, goes_back: bool) -> Sequence[_T]:
    """Return the items that come first: the last ones where a walk goes back."""
    return items[max(0, len(items) - count) :] if goes_back else items[:count]


def counts(most: int, cost: Callable[[int], int], room: int) -> Iterator[int]:
    """Yield how many items to shape, as long as those before were not enough; in the end all.

    cost: returns about what so many items cost.
    """
    if most > _FEW:
        count = _SAMPLE + int(_SPARE * room * _SAMPLE / cost(_SAMPLE))
        while count < most:
            yield count
            count *= 2
    yield most
