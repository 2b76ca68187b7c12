"""`vapi-mcp grant`: list and revoke what people granted to clients of OAuth."""

from __future__ import annotations

from typing import Annotated

import typer

from vapi_mcp.admin.admin import COMMAND_LINE, Administration
from vapi_mcp.admin.serialisers import wire_oauth_grant
from vapi_mcp.cli.admin import actor_for, administers, print_list
from vapi_mcp.cli.options import AsJson, Yes
from vapi_mcp.cli.questions import agree

app = typer.Typer()


@app.command("list")
@administers
async def list_grants(
    administration: Administration,
    *,
    tenant: Annotated[
        str | None, typer.Option(help="List only grants of this tenant's accounts.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the OAuth grants, newest first: which client may use which server."""
    actor = actor_for(tenant)
    await print_list(
        lambda window: administration.oauth_grants.list(actor, window),
        wire_oauth_grant,
        columns=("id", "client_host", "mcp_server_id", "scope", "ends_at", "last_used_at"),
        as_json=as_json,
    )


@app.command("revoke")
@administers
async def revoke(
    administration: Administration,
    grant_id: Annotated[str, typer.Argument(help="The grant's id.")],
    *,
    yes: Yes = False,
) -> None:
    """Revoke an OAuth grant; its client has to sign in again."""
    agree(f"Revoke the OAuth grant {grant_id}? Its client loses access.", is_agreed=yes)
    await administration.oauth_grants.delete(COMMAND_LINE, grant_id)
