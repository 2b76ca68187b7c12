"""A tool more: what it declares is all that the code needs to treat it as its like."""

from __future__ import annotations

import shutil
from pathlib import Path

import orjson
import pytest

from vapi_mcp.accounts.records import ServerConfig
from vapi_mcp.invocation.meanings.caveats import remarks
from vapi_mcp.protocol.greeting.instructions import instructions_for
from vapi_mcp.registry.registry import Registry, build_registry
from vapi_mcp.registry.scope import scope_of
from vapi_mcp.specs.facts.facts import load_facts
from vapi_mcp.specs.location import specs_directory
from vapi_mcp.specs.tools.loader import load_specs
from vapi_mcp.specs.tools.rules import broken_rules

NEW, LIKE = "create_a_vapi_campaign_v_2", "create_a_vapi_campaign"
TOOL = f"""
  - name: {NEW}
    title: Start a campaign (v2)
    operation: POST /v2/campaign
    only: references
    effect: act
    tags: [spending]
    description: Call a list of people with one assistant or squad, over the second version.
    body: [name, assistantId, phoneNumberId, customers.number]
"""
DECLARED = """
    recipients: campaign
    schedule: true
    verb: start campaigns
    costs: starting a campaign
    settled_by: list_all_vapi_campaigns
    stopped_by: update_a_vapi_campaign_by_id
""".lstrip("\n")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The spec files, where POST /v2/campaign has no tool yet."""
    copy = shutil.copytree(specs_directory(), tmp_path / "specs")
    (copy / "v2_campaigns.yaml").unlink()
    order = copy / "order.yaml"
    order.write_text(order.read_text("utf-8").replace("- v2_campaigns\n", ""), "utf-8")
    gone = [key for key in load_facts().operations if " /v2/campaign" in key]
    reasons = {key: "It has no tool in this copy." for key in gone if key != "POST /v2/campaign"}
    (copy / "not_exposed.yaml").write_bytes(orjson.dumps(reasons))
    return copy


def with_tool(copy: Path, tool: str) -> Path:
    campaigns = copy / "campaigns.yaml"
    campaigns.write_text(campaigns.read_text("utf-8").rstrip() + "\n" + tool, "utf-8")
    return copy


def registry_of(copy: Path) -> Registry:
    return build_registry(load_specs(copy).tools, load_facts())


def test_a_new_tool_is_told_each_fact_that_it_lacks(copy: Path) -> None:
    assert broken_rules(load_specs(with_tool(copy, TOOL)), load_facts()) == [
        f"{NEW}: its body takes customers; declare recipients, or `none`",
        f"{NEW}: its body takes schedulePlan; declare schedule: true",
        f"{NEW}: nothing shows whether it was done; declare settled_by",
        f"{NEW}: the instructions need a word for what it does; declare verb",
        f"{NEW}: it has the tag spending; declare costs",
    ]


def test_a_new_tool_that_declares_its_facts_breaks_no_rule(copy: Path) -> None:
    assert broken_rules(load_specs(with_tool(copy, TOOL + DECLARED)), load_facts()) == []


def test_a_new_tool_is_told_of_in_instructions_and_answers_as_its_like(copy: Path) -> None:
    registry, config = registry_of(with_tool(copy, TOOL + DECLARED)), ServerConfig()
    answer = {"id": "c1", "status": "scheduled"}
    told = {
        name: (
            instructions_for(registry, scope_of(tools=[name]), config),
            remarks(registry.tools[name], answer, ""),
        )
        for name in (NEW, LIKE)
    }
    assert told[NEW] == told[LIKE]
    assert "Starting a campaign costs money; campaigns reach real people" in told[NEW][0]
    assert "update_a_vapi_campaign_by_id with status cancelled stops it" in told[NEW][1][0]
