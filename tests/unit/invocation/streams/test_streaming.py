from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from tests.support.app import ACCOUNT, registry
from tests.support.invocation import ResultInvoker
from tests.support.upstream import LiveUpstream, ScriptedUpstream
from vapi_mcp.accounts.records import Grant, Server
from vapi_mcp.errors import UpstreamFailed, UpstreamRejected
from vapi_mcp.invocation.caller import SilentCaller
from vapi_mcp.invocation.failures.transport_errors import AnswerTooLarge, broken_off, timed_out
from vapi_mcp.invocation.messages import EVENTS, UpstreamRequest, UpstreamResponse
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.invocation.streams.sse import EventReader

CHAT = "create_a_vapi_chat"
RESPONSE = "create_a_vapi_chat_response"
GRANT = Grant(ACCOUNT, Server("server-0", "first", ACCOUNT.id))
ELSEWHERE = (
    "Read the chat with this id for the parts that a stream leaves out, such as messages and cost."
)
WHOLE = {"id": "r1", "object": "response", "status": "completed", "output": []}


@dataclass(frozen=True, slots=True)
class Listener(SilentCaller):
    """A caller that remembers what it was told."""

    heard: list[str] = field(default_factory=list[str])

    async def report(self, text: str) -> None:
        self.heard.append(text)


def event(**members: Any) -> bytes:
    return b"data: " + orjson.dumps(members) + b"\n\n"


def chat_event(delta: str, place: int = 0) -> bytes:
    return event(id="c1", sessionId="s1", path=f"chat.output[{place}].content", delta=delta)


def response_event(delta: str) -> bytes:
    kind = "response.output_text.delta"
    return b"event: " + kind.encode() + b"\n" + event(type=kind, delta=delta, item_id="m1")


DONE = event(type="response.output_text.done", text="Hello", item_id="m1")
COMPLETED = event(type="response.completed", response=WHOLE)
CHATTED = chat_event("Hel") + chat_event("lo")


async def run(
    tool: str, *pieces: bytes | Exception | None, **arguments: Any
) -> tuple[ToolResult, list[str]]:
    """Call a tool whose stream brings these pieces, and return what it answered and told."""
    upstream, listener = LiveUpstream(), Listener()
    upstream.say(*pieces)
    given = {"input": "hi", "stream": True, **arguments}
    async with asyncio.timeout(5):
        found = registry().find(tool)
        result = await ResultInvoker(upstream).invoke(found, given, GRANT, listener)
    return result, listener.heard


async def failed(tool: str, *pieces: bytes | Exception | None) -> dict[str, Any]:
    with pytest.raises(UpstreamFailed) as caught:
        await run(tool, *pieces)
    return caught.value.as_dict()


async def test_a_chat_is_told_piece_by_piece_and_answered_as_a_chat() -> None:
    result, heard = await run(CHAT, CHATTED, None, assistantId="a1", name="Visit")
    assert heard == ["Hel", "lo"]
    assert orjson.loads(result.text) == {
        "assistantId": "a1",
        "name": "Visit",
        "input": "hi",
        "id": "c1",
        "sessionId": "s1",
        "output": [{"role": "assistant", "content": "Hello"}],
    }
    assert (result.notes[1], result.upstream_ids, result.is_error) == (ELSEWHERE, ("c1",), False)


async def test_messages_of_one_reply_stay_apart_and_in_order() -> None:
    pieces = [chat_event("two", 1), chat_event("on"), chat_event("e"), None]
    result, _ = await run(CHAT, *pieces)
    assert [each["content"] for each in orjson.loads(result.text)["output"]] == ["one", "two"]


async def test_a_completed_response_is_vapis_own_object() -> None:
    deltas = response_event("Hel") + response_event("lo")
    result, heard = await run(RESPONSE, deltas, DONE, COMPLETED, None)
    assert heard == ["Hel", "lo"]
    assert orjson.loads(result.text) == WHOLE
    assert ELSEWHERE not in result.notes


async def test_either_format_becomes_the_object_of_the_tool_that_was_called() -> None:
    answered, heard = await run(RESPONSE, CHATTED, None)
    assert heard == ["Hel", "lo"]
    [message] = orjson.loads(answered.text)["output"]
    assert message["content"] == [{"type": "output_text", "text": "Hello", "annotations": []}]
    chatted, heard = await run(CHAT, response_event("Hello"), DONE, None)
    assert heard == ["Hello"]
    assert orjson.loads(chatted.text)["output"] == [{"role": "assistant", "content": "Hello"}]


@pytest.mark.parametrize("cut", [1, 2, 3, 7, 50])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
async def test_it_does_not_matter_how_the_bytes_are_cut(cut: int, line_end: bytes) -> None:
    text = "Grüße \u2028 👋\n\nnew paragraph"
    body = b": hello\n\nretry: 5\n" + chat_event(text) + chat_event("!") + b"data: [DONE]\n\n"
    body = body.replace(b"\n", line_end)
    pieces = [body[at : at + cut] for at in range(0, len(body), cut)]
    result, heard = await run(CHAT, *pieces, None)
    assert heard == [text, "!"]
    assert orjson.loads(result.text)["output"][0]["content"] == f"{text}!"


