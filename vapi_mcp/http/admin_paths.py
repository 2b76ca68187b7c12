"""The paths of the admin API, known before its operations are loaded."""

from __future__ import annotations

DOCUMENTS = ("/openapi.json", "/docs")
# The first parts of all operations' paths.
ROOTS = ("api-token", "change", "integrated-account", "log", "oauth-grant", "usage")


def admin_paths() -> list[str]:
    """Return the paths of all routes; unknown ones below a root are among them."""
    below = [path for root in ROOTS for path in (f"/{root}", f"/{root}/{{rest:path}}")]
    return [*DOCUMENTS, *below]
