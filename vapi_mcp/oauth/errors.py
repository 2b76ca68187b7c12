"""The errors of OAuth."""

from __future__ import annotations

from vapi_mcp.errors import VapiMcpError


class OAuthError(VapiMcpError):
    """A request that OAuth refuses.

    code: such as `invalid_grant`. message: the words for people. status: of HTTP.
    """

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


class UnsafeRequest(OAuthError):
    """A request for authorization whose redirect cannot be trusted: the person sees the error."""


class RedirectedError(OAuthError):
    """A wrong request of a known client: it learns of the error at its own address."""

    def __init__(self, code: str, message: str, *, redirect_uri: str, state: str | None) -> None:
        super().__init__(code, message)
        self.redirect_uri = redirect_uri
        self.state = state


class DocumentUnavailable(VapiMcpError):
    """The document of a client cannot be read; the message says why."""