async def test_a_last_event_without_an_empty_line_counts() -> None:
    result, heard = await run(CHAT, chat_event("Hel") + chat_event("lo").rstrip(), None)
    assert heard == ["Hel", "lo"]
    assert orjson.loads(result.text)["output"][0]["content"] == "Hello"


def test_data_of_several_lines_is_one_event() -> None:
    reader = EventReader()
    assert list(reader.feed(b'data: {"a":\ndata:1}\n\n[]\ndata: [1]\n\n')) == [{"a": 1}]


@pytest.mark.parametrize("cut", [1, 2, 3, 1000])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_streams_are_read_by_the_rules_of_the_whatwg(line_end: bytes, cut: int) -> None:
    """sse-starlette pings with a date; others begin with a BOM, or send events without data."""
    lines = [
        b'\xef\xbb\xbfdata: {"a": 1}',
        b"",
        b": a comment",
        b"event: ping",
        b"data: 2026-11-27 23:56:46.123456+00:00",
        b"",
        b"data",
        b"",
        b"data:",
        b"",
        b"datax: {}",
        b"id",
        b"",
        b'data:{"b":',
        b"retry: 5",
        b"data:  2}",
        b"",
        b'data: {"c": "\xff", "d": "\\ud83d"}',
        b"",
        b"data: [DONE]",
        b"",
        b'data: {"e": 3}',
    ]
    stream, reader = line_end.join(lines), EventReader()
    found = [e for at in range(0, len(stream), cut) for e in reader.feed(stream[at : at + cut])]
    expected = [{"a": 1}, {"b": 2}, {"c": "\ufffd", "d": "\ud83d"}, {"e": 3}]
    assert [*found, *reader.end()] == expected


def test_a_line_that_ends_with_cr_is_read_at_once() -> None:
    reader = EventReader()
    assert list(reader.feed(b"data: {}\r\r")) == [{}]
    assert list(reader.feed(b"\n")) == []
    assert list(reader.feed(b'data: {"a": 1}\r')) == []
    assert list(reader.feed(b"\n\r")) == [{"a": 1}]


async def test_events_that_are_no_json_leave_the_reply_as_it_is() -> None:
    noise = b"\xef\xbb\xbf: hi\n\nevent: ping\ndata: 2026-11-27\n\ndata:\n\ndata: \xff\n\n"
    result, heard = await run(CHAT, noise + chat_event("Hel"), noise, chat_event("lo"), None)
    assert orjson.loads(result.text)["output"] == [{"role": "assistant", "content": "Hello"}]
    assert heard == ["Hel", "lo"]


async def test_half_an_event_is_skipped_and_the_answer_says_that_it_is_short() -> None:
    result, heard = await run(CHAT, CHATTED, b'data: {"delta": "ha\n\n', None)
    answer = orjson.loads(result.text)
    assert (answer["output"], heard) == ([{"role": "assistant", "content": "Hello"}], ["Hel", "lo"])
    assert answer["is_partial"] is True
    assert result.notes[1].startswith("An event of the stream cannot be read")


async def test_a_stream_that_ends_within_an_event_broke_off() -> None:
    result, heard = await run(CHAT, CHATTED, b'data: {"delta": "ha', None)
    assert (orjson.loads(result.text)["is_partial"], heard) == (True, ["Hel", "lo"])
    told = "Vapi's stream ended in the middle of an event."
    assert result.notes[1] == (
        f"The stream broke off; the output is what arrived (is_partial). {told}"
    )


async def test_a_character_that_two_events_share_is_whole() -> None:
    halves = [
        b'data: {"id": "c1", "path": "chat.output[0].content", "delta": "%s"}\n\n' % half
        for half in (b"a\\ud83d", b"\\ude00b", b"\\ud83d")
    ]
    result, heard = await run(CHAT, *halves, None)
    assert orjson.loads(result.text)["output"] == [{"role": "assistant", "content": "a😀b�"}]
    assert heard == ["a", "😀b"]


def test_a_long_event_in_small_pieces_is_read_in_one_go() -> None:
    reader, body = EventReader(), event(delta="x" * 2_000_000)
    events = [e for at in range(0, len(body), 1000) for e in reader.feed(body[at : at + 1000])]
    assert [len(each["delta"]) for each in events] == [2_000_000]


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (broken_off("vapi", "ClientPayloadError", writes=True), "broke off"),
        (timed_out(55, writes=True), "within 55 seconds"),
        (AnswerTooLarge(16), "larger than 16 bytes"),
        (event(type="error", message="model down", code="x"), "Vapi's stream failed: model down"),
        (event(type="response.failed", response={"error": {"message": "no"}}), "failed: no"),
        (event(error="Bad Gateway", statusCode=502), "failed: Bad Gateway"),
        (event(type="error"), "it did not say why"),
    ],
)
async def test_a_stream_that_breaks_off_is_answered_with_what_arrived(end: Any, told: str) -> None:
    chat, heard = await run(CHAT, CHATTED, end, None)
    assert heard == ["Hel", "lo"]
    answer = orjson.loads(chat.text)
    assert (answer["id"], answer["is_partial"]) == ("c1", True)
    assert answer["output"] == [{"role": "assistant", "content": "Hello"}]
    assert (chat.is_error, chat.upstream_ids) == (False, ("c1",))
    assert "The stream broke off" in chat.notes[1]
    assert told in chat.notes[1]


