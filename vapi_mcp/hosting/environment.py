"""The account that environment variables name."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

from vapi_mcp.accounts.records import REGIONS, Account
from vapi_mcp.errors import ConfigurationError
from vapi_mcp.security.credential import Credential
from vapi_mcp.security.key_mistakes import key_mistake
from vapi_mcp.settings import Settings

KEY_NAMES = ("VAPI_API_KEY", "VAPI_TOKEN")
BASE_URL = "VAPI_BASE_URL"
_URL_NAMES = (BASE_URL, "VAPI_MCP_UPSTREAM_BASE_URL")
_AT_VAPI = frozenset(REGIONS.values())


@dataclass(frozen=True, slots=True)
class _Variable:
    name: str
    value: str
    place: str


@contextmanager
def local_account(
    settings: Settings, *, sandbox: bool, env_file: Path | None = None
) -> Generator[Account]:
    """Yield the environment's account, or one at a simulated Vapi that runs meanwhile.

    Raises:
        ConfigurationError: As `account_from_environment` has it.
    """
    if not sandbox:
        yield account_from_environment(settings, env_file)
        return
    # A client waits for stdio to start, and seldom for a sandbox.
    from vapi_mcp.hosting.sandbox_thread import running_sandbox, sandbox_account  # noqa: PLC0415 - loaded when it is used

    with running_sandbox() as base_url:
        yield sandbox_account(base_url)


def account_from_environment(settings: Settings, env_file: Path | None = None) -> Account:
    """Return the one account of a local server: `VAPI_API_KEY` at `VAPI_BASE_URL`.

    env_file: a file that is read after the environment.

    Raises:
        ConfigurationError: There is no key, it cannot be one, or the URL may not have it.
    """
    key = _found(KEY_NAMES, env_file)
    if key is None:
        raise ConfigurationError(
            "no Vapi key: set VAPI_API_KEY to your private key (dashboard, API Keys), "
            "or add --sandbox to try everything without an account"
        )
    if mistake := key_mistake(key.value):
        raise ConfigurationError(f"{key.name} in {key.place} {mistake}")
    url = _found(_URL_NAMES, env_file)
    base_url = (url.value if url else settings.upstream_base_url).rstrip("/")
    if url is not None and base_url not in _AT_VAPI:
        _check_place(url, key)
    return Account("local", "Vapi", Credential(key.value), base_url)


def marked(account: Account) -> Account:
    """Return an account under an id of its own: a data directory may see several organisations."""
    from vapi_mcp.security.keyring import derived_key  # noqa: PLC0415 - loaded when it is used

    mark = derived_key(account.credential.secret.encode(), "account").hex()[:16]
    return replace(account, id=f"{account.id}-{mark}")


def key_from_environment(env_file: Path | None = None) -> str:
    """Return the Vapi key of the environment or of a file, or nothing."""
    found = _found(KEY_NAMES, env_file)
    return found.value if found else ""


def not_at_vapi(account: Account) -> str | None:
    """Return a sentence that says where the key goes, unless that is Vapi."""
    if account.base_url in _AT_VAPI:
        return None
    return f"requests and the key go to {account.base_url}, which is not Vapi"


def _check_place(url: _Variable, key: _Variable) -> None:
    """Refuse a base URL outside Vapi that could lead the key astray.

    Raises:
        ConfigurationError: It is no URL, sends the key in clear, or stands elsewhere than the key.
    """
    parts = urlsplit(url.value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(f"{url.name} is not an http(s) URL: {url.value[:80]!r}")
    if parts.scheme != "https" and not _is_loopback(parts.hostname):
        raise ConfigurationError(
            f"{url.name} would send the key to {parts.hostname[:80]} unencrypted; use https, or "
            "an address of this machine"
        )
    if url.place != key.place:
        raise ConfigurationError(
            f"{url.name} is set in {url.place}, but the key in {key.place}: a person who can "
            "write only the first could have the key sent to another host. Set both in the "
            "same place"
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _found(names: tuple[str, ...], env_file: Path | None) -> _Variable | None:
    """Return the first variable that says something: of the environment, else of the file."""
    places: list[tuple[str, Mapping[str, str | None]]] = [("the environment", os.environ)]
    if env_file is not None:
        places.append((str(env_file), dotenv_values(env_file)))
    for name in names:
        for place, variables in places:
            if value := (variables.get(name) or "").strip():
                return _Variable(name, value, place)
    return None
