"""Facts that a tool declares for the code: a tool that needs one and lacks it is named."""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import vapi_mcp
from vapi_mcp.errors import SpecError
from vapi_mcp.specs.facts.facts import load_facts
from vapi_mcp.specs.location import specs_directory
from vapi_mcp.specs.tools.loader import load_specs
from vapi_mcp.specs.tools.rules import broken_rules

PACKAGE = Path(vapi_mcp.__file__).parent
# The sandbox plays Vapi itself, and examples on the command line name tools.
EXEMPT = ("sandbox", "cli")
OPERATION = re.compile(r"(GET|POST|PUT|PATCH|DELETE) /[a-z][a-z0-9-]*(/\S*)?")


def operations_and_tools_named_by(path: Path) -> Iterator[str]:
    tools = {spec.name for spec in load_specs().tools}
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if OPERATION.fullmatch(node.value):
                yield node.value
            yield from tools.intersection(re.findall(r"\w+", node.value))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The spec files, to be edited."""
    return shutil.copytree(specs_directory(), tmp_path / "specs")


def edited(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        # Recipients, schedule, and whether it speaks.
        (
            "chats",
            "recipients: text",
            "",
            "create_a_vapi_chat: its body takes transport; declare recipients, or `none`",
        ),
        (
            "sessions",
            "recipients: none",
            "",
            "create_a_vapi_session: its body takes customer; declare recipients, or `none`",
        ),
        (
            "squads",
            "effect: update\n",
            "effect: update\n    recipients: text\n",
            "update_a_vapi_squad_by_id: it declares recipients, but its body names no people",
        ),
        (
            "campaigns",
            "schedule: true",
            "schedule: false",
            "create_a_vapi_campaign: its body takes schedulePlan; declare schedule: true",
        ),
        (
            "squads",
            "effect: create\n",
            "effect: create\n    schedule: true\n",
            "create_a_vapi_squad: it declares schedule, but its body takes no schedulePlan",
        ),
        (
            "evals",
            "speaks: true",
            "speaks: false",
            "create_a_vapi_eval_run: its body takes target; declare speaks: true",
        ),
        (
            "squads",
            "effect: create\n",
            "effect: create\n    speaks: true\n    verb: hand over\n",
            "create_a_vapi_squad: it declares speaks, but its body takes no target",
        ),
        # The tools that settle and stop it.
        (
            "chats",
            "    settled_by: list_all_vapi_chats\n",
            "",
            "create_a_vapi_chat_response: nothing shows whether it was done; declare settled_by",
        ),
        (
            "chats",
            "settled_by: list_all_vapi_chats",
            "settled_by: create_a_vapi_chat",
            "create_a_vapi_chat_response: settled_by is create_a_vapi_chat, which is no read tool",
        ),
        (
            "calls",
            "    stopped_by: delete_a_vapi_call_by_id\n",
            "",
            "create_a_vapi_call: it dials; declare stopped_by",
        ),
        (
            "assistants",
            "effect: create\n",
            "effect: create\n    stopped_by: delete_a_vapi_call_by_id\n",
            "create_a_vapi_assistant: it declares stopped_by, but it dials no number",
        ),
        # What artifacts and streams hold.
        (
            "recordings",
            ", holds: packets",
            "",
            (
                "list_all_vapi_pcaps: its output is of kind artifact and holds one of audio, "
                "video, packets, log"
            ),
        ),
        (
            "chats",
            "holds: chat}",
            "holds: log}",
            "create_a_vapi_chat: its output is of kind stream and holds one of chat, response",
        ),
        (
            "squads",
            "effect: create\n",
            "effect: create\n    output: {holds: log}\n",
            "create_a_vapi_squad: its output is of kind object and holds nothing",
        ),
        # The words of the instructions, of what acts or spends.
        (
            "evals",
            "    verb: run evals\n",
            "",
            "create_a_vapi_eval_run: the instructions need a word for what it does; declare verb",
        ),
        (
            "phone_numbers",
            "    costs: getting a number\n",
            "",
            "create_a_vapi_phone_number: it has the tag spending; declare costs",
        ),
        (
            "squads",
            "effect: create\n",
            "effect: create\n    costs: making a squad\n",
            "create_a_vapi_squad: it declares costs, but has no tag spending",
        ),
    ],
)
def test_a_tool_declares_what_code_has_to_know_of_it(
    copy: Path, file: str, old: str, new: str, told: str
) -> None:
    edited(copy / f"{file}.yaml", old, new)
    assert broken_rules(load_specs(copy), load_facts()) == [told]


def test_a_declared_tool_that_does_not_exist_is_refused_by_name(copy: Path) -> None:
    edited(copy / "calls.yaml", "stopped_by: delete_a_vapi_call_by_id", "stopped_by: hang_up")
    with pytest.raises(SpecError) as refused:
        load_specs(copy)
    assert str(refused.value) == "create_a_vapi_call: stopped_by is 'hang_up', which is no tool"


def test_what_settles_a_write_is_its_list_unless_another_tool_is_declared() -> None:
    settled = {
        spec.name: spec.settled_by.name
        for spec in load_specs().tools
        if spec.settled_by is not None
    }
    assert settled == {
        "create_a_vapi_assistant": "list_all_vapi_assistants",
        "create_a_vapi_squad": "list_all_vapi_squads",
        "create_a_vapi_call": "list_all_vapi_calls",
        "create_a_vapi_chat": "list_all_vapi_chats",
        "create_a_vapi_chat_response": "list_all_vapi_chats",
        "create_a_vapi_campaign": "list_all_vapi_campaigns",
        "create_a_vapi_session": "list_all_vapi_sessions",
        "create_a_vapi_phone_number": "list_all_vapi_phone_numbers",
        "create_a_vapi_tool": "list_all_vapi_tools",
        "create_a_vapi_file": "list_all_vapi_files",
        "create_a_vapi_structured_output": "list_all_vapi_structured_outputs",
        "create_a_vapi_structured_output_run": "get_single_vapi_call_by_id",
        "create_a_vapi_reporting_insight": "list_all_vapi_reporting_insights",
        "create_a_vapi_eval": "list_all_vapi_evals",
        "create_a_vapi_eval_run": "list_all_vapi_eval_runs",
        "create_a_vapi_observability_scorecard": "list_all_vapi_observability_scorecards",
        "create_a_vapi_provider": "list_all_vapi_providers",
        "create_a_vapi_v2_campaign": "list_all_vapi_v2_campaigns",
        "create_a_vapi_simulation": "list_all_vapi_simulations",
        "create_a_vapi_simulation_scenario": "list_all_vapi_simulation_scenarios",
        "create_a_vapi_simulation_personality": "list_all_vapi_simulation_personalities",
        "create_a_vapi_simulation_suite": "list_all_vapi_simulation_suites",
        "create_a_vapi_simulation_run": "list_all_vapi_simulation_runs",
        "create_a_vapi_simulation_run_item_suggestion": (
            "get_single_vapi_simulation_run_item_by_id"
        ),
        "create_a_vapi_knowledge_base": "list_all_vapi_knowledge_bases",
        "create_a_vapi_knowledge_base_file": "list_all_vapi_knowledge_base_files",
        "create_a_vapi_knowledge_base_file_retry": "list_all_vapi_knowledge_base_files",
        "create_a_vapi_reporting_board": "list_all_vapi_reporting_boards",
        "say_in_a_vapi_call": "get_single_vapi_call_by_id",
        "transfer_a_vapi_call": "get_single_vapi_call_by_id",
        "end_a_vapi_call": "get_single_vapi_call_by_id",
    }


def test_code_names_no_operation_and_no_tool() -> None:
    named = {
        (str(path.relative_to(PACKAGE)), name)
        for path in PACKAGE.rglob("*.py")
        if path.relative_to(PACKAGE).parts[0] not in EXEMPT
        for name in operations_and_tools_named_by(path)
    }
    # A refused caller number comes with the call that finds another one.
    assert named == {("invocation/preflight/caller_number.py", "GET /phone-number")}
