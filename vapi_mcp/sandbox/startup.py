"""A simulated Vapi from its state file, or with fresh data."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import orjson
from starlette.applications import Starlette

from vapi_mcp.errors import ConfigurationError
from vapi_mcp.sandbox.app import create_sandbox
from vapi_mcp.sandbox.seed import seed_world
from vapi_mcp.sandbox.state.snapshot import StateSnapshot
from vapi_mcp.specs.facts.facts import load_facts

USUAL_SEED = 7


def build_sandbox(
    *, state_file: Path | None = None, base_url: str | None = None, seed: int = USUAL_SEED
) -> Starlette:
    """Return the simulated Vapi with the data of its state file, or with fresh data.

    Raises:
        ConfigurationError: The state file is there but cannot be read.
    """
    world = _saved_world(state_file) or seed_world(seed, datetime.now(UTC))
    return create_sandbox(facts=load_facts(), world=world, base_url=base_url, state_file=state_file)


def _saved_world(state_file: Path | None) -> StateSnapshot | None:
    if state_file is None or not state_file.exists():
        return None
    try:
        return StateSnapshot.load(state_file.read_bytes())
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(
            f"{state_file.name} is not a sandbox's state; name another file or delete it"
        ) from error
