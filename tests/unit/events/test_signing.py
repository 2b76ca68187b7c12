"""Signatures are those of the Standard Webhooks specification."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from vapi_mcp.events.signing import is_secret, signed_headers

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_a_message_is_signed_as_the_specification_shows() -> None:
    body = b'{"test": 2432232314}'
    moment = datetime.fromtimestamp(1_614_265_330, UTC)
    assert signed_headers("msg_p5jXN8AQM9LWM0D4loKWxJek", body, [SECRET], moment) == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_two_secrets_sign_side_by_side() -> None:
    moment = datetime.fromtimestamp(1, UTC)
    other = "whsec_" + "A" * 32
    signed = [signed_headers("m", b"{}", [each], moment) for each in (SECRET, other)]
    both = signed_headers("m", b"{}", [SECRET, other], moment)["webhook-signature"]
    assert both == " ".join(each["webhook-signature"] for each in signed)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (SECRET, True),
        ("whsec_" + "A" * 84 + "AA==", True),
        ("whsec_" + "A" * 84 + "AAA=", False),
        ("whsec_" + "A" * 28, False),
        ("whsec_not base64 at all, not at all", False),
        ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", False),
        ("", False),
    ],
)
def test_a_secret_is_whsec_and_24_to_64_bytes(text: str, *, is_one: bool) -> None:
    assert is_secret(text) is is_one
