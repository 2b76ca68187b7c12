"""Counts of a run, and which of them must be 0."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(slots=True)
class Toll:
    """Counts of a run.

    keys: writes that were sent. answered: before the kill. done, unknown: done once, and told as
    unknown, when each key was repeated after the restart; a write may be both.
    """

    rounds: int = 0
    keys: int = 0
    answered: int = 0
    done: int = 0
    unknown: int = 0
    refused: int = 0
    done_twice: int = 0
    answered_and_not_done: int = 0
    told_otherwise_after_restart: int = 0
    rows_missing: int = 0
    broken_databases: int = 0

    @property
    def faults(self) -> list[str]:
        """Return what a run must not have, in words."""
        wanted = ("rounds", "keys", "answered", "done", "unknown")
        counts = {name: number for name, number in asdict(self).items() if name not in wanted}
        return [f"{number} {name.replace('_', ' ')}" for name, number in counts.items() if number]
