"""Corrections to the pinned facts. The facts are never edited; each correction has its reason.

A correction names a place and does one thing there:

    - reason: The path has an id that the document does not declare.
      at: [operations, "DELETE /call/{id}", path]
      merge: {id: {type: string}}

`merge` adds or replaces keys of a mapping, `set` replaces the value, `remove` takes names out
of a mapping or a list. A correction that changes nothing is an error: it has become stale.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from vapi_mcp.errors import SpecError
from vapi_mcp.specs.documents import read_document


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=20)
    at: list[str] = Field(min_length=2)
    merge: dict[str, Any] | None = None
    set: Any = None
    remove: list[str] | None = None

    @model_validator(mode="after")
    def _does_one_thing(self) -> _Entry:
        given = self.model_fields_set & {"merge", "set", "remove"}
        if len(given) != 1:
            raise ValueError("a correction must have exactly one of merge, set and remove")
        return self


@dataclass(frozen=True, slots=True)
class Correction:
    """One change to the facts at `at`, a path of keys from the root."""

    reason: str
    at: tuple[str, ...]
    verb: str
    value: Any

    def __str__(self) -> str:
        return f"overlay.yaml: {self.verb} at {' > '.join(self.at)}"


def load_overlay(folder: Path) -> list[Correction]:
    """Read `overlay.yaml` of the folder.

    Raises:
        SpecError: The file is not a list of corrections as described above.
    """
    try:
        entries = [_Entry.model_validate(raw) for raw in read_document(folder / "overlay.yaml")]
    except (ValidationError, TypeError) as error:
        raise SpecError(f"overlay.yaml: {error}") from error
    return [_correction(entry) for entry in entries]


def apply_overlay(
    upstream: Mapping[str, Mapping[str, Any]], corrections: Iterable[Correction]
) -> dict[str, dict[str, Any]]:
    """Return the corrected facts, which share with the upstream ones what no correction touches.

    Raises:
        SpecError: A correction names a place that is gone, or changes nothing any more.
    """
    corrected: dict[str, dict[str, Any]] = {**upstream}  # pyright: ignore[reportAssignmentType] - JSON
    for correction in corrections:
        holder = _holder(corrected, correction)
        key = correction.at[-1]
        before = holder.get(key)
        after = _changed(before, correction)
        if after == before:
            raise SpecError(
                f"{correction} changes nothing any more, because upstream has the same; remove it"
            )
        holder[key] = after
    return corrected


def _correction(entry: _Entry) -> Correction:
    verb = next(iter(entry.model_fields_set & {"merge", "set", "remove"}))
    return Correction(entry.reason, tuple(entry.at), verb, getattr(entry, verb))


def _holder(facts: dict[str, Any], correction: Correction) -> dict[str, Any]:
    """Return the mapping with the place to correct, each on the way to it replaced by a copy."""
    for key in correction.at[:-1]:
        if key not in facts:
            raise SpecError(f"{correction}: the facts have no {key!r} there")
        if not isinstance(facts[key], dict):
            raise SpecError(f"{correction}: the place before the last key is not a mapping")
        copied = {**facts[key]}
        facts[key] = copied
        facts = copied
    return facts


def _changed(before: Any, correction: Correction) -> Any:
    if correction.verb == "set":
        return correction.value
    if correction.verb == "merge":
        return {**(before or {}), **correction.value}
    if isinstance(before, dict):
        return {key: value for key, value in before.items() if key not in correction.value}
    return [value for value in before or [] if value not in correction.value]
