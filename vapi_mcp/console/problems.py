"""The problems of a form that was refused, by its fields."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, cast

from vapi_mcp.errors import AdminError

# What a person can mend in the form itself; anything else is an error page.
_MENDABLE = (HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.BAD_GATEWAY)


def problems_of(error: AdminError) -> Mapping[str, str]:
    """Return what is wrong by the path of the field, under an empty path what is of no field.

    Raises:
        AdminError: The error itself, where no other form would help.
    """
    if error.status not in _MENDABLE:
        raise error
    failures = cast("Mapping[str, Any]", error.details or {}).get("failures", ())
    found = {each["path"]: each["message"] for each in failures}
    return found or {"": error.message}
