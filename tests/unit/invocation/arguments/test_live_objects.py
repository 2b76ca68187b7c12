"""What live objects hold beside Vapi's document."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.invocation import REGISTRY
from vapi_mcp.invocation.arguments.check import check_arguments
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.specs.facts.facts import load_facts

ASSISTANT = "create_a_vapi_assistant"


def check(tool: str, /, **arguments: Any) -> Checked:
    return check_arguments(REGISTRY.find(tool), arguments, load_facts())


@pytest.mark.parametrize("nothing", ["", None])
def test_an_empty_prompt_where_vapi_ignores_one_is_left_out(nothing: Any) -> None:
    """Assistants of 2024 hold an empty one beside their messages."""
    model = {"provider": "openai", "model": "gpt-4o"}
    checked = check(ASSISTANT, model={**model, "systemPrompt": nothing})
    assert checked.body == {"model": model}
    assert [note.partition(": ")[2] for note in checked.notes] == ["model.systemPrompt."]


def test_what_vapi_is_known_to_take_suggests_no_other_name() -> None:
    checked = check(ASSISTANT, compliancePlan={"pciEnabled": False, "zdrEnabled": False})
    assert checked.notes == ("compliancePlan.zdrEnabled is not documented; sent as it is",)
