"""JSON as Vapi takes it: large integers stay exact."""

from __future__ import annotations

import json
from typing import Any

import orjson


def exact_json(value: Any) -> bytes:
    """Return a value as compact JSON, with integers of any size as they are.

    Raises:
        orjson.JSONEncodeError: It cannot be written.
    """
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError as error:
        if "64-bit" not in str(error):
            raise
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return text.encode()
    except (ValueError, RecursionError) as error:
        raise orjson.JSONEncodeError(str(error)) from error
