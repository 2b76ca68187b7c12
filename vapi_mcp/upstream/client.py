"""The one HTTP client: pooled, limited in time and size, independent of the environment."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, contextmanager
from functools import cache, partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Self
from urllib.parse import urlencode, urlsplit

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver
from httpx_aiohttp import AiohttpTransport

from vapi_mcp import __version__
from vapi_mcp.accounts.records import Account
from vapi_mcp.errors import UpstreamFailed
from vapi_mcp.invocation.failures.transport_errors import broken_off, timed_out, unreachable
from vapi_mcp.invocation.messages import (
    EVENTS,
    ArtifactLink,
    OpenArtifact,
    Take,
    UpstreamRequest,
    UpstreamResponse,
)
from vapi_mcp.upstream.addresses import PublicResolver
from vapi_mcp.upstream.decoding import decoded, read_bounded
from vapi_mcp.upstream.named_urls import NamedUrls
from vapi_mcp.upstream.opening import opened
from vapi_mcp.upstream.redirects import AS_STORED, BAD_LINK, LinkFinder, arriving, unavailable
from vapi_mcp.upstream.shares import CONNECTIONS
from vapi_mcp.upstream.whole_answers import REDIRECTS, WholeAnswers, check_redirect

_CONNECT_SECONDS = 5.0
_IDLE_SECONDS = 30.0
_TIMEOUT = httpx.Timeout(None, connect=_CONNECT_SECONDS)
_EXTENSIONS = {"timeout": _TIMEOUT.as_dict()}
_HEADERS = {"user-agent": f"vapi-mcp/{__version__}", "accept": "*/*", "accept-encoding": "gzip"}
# What packs a stream may hold its first events back.
_UNPACKED = {**_HEADERS, "accept-encoding": "identity"}
_NO_SUCH_RANGE = 416
_FAILURES = (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError)
_NEVER_CONNECTED = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    httpx.ConnectError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)


class UpstreamClient:
    """Sends requests to Vapi over one pool of connections a process.

    Redirects are never followed by themselves, proxy variables and `.netrc` are not read, and
    no cookie is kept: an answer to one account cannot colour a request of another.
    """

    def __init__(
        self,
        *,
        max_answer_bytes: int,
        allow_private: bool = False,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Prepare a client; `transport` puts another engine in place of the network."""
        self._max_answer_bytes = max_answer_bytes
        self._transport = transport or pooled_transport()
        self._whole = (
            WholeAnswers(self._transport, _CONNECT_SECONDS, max_answer_bytes)
            if isinstance(self._transport, AiohttpTransport)
            else None
        )
        self._client = _client(self._transport)
        self._public = _client(transport or pooled_transport(PublicResolver))
        self._named = NamedUrls(self._client, self._public, allow_private=allow_private)
        self._links = LinkFinder(self._client, self._public, allow_private=allow_private)

    async def send(self, request: UpstreamRequest, account: Account) -> UpstreamResponse:
        """Send one request and return the whole answer, with any status.

        Raises:
            AnswerTooLarge: The decoded answer exceeds the bound.
            UpstreamFailed: Nothing readable came back in time.
        """
        if request.url is not None:
            return await self._named.send(request, account)
        try:
            async with asyncio.timeout(request.deadline):
                return await self._answer(request, account)
        except TimeoutError as error:
            raise timed_out(request.deadline, writes=request.method != "GET") from error

    async def _answer(self, request: UpstreamRequest, account: Account) -> UpstreamResponse:
        try:
            if self._whole is not None and request.upload is None:
                url, headers = _addressed(request, account, _HEADERS)
                return await self._whole.answer(request, url, headers)
            # Past the client of httpx, which would look for cookies, redirects and a login.
            prepared = self._prepared(request, account, _HEADERS)
            response = await opened(self._transport.handle_async_request, prepared)
            try:
                check_redirect(response.status_code, response.headers)
                return await self._read(response)
            finally:
                await response.aclose()
        except _FAILURES as error:
            raise _failure(error, account, request) from error

    async def stream(
        self, request: UpstreamRequest, account: Account, take: Take
    ) -> UpstreamResponse:
        """Send one request and hand the bytes of an event stream on while they arrive.

        The answer then has no body; any other answer is whole, as `send` returns it. The deadline
        and the bound hold for a stream as for any answer, the time `take` needs included.

        Raises:
            AnswerTooLarge: The decoded answer exceeds the bound.
            UpstreamFailed: It did not come, or not to its end; what came was handed on.
        """
        async with _within(request), self._open(request, account, _UNPACKED) as response:
            answer = UpstreamResponse(response.status_code, _headers(response), b"")
            if not response.is_success or answer.content_type != EVENTS:
                with _mapped(account, request):
                    return await self._read(response)
            async with aclosing(self._pieces(response, request, account)) as pieces:
                async for piece in pieces:
                    await take(piece)
            return answer

    async def locate(
        self, request: UpstreamRequest, account: Account
    ) -> ArtifactLink | UpstreamResponse:
        """Follow an artifact's redirect without the credential and return where the bytes are.

        An answer that is no redirect is returned as it is; the bytes of a success are not read.

        Raises:
            ArtifactUnavailable: The redirect leads nowhere it may lead.
            UpstreamFailed: Nothing readable came back in time.
        """
        async with _within(request):
            async with self._led(request, account) as response:
                if response.is_success:
                    return UpstreamResponse(response.status_code, _headers(response), b"")
                if response.status_code not in REDIRECTS:
                    with _mapped(account, request):
                        return await self._read(response)
                location = response.headers.get("location", "")
            return await self._links.find(location, account)

    @asynccontextmanager
    async def opened(
        self, request: UpstreamRequest, account: Account, headers: Mapping[str, str]
    ) -> AsyncGenerator[OpenArtifact | UpstreamResponse]:
        """Follow an artifact's redirect without the credential and yield its bytes as they come.

        headers: `range` and `if-range`, or none. A refusal of Vapi is yielded as it is. The
        request's deadline ends with the head of the answer; the bytes may take their time.

        Raises:
            ArtifactUnavailable: The redirect leads nowhere it may lead.
            UpstreamFailed: Nothing readable came back in time.
        """
        wanted = {**_HEADERS, **AS_STORED, **headers}
        async with AsyncExitStack() as stack:
            async with _within(request):
                response = await stack.enter_async_context(self._led(request, account, wanted))
                if response.status_code in REDIRECTS:
                    location = response.headers.get("location", "")
                    await response.aclose()
                    storage = self._links.opened(location, account, headers)
                    response = await stack.enter_async_context(storage)
                beyond = response.status_code == _NO_SUCH_RANGE and "range" in headers
                with _mapped(account, request):
                    whole = await self._read(response) if response.is_error and not beyond else None
            chunks = await stack.enter_async_context(aclosing(arriving(response)))
            yield whole or OpenArtifact(response.status_code, _headers(response), chunks)

    async def __aenter__(self) -> Self:
        """Return the client; it opens connections as they are needed."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close every connection."""
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()
        await self._public.aclose()

    @asynccontextmanager
    async def _open(
        self, request: UpstreamRequest, account: Account, offer: Mapping[str, str] = _HEADERS
    ) -> AsyncGenerator[httpx.Response]:
        prepared = self._prepared(request, account, offer)
        with _mapped(account, request):
            response = await opened(partial(self._client.send, stream=True), prepared)
        try:
            yield response
        finally:
            await response.aclose()

    @asynccontextmanager
    async def _led(
        self, request: UpstreamRequest, account: Account, offer: Mapping[str, str] = _HEADERS
    ) -> AsyncGenerator[httpx.Response]:
        """Open an artifact's request; httpx reads a redirect's URL even where it follows none."""
        async with AsyncExitStack() as stack:
            try:
                opening = self._open(request, account, offer)
                response = await stack.enter_async_context(opening)
            except UpstreamFailed as failed:
                if isinstance(failed.__cause__, httpx.RemoteProtocolError):
                    raise unavailable(BAD_LINK) from failed
                raise
            yield response

    def _prepared(
        self, request: UpstreamRequest, account: Account, offer: Mapping[str, str]
    ) -> httpx.Request:
        # Made directly: the client's own way merges defaults that all stand here already.
        url, headers = _addressed(request, account, offer)
        if (upload := request.upload) is not None:
            file = (upload.file_name, upload.content, upload.content_type)
            return httpx.Request(
                request.method,
                url,
                headers=headers,
                data=dict(upload.fields),
                files={"file": file},
                extensions=_EXTENSIONS,
            )
        return httpx.Request(
            request.method, url, headers=headers, content=request.body, extensions=_EXTENSIONS
        )

    async def _read(self, response: httpx.Response) -> UpstreamResponse:
        body = await read_bounded(response.aiter_raw(), _encoding(response), self._max_answer_bytes)
        return UpstreamResponse(response.status_code, _headers(response), body)

    async def _pieces(
        self, response: httpx.Response, request: UpstreamRequest, account: Account
    ) -> AsyncGenerator[bytes]:
        raw, bound = response.aiter_raw(), self._max_answer_bytes
        with _mapped(account, request):
            async with aclosing(decoded(raw, _encoding(response), bound)) as pieces:
                async for piece in pieces:
                    yield piece


