"""Keys as they stand in configs that did not work, seen in public repositories, 2026-11."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from vapi_mcp.admin.requests import NewAccount
from vapi_mcp.security.key_mistakes import key_mistake

WRONG = {
    '"8d3f0c7e"': "quotation marks",
    "'8d3f0c7e'": "quotation marks",
    "\N{LEFT DOUBLE QUOTATION MARK}8d3f0c7e\N{RIGHT DOUBLE QUOTATION MARK}": "quotation marks",
    "Bearer 8d3f0c7e": "without Bearer",
    "Authorization: Bearer 8d3f0c7e": "without Bearer",
    "${VAPI_API_KEY}": "without its value",
    "${input:VAPI_API_KEY}": "without its value",
    "$VAPI_API_KEY": "without its value",
    "{{VAPI_API_KEY}}": "without its value",
    "%VAPI_API_KEY%": "without its value",
    "<your private key>": "placeholder",
    "<VAPI_API_KEY>": "placeholder",
    "your private key": "placeholder",
    "your-private-key": "placeholder",
    "your_vapi_api_key": "placeholder",
    "YOUR_API_KEY": "placeholder",
    "xxxxxxxx": "placeholder",
    "VAPI_API_KEY=8d3f0c7e": "after the =",
    "8d3f 0c7e": "copy it again",
    "8d3f\n0c7e": "copy it again",
    "": "is empty",
}


@pytest.mark.parametrize(("key", "told"), WRONG.items())
def test_text_that_is_no_key_is_told_before_anything_is_sent(key: str, told: str) -> None:
    mistake = key_mistake(key)
    assert mistake is not None
    assert told in mistake
    with pytest.raises(ValidationError, match="must be a Vapi key, but it"):
        NewAccount.model_validate({"name": "Acme", "api_key": key})


@pytest.mark.parametrize(
    "key", ["8d3f0c7e-5b1a-4c1e-9a57-0f3b6f1c2d3e", "sandbox-7", "sk_live_abc=", "mykey"]
)
def test_anything_that_could_be_a_key_passes(key: str) -> None:
    assert key_mistake(key) is None
    assert NewAccount.model_validate({"name": "Acme", "api_key": key}).api_key
