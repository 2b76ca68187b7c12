"""Links to stored bytes that need no key: signed, and valid for an hour."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode, urlsplit

LIFETIME = timedelta(hours=1)

_DATE = "%Y%m%dT%H%M%SZ"


def storage_origin(base_url: str) -> str:
    """Return where the storage of an API is: at the machine's other name, if the API is local.

    Real storage has a host of its own, so that clients leave their key behind when a redirect
    takes them there; under one name they would bring it along.
    """
    parts = urlsplit(base_url)
    other = {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}.get(parts.hostname or "")
    if other is None:
        return base_url
    return parts._replace(netloc=f"{other}:{parts.port}" if parts.port else other).geturl()


class LinkSigner:
    """Signs storage paths. The secret follows from the organisation, so links survive a restart."""

    def __init__(self, org_id: str) -> None:
        self._secret = hashlib.sha256(f"storage of {org_id}".encode()).digest()

    def sign(self, path: str, now: datetime, lifetime: timedelta = LIFETIME) -> str:
        """Return the path with a query string in the manner of S3's presigned URLs."""
        date = now.astimezone(UTC).strftime(_DATE)
        seconds = str(int(lifetime.total_seconds()))
        query = {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Date": date,
            "X-Amz-Expires": seconds,
            "X-Amz-SignedHeaders": "host",
            "X-Amz-Signature": self._signature(path, date, seconds),
        }
        return f"{quote(path)}?{urlencode(query)}"

    def is_genuine(self, path: str, query: Mapping[str, str]) -> bool:
        """Return whether this path was signed here with these parameters."""
        expected = self._signature(
            path, query.get("X-Amz-Date", ""), query.get("X-Amz-Expires", "")
        )
        return hmac.compare_digest(expected.encode(), query.get("X-Amz-Signature", "").encode())

    def is_expired(self, query: Mapping[str, str], now: datetime) -> bool:
        """Return whether a genuine link has run out."""
        signed = datetime.strptime(query["X-Amz-Date"], _DATE).replace(tzinfo=UTC)
        return now >= signed + timedelta(seconds=int(query["X-Amz-Expires"]))

    def _signature(self, path: str, date: str, seconds: str) -> str:
        text = f"GET\n{path}\n{date}\n{seconds}"
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()
