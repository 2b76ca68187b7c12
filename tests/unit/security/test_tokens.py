"""Tokens in an Authorization header."""

from __future__ import annotations

import pytest

from vapi_mcp.security.tokens import bearer_in


@pytest.mark.parametrize(
    ("authorization", "token"),
    [
        ("Bearer abc", "abc"),
        ("bearer abc", "abc"),
        ("BEARER   abc ", "abc"),
        ("Bearer a b", "a b"),
        ("Bearer", ""),
        ("Bearer ", ""),
        ("Basic abc", ""),
        ("Bearerabc", ""),
        (" Bearer abc", ""),
        ("abc", ""),
        ("", ""),
    ],
)
def test_a_bearer_is_what_follows_the_scheme(authorization: str, token: str) -> None:
    assert bearer_in(authorization) == token
