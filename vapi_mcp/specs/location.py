"""Where the spec files are."""

from __future__ import annotations

from pathlib import Path

from vapi_mcp.errors import SpecError

_PACKAGE = Path(__file__).resolve().parent.parent


def specs_directory() -> Path:
    """Return the `tool_specs/` directory: beside the package in a checkout, inside it in a wheel.

    Raises:
        SpecError: Neither place has one, so the installation is broken.
    """
    for candidate in (_PACKAGE / "_tool_specs", _PACKAGE.parent / "tool_specs"):
        if (candidate / "upstream" / "PINNED.json").is_file():
            return candidate
    raise SpecError("tool_specs/ is missing from this installation; install vapi-mcp again")
