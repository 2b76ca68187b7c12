"""`vapi-mcp keys`: rotate the key that seals Vapi keys."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from vapi_mcp.cli.options import DatabaseUrl, DataDir
from vapi_mcp.hosting.data.key_rotation import SETTING, InstalledKeys, check_can_rotate
from vapi_mcp.hosting.data.storage import check_is_there, key_ring, named_store
from vapi_mcp.hosting.logging import configure_logs
from vapi_mcp.security.keyring import KeyRing
from vapi_mcp.settings import Settings, load_settings
from vapi_mcp.store.sql.sql_store import open_store

app = typer.Typer()

_AFTERWARDS = (
    "Cursors and links signed with the old key no longer work. A database backup from "
    "before this rotation needs the key file from before it."
)


@app.command("rotate")
def rotate(
    *,
    shared_key_file: Annotated[
        bool,
        typer.Option(
            "--shared-key-file",
            help="With PostgreSQL: confirm that all replicas read this key file.",
        ),
    ] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Replace the key that encrypts stored Vapi keys, while the service runs.

    If the command is interrupted, nothing is lost; run it again to finish. With
    VAPI_MCP_ENCRYPTION_KEYS it encrypts everything with the first key of that setting.
    """
    settings = load_settings(data_dir=data_dir, database_url=database_url)
    configure_logs(settings)
    typer.echo(f"store: {named_store(settings)}", err=True)
    check_is_there(settings)
    ring = key_ring(settings, may_make=False)
    check_can_rotate(settings, ring, has_shared_file=shared_key_file)
    asyncio.run(_rotate(settings, ring, has_shared_file=shared_key_file))


async def _rotate(settings: Settings, ring: KeyRing, *, has_shared_file: bool) -> None:
    async with open_store(settings.database, ring) as store:
        keys = InstalledKeys(settings, ring, store, _tell)
        count = await keys.rotate(has_shared_file=has_shared_file)
    if keys.state.place == "file":
        typer.echo(f"{_accounts(count)} encrypted with a new key. {_AFTERWARDS}")
        return
    typer.echo(
        f"{_accounts(count)} encrypted with the first key of {SETTING}. The other keys are "
        f"not needed any more, if every process has this order of keys. {_AFTERWARDS}"
    )


def _tell(step: str) -> None:
    typer.echo(f"{step} …", err=True)


def _accounts(count: int) -> str:
    return f"{count} account{'' if count == 1 else 's'}"
