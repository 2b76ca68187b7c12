"""Arguments that were checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Checked:
    """Arguments that passed: by place, under their upstream names, in their right types.

    body is None when the operation takes none, or none was meant. control holds what is ours
    and never sent: limit, next_cursor, fields, the sources of a file. notes say what was
    repaired, and what Vapi may object to. saved is the object that an update changes, where it
    had to be read.
    """

    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: Mapping[str, Any] | None
    control: Mapping[str, Any]
    notes: tuple[str, ...] = ()
    saved: Mapping[str, Any] | None = None
