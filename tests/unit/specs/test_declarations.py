"""Facts that a tool declares for the code: a tool that needs one and lacks it is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from vapi_mcp.specs.facts.facts import load_facts
from vapi_mcp.specs.location import specs_directory
from vapi_mcp.specs.tools.loader import load_specs
from vapi_mcp.specs.tools.rules import broken_rules


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
        (
            "calls",
            "recipients: call",
            "",
            "create_a_vapi_call: its body takes customer; declare recipients, or `none`",
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
            "effect: update\n    recipients: call\n",
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
            "effect: create\n    speaks: true\n",
            "create_a_vapi_squad: it declares speaks, but its body takes no target",
        ),
    ],
)
def test_a_write_declares_its_recipients_its_schedule_and_whether_it_speaks(
    copy: Path, file: str, old: str, new: str, told: str
) -> None:
    edited(copy / f"{file}.yaml", old, new)
    assert broken_rules(load_specs(copy), load_facts(copy)) == [told]
