"""Headers of limiters as they are in use, and refusals that stay refusals whatever they carry."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from tests.support.invocation import ACCOUNT, REGISTRY, ResultInvoker, granted
from tests.support.upstream import ScriptedUpstream
from vapi_mcp.errors import UpstreamRejected
from vapi_mcp.invocation.failures.rate_limits import rate_limit
from vapi_mcp.invocation.failures.upstream_errors import failure
from vapi_mcp.invocation.messages import UpstreamResponse

NOW = datetime(2026, 11, 27, 23, 56, 16, tzinfo=UTC)
EPOCH = int(NOW.timestamp())
LIST = REGISTRY.find("list_all_vapi_assistants")


def limited(**headers: str) -> tuple[int | None, int | None, int | None]:
    found = rate_limit({name.replace("_", "-"): value for name, value in headers.items()}, NOW)
    return found["ratelimit-limit"], found["ratelimit-remaining"], found["ratelimit-reset"]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3", 3),
        ("89.998", 90),
        ("0", 0),
        ("7, 7", 7),
        (str(EPOCH + 12), 12),
        (f"{EPOCH + 12}.25", 13),
        (str((EPOCH + 12) * 1000), 12),
        (str(EPOCH - 5), 0),
        ("Fri, 27 Nov 2026 23:56:46 GMT", 30),
        ("Fri, 27 Nov 2026 23:56:46 -0000", 30),
        ("Fri, 27 Nov 2026 23:56:46", 30),
        ("Fri Nov 27 23:56:46 2026", 30),
        ("Friday, 27-Nov-26 23:56:46 GMT", 30),
        ("2026-11-27T23:56:46", 30),
        ("2026-11-28T00:56:46+01:00", 30),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Fri, 32 Nov 2026 23:56:46 GMT", None),
        ("Fri, 27 Nov 99999999999 23:56:46 GMT", None),
        ("9" * 5000, None),
        ("٣", None),
        ("-1", None),
        ("1e9", None),
        ("soon", None),
        (",", None),
        ("", None),
    ],
)
def test_a_time_to_wait_is_read_in_every_form_and_never_raises(
    text: str, seconds: int | None
) -> None:
    assert limited(retry_after=text) == (None, None, seconds)
    assert limited(x_ratelimit_reset=text)[2] == seconds


def test_of_several_throttlers_the_one_that_refused_counts() -> None:
    """As Nest throttler 6.7.1 writes them: a named limit that refuses tells its wait only."""
    short = {
        "x_ratelimit_limit": "20",
        "x_ratelimit_remaining": "17",
        "x_ratelimit_reset": "1",
    }
    assert limited(**short, retry_after_long="60") == (None, 0, 60)
    assert limited(**short, retry_after_long="60", x_ratelimit_limit_long="2") == (2, 0, 60)
    named = {
        "x_ratelimit_limit_long": "2",
        "x_ratelimit_remaining_long": "0",
        "x_ratelimit_reset_long": "60",
    }
    assert limited(**short, **named) == (2, 0, 60)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        # The drafts of the RateLimit field: 03, 07 and 08.
        (
            {
                "ratelimit_limit": "100, 100;w=60",
                "ratelimit_remaining": "0",
                "ratelimit_reset": "9",
            },
            (100, 0, 9),
        ),
        ({"ratelimit": "limit=2, remaining=0, reset=90"}, (2, 0, 90)),
        ({"ratelimit": '"p";r=0;t=90'}, (None, 0, 90)),
        ({"ratelimit": '"p";r=0;t=90', "ratelimit_policy": '"p";q=2;w=90'}, (2, 0, 90)),
        (
            {
                "ratelimit": '"s";r=3;t=1, "p";r=0;t=90',
                "ratelimit_policy": '"s";q=5;w=1, "p";q=2;w=90',
            },
            (2, 0, 90),
        ),
        # slowapi 0.1.10 and koa-ratelimit 6: the moment of the reset, with and without a fraction.
        (
            {
                "x_ratelimit_limit": "5",
                "x_ratelimit_remaining": "0",
                "x_ratelimit_reset": f"{EPOCH + 29}.5",
                "retry_after": "30",
            },
            (5, 0, 30),
        ),
        (
            {
                "x_ratelimit_limit": "5",
                "x_ratelimit_remaining": "0",
                "x_ratelimit_reset": str(EPOCH + 30),
            },
            (5, 0, 30),
        ),
        ({"x_ratelimit_limit": "9" * 5000, "x_ratelimit_remaining": "²"}, (None, None, None)),
        ({}, (None, None, None)),
    ],
)
def test_limits_are_read_as_limiters_write_them(
    headers: dict[str, str], expected: tuple[int | None, int | None, int | None]
) -> None:
    assert limited(**headers) == expected


async def refused(body: Any, status: int = 400, **headers: str) -> dict[str, Any]:
    answer = UpstreamResponse(status, headers, orjson.dumps(body))
    invoker = ResultInvoker(ScriptedUpstream(answer))
    with pytest.raises(UpstreamRejected) as caught:
        await invoker.invoke(LIST, {}, granted())
    return caught.value.as_dict()


async def test_a_long_refusal_keeps_its_words_its_shape_and_its_details() -> None:
    messages = [f"limit must be a number ({n}): {'x' * 200}" for n in range(40)]
    told = await refused({"message": messages, "error": "Bad Request", "statusCode": 400})
    assert told["message"].startswith("Vapi says: limit must be a number (0): xxx")
    assert told["details"][0]["argument"] == "limit"
    quoted = told["raw_response"]
    assert (quoted["error"], quoted["statusCode"]) == ("Bad Request", 400)
    assert quoted["message"][-1].startswith("… (")
    assert len(orjson.dumps(quoted)) <= 2000


async def test_a_refusal_with_half_a_surrogate_pair_or_deep_nesting_is_told_all_the_same() -> None:
    odd = b'{"message":"no \\ud83d","at":' + b"[" * 300 + b"]" * 300 + b"}"
    told = failure(LIST, UpstreamResponse(400, {}, odd), ACCOUNT).as_dict()
    assert told["message"] == "Vapi says: no �"
    assert orjson.dumps(told)


@pytest.mark.parametrize(
    "broken",
    [
        "upstream_errors.rate_limit",
        "upstream_errors.quoted",
        "upstream_errors._said",
        "guidance.explained",
    ],
)
async def test_what_breaks_down_while_a_refusal_is_explained_leaves_the_refusal(
    broken: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise RecursionError(ACCOUNT.credential.secret)

    monkeypatch.setattr(f"vapi_mcp.invocation.failures.{broken}", fail)
    told = await refused({"message": "limit must be a number"}, 429, **{"retry-after": "7"})
    assert (told["statusCode"], told["truto_is_remote_error"]) == (429, True)
    assert told["ratelimit-reset"] == (None if "rate_limit" in broken else 7)
    assert "broke down" in caplog.text
    assert ACCOUNT.credential.secret not in caplog.text


async def test_a_limit_with_an_odd_date_is_a_429_with_its_wait_unknown() -> None:
    told = await refused({"message": "slow"}, 429, **{"retry-after": "Fri, 27 Nov 2026 -00"})
    assert (told["statusCode"], told["ratelimit-reset"]) == (429, None)
