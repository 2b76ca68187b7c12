from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vapi_mcp.protocol.json_rpc import BadMessage, Message, parse_message, read_message

NOT_FINITE = (
    "is not a finite number, and JSON allows only finite numbers. Leave it out or send it as text"
)
NOT_UTF8 = "holds bytes that are not UTF-8, or half a surrogate pair; send the whole character"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"jsonrpc":"2.0","id":1,"method":"ping"}', Message(1, "ping", {})),
        (b'{"jsonrpc":"2.0","id":"","method":"x","params":null}', Message("", "x", {})),
        (b'{"jsonrpc":"2.0","method":"x","params":{"a":1}}', Message(None, "x", {"a": 1})),
        (b'{"jsonrpc":"2.0","id":-4,"result":{}}', Message(-4, None, {})),
        (
            b'{"jsonrpc":"2.0","id":"e","error":{"code":1,"message":"no"}}',
            Message("e", None, {}),
        ),
        ('{"jsonrpc":"2.0","id":"\\ud83d\\ude00é","method":"x"}'.encode(), Message("😀é", "x", {})),
    ],
)
def test_sound_message_is_read(data: bytes, expected: Message) -> None:
    assert parse_message(data) == expected


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":Infinity}}', -32602),
        (b'{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":-Infinity}}', -32602),
        (b'{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":1e400}}', -32602),
        (b'{"jsonrpc":"2.0","method":"x","params":{"a":1e400}}', -32700),
        (b'{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":{"b":1,"\\u0062":2}}}', -32700),
        (b'{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":"\xff"}}', -32602),
        (b'{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":"\xed\xa0\x80"}}', -32602),
        (b'{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":\xff}}', -32700),
        (b'{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":"\\udc00"}}', -32602),
        (b'{"jsonrpc":"2.0","method":"x","params":{"\\udc00":1}}', -32700),
        (b'{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":1' + b"0" * 5000 + b"}}", -32602),
        (b'\xef\xbb\xbf{"jsonrpc":"2.0","id":1,"method":"x"}', -32700),
        ('{"jsonrpc":"2.0","id":1,"method":"x"}'.encode("utf-16"), -32700),
        (b"[" * 100_000, -32700),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, -32700),
        (b'{"id":1,"method":"x"}', -32600),
        (b'{"jsonrpc":"1.0","id":1,"method":"x"}', -32600),
        (b'{"jsonrpc":"2.0","id":1}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":null}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"x","params":[]}', -32600),
        (b'{"jsonrpc":"2.0","result":{}}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"x","result":{}}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"x","result":null}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"x","error":null}', -32600),
        (b'{"jsonrpc":"2.0","method":"x","result":null}', -32600),
        (b'{"jsonrpc":"2.0","method":"x","error":{"code":1,"message":"no"}}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"error":{"code":"1","message":"no"}}', -32600),
        (b'{"jsonrpc":"2.0","id":123456789012345678901234567890,"method":"x"}', -32600),
        (b"[]", -32600),
        (b"null", -32600),
    ],
)
def test_unsound_message_is_refused(data: bytes, code: int) -> None:
    with pytest.raises(BadMessage) as caught:
        parse_message(data)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("data", "request_id"),
    [
        (b'{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":NaN}}', 1),
        (b'{"jsonrpc":"2.0","id":1,"method":"x","params":{"id":2,"id":3}}', 1),
        (b'\xef\xbb\xbf{"jsonrpc":"2.0","id":1,"method":"x"}', 1),
        (b'{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":1,}}', 1),
        (b'{"jsonrpc":"2.0","id":1,"method":"x","params":"private', 1),
        (b'{"params":{"a":tru},"jsonrpc":"2.0","method":"x","id":"z"}', "z"),
        (b'{"jsonrpc":"2.0","id":1,"method":"x","id":2}', None),
        (b'{"jsonrpc":"2.0","id":"\xff","method":"x"}', None),
        (b'{"jsonrpc":"2.0","id":' + b"1" * 5000 + b',"method":"x"}', None),
        (b'{"jsonrpc":"2.0","id":true,"method":"x","params":{"a":1e400}}', None),
        (b' { "method":"x", "id" : "a" , "params":' + b"[" * 300 + b"]" * 300 + b"}", "a"),
        (b'{"params":' + b"[" * 300 + b"]" * 300 + b',"id":-5,"jsonrpc":"2.0" } \n', -5),
        (b'{"params":{"id":1,"a":' + b"[" * 300 + b"]" * 300 + b"}}", None),
        (b'{"params":' + b"[" * 300 + b"]" * 300 + b',"a":{"id":1}}', None),
    ],
)
def test_refusal_has_the_id_of_its_message_wherever_it_is_certain(
    data: bytes, request_id: int | str | None
) -> None:
    with pytest.raises(BadMessage) as caught:
        parse_message(data)
    assert caught.value.id == request_id


