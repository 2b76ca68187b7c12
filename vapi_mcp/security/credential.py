"""A secret value that does not print."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Credential:
    """An account's secret Vapi key. It prints as stars, so that no log can hold it by accident."""

    secret: str = field(repr=False)

    def __str__(self) -> str:
        return "***"
