"""The first admin API token, which creates all others."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from uuid import uuid4

from vapi_mcp.accounts.ports import ApiTokens
from vapi_mcp.accounts.records import ApiToken
from vapi_mcp.errors import ConfigurationError
from vapi_mcp.security.tokens import API_PREFIX, new_token, token_hash
from vapi_mcp.settings import Settings

_FILE_NAME = "admin-token"


async def make_first_admin_token(store: ApiTokens, settings: Settings) -> str | None:
    """Create the first admin API token if there is none; return a message about a new one.

    The token of the settings is kept as it is. One made here is in the words if they go to a
    terminal, else in a file of the data directory that only its owner can read.

    Raises:
        ConfigurationError: The file cannot be written.
    """
    first = ApiToken(str(uuid4()), "first", "admin")
    if settings.bootstrap_api_token is not None:
        given = settings.bootstrap_api_token.get_secret_value()
        await store.add_first_api_token(first, token_hash(given))
        return None
    token = new_token(API_PREFIX)
    if sys.stderr.isatty():
        is_new = await store.add_first_api_token(first, token_hash(token))
        return f"admin API token (shown only once): {token}" if is_new else None
    # Written before it counts, so that no crash leaves a token without its secret.
    written = _write_beside(settings.data_dir, first.id, token)
    if not await store.add_first_api_token(first, token_hash(token)):
        written.unlink()
        return None
    return f"admin API token in {written.replace(settings.data_dir / _FILE_NAME)}"


def _write_beside(directory: Path, name: str, token: str) -> Path:
    path = directory / f".{_FILE_NAME}.{name}"
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"{token}\n")
    except OSError as error:
        raise ConfigurationError(f"{directory} cannot be written to: {error.strerror}") from error
    return path