@pytest.mark.parametrize("end", [broken_off("vapi", "reset", writes=True), None])
async def test_a_response_that_never_completes_is_partial(end: Any) -> None:
    result, _ = await run(RESPONSE, response_event("Hel"), end)
    assert orjson.loads(result.text) == {
        "object": "response",
        "status": "incomplete",
        "error": None,
        "output": [
            {
                "id": "m1",
                "type": "message",
                "role": "assistant",
                "status": "incomplete",
                "content": [{"type": "output_text", "text": "Hel", "annotations": []}],
            }
        ],
        "is_partial": True,
    }
    assert "list tool before you repeat it" in result.notes[2]


async def test_a_partial_response_has_the_id_that_was_told() -> None:
    created = event(type="response.created", response={"id": "r1", "status": "in_progress"})
    result, _ = await run(RESPONSE, created, response_event("Hel"), None)
    assert orjson.loads(result.text)["id"] == "r1"
    assert (result.upstream_ids, result.notes[2]) == (("r1",), ELSEWHERE)


async def test_what_breaks_after_the_completed_response_takes_nothing_away() -> None:
    broken = broken_off("vapi", "reset", writes=True)
    result, _ = await run(RESPONSE, response_event("Hello"), COMPLETED, broken)
    assert orjson.loads(result.text) == WHOLE
    assert result.notes == ()


@pytest.mark.parametrize(
    ("pieces", "told"),
    [
        ([None], "was empty"),
        ([b": hello\n\n", None], "was empty"),
        ([chat_event(""), broken_off("vapi", "reset", writes=True)], "broke off"),
        ([event(type="error", message="model down")], "Vapi's stream failed: model down"),
        ([event(type="error", message="bad key sandbox-key")], "bad key ***"),
        ([b'data: {"delta": "half', None], "was empty"),
    ],
)
async def test_a_stream_that_brings_no_text_is_an_error(pieces: Any, told: str) -> None:
    error = await failed(CHAT, *pieces)
    assert told in error["message"]
    assert error["statusCode"] == 502
    assert "make next_call and read all of its pages" in error["hint"]


async def test_a_long_complaint_is_bounded_and_without_the_key() -> None:
    complaint = event(type="error", message="sandbox-key " + "x" * 9000)
    result, _ = await run(CHAT, CHATTED, complaint)
    assert len(result.notes[1]) < 700
    assert "sandbox-key" not in result.notes[1]


@pytest.mark.parametrize("kind", ["application/json", EVENTS])
async def test_a_refusal_is_a_refusal_also_where_a_stream_was_asked_for(kind: str) -> None:
    refusal = UpstreamResponse(
        400, {"content-type": kind}, b'{"message":"input should not be empty"}'
    )
    with pytest.raises(UpstreamRejected, match="input should not be empty"):
        await ResultInvoker(ScriptedUpstream(refusal)).invoke(
            registry().find(CHAT), {"input": "hi", "stream": True}, GRANT
        )


async def test_a_stream_nobody_asked_for_is_read_all_the_same() -> None:
    async def answer(request: UpstreamRequest) -> UpstreamResponse:
        assert orjson.loads(request.body or b"")["stream"] is False
        return UpstreamResponse(200, {"content-type": f"{EVENTS}; charset=utf-8"}, COMPLETED)

    result = await ResultInvoker(ScriptedUpstream(answer)).invoke(
        registry().find(RESPONSE), {"input": "hi"}, GRANT
    )
    assert orjson.loads(result.text) == WHOLE


async def test_a_cancelled_call_cancels_its_stream() -> None:
    upstream, listener = LiveUpstream(), Listener()
    upstream.say(CHATTED)
    arguments = {"input": "hi", "stream": True}
    call = asyncio.create_task(
        ResultInvoker(upstream).invoke(registry().find(CHAT), arguments, GRANT, listener)
    )
    async with asyncio.timeout(5):
        await upstream.entered.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    assert upstream.cancelled.is_set()


async def test_what_a_stream_says_beyond_json_is_replaced_with_a_note() -> None:
    odd = b'{"id":"r1","object":"response","metadata":{"n":NaN,"big":18446744073709551616}}'
    result, _ = await run(
        RESPONSE, b'data: {"type":"response.completed","response":' + odd + b"}\n\n", None
    )
    assert '"metadata":{"n":null,"big":18446744073709551616}' in result.text
    assert [note for note in result.notes if note.startswith("null")] == [
        "null stands for numbers that no reader takes (NaN, infinite or too large) in: metadata.n."
    ]
