"""The settings that differ from their defaults; secrets are only said to be set."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import SecretStr

from vapi_mcp.settings import PREFIX, Settings


def changed_settings(settings: Settings) -> Mapping[str, str]:
    """Return the changed settings by the name of their environment variable."""
    changed: dict[str, str] = {}
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        if value != field.get_default(call_default_factory=True, validated_data={}):
            changed[f"{PREFIX}{name.upper()}"] = _shown(value)
    return changed


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return "set"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - of any setting
