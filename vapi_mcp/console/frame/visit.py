"""One request of a person who has signed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vapi_mcp.accounts.records import ApiToken
from vapi_mcp.accounts.sessions import ConsoleSession
from vapi_mcp.console.frame.forms import Form

if TYPE_CHECKING:
    from vapi_mcp.console.frame.rendering import Renderer


@dataclass(frozen=True, slots=True)
class Visit:
    """A request with its session, and the form it sent.

    form_token: what each form of the page has to send back. form: empty where nothing was sent.
    """

    request: Request
    session: ConsoleSession
    form_token: str
    pages: Renderer
    form: Form = field(default_factory=Form)

    @property
    def actor(self) -> ApiToken:
        """The API token that the person acts with."""
        return self.session.api_token

    @property
    def ids(self) -> Mapping[str, str]:
        """The parts of the path by name."""
        return self.request.path_params

    @property
    def query(self) -> Mapping[str, str]:
        """The last value of each name in the query string."""
        return self.request.query_params

    def page(self, template: str, /, *, status: int = 200, **values: object) -> Response:
        """Return a page made from a template."""
        shown = {"visit": self, "done": self.query.get("done", ""), **values}
        return self.pages.page(template, shown, status)

    def see(self, path: str, /, **query: str) -> Response:
        """Return a redirect to a page below `/console`, as the answer to a change.

        done: the notice that the page shows, a key of `NOTICES`.
        """
        words = f"?{urlencode(query)}" if query else ""
        return RedirectResponse(self.pages.at(path) + words, 303)
