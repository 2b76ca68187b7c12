"""`vapi-mcp log`: list and export the audit log."""

from __future__ import annotations

from dataclasses import field, make_dataclass
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any, Literal, get_origin

import typer

from vapi_mcp.accounts.pagination import Window
from vapi_mcp.admin.admin import COMMAND_LINE, Administration
from vapi_mcp.admin.validation_errors import validated
from vapi_mcp.audit.entry import FIELDS, PARAMETERS, LogFilter, wire_entry
from vapi_mcp.audit.fields import Option, Parameter
from vapi_mcp.cli.admin import administers
from vapi_mcp.cli.dates import ago
from vapi_mcp.cli.options import AsJson
from vapi_mcp.cli.tables import print_rows
from vapi_mcp.cli.terminal import say
from vapi_mcp.http.admin_api.queries import LogQuery

app = typer.Typer()

_COLUMNS = tuple(
    each.wire
    for each in sorted(FIELDS, key=lambda each: each.logged.column or 0)
    if each.logged.column
)
_SEARCHED = sorted(
    ((each, option) for each in PARAMETERS if (option := each.filter.option)),
    key=lambda searched: searched[1].place,
)


def _option(parameter: Parameter, option: Option) -> tuple[str, Any, Any]:
    # Only what has a choice of words is more than text.
    kind = parameter.field.kind if get_origin(parameter.field.kind) is Literal else str
    told = typer.Option(option.flag, help=option.help)
    return (parameter.name, Annotated[kind | None, told], field(default=None))


# A dataclass of the options that the table of the log names.
_Options: Any = make_dataclass(
    "_Options", [_option(*searched) for searched in _SEARCHED], frozen=True, kw_only=True
)


class LogOptions(_Options):
    """Which entries are wanted, as options say it."""

    @property
    def filter(self) -> LogFilter:
        """The filter these options mean, checked as the admin API's parameters are.

        Raises:
            AdminError: 400, one is wrong.
            ConfigurationError: A moment is none.
        """
        given = ((each, getattr(self, each.name)) for each, _ in _SEARCHED)
        asked = {each.wire: _meant(each, text) for each, text in given if text is not None}
        return validated(LogQuery, asked).wanted


def _meant(parameter: Parameter, text: str) -> Any:
    """Return what a text stands for: a moment, or the hash that is kept of it.

    An empty text stays, for the parameter to refuse.
    """
    if text and parameter.field.kind is datetime:
        return ago(text)
    if text and parameter.field.logged.kept == "hashed":
        return sha256(text.encode()).hexdigest()
    return text


@app.command("list")
@administers
async def list_log(
    administration: Administration,
    *,
    wanted: LogOptions,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="The most entries to list.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List the newest entries."""
    page = await administration.log.list(COMMAND_LINE, wanted.filter, Window(limit))
    print_rows([wire_entry(entry) for entry in page.items], _COLUMNS, as_json=as_json)


@app.command("export")
@administers
async def export(administration: Administration, *, wanted: LogOptions) -> None:
    """Print every entry as a line of JSON, newest first."""
    async for line in administration.log.export(COMMAND_LINE, wanted.filter):
        say(line, nl=False)
