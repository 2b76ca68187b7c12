"""HTML forms: their bodies, and the check that a page of ours sent them."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request

from vapi_mcp.errors import AdminError

FORM_TOKEN = "form_token"  # noqa: S105 - the name of a field

_LARGEST = 1024 * 1024
_MOST_FIELDS = 2000
_OTHER_SITE = "this form was sent by another web site; open the console and send it from there"
_STALE = "this form is of another session; reload the page and send it again"


class Form:
    """The fields of a form, each with all its values, in the order they were sent."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def __contains__(self, name: str) -> bool:
        """Return whether a field was sent; an unchecked box was not."""
        return name in self._values

    def text(self, name: str, default: str = "") -> str:
        """Return a field's last value without blanks around it."""
        values = self._values.get(name)
        return values[-1].strip() if values else default

    def all(self, name: str) -> tuple[str, ...]:
        """Return all values of a field that are not empty."""
        return tuple(v.strip() for v in self._values.get(name, ()) if v.strip())

    @property
    def fields(self) -> Mapping[str, list[str]]:
        """All fields with their values as they were sent."""
        return self._values


async def read_form(request: Request, seconds: float) -> Form:
    """Return the form of a request.

    Raises:
        AdminError: 408, 413 or 415: it is too slow, too large, or no form.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise AdminError("send a form (application/x-www-form-urlencoded)", status=415)
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for part in request.stream():
                body += part
                if len(body) > _LARGEST:
                    raise AdminError(f"a form has at most {_LARGEST:,} bytes", status=413)
    except TimeoutError:
        raise AdminError("the form did not arrive in time", status=408) from None
    return _parsed(bytes(body))


def _parsed(body: bytes) -> Form:
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict"
        )
    except ValueError:
        raise AdminError("this form cannot be read", status=400) from None
    if any("\0" in name or "\0" in value for name, value in pairs):
        raise AdminError("a field of this form holds a null character", status=400)
    # Browsers send CR LF for each line break of a text area.
    return Form((name, value.replace("\r\n", "\n")) for name, value in pairs)


def form_token(secret: str) -> str:
    """Return what the forms of a session send back; it tells nothing about the cookie's secret."""
    return hmac.new(secret.encode(), b"form", hashlib.sha256).hexdigest()


def check_sender(request: Request, public_url: str | None) -> None:
    """Refuse a form that a page of another site sent.

    public_url: the address of this server that browsers know.

    Raises:
        AdminError: 403, its headers name another site.
    """
    site = request.headers.get("sec-fetch-site")
    # Where browsers tell it, they know better: a proxy may leave the port out of `Host`.
    if site is not None and site != "same-origin":
        raise AdminError(_OTHER_SITE, status=403)
    origin = request.headers.get("origin")
    ours = {request.headers.get("host"), _netloc(public_url or "") or None} - {None}
    if site is None and origin is not None and _netloc(origin) not in ours:
        raise AdminError(_OTHER_SITE, status=403)


def _netloc(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


def check_form_token(form: Form, expected: str) -> None:
    """Refuse a form without the token of its session.

    Raises:
        AdminError: 403, it has none, or another session's.
    """
    if not hmac.compare_digest(form.text(FORM_TOKEN).encode(), expected.encode()):
        raise AdminError(_STALE, status=403)