def test_places_of_half_characters_are_all_named() -> None:
    data = (
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","arguments":'
        b'{"model":{"messages":[{"content":"a\\ud83d"}]},"\\ud83d\\ude00":1,"b\\udc00":2}}}'
    )
    with pytest.raises(BadMessage) as caught:
        parse_message(data)
    assert caught.value.message == (
        "b\\udc00 has a name with half a surrogate pair, which is not valid text; send the "
        "whole character; model.messages[0].content holds half a surrogate pair; send the whole "
        "character. Nothing was sent."
    )


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (b"1" * 5000, "is an integer of more than 64 bits; send it as text"),
        (b"-" + b"1" * 5000, "is an integer of more than 64 bits; send it as text"),
        (b"1e400", NOT_FINITE),
        (b"-1e400", NOT_FINITE),
        (b"NaN", NOT_FINITE),
        (b"-Infinity", NOT_FINITE),
        (b'"a\xff"', NOT_UTF8),
        (b'"\xed\xa0\x80"', NOT_UTF8),
    ],
    ids=["huge", "small", "float", "negative", "nan", "infinite", "bytes", "surrogate"],
)
def test_what_json_cannot_carry_is_refused_under_its_id_and_with_its_place(
    value: bytes, told: str
) -> None:
    data = b'{"jsonrpc":"2.0","id":10,"method":"tools/call","params":{"name":"x","arguments":'
    with pytest.raises(BadMessage) as caught:
        parse_message(data + b'{"metadata":{"list":[null,{"n":' + value + b"}]}}}}")
    refused = (caught.value.code, caught.value.id, caught.value.message)
    assert refused == (-32602, 10, f"metadata.list[1].n {told}. Nothing was sent.")


def test_an_integer_beyond_64_bits_is_left_to_the_check_of_arguments() -> None:
    data = b'{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":' + b"1" * 640 + b"}}"
    assert parse_message(data).params == {"a": int("1" * 640)}


async def test_large_message_is_read_as_a_small_one() -> None:
    data = b'{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":"' + b"b" * 300_000 + b'"}}'
    assert await read_message(data) == Message(1, "x", {"a": "b" * 300_000})


@given(st.binary())
def test_any_bytes_are_a_message_or_refused(data: bytes) -> None:
    try:
        parse_message(data)
        code = 0
    except BadMessage as bad:
        code = bad.code
    assert code in (0, -32700, -32600, -32602)


def test_refusal_does_not_repeat_what_was_sent() -> None:
    with pytest.raises(BadMessage) as caught:
        parse_message(b'{"jsonrpc":"2.0","id":1,"method":"x","params":"private')
    assert "private" not in str(caught.value)


_ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(_ANY_JSON, st.sampled_from([None, (",", ":")]), st.booleans())
def test_both_readers_give_the_same_message(
    value: object, separators: tuple[str, str] | None, ascii_only: bool
) -> None:
    message = {"jsonrpc": "2.0", "id": 1, "method": "x", "params": {"a": value}}
    compact = json.dumps(message, separators=separators, ensure_ascii=ascii_only)
    # A space at the end is what orjson never writes, so the strict reader takes it.
    assert _read(compact.encode()) == _read(f"{compact} ".encode())


def _read(data: bytes) -> str:
    try:
        return repr(parse_message(data))
    except BadMessage as bad:
        return repr((bad.code, bad.message, bad.id))
