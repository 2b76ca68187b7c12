"""The authorization page: a person signs in, chooses a server, and allows or cancels."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeAlias
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vapi_mcp.accounts.clock import utc_now
from vapi_mcp.accounts.records import ApiToken
from vapi_mcp.accounts.service import AccessService
from vapi_mcp.http.oauth.addresses import Addresses
from vapi_mcp.http.oauth.attempts import Attempts
from vapi_mcp.http.oauth.forms import read_form, value_of
from vapi_mcp.http.oauth.pages import client_values, offer_of, page
from vapi_mcp.http.oauth.tickets import Ticket, Tickets
from vapi_mcp.oauth.authorization import AuthorizationService, Choice
from vapi_mcp.oauth.errors import OAuthError, RedirectedError
from vapi_mcp.oauth.records import AuthorizationRequest, OAuthClient
from vapi_mcp.registry.registry import Registry

# Returns the API token of a person who is signed in elsewhere, such as in a console.
SessionOf: TypeAlias = Callable[[Request], Awaitable[ApiToken | None]]

_Form: TypeAlias = Mapping[str, list[str]]
_LONGEST_QUERY = 16 * 1024
_WRONG_TOKEN = "this API token is not valid; paste the whole token, it begins with vma_"  # noqa: S105 - words
_TOO_OLD = "this page is too old, or was not made here"


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request for authorization that was checked, as the page deals with it."""

    query: str
    request: AuthorizationRequest
    client: OAuthClient
    to: Addresses

    def answered(self, **parameters: str | None) -> Response:
        """Send the person back to the client."""
        return _redirect(self.to, self.request.redirect_uri, self.request.state, **parameters)


class AuthorizePage:
    """Answers `/authorize`, to a browser."""

    def __init__(
        self,
        authorization: AuthorizationService,
        access: AccessService,
        registry: Registry,
        tickets: Tickets,
        addresses: Callable[[Request], Addresses],
        *,
        seconds: float,
        session_of: SessionOf | None = None,
    ) -> None:
        """Take the services; seconds: how long a form may take to arrive."""
        self._authorization = authorization
        self._access = access
        self._registry = registry
        self._tickets = tickets
        self._addresses = addresses
        self._seconds = seconds
        self._session_of = session_of
        self._guesses = Attempts(each=10, everyone=200, seconds=300)
        self._visits = Attempts(each=60, everyone=600, seconds=60)

    async def get(self, request: Request) -> Response:
        """Show the sign-in, or the consent where the person is signed in."""
        return await self._shown(request, self._opened)

    async def post(self, request: Request) -> Response:
        """Take one of the two forms."""
        return await self._shown(request, self._answered)

    async def _shown(
        self, request: Request, answer: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        try:
            return await answer(request)
        except RedirectedError as error:
            return _redirect(
                self._addresses(request),
                error.redirect_uri,
                error.state,
                error=error.code,
                error_description=error.message,
            )
        except OAuthError as error:
            status = 400 if error.status == 401 else error.status  # noqa: PLR2004 - a person has no client secret
            return page("error.html", None, status, problem=_sentence(error.message))

    async def _opened(self, request: Request) -> Response:
        self._visits.check(request)
        self._visits.note(request)
        asked = await self._asked(request, request.url.query)
        token = await self._session_of(request) if self._session_of else None
        if token is None:
            return self._sign_in(asked)
        return await self._consent(asked, token)

    async def _answered(self, request: Request) -> Response:
        _check_origin(request, self._addresses(request))
        form = await read_form(request, self._seconds)
        ticket = self._tickets.open(value_of(form, "ticket") or "")
        if ticket is None:
            raise OAuthError("invalid_request", _TOO_OLD)
        asked = await self._asked(request, ticket.query)
        if value_of(form, "decision") == "deny":
            return asked.answered(error="access_denied", error_description="the person cancelled")
        if ticket.token is None:
            return await self._signed_in(request, asked, value_of(form, "api_token") or "")
        return await self._allowed(asked, ticket.token, form)

    async def _asked(self, request: Request, query: str) -> _Asked:
        if len(query) > _LONGEST_QUERY:
            raise OAuthError("invalid_request", "the request is too long")
        to = self._addresses(request)
        given = parse_qs(query, keep_blank_values=True)
        authorization, client = await self._authorization.begin(given, to.resource)
        return _Asked(query, authorization, client, to)

    async def _signed_in(self, request: Request, asked: _Asked, secret: str) -> Response:
        self._guesses.check(request)
        token = await self._access.find_api_token(secret.strip())
        if token is None:
            self._guesses.note(request)
            return self._sign_in(asked, _WRONG_TOKEN)
        return await self._consent(asked, token)

    async def _allowed(self, asked: _Asked, token: ApiToken, form: _Form) -> Response:
        server, ends_on = value_of(form, "server"), value_of(form, "ends_on")
        try:
            choice = Choice(server or "", value_of(form, "read_only") is not None, _end_of(ends_on))
            code = await self._authorization.approve(asked.request, asked.client, token, choice)
        except OAuthError as error:
            return await self._consent(asked, token, error.message, chosen=server)
        return asked.answered(code=code)

    def _sign_in(self, asked: _Asked, problem: str | None = None) -> Response:
        return page(
            "sign_in.html",
            asked.request,
            403 if problem else 200,
            ticket=self._tickets.sign(Ticket(asked.query)),
            problem=problem and _sentence(problem),
            action=f"{asked.to.issuer}/authorize",
            **client_values(asked.client, asked.request),
        )

    async def _consent(
        self,
        asked: _Asked,
        token: ApiToken,
        problem: str | None = None,
        *,
        chosen: str | None = None,
    ) -> Response:
        servers = await self._authorization.servers(token)
        return page(
            "consent.html",
            asked.request,
            400 if problem else 200,
            ticket=self._tickets.sign(Ticket(asked.query, token)),
            problem=problem and _sentence(problem),
            action=f"{asked.to.issuer}/authorize",
            offers=[offer_of(server, account, self._registry) for server, account in servers],
            chosen=chosen,
            today=utc_now().date().isoformat(),
            **client_values(asked.client, asked.request),
        )


def _check_origin(request: Request, to: Addresses) -> None:
    """Refuse a form of another site; browsers say where a form is from.

    Raises:
        OAuthError: It is of another site.
    """
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    own = urlsplit(to.issuer).netloc.lower(), request.headers.get("host", "").lower()
    is_own = origin is None or urlsplit(origin).netloc.lower() in own
    if site not in ("same-origin", "none") or not is_own:
        raise OAuthError("invalid_request", "this form is of another site", status=403)


def _end_of(day: str | None) -> datetime | None:
    if day is None:
        return None
    try:
        chosen = date.fromisoformat(day) + timedelta(days=1)
    except (ValueError, OverflowError):
        raise OAuthError("invalid_request", "the end must be a date such as 2027-01-31") from None
    return datetime.combine(chosen, time(), UTC)


def _redirect(to: Addresses, uri: str, state: str | None, **parameters: str | None) -> Response:
    headers = {"Referrer-Policy": "no-referrer"}
    return RedirectResponse(to.answer_to(uri, **parameters, state=state), 302, headers)


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."
