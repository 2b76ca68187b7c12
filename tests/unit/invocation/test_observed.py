from __future__ import annotations

from typing import Any

import pytest

from tests.support.upstream import LiveUpstream, ScriptedUpstream
from vapi_mcp.accounts.records import Account
from vapi_mcp.errors import StoreError, UpstreamFailed
from vapi_mcp.invocation.messages import ArtifactLink, UpstreamRequest, UpstreamResponse
from vapi_mcp.invocation.observed import ObservedUpstream, UpstreamAnswer
from vapi_mcp.security.credential import Credential

ACCOUNT = Account("account-1", "Acme", Credential("the-secret-key"), "http://upstream.invalid")
REQUEST = UpstreamRequest("GET", "/call")
LINK = ArtifactLink("http://storage.invalid/x", None, None, None)


class Notes:
    """An observer that remembers, and fails when it is told to."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.seen: list[tuple[str, UpstreamAnswer]] = []
        self._failure = failure

    async def __call__(self, account: Account, answer: UpstreamAnswer) -> None:
        self.seen.append((account.id, answer))
        if self._failure:
            raise self._failure

    @property
    def answer(self) -> UpstreamAnswer:
        [(account_id, answer)] = self.seen
        assert account_id == ACCOUNT.id
        assert answer.seconds >= 0
        return answer


def response(status: int, body: bytes = b"{}") -> UpstreamResponse:
    return UpstreamResponse(status, {"x-ratelimit-remaining": "7"}, body)


async def test_observers_hear_of_an_answer_with_its_headers() -> None:
    notes, answer = Notes(), response(201)
    assert (
        await ObservedUpstream(ScriptedUpstream(answer), [notes]).send(REQUEST, ACCOUNT) is answer
    )
    told = notes.answer
    assert (told.status, told.headers, told.said) == (201, answer.headers, None)


async def test_a_refusal_is_told_in_vapis_words_and_without_the_key() -> None:
    notes = Notes()
    refusal = response(401, b'{"message":"Invalid Key: the-secret-key"}')
    await ObservedUpstream(ScriptedUpstream(refusal), [notes]).send(REQUEST, ACCOUNT)
    assert (notes.answer.status, notes.answer.said) == (401, "Vapi says: Invalid Key: ***")


async def test_a_link_to_an_artifact_is_a_success() -> None:
    notes = Notes()
    located = await ObservedUpstream(ScriptedUpstream(LINK), [notes]).locate(REQUEST, ACCOUNT)
    assert located is LINK
    assert (notes.answer.status, notes.answer.headers) == (200, {})


async def test_silence_is_told_as_the_error_its_caller_gets() -> None:
    async def silent(request: UpstreamRequest) -> Any:
        raise UpstreamFailed("too late", status=504)

    notes = Notes()
    with pytest.raises(UpstreamFailed):
        await ObservedUpstream(ScriptedUpstream(silent), [notes]).send(REQUEST, ACCOUNT)
    assert notes.answer.status == 504


async def test_a_stream_is_one_answer_that_lasts_until_its_end() -> None:
    notes, upstream = Notes(), LiveUpstream()
    heard: list[bytes] = []

    async def take(piece: bytes) -> None:
        heard.append(piece)
        assert notes.seen == []

    upstream.say(b"one", b"two", None)
    await ObservedUpstream(upstream, [notes]).stream(REQUEST, ACCOUNT, take)
    assert heard == [b"one", b"two"]
    assert notes.answer.status == 200


async def test_a_stream_that_breaks_off_is_told_as_the_error_it_ends_with() -> None:
    async def take(piece: bytes) -> None:
        pass

    notes, upstream = Notes(), LiveUpstream()
    upstream.say(b"one", UpstreamFailed("broke off", status=502))
    with pytest.raises(UpstreamFailed):
        await ObservedUpstream(upstream, [notes]).stream(REQUEST, ACCOUNT, take)
    assert notes.answer.status == 502


async def test_an_observer_that_fails_costs_neither_the_answer_nor_the_other_observers(
    caplog: pytest.LogCaptureFixture,
) -> None:
    failing, notes, answer = Notes(ValueError("the-secret-key")), Notes(), response(200)
    observed = ObservedUpstream(ScriptedUpstream(answer), [failing, Notes(StoreError()), notes])
    assert await observed.send(REQUEST, ACCOUNT) is answer
    assert notes.answer.status == 200
    assert len(caplog.messages) == 2
    assert "the-secret-key" not in caplog.text
