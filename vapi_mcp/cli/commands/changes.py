"""`vapi-mcp changes`: list, show and restore what tools updated and deleted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from vapi_mcp.accounts.pagination import Window
from vapi_mcp.accounts.records import Account
from vapi_mcp.admin.admin import COMMAND_LINE, Administration
from vapi_mcp.admin.object_changes import wire_change
from vapi_mcp.cli.admin import administers
from vapi_mcp.cli.options import AsJson, EnvFile, Yes
from vapi_mcp.cli.questions import agree
from vapi_mcp.cli.tables import print_object, print_rows
from vapi_mcp.hosting.environment import account_from_environment, marked
from vapi_mcp.invocation.writes.undo.change import ChangeFilter
from vapi_mcp.settings import load_settings

app = typer.Typer()

_COLUMNS = ("id", "created_at", "tool_name", "upstream_id", "kept", "restored_by")
_DIFF = ("path", "before", "after", "added", "removed")
ChangeId: TypeAlias = Annotated[str, typer.Argument(help="The change's id, as in vapi-change-….")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeOptions:
    """Which changes are wanted, as options say it."""

    server: Annotated[str | None, typer.Option(help="Only changes through this server (id).")] = (
        None
    )
    account: Annotated[str | None, typer.Option(help="Only changes of this account (id).")] = None
    tool: Annotated[str | None, typer.Option(help="Only changes by this tool.")] = None
    upstream_id: Annotated[
        str | None, typer.Option(help="Only changes of this Vapi object (id).")
    ] = None

    @property
    def filter(self) -> ChangeFilter:
        """The filter these options mean."""
        return ChangeFilter(
            account_id=self.account,
            server_id=self.server,
            tool=self.tool,
            object_id=self.upstream_id,
        )


@app.command("list")
@administers
async def list_changes(
    administration: Administration,
    *,
    wanted: ChangeOptions,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="The most changes to list.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List the newest changes."""
    page = await administration.changes.list(COMMAND_LINE, wanted.filter, Window(limit))
    print_rows([wire_change(each) for each in page.items], _COLUMNS, as_json=as_json)


@app.command("show")
@administers
async def show(
    administration: Administration, change_id: ChangeId, *, as_json: AsJson = False
) -> None:
    """Show what a change changed, by path; --json has the object before and after, too."""
    changes = administration.changes
    found = await changes.wire(await changes.get(COMMAND_LINE, change_id))
    if as_json:
        print_object(found, as_json=True)
        return
    diff = found.pop("diff")
    if diff:
        del found["before"], found["after"]
    print_object(found, as_json=False)
    print_rows([dict.fromkeys(_DIFF) | each for each in diff], _DIFF, as_json=False)


@app.command("restore")
@administers
async def restore(
    administration: Administration,
    change_id: ChangeId,
    *,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Restore also if the object changed since, or was restored before."
        ),
    ] = False,
    yes: Yes = False,
    env_file: EnvFile = None,
    as_json: AsJson = False,
) -> None:
    """Give an object its former values, or create a deleted one again, with a new id.

    A change that was made over stdio needs the same VAPI_API_KEY, from the environment or a file.
    """
    changes = administration.changes
    found = await changes.get(COMMAND_LINE, change_id)
    agree(f"Take back {found.tool} of {found.object_id}?", is_agreed=yes)
    restored = await changes.restore(
        COMMAND_LINE, change_id, force=force, local=lambda: _local_account(env_file)
    )
    print_object(restored, as_json=as_json)


def _local_account(env_file: Path | None) -> Account:
    return marked(account_from_environment(load_settings(env_file=env_file), env_file))
