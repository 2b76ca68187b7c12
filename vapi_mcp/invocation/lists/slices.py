"""The items of a page as JSON: each is written once, and weighed as far as the budget goes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from vapi_mcp.invocation.answers.budget import SAMPLE, compact, cost_of, cost_of_text, excess
from vapi_mcp.invocation.arguments.encodable import written

# Characters for each token of a budget: what is shorter may well fit, and is weighed as a whole.
_SHORT = 3
# Tokens that two texts may save where they become one: what each begins with, and rounding.
_SAVED = 4


@dataclass(frozen=True, slots=True)
class Costs:
    """What items cost, one after the other; is_over: all together they are over the budget."""

    each: Sequence[int]
    is_over: bool

    def held(self, room: int) -> int:
        """Return how many items fit into a room, and at least one."""
        count = 0
        for cost in self.each:
            room -= cost
            if room < 0:
                break
            count += 1
        return max(1, count)


@dataclass(frozen=True, slots=True)
class Weighed:
    """Items in an answer, and what all of them cost at most."""

    texts: str
    cost: int

    def excess(self, text: str, notes: Sequence[str], most: int) -> int:
        """Return by how many tokens an answer exceeds a budget; only near it is all weighed."""
        # Of a long text only the beginning was weighed.
        if 0 < len(self.texts) <= SAMPLE:
            frame = cost_of_text(text.replace(self.texts, "", 1)) + cost_of({"notes": notes})
            if frame + self.cost <= most:
                return frame + self.cost - most
        return excess(text, notes, most)


class Slices:
    """Writes items when they are needed."""

    def __init__(self, items: Sequence[Any], *, goes_back: bool = False) -> None:
        """Take the items; goes_back: the last ones matter first."""
        self._items = items
        self._order = range(len(items) - 1, -1, -1) if goes_back else range(len(items))
        self._texts: dict[int, str] = {}
        # A large integer changes how the numbers beside it are written.
        self._is_usual = True

    def is_short(self, most: int) -> bool:
        """Return whether all items together may well cost no more than `most` tokens."""
        left = _SHORT * most
        for at in self._order:
            left -= len(self._text(at))
            if left < 0:
                return False
        return True

    def joined(self, start: int, end: int) -> str | None:
        """Return some items with commas between them, None where only all together are exact."""
        texts = [self._text(at) for at in range(start, end)]
        return ",".join(texts) if self._is_usual else None

    def costs(self, most: int) -> Costs:
        """Return what items cost, as far as the first that is surely over the budget."""
        each: list[int] = []
        least = -_SAVED
        for at in self._order:
            text = self._text(at)
            cost = cost_of_text(text)
            each.append(cost + 1)
            # Of a long text the beginning was weighed.
            least += min(cost, cost * SAMPLE // len(text)) - _SAVED
            if least > most:
                return Costs(each, self._is_usual)
        return Costs(each, is_over=False)

    def _text(self, at: int) -> str:
        text = self._texts.get(at)
        if text is None:
            raw = written(self._items[at])
            self._is_usual &= raw is not None
            text = self._texts[at] = raw.decode() if raw is not None else compact(self._items[at])
        return text


def envelope(texts: str, around: Iterable[tuple[str, Any]]) -> str:
    """Return the JSON of a page with these texts as its result, and what is around them."""
    rest = ",".join(f'"{name}":{compact(value)}' for name, value in around)
    return f'{{"result":[{texts}],{rest}}}'
