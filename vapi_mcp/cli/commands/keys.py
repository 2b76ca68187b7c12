"""`vapi-mcp keys`: rotate the key that seals Vapi keys."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from vapi_mcp.cli.options import DatabaseUrl, DataDir
from vapi_mcp.errors import ConfigurationError
from vapi_mcp.hosting.logging import configure_logs
from vapi_mcp.hosting.storage import check_is_there, key_ring, named_store
from vapi_mcp.security.keyfile import FileKeyRing
from vapi_mcp.security.keyring import KeyRing
from vapi_mcp.settings import Settings, load_settings
from vapi_mcp.store.file_lock import file_lock
from vapi_mcp.store.rotation import Rotation
from vapi_mcp.store.sql.sql_store import open_store

app = typer.Typer()

_SETTING = "VAPI_MCP_ENCRYPTION_KEYS"
_STEPS = f"""To rotate the keys of {_SETTING}:
  1. Add a new key at its end (openssl rand -base64 32) and restart every process.
  2. Move the new key to its beginning and restart every process.
  3. Run `vapi-mcp keys rotate` with that setting: it encrypts everything with the first key.
  4. Take the old keys out and restart every process."""
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
    if not isinstance(ring, FileKeyRing):
        asyncio.run(_seal_with_first(settings, ring))
        return
    if settings.database_url and not shared_key_file:
        raise ConfigurationError(
            f"replicas that do not read {ring.path} cannot decrypt what a new key encrypts: "
            "add --shared-key-file if all replicas read it; if not, put the keys into "
            f"{_SETTING}"
        )
    asyncio.run(_rotate(settings, ring))


async def _rotate(settings: Settings, ring: FileKeyRing) -> None:
    lock = file_lock(
        ring.path.with_suffix(".lock"),
        seconds=0,
        otherwise="another rotation is running; wait until it ends",
    )
    async with lock, open_store(settings.database, ring) as store:
        rotation = Rotation(store, ring.path, tell=_tell, pause=asyncio.sleep)
        count = await rotation.run()
    typer.echo(f"{_accounts(count)} encrypted with a new key. {_AFTERWARDS}")


async def _seal_with_first(settings: Settings, ring: KeyRing) -> None:
    if len(ring.keys) == 1:
        raise ConfigurationError(
            f"there is only one key, so there is no key to rotate to.\n{_STEPS}"
        )
    async with open_store(settings.database, ring) as store:
        count = await store.reseal()
    typer.echo(
        f"{_accounts(count)} encrypted with the first key of {_SETTING}. The other keys are "
        f"not needed any more, if every process has this order of keys. {_AFTERWARDS}"
    )


def _tell(step: str) -> None:
    typer.echo(f"{step} …", err=True)


def _accounts(count: int) -> str:
    return f"{count} account{'' if count == 1 else 's'}"
