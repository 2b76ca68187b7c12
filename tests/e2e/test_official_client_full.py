"""Vapi's own client through what only the full catalogue has."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

import httpx

from tests.support.official_client import Vapi
from tests.support.sandbox import KEY, NOON, HandClock, fresh_world, listening
from vapi_mcp.sandbox.app import create_sandbox
from vapi_mcp.specs.facts.facts import load_facts


@contextmanager
def bench() -> Generator[tuple[Any, HandClock]]:
    """Vapi's client of a seeded sandbox that listens, and its clock."""
    clock, world = HandClock(NOON), fresh_world(7)
    app = create_sandbox(facts=load_facts(), world=world, clock=clock)
    with listening(app) as url, httpx.Client(follow_redirects=True) as http:
        # The client's generated types are wider than any one test needs to know.
        yield cast("Any", Vapi(token=KEY, base_url=url, httpx_client=http)), clock


def test_a_simulation_is_put_together_run_and_judged() -> None:
    with bench() as (vapi, clock):
        assistant = vapi.assistants.list(limit=1)[0]
        check = {
            "structuredOutput": {"name": "ok", "type": "ai", "schema": {"type": "boolean"}},
            "comparator": "=",
            "value": True,
        }
        scenario = vapi.simulation_scenarios.scenario_controller_create(
            name="Hours", instructions="Ask for the opening hours.", evaluations=[check]
        )
        caller = vapi.simulation_personalities.personality_controller_create(
            name="Rob", assistant={"name": "Rob"}
        )
        made = vapi.simulations.simulation_controller_create(
            scenario_id=scenario.id, personality_id=caller.id, name="Hours"
        )
        suite = vapi.simulation_suites.simulation_suite_controller_create(
            name="All", simulation_ids=[made.id]
        )
        runs = vapi.simulation_runs
        run = runs.simulation_run_controller_create(
            simulations=[{"type": "simulationSuite", "simulationSuiteId": suite.id}],
            target={"type": "assistant", "assistantId": assistant.id},
        )
        clock.forward(6)
        over = runs.simulation_run_controller_find_one(run.id)
        item = runs.simulation_run_controller_find_items(run.id)[0]
        whole = runs.simulation_run_controller_find_item(run.id, item.id)
        room = vapi.simulations.simulation_controller_get_concurrency()
        drafts = vapi.simulations.simulation_generate_controller_generate(assistant_id=assistant.id)
        gone = vapi.simulations.simulation_controller_remove(made.id)
    assert over.status == "ended"
    assert whole.status in ("passed", "failed")
    assert "opening hours" in whole.metadata.call.transcript
    assert room.available_to_start == 5
    assert len(drafts.scenarios) == 3
    assert gone.id == made.id


def test_a_knowledge_base_indexes_a_file() -> None:
    with bench() as (vapi, clock):
        bases = vapi.knowledge_bases_v_2
        base = bases.knowledge_base_v_2_controller_create(name="House")
        upload = vapi.files.create(file=("house.txt", b"The pool opens at seven.", "text/plain"))
        attached = bases.knowledge_base_v_2_controller_file_attach(base.id, file_id=upload.id)
        clock.forward(3)
        whole = bases.knowledge_base_v_2_controller_find_one(base.id)
        listed = bases.knowledge_base_v_2_controller_find_all()
        bases.knowledge_base_v_2_controller_file_detach(base.id, upload.id)
        left = bases.knowledge_base_v_2_controller_files_get(base.id)
    assert attached.status == "indexing"
    assert [file.status for file in whole.files] == ["ready"]
    assert base.id in [each.id for each in listed]
    assert left == []


def test_boards_and_campaign_summaries_are_read() -> None:
    with bench() as (vapi, _):
        usual = vapi.board.board_controller_metrics_overview_ensure()
        boards = vapi.board.board_controller_find_all().results
        campaigns = vapi.campaigns.campaign_controller_find_all_v_2(include_counters=True).results
        first = campaigns[0]
        contacts = vapi.campaigns.campaign_controller_get_campaign_v_2_contacts(first.id)
    assert usual.id in [board.id for board in boards]
    counters = first.contact_counters
    assert counters.completed + counters.pending + counters.dispatched == (
        contacts.metadata.total_items
    )
