from __future__ import annotations

import os
from urllib.parse import urlsplit

from vapi_mcp.access.models import Account, Credential
from vapi_mcp.errors import ConfigurationError
from vapi_mcp.settings import Settings

_KEY_NAMES = ("VAPI_API_KEY", "VAPI_TOKEN")


def account_from_environment(settings: Settings) -> Account:
    """Return the one account of a local server: `VAPI_API_KEY` at `VAPI_BASE_URL`.

    Raises:
        ConfigurationError: There is no key, it cannot stand in a header, or the URL is not one.
    """
    key = next((os.environ[name] for name in _KEY_NAMES if os.environ.get(name)), "").strip()
    if not key:
        raise ConfigurationError(
            "no Vapi key: set VAPI_API_KEY to your private key (dashboard, API Keys), "
            "or add --sandbox to try everything without an account"
        )
    if not key.isascii() or not key.isprintable():
        raise ConfigurationError("VAPI_API_KEY holds characters that no key has; copy it again")
    base_url = (os.environ.get("VAPI_BASE_URL") or settings.upstream_base_url).rstrip("/")
    if urlsplit(base_url).scheme not in ("http", "https") or not urlsplit(base_url).hostname:
        raise ConfigurationError(f"VAPI_BASE_URL is not an http(s) URL: {base_url[:80]!r}")
    return Account("local", "Vapi", Credential(key), base_url)
