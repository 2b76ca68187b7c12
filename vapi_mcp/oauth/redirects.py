"""The addresses at which a client takes its answer."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_LONGEST = 2000
# Addresses that a browser would run or read by itself.
_FORBIDDEN = frozenset(
    {"javascript", "data", "vbscript", "file", "blob", "about", "filesystem", "view-source"}
    | {"ws", "wss", "ftp", "mailto", "tel"}
)
# Claude answers at both of its hosts.
_RELATED = {"claude.ai": "claude.com", "claude.com": "claude.ai"}


def is_usable(uri: str) -> bool:
    """Return whether a redirect can be registered: https, this machine, or an app's own scheme."""
    parts = _split(uri)
    if parts is None:
        return False
    if parts.scheme == "https":
        return bool(parts.hostname) and not _has_user(parts)
    if parts.scheme == "http":
        return parts.hostname in _LOOPBACK and not _has_user(parts)
    return parts.scheme not in _FORBIDDEN and bool(parts.netloc or parts.path)


def belongs_to(uri: str, client_id: str) -> bool:
    """Return whether a redirect is of the host of a client's document, or of this machine.

    A document proves who has its host, and nothing about another one.
    """
    parts, own = urlsplit(uri), urlsplit(client_id).hostname or ""
    if is_loopback(uri):
        return True
    host = parts.hostname or ""
    is_own = host in (own, _RELATED.get(own)) or host.endswith(f".{own}")
    return parts.scheme == "https" and is_own


def is_loopback(uri: str) -> bool:
    """Return whether a redirect goes to the machine of its person."""
    parts = urlsplit(uri)
    return parts.scheme == "http" and parts.hostname in _LOOPBACK


def matches(asked: str, registered: str) -> bool:
    """Return whether a redirect is a registered one; of this machine, any port is (RFC 8252)."""
    if asked == registered:
        return True
    return (
        _split(asked) is not None
        and is_loopback(asked)
        and is_loopback(registered)
        and _without_port(asked) == _without_port(registered)
    )


def host_of(uri: str) -> str:
    """Return what to show of a redirect: its host, or its scheme where an app takes it."""
    parts = urlsplit(uri)
    if parts.scheme not in ("http", "https"):
        return f"{parts.scheme}:"
    return parts.hostname or ""


def source_of(uri: str) -> str:
    """Return a redirect as a source of a content security policy."""
    parts = urlsplit(uri)
    if parts.scheme not in ("http", "https") or ":" in (parts.hostname or ""):
        return f"{parts.scheme}:"
    return f"{parts.scheme}://{parts.netloc}"


def _split(uri: str) -> SplitResult | None:
    is_plain = uri.isascii() and uri.isprintable() and not any(c in uri for c in " \"'<>\\^`{|};,")
    if not is_plain or len(uri) > _LONGEST or "#" in uri:
        return None
    try:
        parts = urlsplit(uri)
        _ = parts.port  # raises where it is no number
    except ValueError:
        return None
    return parts if parts.scheme else None


def _has_user(parts: SplitResult) -> bool:
    return "@" in parts.netloc


def _without_port(uri: str) -> tuple[str | None, str, str]:
    parts = urlsplit(uri)
    return parts.hostname, parts.path, parts.query
