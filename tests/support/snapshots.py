"""The snapshots that tests compare, one file a tool and one of messages: `make references`."""

from __future__ import annotations

from pathlib import Path

import orjson

from tests.support.messages import SNAPSHOT, all_messages
from vapi_mcp.registry.registry import build_registry
from vapi_mcp.registry.scope import FULL
from vapi_mcp.specs.facts.facts import load_facts
from vapi_mcp.specs.tools.loader import load_specs

FOLDER = Path(__file__).parent.parent / "unit" / "specs" / "snapshots"


def write_snapshots() -> None:
    """Replace all snapshots by the tools and the messages of this tree."""
    for stale in FOLDER.glob("*.json"):
        stale.unlink()
    for tool in build_registry(load_specs().tools, load_facts()).in_scope(FULL):
        content = orjson.dumps(tool.definition(), option=orjson.OPT_INDENT_2) + b"\n"
        (FOLDER / f"{tool.name}.json").write_bytes(content)
    SNAPSHOT.write_text(all_messages(), "utf-8")


if __name__ == "__main__":
    write_snapshots()
