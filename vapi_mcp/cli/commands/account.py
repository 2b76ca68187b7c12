"""`vapi-mcp account`: make, list, change and delete accounts."""

from __future__ import annotations

import sys
from typing import Annotated, Any, Literal, TypeAlias

import typer

from vapi_mcp.admin.admin import COMMAND_LINE, Administration
from vapi_mcp.admin.requests import AccountChanges, NewAccount
from vapi_mcp.admin.serialisers import wire_account
from vapi_mcp.admin.validation_errors import validated
from vapi_mcp.cli.admin import actor_for, administers, begins, print_list
from vapi_mcp.cli.options import AsJson, Yes
from vapi_mcp.cli.questions import agree, ask_secretly
from vapi_mcp.cli.tables import print_object
from vapi_mcp.errors import ConfigurationError
from vapi_mcp.hosting.environment import key_from_environment
from vapi_mcp.settings import ENV_FILE

app = typer.Typer()

AccountId: TypeAlias = Annotated[str, typer.Argument(help="The account's id.")]
_Region: TypeAlias = Annotated[
    Literal["us", "eu"] | None, typer.Option(help="The region of the organisation.")
]
_BaseUrl: TypeAlias = Annotated[
    str | None,
    typer.Option(help="The base URL of Vapi, instead of a region; the host must be allowed."),
]
_KeyFromStdin: TypeAlias = Annotated[
    bool, typer.Option("--api-key-stdin", help="Read the Vapi key from standard input.")
]


@app.command("create")
@begins
async def create(
    administration: Administration,
    *,
    name: Annotated[str, typer.Option(help="The name of the account.")],
    tenant: Annotated[str | None, typer.Option(help="The tenant that owns the account.")] = None,
    region: _Region = None,
    base_url: _BaseUrl = None,
    api_key_stdin: _KeyFromStdin = False,
    as_json: AsJson = False,
) -> None:
    """Create an account for a Vapi organisation, after checking its private key with Vapi.

    The key comes from VAPI_API_KEY; without it, the command asks for the key.
    """
    given = {"name": name, "tenant_id": tenant, "region": region, "base_url": base_url}
    request = validated(NewAccount, {**given, "api_key": _key(from_stdin=api_key_stdin)})
    account = await administration.accounts.create(COMMAND_LINE, request)
    print_object(wire_account(account), as_json=as_json)


@app.command("list")
@administers
async def list_accounts(
    administration: Administration,
    *,
    tenant: Annotated[
        str | None, typer.Option(help="List only the accounts of this tenant.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the accounts, newest first."""
    actor = actor_for(tenant)
    await print_list(
        lambda window: administration.accounts.list(actor, window),
        wire_account,
        columns=("id", "name", "tenant_id", "region", "status", "created_at"),
        as_json=as_json,
    )


@app.command("show")
@administers
async def show(
    administration: Administration, account_id: AccountId, *, as_json: AsJson = False
) -> None:
    """Show an account, without its key."""
    account = await administration.accounts.get(COMMAND_LINE, account_id)
    print_object(wire_account(account), as_json=as_json)


@app.command("update")
@administers
async def update(
    administration: Administration,
    account_id: AccountId,
    *,
    name: Annotated[str | None, typer.Option(help="The new name of the account.")] = None,
    tenant: Annotated[str | None, typer.Option(help="The new tenant; '' for no tenant.")] = None,
    region: _Region = None,
    base_url: _BaseUrl = None,
    new_key: Annotated[
        bool, typer.Option("--new-key", help="Replace the Vapi key; read it as `create` does.")
    ] = False,
    api_key_stdin: _KeyFromStdin = False,
    as_json: AsJson = False,
) -> None:
    """Update an account; Vapi checks the key before a new key, region or URL is saved."""
    given = {"name": name, "region": region, "base_url": base_url}
    changes: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    if tenant is not None:
        changes["tenant_id"] = tenant or None
    if new_key or api_key_stdin:
        changes["api_key"] = _key(from_stdin=api_key_stdin)
    request = validated(AccountChanges, changes)
    account = await administration.accounts.update(COMMAND_LINE, account_id, request)
    print_object(wire_account(account), as_json=as_json)


@app.command("delete")
@administers
async def delete(
    administration: Administration,
    account_id: AccountId,
    *,
    yes: Yes = False,
) -> None:
    """Delete an account and all its servers; their URLs stop working at once."""
    account = await administration.accounts.get(COMMAND_LINE, account_id)
    agree(f"Delete {account.name!r} and all its servers?", is_agreed=yes)
    await administration.accounts.delete(COMMAND_LINE, account_id)


def _key(*, from_stdin: bool) -> str:
    """Return a Vapi key, from anywhere but the command line: others can read that.

    Raises:
        ConfigurationError: There is none, and no terminal to ask at.
    """
    if from_stdin:
        return sys.stdin.readline().strip()
    if key := key_from_environment(ENV_FILE):
        return key
    if not sys.stdin.isatty():
        raise ConfigurationError("no Vapi key: set VAPI_API_KEY, or pipe it to --api-key-stdin")
    return ask_secretly("Vapi private key").strip()
