"""Output of commands: tables for people, lines with tabs for pipes, JSON for programs."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any, cast

import orjson

from vapi_mcp.cli.terminal import say

_GAP = "  "
_NARROWEST = 10
# Values that people copy are never folded; names are folded last.
_WHOLE = ("id", "url", "token", "tool", "tool_name")
_NAMES = ("name", "title")
# People read times to the second.
_TIME = re.compile(r"^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|\+00:00)$")


def print_rows(
    objects: Iterable[Mapping[str, Any]], columns: Sequence[str], *, as_json: bool
) -> None:
    """Print objects: these columns of them, or as JSON one whole array."""
    if as_json:
        say(orjson.dumps(list(objects)).decode())
        return
    print_table(columns, [[shown(each[column]) for column in columns] for each in objects])


def print_object(one: Mapping[str, Any], *, as_json: bool) -> None:
    """Print one object: a line for each of its keys that says something, or JSON."""
    if as_json:
        say(orjson.dumps(one).decode())
        return
    flat = _flat(one) if is_at_terminal() else one.items()
    _print_lines([(name, shown(value)) for name, value in flat if value is not None])


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows below the names of their columns.

    A pipe gets all of every value, with tabs between. A terminal that is too narrow for a table,
    even a folded one, gets a block of lines a row.
    """
    if not is_at_terminal():
        for row in (columns, *rows):
            say("\t".join(row))
        return
    read = [[_TIME.sub(r"\1 \2Z", text) for text in row] for row in rows]
    widths = _widths(columns, read, shutil.get_terminal_size().columns)
    if widths is not None:
        for row in (columns, *read):
            _print_folded(row, widths)
    else:
        for row in rows:
            _print_lines(list(zip(columns, row, strict=True)))
            say("")


def is_at_terminal() -> bool:
    """Return whether a person reads the output."""
    return sys.stdout.isatty()


def shown(value: Any) -> str:
    """Return a value as one line of plain text; what a client sent must not steer a terminal."""
    if value is None:
        return "-"
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def _flat(one: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield an object's keys, those of inner objects with the names of both."""
    for name, value in one.items():
        if isinstance(value, Mapping) and value:
            inner = cast("Mapping[str, Any]", value)
            yield from ((f"{name}.{below}", kept) for below, kept in _flat(inner))
        else:
            yield name, value


def _print_lines(pairs: Sequence[tuple[str, str]]) -> None:
    wide = max((len(name) for name, _ in pairs), default=0)
    for name, value in pairs:
        say(f"{name:{wide}}{_GAP}{value}" if is_at_terminal() else f"{name}\t{value}")


def _widths(
    columns: Sequence[str], rows: Sequence[Sequence[str]], room: int
) -> Sequence[int] | None:
    """Return how wide each column is to be, None where they cannot stand side by side."""
    widths = [max(map(len, cells)) for cells in zip(columns, *rows, strict=True)]
    excess = sum(widths) + len(_GAP) * (len(widths) - 1) - room
    for place in sorted(range(len(columns)), key=lambda each: columns[each] in _NAMES):
        if excess > 0 and not columns[place].endswith(_WHOLE):
            least = max(_NARROWEST, len(columns[place]))
            given = min(excess, max(0, widths[place] - least))
            widths[place] -= given
            excess -= given
    return None if excess > 0 else widths


def _print_folded(row: Sequence[str], widths: Sequence[int]) -> None:
    cells = [_folded(text, width) for text, width in zip(row, widths, strict=True)]
    for number in range(max(map(len, cells))):
        line = [cell[number] if number < len(cell) else "" for cell in cells]
        padded = (f"{text:{width}}" for text, width in zip(line, widths, strict=True))
        say(_GAP.join(padded).rstrip())


def _folded(text: str, width: int) -> Sequence[str]:
    """Return a text in lines, broken between words where it can be."""
    return wrap(text, width, break_on_hyphens=False) or [""]
