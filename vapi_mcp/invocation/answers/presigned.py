"""Presigned URLs, and when they expire."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from vapi_mcp.rfc3339 import read_moment

# Names of the query values that hold a signature: S3 and R2 (the older form too), Google, Azure,
# CloudFront, Supabase.
_SIGNATURES = frozenset({"x-amz-signature", "x-goog-signature", "signature", "sig", "token"})


def expiry_of(url: str) -> datetime | None:
    """Return when a presigned URL ends, read from its query; None when it does not say.

    Understood are the forms of S3 and R2 (also the older one), Google Cloud Storage and Azure.
    """
    query = {key.lower(): value for key, value in parse_qsl(urlsplit(url).query)}
    try:
        for vendor in ("x-amz", "x-goog"):
            if f"{vendor}-date" in query and f"{vendor}-expires" in query:
                signed = read_moment(query[f"{vendor}-date"])
                return signed + timedelta(seconds=int(query[f"{vendor}-expires"]))
        if "expires" in query:
            return datetime.fromtimestamp(int(query["expires"]), UTC)
        if "se" in query:
            return read_moment(query["se"])
    except (ValueError, OverflowError):
        return None
    return None


def is_presigned(url: str) -> bool:
    """Return whether a URL carries a signature that opens it without a key."""
    if not url.startswith(("https://", "http://")) or "?" not in url:
        return False
    names = {key.lower() for key, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True)}
    return not _SIGNATURES.isdisjoint(names)
