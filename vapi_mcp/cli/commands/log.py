"""`vapi-mcp log`: list and export the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Literal

import typer

from vapi_mcp.accounts.pagination import Window
from vapi_mcp.admin.admin import COMMAND_LINE, Administration
from vapi_mcp.admin.validation_errors import validated
from vapi_mcp.audit.entry import LogFilter, Outcome, wire_entry
from vapi_mcp.cli.admin import administers
from vapi_mcp.cli.dates import ago
from vapi_mcp.cli.options import AsJson
from vapi_mcp.cli.tables import print_rows
from vapi_mcp.cli.terminal import say
from vapi_mcp.http.admin_api.queries import LogQuery

app = typer.Typer()

_COLUMNS = (
    "created_at",
    "log_type",
    "http_status_code",
    "outcome",
    "tool_name",
    "mcp_method",
    "action",
    "token_name",
    "source_address",
    "client_name",
    "duration",
    "mcp_server_id",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogOptions:
    """Which entries are wanted, as options say it."""

    since: Annotated[
        str | None,
        typer.Option(
            help="Only entries at or after this time: 24h, 7d (ago) or 2027-01-31T12:00:00Z."
        ),
    ] = None
    until: Annotated[str | None, typer.Option(help="Only entries before this time.")] = None
    server: Annotated[str | None, typer.Option(help="Only entries of this server (id).")] = None
    account: Annotated[str | None, typer.Option(help="Only entries of this account (id).")] = None
    tool: Annotated[str | None, typer.Option(help="Only calls of this tool.")] = None
    status: Annotated[
        str | None,
        typer.Option(help="Only this status, such as 429, or class of statuses, such as 4xx."),
    ] = None
    outcome: Annotated[Outcome | None, typer.Option(help="Only calls with this outcome.")] = None
    token: Annotated[str | None, typer.Option(help="Only requests with this API token (id).")] = (
        None
    )
    source: Annotated[str | None, typer.Option(help="Only requests from this address.")] = None
    upstream_id: Annotated[
        str | None, typer.Option(help="Only entries about this Vapi object (id).")
    ] = None
    key: Annotated[str | None, typer.Option(help="Only calls with this idempotency key.")] = None
    code: Annotated[str | None, typer.Option(help="Only calls with this confirmation code.")] = None
    log_type: Annotated[
        Literal["mcp", "admin"] | None,
        typer.Option(
            "--type", help="mcp for requests to servers, admin for changes by administrators."
        ),
    ] = None

    @property
    def filter(self) -> LogFilter:
        """The filter these options mean, checked as the admin API's parameters are.

        Raises:
            AdminError: 400, one is wrong.
            ConfigurationError: A moment is none.
        """
        said = {
            "created_at_gte": self.since and ago(self.since),
            "created_at_lt": self.until and ago(self.until),
            "mcp_server_id": self.server,
            "integrated_account_id": self.account,
            "tool_name": self.tool,
            "http_status_code": self.status,
            "log_type": self.log_type,
            "outcome": self.outcome,
            "token_id": self.token,
            "source_address": self.source,
            "upstream_id": self.upstream_id,
            "idempotency_key_hash": self.key and sha256(self.key.encode()).hexdigest(),
            "confirmation_code_hash": self.code and sha256(self.code.encode()).hexdigest(),
        }
        given = {name: value for name, value in said.items() if value is not None}
        return validated(LogQuery, given).wanted


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
    page = await administration.list_log(COMMAND_LINE, wanted.filter, Window(limit))
    print_rows([wire_entry(entry) for entry in page.items], _COLUMNS, as_json=as_json)


@app.command("export")
@administers
async def export(administration: Administration, *, wanted: LogOptions) -> None:
    """Print every entry as a line of JSON, newest first."""
    async for line in administration.export_log(COMMAND_LINE, wanted.filter):
        say(line, nl=False)
