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

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    workers: int = Field(1, ge=1, description="Processes that serve the port together.")
    data_dir: Path = Field(
        default_factory=lambda: user_data_path("vapi-mcp", appauthor=False),
        description=(
            "Where the embedded database, its key file and the first admin token are kept; by "
            "default the user's own data directory."
        ),
    )
    database_url: SecretStr | None = Field(
        None,
        description="A postgresql:// URL, for several replicas; without it SQLite in the data dir.",
    )
    encryption_keys: SecretStr | None = Field(
        None,
        description=(
            "Keys that seal Vapi keys at rest and sign what goes out: 32 random bytes each in "
            "base64, comma-separated, the first one seals; without it a file in the data dir."
        ),
    )
    bootstrap_api_token: SecretStr | None = Field(
        None,
        description=(
            "The first admin API token, kept by the first start; at least 32 characters. Without "
            "it one is made, and told to the terminal or written to a file in the data dir."
        ),
    )
    public_url: str | None = Field(
        None,
        description=(
            "What URLs for clients begin with, when a proxy stands in front; its host is allowed, "
            "and the proxy takes its path away."
        ),
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description=(
            "Host names to answer to, comma-separated, besides localhost and the public URL's."
        ),
    )
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = Field(
        (),
        description=(
            "Addresses or networks, comma-separated, of proxies whose X-Forwarded-For says where a "
            "request comes from; from any other peer the header means nothing."
        ),
    )
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description=(
            "Origins browsers may call from, comma-separated, besides localhost, chatgpt.com, "
            "claude.ai, claude.com and the public URL's."
        ),
    )
    upstream_base_url: str = Field(
        "https://api.vapi.ai", description="Where Vapi is; https://api.eu.vapi.ai for the EU."
    )
    allow_private_upstream: bool = Field(
        False,
        description=(
            "Let artifacts redirect to private addresses, and accounts be on this machine (for "
            "tests and mirrors)."
        ),
    )
    allowed_upstream_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description=(
            "Hosts, comma-separated, that an account's base URL may name besides Vapi's own; this "
            "machine's needs VAPI_MCP_ALLOW_PRIVATE_UPSTREAM."
        ),
    )
    server_token: SecretStr | None = Field(
        None, description="The token of `serve`'s secret URL; a new one is printed without it."
    )
    max_request_bytes: int = Field(
        16 * 1024 * 1024,
        ge=1024,
        description="Largest request body, in bytes; 2 MiB unless it brings a tool a file.",
    )
    max_header_bytes: int = Field(
        64 * 1024, ge=4096, description="Largest request line and headers together, in bytes."
    )
    max_answer_bytes: int = Field(
        16 * 1024 * 1024, ge=1024, description="Largest decoded answer from Vapi, in bytes."
    )
    request_timeout: float = Field(
        20.0, gt=0, description="Seconds a client has to send a request's body."
    )
    server_calls_at_once: int = Field(
        64,
        ge=0,
        description=(
            "Tool calls of one MCP server in flight, in each process; one more waits for up to a "
            "second and then gets a 429. 0 is no limit, here and in the next two."
        ),
    )
    server_calls_per_minute: int = Field(
        6000,
        ge=0,
        description=(
            "Tool calls of one MCP server a minute, in each process, and as many other requests; "
            "a minute's worth may come at once."
        ),
    )
    server_streams: int = Field(
        20,
        ge=0,
        description=(
            "Open legacy SSE streams and files on their way, of one MCP server, in each process."
        ),
    )
    drain_delay: float = Field(
        0.0,
        ge=0,
        description=(
            "Seconds to go on taking requests after SIGTERM while /readyz says no; behind a load "
            "balancer a little more than the interval of its probes."
        ),
    )
    media_link_hours: float = Field(
        24.0,
        gt=0,
        le=24 * 366,
        description=(
            "Hours a link to a recording, capture or log stays good; less where its server ends "
            "sooner."
        ),
    )
    audit_days: int = Field(
        90, ge=0, description="Days the audit log is kept; 0 keeps it for ever."
    )
    log_format: Literal["auto", "text", "json"] = Field(
        "auto", description="How log lines look; auto is text on a terminal and JSON elsewhere."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least severe level that is logged."
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
            f"{text[:60]!r} is not an address or a network, as 127.0.0.1 or 10.0.0.0/8 ({error})"
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
        return kind(_env_file=env_file, **given)  # pyright: ignore[reportArgumentType, reportCallIssue]
    except ValidationError as error:
        wrong = {str(each["loc"][0]): in_plain_words(each["msg"]) for each in error.errors()}
        told = "; ".join(f"{_named(name, given)}: {words}" for name, words in wrong.items())
        raise (WrongOption if wrong.keys() & given else ConfigurationError)(told) from error


def _named(name: str, flags: Mapping[str, object]) -> str:
    """Return what a setting is called where its value was given."""
    return f"--{name.replace('_', '-')}" if name in flags else f"{PREFIX}{name.upper()}"
