"""Every setting, once: name, default and help, for the code, `--help` and the docs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal, TypeVar
from urllib.parse import unquote, urlsplit

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from vapi_mcp.errors import ConfigurationError, WrongOption
from vapi_mcp.plain_words import in_plain_words

PREFIX = "VAPI_MCP_"
# What `serve` and the commands beside it read in the directory they run in.
ENV_FILE = Path(".env")

_LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")
_LEAST_TOKEN = 32
_KNOWN_ORIGINS = ("https://chatgpt.com", "https://claude.ai", "https://claude.com")


class Settings(BaseSettings):
    """What an operator can set: environment variables `VAPI_MCP_<NAME>` or lines of a file."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    host: str = Field("127.0.0.1", description="The address to listen on.")
    port: int = Field(
        8080, ge=0, le=65535, description="The port to listen on; 0 picks a free one."
    )
    workers: int = Field(1, ge=1, description="The number of worker processes.")
    data_dir: Path = Field(
        default_factory=lambda: user_data_path("vapi-mcp", appauthor=False),
        description=(
            "The directory of the embedded database, its key file and the first admin "
            "token; default: the user's own data directory."
        ),
    )
    database_url: SecretStr | None = Field(
        None,
        description=(
            "A postgresql:// URL; needed for several replicas. Default: SQLite in the data "
            "directory."
        ),
    )
    encryption_keys: SecretStr | None = Field(
        None,
        description=(
            "Keys that encrypt stored Vapi keys and sign links and cursors: 32 random bytes "
            "each in base64, comma-separated; the first one encrypts. Default: a file in "
            "the data directory."
        ),
    )
    bootstrap_api_token: SecretStr | None = Field(
        None,
        description=(
            "The first admin API token, saved by the first start; at least 32 characters. "
            "Without it, the first start creates one and prints it on the terminal or "
            "writes it to a file in the data directory."
        ),
    )
    public_url: str | None = Field(
        None,
        description=(
            "The base of URLs for clients, when a proxy stands in front; its host is "
            "allowed, and the proxy removes its path."
        ),
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description=(
            "Host names to answer to, comma-separated, besides localhost and the host of "
            "the public URL."
        ),
    )
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = Field(
        (),
        description=(
            "Addresses or networks of trusted proxies, comma-separated. Their "
            "X-Forwarded-For gives the address of the client; from any other peer the "
            "header is ignored."
        ),
    )
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description=(
            "Origins that browsers may call from, comma-separated, besides localhost, "
            "chatgpt.com, claude.ai, claude.com and the origin of the public URL."
        ),
    )
    upstream_base_url: str = Field(
        "https://api.vapi.ai",
        description="The base URL of Vapi; https://api.eu.vapi.ai for the EU.",
    )
    allow_private_upstream: bool = Field(
        False,
        description=(
            "Allow artifacts to redirect to private addresses, and base URLs on this "
            "machine (for tests and mirrors)."
        ),
    )
    allowed_upstream_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description=(
            "Hosts that an account's base URL may name besides Vapi's own, comma-separated; "
            "hosts of this machine also need VAPI_MCP_ALLOW_PRIVATE_UPSTREAM."
        ),
    )
    server_token: SecretStr | None = Field(
        None,
        description=(
            "The token of `serve`'s secret URL; without it, every start creates and prints a "
            "new one."
        ),
    )
    max_request_bytes: int = Field(
        16 * 1024 * 1024,
        ge=1024,
        description="Largest request body, in bytes; 2 MiB if it holds no file for a tool.",
    )
    max_header_bytes: int = Field(
        64 * 1024, ge=4096, description="Largest request line and headers together, in bytes."
    )
    max_answer_bytes: int = Field(
        16 * 1024 * 1024, ge=1024, description="Largest decoded answer from Vapi, in bytes."
    )
    request_timeout: float = Field(
        20.0, gt=0, description="Seconds to wait for the body of a request."
    )
    server_calls_at_once: int = Field(
        64,
        ge=0,
        description=(
            "Tool calls of one MCP server at once, in each process; a further call waits "
            "for up to a second and then gets a 429. 0 means no limit, also in the next two "
            "settings."
        ),
    )
    server_calls_per_minute: int = Field(
        6000,
        ge=0,
        description=(
            "Tool calls of one MCP server a minute, in each process, and as many other "
            "requests; a whole minute's number may come at once."
        ),
    )
    server_streams: int = Field(
        20,
        ge=0,
        description=(
            "Open legacy SSE streams and file downloads of one MCP server, in each process."
        ),
    )
    drain_delay: float = Field(
        0.0,
        ge=0,
        description=(
            "Seconds to accept requests after SIGTERM while /readyz answers 503; behind a "
            "load balancer, a little more than the interval of its probes."
        ),
    )
    oauth: Literal["on", "off"] = Field(
        "on",
        description=(
            "Whether clients can sign in with OAuth; they can once an MCP server asks for a "
            "second token."
        ),
    )
    media_link_hours: float = Field(
        24.0,
        gt=0,
        le=24 * 366,
        description=(
            "Hours that a link to a recording, capture or log is valid; less if its server "
            "expires sooner."
        ),
    )
    audit_days: int = Field(
        90, ge=0, description="Days to keep entries of the audit log; 0 keeps them for ever."
    )
    changes_days: int = Field(
        30,
        ge=0,
        description=(
            "Days to keep what tools updated or deleted, so that it can be restored; 0 keeps "
            "nothing of it."
        ),
    )
    event_subscriptions: int = Field(
        20,
        ge=0,
        description=(
            "Subscriptions to events that one MCP server may have; 0 means that no server "
            "offers events."
        ),
    )
    event_poll_seconds: float = Field(
        30.0,
        ge=1,
        description=("Seconds between two looks at an account that someone hears events of."),
    )
    log_format: Literal["auto", "text", "json"] = Field(
        "auto",
        description="The format of log lines; auto is text on a terminal and JSON elsewhere.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The lowest level that is logged."
    )

    @field_validator(
        "allowed_hosts",
        "allowed_origins",
        "allowed_upstream_hosts",
        mode="before",
    )
    @classmethod
    def _split(cls, value: object) -> object:
        return _listed(value) if isinstance(value, str) else value

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _are_networks(cls, value: object) -> object:
        return tuple(map(_network, _listed(value))) if isinstance(value, str) else value

    @field_validator("bootstrap_api_token")
    @classmethod
    def _is_long(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < _LEAST_TOKEN:
            raise ValueError(f"must have at least {_LEAST_TOKEN} characters")
        return value

    @field_validator("public_url", "upstream_base_url")
    @classmethod
    def _is_http(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be a URL that begins with http:// or https://")
        return value.rstrip("/")

    @cached_property
    def database(self) -> str | Path:
        """What a store opens: the database URL, else the data directory."""
        return self.database_url.get_secret_value() if self.database_url else self.data_dir

    @cached_property
    def public_path(self) -> str:
        """The path of the public URL, such as `/vapi`, which a proxy takes away; often empty."""
        path = unquote(urlsplit(self.public_url or "").path).strip("/")
        return f"/{path}" if path else ""

    @cached_property
    def hosts(self) -> frozenset[str]:
        """Every host name that may stand in a request's Host header, without a port."""
        public = urlsplit(self.public_url).hostname if self.public_url else None
        given = (*_LOCAL_HOSTS, *self.allowed_hosts, *([public] if public else []))
        return frozenset(host.lower() for host in given)

    @cached_property
    def origins(self) -> frozenset[str]:
        """Every origin outside localhost that may stand in a request's Origin header."""
        given = [*_KNOWN_ORIGINS, *self.allowed_origins]
        if self.public_url:
            parts = urlsplit(self.public_url)
            given.append(f"{parts.scheme}://{parts.netloc}")
        return frozenset(origin.lower().rstrip("/") for origin in given)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise ValueError(
            f"{text[:60]!r} is not an address or a network, such as 127.0.0.1 or 10.0.0.0/8 "
            f"({error})"
        ) from None


_Kind = TypeVar("_Kind", bound=Settings)


def load_settings(
    kind: type[_Kind] = Settings, /, *, env_file: Path | None = ENV_FILE, **flags: object
) -> _Kind:
    """Return the settings from flags, environment and a file, the first that says wins.

    kind: settings that are checked for more than their form. env_file: none for what runs in a
    directory that others fill, such as a checkout.

    Raises:
        ConfigurationError: Values are wrong; one message names them all.
        WrongOption: One of them is a flag's.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        # pydantic checks them
        return kind(_env_file=env_file, **given)  # pyright: ignore[reportArgumentType, reportCallIssue] - checked as it is read
    except ValidationError as error:
        wrong = {str(each["loc"][0]): in_plain_words(each["msg"]) for each in error.errors()}
        told = "; ".join(f"{_named(name, given)}: {words}" for name, words in wrong.items())
        raise (WrongOption if wrong.keys() & given else ConfigurationError)(told) from error


def _named(name: str, flags: Mapping[str, object]) -> str:
    """Return what a setting is called where its value was given."""
    return f"--{name.replace('_', '-')}" if name in flags else f"{PREFIX}{name.upper()}"
