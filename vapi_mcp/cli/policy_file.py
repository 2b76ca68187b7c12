"""A policy in a JSON file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from vapi_mcp.errors import ConfigurationError


def read_policy(path: Path) -> dict[str, Any]:
    """Return the words of a policy file, not checked yet.

    Raises:
        ConfigurationError: It cannot be read, or is no JSON object.
    """
    try:
        words = orjson.loads(path.read_bytes())
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from error
    except orjson.JSONDecodeError as error:
        raise ConfigurationError(f"{path} is not JSON: {error}") from error
    if not isinstance(words, dict):
        raise ConfigurationError(f"{path} must hold one JSON object, as docs/writes.md shows it")
    return words
