"""What commands print: tables for people, JSON for programs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from vapi_mcp.cli.terminal import say

# Nothing is cut off or folded where nobody looks at it.
_WIDTH_OF_A_PIPE = 1000


def print_rows(
    objects: Iterable[Mapping[str, Any]], columns: Sequence[str], *, as_json: bool
) -> None:
    """Print objects: these columns of them, or as JSON one whole array."""
    if as_json:
        say(orjson.dumps(list(objects)).decode())
        return
    table = Table(*columns, box=None, pad_edge=False)
    for each in objects:
        table.add_row(*(shown(each[column]) for column in columns))
    _print(table)


def print_object(one: Mapping[str, Any], *, as_json: bool) -> None:
    """Print one object: a line for each of its keys that says something, or JSON."""
    if as_json:
        say(orjson.dumps(one).decode())
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, value in one.items():
        if value is not None:
            table.add_row(name, shown(value))
    _print(table)


def shown(value: Any) -> str:
    """Return a value as one line of plain text; what a client sent must not steer a terminal."""
    if value is None:
        return "-"
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def _print(table: Table) -> None:
    width = None if sys.stdout.isatty() else _WIDTH_OF_A_PIPE
    Console(width=width, markup=False, emoji=False, highlight=False).print(table)
