from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vapi_mcp.protocol.strict_json import BadMessage, Message, parse_message


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
        (b'{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":Infinity}}', -32700),
        (b'{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":-Infinity}}', -32700),
        (b'{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":1e400}}', -32700),
        (b'{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":{"b":1,"\\u0062":2}}}', -32700),
        (b'{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":"\xff"}}', -32700),
        (b'{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":"\\udc00"}}', -32700),
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


@given(st.binary())
def test_any_bytes_are_a_message_or_refused(data: bytes) -> None:
    try:
        parse_message(data)
        code = 0
    except BadMessage as bad:
        code = bad.code
    assert code in (0, -32700, -32600)


def test_refusal_does_not_repeat_what_was_sent() -> None:
    with pytest.raises(BadMessage) as caught:
        parse_message(b'{"jsonrpc":"2.0","id":1,"method":"x","params":"private')
    assert "private" not in str(caught.value)
