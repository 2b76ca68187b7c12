"""The whole data of a sandbox, as a value."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

import orjson

KINDS = (
    "assistant",
    "squad",
    "call",
    "chat",
    "campaign",
    "session",
    "phone-number",
    "tool",
    "file",
    "structured-output",
    "insight",
    "eval",
    "eval-run",
    "scorecard",
    "provider-resource",
    "simulation",
    "simulation-personality",
    "simulation-scenario",
    "simulation-suite",
    "simulation-run",
    "simulation-run-item",
    "knowledge-base",
    "knowledge-base-file",
    "board",
)
"""Every kind of object an organisation holds, spelt as in the API's paths."""


def _empty_shelves() -> dict[str, dict[str, dict[str, Any]]]:
    return {kind: {} for kind in KINDS}


@dataclass(slots=True)
class StateSnapshot:
    """Everything one simulated organisation holds.

    `resources` is kind -> id -> object, with every kind of `KINDS` present; `file_contents` is
    file id -> the uploaded bytes. Parts of one call may share objects (its `messages` and its
    artifact's), so replace a nested value instead of changing it in place.
    """

    org_id: str
    resources: dict[str, dict[str, dict[str, Any]]] = field(default_factory=_empty_shelves)
    file_contents: dict[str, bytes] = field(default_factory=dict[str, bytes])

    def dump(self) -> bytes:
        """Return the world as JSON, file contents in base64."""
        contents = {
            file_id: base64.b64encode(content).decode()
            for file_id, content in self.file_contents.items()
        }
        return orjson.dumps(
            {"orgId": self.org_id, "resources": self.resources, "fileContents": contents}
        )

    @classmethod
    def load(cls, dumped: bytes) -> StateSnapshot:
        """Return the world `dump` wrote.

        Raises:
            ValueError: The bytes are not a dumped world.
        """
        try:
            state = orjson.loads(dumped)
            contents = {
                file_id: base64.b64decode(content, validate=True)
                for file_id, content in state["fileContents"].items()
            }
            return cls(state["orgId"], _empty_shelves() | state["resources"], contents)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a dumped world: {error!r}") from error
