"""Every setting, once: name, default and help, for the code, `--help` and the docs."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from vapi_mcp.errors import ConfigurationError

PREFIX = "VAPI_MCP_"

_LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")
_KNOWN_ORIGINS = ("https://chatgpt.com", "https://claude.ai", "https://claude.com")


class Settings(BaseSettings):
    """What an operator can set: environment variables `VAPI_MCP_<NAME>` or a `.env` file."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True
    )

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    public_url: str | None = Field(
        None,
        description=(
            "What printed URLs begin with, when a proxy stands in front; its host is allowed."
        ),
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description=(
            "Host names to answer to, comma-separated, besides localhost and the public URL's."
        ),
    )
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description=(
            "Origins browsers may call from, comma-separated, besides localhost, chatgpt.com, "
            "claude.ai and the public URL's."
        ),
    )
    upstream_base_url: str = Field(
        "https://api.vapi.ai", description="Where Vapi is; https://api.eu.vapi.ai for the EU."
    )
    allow_private_upstream: bool = Field(
        False, description="Let artifacts redirect to private addresses (for tests and mirrors)."
    )
    server_token: SecretStr | None = Field(
        None, description="The token of `serve`'s secret URL; a new one is printed without it."
    )
    max_request_bytes: int = Field(
        16 * 1024 * 1024, ge=1024, description="Largest request body, in bytes."
    )
    max_answer_bytes: int = Field(
        16 * 1024 * 1024, ge=1024, description="Largest decoded answer from Vapi, in bytes."
    )
    request_timeout: float = Field(
        20.0, gt=0, description="Seconds a client has to send a request's body."
    )
    log_format: Literal["text", "json"] = Field("text", description="How log lines look.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least severe level that is logged."
    )

    @field_validator("allowed_hosts", "allowed_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
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


def load_settings(**flags: object) -> Settings:
    """Return the settings from flags, environment and `.env`, the first that says wins.

    Raises:
        ConfigurationError: Values are wrong; one message names them all.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        return Settings(**given)  # pyright: ignore[reportArgumentType] - pydantic checks them
    except ValidationError as error:
        wrong = [f"{PREFIX}{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors()]
        raise ConfigurationError("; ".join(wrong)) from error
