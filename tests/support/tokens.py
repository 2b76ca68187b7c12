"""The o200k token cost of each tool and of the list: `make tokens`.

"Model" is the compact JSON of name, description and input schema, what a model reads; "wire" is
the whole object of `tools/list`, with title and hints.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson
from rich.console import Console
from rich.table import Table

from vapi_mcp.protocol.discovery import Discovery
from vapi_mcp.registry.registry import build_registry
from vapi_mcp.registry.scope import EVERYTHING
from vapi_mcp.specs.facts.facts import load_facts
from vapi_mcp.specs.tools.loader import load_specs

if TYPE_CHECKING:
    from bpe_openai import Encoding

# What design and clients allow, in tokens.
MOST_PER_TOOL = 1_200
MOST_FOR_ALL = 21_500
MOST_ON_THE_WIRE = 24_500
MOST_FOR_DISCOVERY = 500


@dataclass(frozen=True, slots=True)
class Cost:
    """Tokens of one tool: as a model reads it, and as it travels."""

    name: str
    model: int
    wire: int


def count(value: Any) -> int:
    """Return the o200k tokens of a value's compact JSON (of a text, its own tokens)."""
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return len(_tokenizer().encode_ordinary(text))


@cache
def _tokenizer() -> Encoding:
    # The package ships its encodings; most others fetch them when first used. It reads them all on
    # import, which takes a second: only for a test that counts.
    from bpe_openai import get_encoding  # noqa: PLC0415 - as just said

    return get_encoding("o200k_base")


def cost_of(definition: dict[str, Any]) -> Cost:
    """Return what one object of `tools/list` costs."""
    seen = {key: definition[key] for key in ("name", "description", "inputSchema")}
    return Cost(definition["name"], count(seen), count(definition))


def all_costs() -> list[Cost]:
    """Return the cost of every tool, in list order."""
    registry = build_registry(load_specs().tools, load_facts())
    return [cost_of(tool.definition()) for tool in registry.in_scope()]


def discovery_costs() -> list[Cost]:
    """Return the cost of each tool that is listed where a server's exposure is discovery."""
    discovery = Discovery(build_registry(load_specs().tools, load_facts()))
    return [cost_of(definition) for definition in discovery.definitions(EVERYTHING)]


def _print(costs: Iterable[Cost], allowed: tuple[int, int]) -> None:
    costs = list(costs)
    table = Table("tool", "model", "wire", box=None)
    for cost in sorted(costs, key=lambda cost: -cost.model):
        table.add_row(cost.name, f"{cost.model:,}", f"{cost.wire:,}")
    model, wire = sum(c.model for c in costs), sum(c.wire for c in costs)
    table.add_section()
    table.add_row(f"all {len(costs)}", f"{model:,}", f"{wire:,}")
    table.add_row("allowed", *(f"{most:,}" for most in allowed))
    Console().print(table)


if __name__ == "__main__":
    _print(all_costs(), (MOST_FOR_ALL, MOST_ON_THE_WIRE))
    _print(discovery_costs(), (MOST_FOR_DISCOVERY, MOST_FOR_DISCOVERY))
