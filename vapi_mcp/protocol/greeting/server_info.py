"""The name of this server, and how long a client may keep what it lists."""

from __future__ import annotations

from vapi_mcp import __version__

NAME, TITLE = "vapi-mcp", "Vapi"
DESCRIPTION = "The Vapi voice API as tools."
VERSION = __version__

# A list depends on the token, so no shared cache may keep it; a minute bounds how long a client
# goes on showing a scope that was changed.
FRESH_MS = 60_000

# As the SDK writes it.
SERVER_INFO = {"name": NAME, "title": TITLE, "version": VERSION, "description": DESCRIPTION}
