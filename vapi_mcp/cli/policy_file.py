"""JSON files with a part of a config: a policy, or the objects that a server is kept to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from vapi_mcp.cli.usage import UsageError


def read_policy(path: Path) -> dict[str, Any]:
    """Return the words of a policy file, not checked yet.

    Raises:
        UsageError: It cannot be read, or is no JSON object.
    """
    return read_json_object(path, "docs/writes.md")


def read_json_object(path: Path, page: str) -> dict[str, Any]:
    """Return the object of a JSON file, which a page of the docs shows.

    Raises:
        UsageError: It cannot be read, or is no JSON object.
    """
    try:
        words = orjson.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except orjson.JSONDecodeError as error:
        raise UsageError(f"{path} is not JSON: {error}") from error
    if not isinstance(words, dict):
        raise UsageError(f"{path} must hold one JSON object, as {page} shows")
    return words
