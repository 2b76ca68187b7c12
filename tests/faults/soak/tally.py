"""Counts of a run: what was asked, what was answered, and what was wrong about it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

_MOST_EXAMPLES = 10


@dataclass(slots=True)
class Tally:
    """Counts of one run.

    mixups: answers that name another tenant, or that belong to another request. lost: requests
    without an answer. refused: answers that are errors.
    """

    asked: Counter[str] = field(default_factory=Counter)
    answered: int = 0
    mixups: int = 0
    lost: int = 0
    refused: int = 0
    examples: list[str] = field(default_factory=list)

    def note(self, kind: str, example: str) -> None:
        """Count one thing that was wrong, and keep a few examples."""
        setattr(self, kind, getattr(self, kind) + 1)
        if len(self.examples) < _MOST_EXAMPLES:
            self.examples.append(f"{kind}: {example[:300]}")
