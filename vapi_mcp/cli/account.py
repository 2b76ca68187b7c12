from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from urllib.parse import urlsplit

from dotenv import dotenv_values

from vapi_mcp.access.models import Account, Credential
from vapi_mcp.errors import ConfigurationError
from vapi_mcp.settings import Settings

_KEY_NAMES = ("VAPI_API_KEY", "VAPI_TOKEN")


@contextmanager
def local_account(settings: Settings, *, sandbox: bool) -> Generator[Account]:
    """Yield the environment's account, or one at a simulated Vapi that runs meanwhile.

    Raises:
        ConfigurationError: As `account_from_environment` has it.
    """
    if not sandbox:
        yield account_from_environment(settings)
        return
    # A client waits for stdio to start, and seldom for a sandbox.
    from vapi_mcp.cli.background import running_sandbox, sandbox_account  # noqa: PLC0415

    with running_sandbox() as base_url:
        yield sandbox_account(base_url)


def account_from_environment(settings: Settings) -> Account:
    """Return the one account of a local server: `VAPI_API_KEY` at `VAPI_BASE_URL`.

    Raises:
        ConfigurationError: There is no key, it cannot stand in a header, or the URL is not one.
    """
    key = key_from_environment()
    if not key:
        raise ConfigurationError(
            "no Vapi key: set VAPI_API_KEY to your private key (dashboard, API Keys), "
            "or add --sandbox to try everything without an account"
        )
    if not key.isascii() or not key.isprintable():
        raise ConfigurationError("VAPI_API_KEY holds characters that no key has; copy it again")
    base_url = (_variable("VAPI_BASE_URL") or settings.upstream_base_url).rstrip("/")
    if urlsplit(base_url).scheme not in ("http", "https") or not urlsplit(base_url).hostname:
        raise ConfigurationError(f"VAPI_BASE_URL is not an http(s) URL: {base_url[:80]!r}")
    return Account("local", "Vapi", Credential(key), base_url)


def key_from_environment() -> str:
    """Return the Vapi key of the environment or of `.env`, or nothing."""
    return next((key for name in _KEY_NAMES if (key := _variable(name))), "")


def _variable(name: str) -> str:
    """Return a variable from where settings are read, too: the environment, else `.env`."""
    return (os.environ.get(name) or dotenv_values(".env").get(name) or "").strip()
