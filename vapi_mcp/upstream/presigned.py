from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit


def expiry_of(url: str) -> datetime | None:
    """Return when a presigned URL ends, read from its query; None when it does not say.

    Understood are the forms of S3 and R2 (also the older one), Google Cloud Storage and Azure.
    """
    query = {key.lower(): value for key, value in parse_qsl(urlsplit(url).query)}
    try:
        for vendor in ("x-amz", "x-goog"):
            if f"{vendor}-date" in query and f"{vendor}-expires" in query:
                signed = datetime.fromisoformat(query[f"{vendor}-date"])
                return signed + timedelta(seconds=int(query[f"{vendor}-expires"]))
        if "expires" in query:
            return datetime.fromtimestamp(int(query["expires"]), UTC)
        if "se" in query:
            return datetime.fromisoformat(query["se"])
    except (ValueError, OverflowError):
        return None
    return None
