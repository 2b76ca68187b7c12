"""What the stand-in for Vapi answers, made once: shapes and sizes of the seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import orjson

from vapi_mcp.sandbox.seed import seed_world
from vapi_mcp.sandbox.state.snapshot import StateSnapshot

ASSISTANT_ID = "5f2c3a1e-7d40-4b8e-9a6f-0c1d2e3f4a5b"
# A list that names this assistant gets whole calls of 20 kB instead of 3 kB.
WHOLE_CALLS_OF = "6a3d4b2f-8e51-4c9f-8b70-1d2e3f4a5b6c"
CALLS_WANTED = 100
# The server asks for one more than it was asked for: that tells it whether there is a next page.
CALLS_READ = CALLS_WANTED + 1

_ASSISTANT_BYTES = 6_000
_CALL_BYTES = 2_900
_HEAVY = ("artifact", "messages")
_SEED = 7
_SEEDED_AT = datetime(2026, 1, 15, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Answers:
    """The bodies: an assistant, and the calls of both sizes, each as JSON."""

    assistant: bytes
    calls: Sequence[bytes]
    whole_calls: Sequence[bytes]

    @classmethod
    def seeded(cls) -> Self:
        """Make them from the seed of the simulated Vapi."""
        world = seed_world(_SEED, _SEEDED_AT)
        return cls(orjson.dumps(_assistant(world)), _calls(world), _whole_calls(world))

    def to(self, target: str) -> bytes | None:
        """Return the body for a request target, or None for a path that nothing asks for."""
        parts = urlsplit(target)
        if parts.path == f"/assistant/{ASSISTANT_ID}":
            return self.assistant
        if parts.path == "/assistant":
            return b"[]"  # the check of a new account's key
        if parts.path != "/call":
            return None
        query = parse_qs(parts.query)
        listed = self.whole_calls if WHOLE_CALLS_OF in query.get("assistantId", ()) else self.calls
        return b"[" + b",".join(listed[: int(query.get("limit", ["100"])[0])]) + b"]"


def _assistant(world: StateSnapshot) -> dict[str, Any]:
    """Return the seed's largest assistant, its prompt grown to the size of a busy one."""
    largest = max(world.resources["assistant"].values(), key=lambda each: len(orjson.dumps(each)))
    assistant: dict[str, Any] = orjson.loads(orjson.dumps({**largest, "id": ASSISTANT_ID}))
    prompt: dict[str, str] = assistant["model"]["messages"][0]
    missing = _ASSISTANT_BYTES - len(orjson.dumps(assistant))
    paragraph = " Ask one question at a time, and read dates and numbers back before you use them."
    prompt["content"] += (paragraph * (missing // len(paragraph) + 1))[: max(missing, 0)]
    return assistant


def _calls(world: StateSnapshot) -> list[bytes]:
    """Return calls of 3 kB: ended ones without transcript and messages, under ids of their own."""
    light = [
        {key: value for key, value in call.items() if key not in _HEAVY} for call in _newest(world)
    ]
    ended = [call for call in light if len(orjson.dumps(call)) >= _CALL_BYTES]
    return [
        orjson.dumps({**ended[number % len(ended)], "id": f"{ASSISTANT_ID[:-4]}{number:04x}"})
        for number in range(CALLS_READ)
    ]


def _whole_calls(world: StateSnapshot) -> list[bytes]:
    return [orjson.dumps(call) for call in _newest(world)[:CALLS_READ]]


def _newest(world: StateSnapshot) -> list[dict[str, Any]]:
    calls = world.resources["call"].values()
    return sorted(calls, key=lambda call: str(call["createdAt"]), reverse=True)
