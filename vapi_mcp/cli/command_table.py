"""The commands by name; each is imported when it is called, so that `--help` is fast."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar, cast

import typer
from typer.core import (
    CompletionItem,  # pyright: ignore[reportPrivateImportUsage] - no other name is public
    TyperGroup,
)
from typer.main import get_command_from_info, get_group_from_info
from typer.models import CommandInfo, TyperInfo

from vapi_mcp.cli.explanations import ExplainedCommand, summarised


@dataclass(frozen=True, slots=True)
class Entry:
    """What a command is for, and where: `module:attribute` of a function or of a typer app."""

    place: str
    summary: str


class TableGroup(TyperGroup):
    """A group whose commands stand in a table; a subclass brings its own."""

    table: ClassVar[Mapping[str, Entry]]

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = cast("MutableMapping[str, Any]", _Commands(self.table))

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names in the table's order."""
        del ctx
        return list(self.table)

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """Return the commands that begin so, without loading any."""
        found = [
            CompletionItem(name, help=entry.summary)
            for name, entry in self.table.items()
            if name.startswith(incomplete)
        ]
        return found or super().shell_complete(ctx, incomplete)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the names with their summaries."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in self.table.items()])


class _Commands(Mapping[str, Any]):
    def __init__(self, table: Mapping[str, Entry]) -> None:
        self._table = table
        self._loaded = dict[str, Any]()

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            self._loaded[name] = _load(name, self._table[name])
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)


def _load(name: str, entry: Entry) -> Any:
    module, _, attribute = entry.place.partition(":")
    found = getattr(import_module(module), attribute)
    if not isinstance(found, typer.Typer):
        return get_command_from_info(
            CommandInfo(name, cls=ExplainedCommand, callback=found),
            pretty_exceptions_short=True,
            rich_markup_mode=None,
        )
    for each in found.registered_commands:
        each.cls = ExplainedCommand
    group = get_group_from_info(
        TyperInfo(found, name=name, help=entry.summary, no_args_is_help=True),
        pretty_exceptions_short=True,
        suggest_commands=True,
        rich_markup_mode=None,
    )
    return summarised(group)