def _addressed(
    request: UpstreamRequest, account: Account, offer: Mapping[str, str]
) -> tuple[str, Mapping[str, str]]:
    """Return the URL of a request and its headers."""
    if account.kept_to is not None:
        raise RuntimeError("a request that is kept to some objects went past what keeps it")
    url = account.base_url + request.path
    if request.query:
        url += "?" + urlencode(request.query)
    headers = {**offer, "authorization": f"Bearer {account.credential.secret}"}
    if request.body is not None and request.upload is None:
        headers["content-type"] = "application/json"
    return url, headers


def _client(transport: httpx.AsyncBaseTransport) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=transport,
        timeout=_TIMEOUT,
        trust_env=False,
        follow_redirects=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        headers=_HEADERS,
    )


def pooled_transport(resolver: Callable[[], AbstractResolver] | None = None) -> AiohttpTransport:
    """Return a transport on aiohttp's connection pool, made on first use in the running loop."""
    ssl_context = _certificates()

    def session() -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=CONNECTIONS,
            keepalive_timeout=_IDLE_SECONDS,
            ssl=ssl_context,
            resolver=resolver() if resolver else None,
        )
        made = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        # It would send GET, PUT and DELETE again by itself; there is no public switch for that.
        made._retry_connection = False  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - aiohttp has no setting for it
        return made

    return AiohttpTransport(client=session, verify=ssl_context)


