"""Answers of Vapi that strict readers refuse, and what of them goes out."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.support.invocation import ID, JSON, REGISTRY, ResultInvoker, granted
from tests.support.upstream import ScriptedUpstream
from vapi_mcp.errors import ToolError
from vapi_mcp.invocation.json_reading import ReadJson, read_json
from vapi_mcp.invocation.messages import UpstreamResponse
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.protocol.calls.result_models import model_of
from vapi_mcp.protocol.results import answer_of, refused

MARKER = {"_omitted": {"reason": "nested more than 100 levels deep", "read": None}}


def nested(levels: int) -> bytes:
    return b"[" * levels + b"1" + b"]" * levels


def unwrapped(value: Any, levels: int) -> Any:
    for _ in range(levels):
        (value,) = value
    return value


async def answered(body: bytes, tool: str, /, **arguments: Any) -> ToolResult:
    upstream = ScriptedUpstream(UpstreamResponse(200, JSON, body))
    return await ResultInvoker(upstream).invoke(REGISTRY.find(tool), arguments, granted())


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'["\\ud83d"]', ["�"]),
        (b'["a\\ude00b"]', ["a�b"]),
        (b'["\\ud83d\\ude00"]', ["😀"]),
        (b'{"\\ud83d": "\\\\ud83d"}', {"�": "\\ud83d"}),
        (b'["\xff"]', ["�"]),
        (b"[NaN, Infinity, 1.5]", [None, None, 1.5]),
        (b'["\x01"]', ["\x01"]),
        (b"[1e400,-1e400]", [None, None]),
        (b"[" + b"1" * 5000 + b"]", [None]),
        (b"\xef\xbb\xbf[1]", [1]),
    ],
)
def test_what_is_no_strict_json_is_read_leniently(body: bytes, value: Any) -> None:
    read = read_json(body)
    assert read.value == value
    assert orjson.loads(read.body) == value


@pytest.mark.parametrize("digits", [b"18446744073709551616", b"-9223372036854775809", b"1" * 640])
@pytest.mark.parametrize("beside", [b"", b',"a":NaN', b',"a":"\\ud83d"'])
def test_integers_of_any_size_stay_exact(digits: bytes, beside: bytes) -> None:
    read = read_json(b'{"n":' + digits + beside + b"}")
    assert read.value["n"] == int(digits)
    assert read.body.startswith(b'{"n":' + digits)


LARGE = 18446744073709551616
ODD = (
    b'{"id":"%s","createdAt":"2026-01-01T00:00:00.000Z","name":"a\xffb","metadata":{"big":%d,'
    b'"list":[NaN,{"n":1e400}],"huge":%s,"deep":%s}}'
) % (ID.encode(), LARGE, b"1" * 700, b'{"a":' * 120 + b"1" + b"}" * 120)
TOLD = (
    (
        "null stands for numbers that no reader takes (NaN, infinite or too large) in: "
        "metadata.list.0, metadata.list.1.n and metadata.huge."
    ),
    "U+FFFD stands for what is not Unicode in: name.",
    "Left out as nested more than 100 levels deep: metadata.deep.a.a.a.a; it cannot be read.",
)


@pytest.mark.parametrize("fields", [None, ["*"], ["name", "metadata"]])
async def test_what_had_to_be_replaced_is_named_in_one_note_a_kind(fields: Any) -> None:
    given = {"fields": fields} if fields else {}
    one = await answered(ODD, "get_single_vapi_assistant_by_id", id=ID, **given)
    assert (one.notes, orjson.loads(one.text)["metadata"]["list"]) == (TOLD, [None, {"n": None}])
    page = await answered(b"[" + ODD + b"]", "list_all_vapi_assistants", fields=fields or ["*"])
    assert page.notes == TOLD
    for text in (one.text, page.text):
        assert f'"big":{LARGE},' in text


async def test_what_was_replaced_where_nobody_asked_is_not_told() -> None:
    for fields, told in ((["id"], ()), (["name"], TOLD[1:2]), (["metadata.list"], TOLD[:1])):
        one = await answered(ODD, "get_single_vapi_assistant_by_id", id=ID, fields=fields)
        page = await answered(b"[" + ODD + b"]", "list_all_vapi_assistants", fields=fields)
        assert {len(one.notes), len(page.notes)} == {len(told)}
    part = await answered(ODD, "get_single_vapi_assistant_by_id", id=ID, part="name")
    assert part.notes == TOLD[1:2]


async def test_an_answer_with_a_byte_order_mark_is_read() -> None:
    body = b'\xef\xbb\xbf{"id":"%s"}' % ID.encode()
    one = await answered(body, "get_single_vapi_assistant_by_id", id=ID)
    assert (one.text, one.notes) == (f'{{"id":"{ID}"}}', ())


async def test_large_integers_stay_exact_in_structured_content() -> None:
    body = b'{"id":"%s","metadata":{"big":%d}}' % (ID.encode(), LARGE)
    one = await answered(body, "get_single_vapi_assistant_by_id", id=ID, fields=["metadata"])
    result = model_of(answer_of(one, structured=True))
    assert result.structured_content == {"metadata": {"big": LARGE}}
    assert f'{{"big":{LARGE}}}' in result.model_dump_json(by_alias=True)


async def test_large_integers_stay_exact_in_what_is_told_of_an_error() -> None:
    rejection = UpstreamResponse(400, JSON, b'{"message":"no","sent":{"big":%d}}' % LARGE)
    invoker = ResultInvoker(ScriptedUpstream(rejection))
    with pytest.raises(ToolError) as caught:
        await invoker.invoke(
            REGISTRY.find("get_single_vapi_assistant_by_id"), {"id": ID}, granted()
        )
    assert f'"big":{LARGE}' in model_of(refused(caught.value)).model_dump_json().replace("\\", "")


def test_what_nests_too_deeply_becomes_a_marker_and_the_rest_stays() -> None:
    assert unwrapped(read_json(nested(100)).value, 100) == 1
    for levels in (101, 255, 1024, 5000):
        found = read_json(b'{"a":' + nested(levels) + b',"b":' + nested(levels) + b',"c":2}').value
        assert (unwrapped(found["a"], 99), found["c"]) == (MARKER, 2)
        assert found["b"] == found["a"]


def test_brackets_in_texts_are_no_nesting() -> None:
    body = orjson.dumps({"a": "[" * 300 + '\\"{', "b": [[]] * 200, "c": "]" * 500})
    assert read_json(body) == ReadJson(orjson.loads(body), body)


@pytest.mark.parametrize("body", [b"", b"{", b"[1", nested(200)[:-1], b'"\\', b"\xff", b"[1]]"])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"JSON|Expecting|Extra|Unterminated|delimiter|escape|end"):
        read_json(body)


@pytest.mark.parametrize("odd", [b'"\\ud83d"', *map(nested, (101, 255, 1024, 2000))])
async def test_one_odd_object_spoils_neither_its_page_nor_its_own_answer(odd: bytes) -> None:
    one = b'{"id":"%s","createdAt":"2026-01-01T00:00:00.000Z","metadata":%s}' % (ID.encode(), odd)
    for fields in (["*"], ["metadata"], ["id"]):
        page = await answered(b"[" + one + b"]", "list_all_vapi_assistants", fields=fields)
        assert orjson.loads(page.text)["result_count"] == 1
    whole = await answered(one, "get_single_vapi_assistant_by_id", id=ID)
    assert orjson.loads(whole.text)["id"] == ID
    assert (await answered(one, "get_single_vapi_assistant_by_id", id=ID, part="metadata")).text


async def test_a_write_whose_answer_breaks_down_is_done_and_tells_its_id(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise RecursionError

    monkeypatch.setattr("vapi_mcp.invocation.answers.object.select", fail)
    monkeypatch.setattr("vapi_mcp.invocation.answers.object.fits", fail)
    body = b'{"id":"%s"}' % ID.encode()
    result = await answered(body, "delete_a_vapi_assistant_by_id", id=ID)
    assert (result.text, result.upstream_ids) == (f'{{"id":"{ID}"}}', (ID,))
    assert result.notes[0].startswith("This was done, but its answer cannot be shown")
    assert "broke down" in caplog.text
