from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vapi_mcp.audit.arguments import redact
from vapi_mcp.security.redaction import concealed
from vapi_mcp.security.tokens import API_PREFIX, new_token

# No rule knows it by its look: only by where it stands, or because it is said to be one.
SECRET = "Zq7kWm2xVt9bNc4r"
PHONE = "15550123987"

_harmless = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=30),
)
_json = st.recursive(
    _harmless,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
_secret_names = st.sampled_from(
    [
        "apiKey",
        "api_key",
        "x-api-key",
        "key",
        "Authorization",
        "serverUrlSecret",
        "password",
        "dbPasswd",
        "accessToken",
        "tokens",
        "credentialId",
        "credentials",
        "private_key",
        "authToken",
        "X-Amz-Signature",
        "cookie",
        "PIN",
        "APIKEY",
    ]
)
_letters = st.text(st.characters(categories=["Ll"]), max_size=12)
_labels = st.sampled_from(["name", "key", "header"])


def _framed(before: str, after: str) -> Any:
    return st.builds(lambda a, b: f"{a} {before}{SECRET}{after} {b}", _letters, _letters)


_names_and_texts = st.dictionaries(_letters, _letters, max_size=3)
_plants = st.one_of(
    st.builds(lambda name, wrap: {name: wrap}, _secret_names, st.sampled_from([SECRET, [SECRET]])),
    st.builds(lambda name, of: {name: {"deep": [of, {"x": SECRET}]}}, _secret_names, _json),
    st.builds(
        lambda label, name: [{label: name, "value": SECRET}], _labels, _secret_names.map(str.upper)
    ),
    st.just({"headers": {"X-Whatever": SECRET}}),
    st.just({"customHeaders": [{"key": "X-Whatever", "value": SECRET}]}),
    st.just({"headers": {"properties": {"X-Whatever": {"type": "string", "value": SECRET}}}}),
    st.builds(lambda of: orjson.dumps({"pin": SECRET, "of": of}).decode(), _names_and_texts),
    st.builds(lambda of: f" [{orjson.dumps([of, {'PWD': SECRET}]).decode()}]", _names_and_texts),
    _framed("Bearer ", ""),
    _framed("Authorization: Custom ", ""),
    _framed("https://api.example/path?access_token=", "&page=1"),
    _framed("postgres://user:", "@db.example/x"),
    _framed('{"apiKey": "', '"}'),
    _framed("vms_", ""),
    _framed("sk-live-", ""),
    _framed("-----BEGIN PRIVATE KEY-----\n", "\n-----END PRIVATE KEY-----"),
)


@given(_json, _plants, st.lists(st.text(max_size=6), max_size=5))
def test_no_planted_secret_survives(around: Any, plant: Any, path: list[str]) -> None:
    arguments: Any = {"first": plant, "around": around}
    for name in path:
        arguments = {name: arguments, "beside": [plant, around]}
    assert SECRET.encode() not in orjson.dumps(redact(arguments))


@given(_json, st.text(max_size=1200), st.text(max_size=300))
def test_a_known_secret_survives_nowhere(around: Any, before: str, after: str) -> None:
    arguments = {"a": [before + SECRET + after, around], before + SECRET: 1}
    kept = orjson.dumps(redact(arguments, [SECRET]))
    assert SECRET.encode() not in kept


@given(st.sampled_from([API_PREFIX, "vms_"]), st.text(max_size=20), st.text(max_size=20))
def test_our_own_tokens_survive_nowhere(prefix: str, before: str, after: str) -> None:
    token = new_token(prefix)
    kept = orjson.dumps(redact({"say": f"{before}{token} {after}", token: token}))
    assert token[4:].encode() not in kept


@given(_letters, _letters, st.sampled_from(["", " ", "-", ") "]))
def test_the_middle_of_a_phone_number_survives_nowhere(
    before: str, after: str, between: str
) -> None:
    written = between.join(["+1", PHONE[1:4], PHONE[4:7], PHONE[7:]])
    kept = redact({"say": f"{before}{written} {after}"})
    assert kept == {"say": f"{before}+1***{PHONE[-2:]} {after}"}


@given(_json)
def test_what_is_kept_is_json_of_at_most_4_kb_and_no_deeper_than_ten(around: Any) -> None:
    kept = orjson.dumps(redact({"around": [around] * 40}))
    assert len(kept) <= 4096
    assert orjson.loads(kept)


@given(st.text(min_size=1000, max_size=5000), st.integers(1, 60))
def test_a_flood_of_long_texts_stays_within_4_kb(text: str, count: int) -> None:
    flood = {f"{text[:80]}{n}": {"list": [text] * count} for n in range(count)}
    assert len(orjson.dumps(redact(flood))) <= 4096


@pytest.mark.parametrize(
    ("arguments", "kept"),
    [
        ({"id": "550e8400-e29b-41d4-a716-446655440000", "limit": 25, "on": True, "no": None}, None),
        ({"phoneNumberId": "550e8400-e29b-41d4-a716-446655440000"}, None),
        ({"model": {"maxTokens": 250, "temperature": 0.5}, "keywords": ["hello"]}, None),
        ({"createdAtGt": "2026-03-01T12:30:15.123Z"}, None),
        ({"customer": {"number": "+14155550123"}}, {"customer": {"number": "+1***23"}}),
        ({"customer": {"number": 4155550123}}, {"customer": {"number": "***23"}}),
        ({"to": "call +49 (151) 234-5678, please"}, {"to": "call +49***78, please"}),
        ({"to": "sip:+353861234567@host"}, {"to": "sip:+353***67@host"}),
        ({"env": [{"key": "REGION", "value": "eu"}]}, None),
        (
            {"env": [{"key": "API_KEY", "value": "x"}]},
            {"env": [{"key": "API_KEY", "value": "***"}]},
        ),
        ({"headers": {"Accept": "text/html"}}, {"headers": {"Accept": "***"}}),
        ({"huge": 10**20}, {"huge": "1" + "0" * 20}),
        ({"half": "\ud800\0"}, {"half": "\ufffd\ufffd"}),
        ({"list": list(range(32))}, {"list": [*range(30), "… 2 more"]}),
        ({"text": "x" * 300}, {"text": "x" * 200 + "… (300 characters)"}),
    ],
)
def test_what_is_kept_is_still_of_use(
    arguments: dict[str, Any], kept: dict[str, Any] | None
) -> None:
    assert redact(arguments) == (arguments if kept is None else kept)


def test_what_is_deeper_than_one_reads_is_left_out() -> None:
    nested: Any = "end"
    for _ in range(50):
        nested = [{"in": nested}]
    assert orjson.dumps(redact({"in": nested})).count(b"in") == 5


@given(st.text(max_size=3000), st.integers(10, 300))
def test_a_clipped_text_says_how_long_it_was(text: str, most: int) -> None:
    kept = concealed(text, most)
    assert len(kept) <= most + len("… (3,000 characters)")
    assert len(text) <= most or "***" in kept or f"({len(text):,} characters)" in kept


@pytest.mark.parametrize(
    "arguments",
    [
        {"id": "3f0c9a52-7a0e-4a8e-9d3b-0a1b2c3d4e5f"},
        {"limit": 100, "fields": None, "explain": True, "name": "Anna"},
        {"id": "the-key-of-the-account", "note": "sk-123456789012345", "to": "+4915112345678"},
        {"number": "4915112345678", "api_key": "abc", "value": "x", "key": "y", "headers": "z"},
        {"json": '{"token":"abc"}', "spaced": ' {"token":"abc"}', "empty": "", "lines": "a\nb"},
        {"large": 2**63, "small": -(2**63), "text": "é" * 64, "long": "e" * 65, "float": 1.5},
        {f"name{number}": "x" * 60 for number in range(9)},
        {"Authorization": "abc", "vms_abc": 1, "a=b": 2, "": 3},
    ],
)
def test_small_arguments_are_redacted_as_large_ones(arguments: dict[str, Any]) -> None:
    secrets = ("the-key-of-the-account", "")
    among_others = redact({**arguments, "nested": {}}, secrets)
    assert among_others.pop("nested") == {}
    assert redact(arguments, secrets) == among_others