@cache
def _certificates() -> ssl.SSLContext:
    # To read them takes 25 ms, at every start.
    return httpx.create_ssl_context(trust_env=False)


def _encoding(response: httpx.Response) -> str:
    return response.headers.get("content-encoding", "").lower()


def _headers(response: httpx.Response) -> Mapping[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


@asynccontextmanager
async def _within(request: UpstreamRequest) -> AsyncGenerator[None]:
    try:
        async with asyncio.timeout(request.deadline):
            yield
    except TimeoutError as error:
        raise timed_out(request.deadline, writes=request.method != "GET") from error


@contextmanager
def _mapped(account: Account, request: UpstreamRequest) -> Generator[None]:
    """Turn the libraries' errors into ours; their texts may hold addresses, so they stay out."""
    try:
        yield
    except _FAILURES as error:
        raise _failure(error, account, request) from error


def _failure(error: Exception, account: Account, request: UpstreamRequest) -> UpstreamFailed:
    host = urlsplit(account.base_url).hostname or account.base_url
    # The transport's mapping is coarse; the library's own error says what really happened.
    cause = error.__cause__ or error
    if isinstance(cause, _NEVER_CONNECTED):
        return unreachable(host, _named(cause))
    return broken_off(host, _named(cause), writes=request.method != "GET")


def _named(cause: BaseException) -> str:
    text = getattr(getattr(cause, "os_error", cause), "strerror", None)
    return text.lower() if text else type(cause).__name__
