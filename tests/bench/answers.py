"""What the stand-in for Vapi and the floor answer, made once: shapes and sizes of the seed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson

from vapi_mcp.registry.registry import build_registry
from vapi_mcp.sandbox.seed import seed_world
from vapi_mcp.sandbox.state.snapshot import StateSnapshot
from vapi_mcp.specs.facts.facts import load_facts
from vapi_mcp.specs.tools.loader import load_specs

ASSISTANT_ID = "5f2c3a1e-7d40-4b8e-9a6f-0c1d2e3f4a5b"
CALLS_WANTED = 100
# The server asks for one more than it was asked for: that tells it whether there is a next page.
CALLS_READ = CALLS_WANTED + 1

_ASSISTANT_BYTES = 6_000
_SEED = 7
_SEEDED_AT = datetime(2026, 1, 15, 12, tzinfo=UTC)


def upstream_answers() -> dict[str, bytes]:
    """Return the body for each path (without query) the two calls ask for."""
    world = seed_world(_SEED, _SEEDED_AT)
    return {
        f"/assistant/{ASSISTANT_ID}": orjson.dumps(_assistant(world)),
        "/call": orjson.dumps(_calls(world)),
    }


def tools_list() -> bytes:
    """Return a `tools/list` answer as the floor gives it: every tool, serialized beforehand."""
    tools = build_registry(load_specs().tools, load_facts()).in_scope()
    result = {"tools": [tool.definition() for tool in tools]}
    return orjson.dumps({"jsonrpc": "2.0", "id": 1, "result": result})


def _assistant(world: StateSnapshot) -> dict[str, Any]:
    """Return the seed's largest assistant, its prompt grown to the size of a busy one."""
    largest = max(world.resources["assistant"].values(), key=lambda each: len(orjson.dumps(each)))
    assistant: dict[str, Any] = orjson.loads(orjson.dumps({**largest, "id": ASSISTANT_ID}))
    prompt: dict[str, str] = assistant["model"]["messages"][0]
    missing = _ASSISTANT_BYTES - len(orjson.dumps(assistant))
    paragraph = " Ask one question at a time, and read dates and numbers back before you use them."
    prompt["content"] += (paragraph * (missing // len(paragraph) + 1))[: max(missing, 0)]
    return assistant


def _calls(world: StateSnapshot) -> list[dict[str, Any]]:
    calls = world.resources["call"].values()
    return sorted(calls, key=lambda call: str(call["createdAt"]), reverse=True)[:CALLS_READ]
