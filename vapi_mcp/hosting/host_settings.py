"""The settings of `serve`, and their checks before a start."""

from __future__ import annotations

from pydantic import SecretStr, field_validator

from vapi_mcp.errors import ConfigurationError
from vapi_mcp.security.keyring import parse_keys
from vapi_mcp.security.tokens import API_PREFIX, LENGTH, is_well_formed
from vapi_mcp.settings import Settings
from vapi_mcp.store.sql.engine import postgresql_url


class HostSettings(Settings):
    """The settings of a process that hosts, their secrets looked at before anything is begun.

    So what is wrong with them is told together with whatever else is.
    """

    @field_validator("encryption_keys")
    @classmethod
    def _are_keys(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            try:
                parse_keys(value.get_secret_value(), "the setting")
            except ConfigurationError as error:
                raise ValueError(str(error)) from None
        return value

    @field_validator("database_url")
    @classmethod
    def _is_postgresql(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            try:
                postgresql_url(value.get_secret_value())
            except ConfigurationError as error:
                raise ValueError(str(error)) from None
        return value

    @field_validator("server_token")
    @classmethod
    def _is_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not is_well_formed(value.get_secret_value()):
            raise ValueError("is not a server token; use one that serve printed")
        return value

    @field_validator("bootstrap_api_token")
    @classmethod
    def _is_not_mistyped(cls, value: SecretStr | None) -> SecretStr | None:
        token = value.get_secret_value() if value else ""
        looks_ours = token.startswith(API_PREFIX) and len(token) == LENGTH
        if looks_ours and not is_well_formed(token, API_PREFIX):
            raise ValueError("is mistyped: its checksum is wrong")
        return value
