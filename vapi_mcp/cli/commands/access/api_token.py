"""`vapi-mcp api-token`: make, list and delete API tokens."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from vapi_mcp.admin.admin import COMMAND_LINE, Administration
from vapi_mcp.admin.requests import NewApiToken
from vapi_mcp.admin.serialisers import wire_api_token
from vapi_mcp.admin.validation_errors import validated
from vapi_mcp.cli.admin import actor_for, administers, begins, print_list
from vapi_mcp.cli.options import AsJson, Yes
from vapi_mcp.cli.questions import agree
from vapi_mcp.cli.tables import print_object

app = typer.Typer()


@app.command("create")
@begins
async def create(
    administration: Administration,
    *,
    name: Annotated[str, typer.Option(help="The name of the token.")],
    kind: Annotated[
        Literal["admin", "mcp"],
        typer.Option(
            help="mcp opens servers that require an API token; admin also opens the admin API."
        ),
    ] = "mcp",
    tenant: Annotated[str | None, typer.Option(help="Limit the token to this tenant.")] = None,
    account: Annotated[str | None, typer.Option(help="Limit the token to this account.")] = None,
    server: Annotated[
        str | None, typer.Option(help="Limit the token to this server of the account.")
    ] = None,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Let an admin token read, but not change.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Create an API token and print it; it is shown only once."""
    bound_to = {"tenant_id": tenant, "integrated_account_id": account, "mcp_server_id": server}
    request = validated(
        NewApiToken, {"name": name, "kind": kind, "read_only": read_only, **bound_to}
    )
    token, secret = await administration.api_tokens.create(COMMAND_LINE, request)
    print_object({**wire_api_token(token), "token": secret}, as_json=as_json)


@app.command("list")
@administers
async def list_tokens(
    administration: Administration,
    *,
    tenant: Annotated[
        str | None, typer.Option(help="List only tokens limited to this tenant.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the API tokens, newest first, without their secrets."""
    actor = actor_for(tenant)
    await print_list(
        lambda window: administration.api_tokens.list(actor, window),
        wire_api_token,
        columns=("id", "name", "kind", "tenant_id", "last_used_at", "created_at"),
        as_json=as_json,
    )


@app.command("delete")
@administers
async def delete(
    administration: Administration,
    token_id: Annotated[str, typer.Argument(help="The token's id.")],
    *,
    yes: Yes = False,
) -> None:
    """Delete an API token; it stops working at once."""
    agree(f"Delete the API token {token_id}? Clients that use it lose access.", is_agreed=yes)
    await administration.api_tokens.delete(COMMAND_LINE, token_id)
