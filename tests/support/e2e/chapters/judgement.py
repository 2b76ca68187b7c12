"""What calls amount to: extracted values, scorecards, and scripted tests of assistants."""

from __future__ import annotations

from typing import Any

from tests.support.e2e.story import Noun, Story

OUTPUT = Noun("structured_output", "structured_outputs")
SCORECARD = Noun("observability_scorecard", "observability_scorecards")
EVAL = Noun("eval", "evals")
RUN = Noun("eval_run", "eval_runs")


async def extract_a_value(story: Story) -> str:
    """Define a value, try it on a past call, write it into that call; return its id."""
    made = await story.create(OUTPUT, name="Was polite", schema={"type": "number"})
    error = await story.refused(
        "update_a_vapi_structured_output_by_id", 400, id=made["id"], schema={"type": "boolean"}
    )
    assert "schemaOverride" in error["message"]
    await story.ok(
        "update_a_vapi_structured_output_by_id",
        id=made["id"],
        schema={"type": "boolean"},
        schemaOverride="true",
    )
    await story.update(OUTPUT, made["id"], description="Whether the caller was polite.")
    kept = await story.get(OUTPUT, made["id"])
    assert kept["schema"]["type"] == "boolean"
    named = await story.walk("list_all_vapi_structured_outputs", name="Was polite")
    assert [output["id"] for output in named] == [made["id"]]
    await _run_it(story, made["id"])
    return made["id"]


async def _run_it(story: Story, output_id: str) -> None:
    call_id = await _ended_call(story)
    preview = await story.ok(
        "create_a_vapi_structured_output_run",
        callIds=[call_id],
        structuredOutputId=output_id,
        previewEnabled=True,
    )
    assert isinstance(preview[output_id]["result"], bool)
    assert output_id not in await _outputs_of(story, call_id)
    run = await story.ok(
        "create_a_vapi_structured_output_run", callIds=[call_id], structuredOutputId=output_id
    )
    assert "1 call" in run["message"]
    written = (await _outputs_of(story, call_id))[output_id]
    assert written["result"] == preview[output_id]["result"]


async def _ended_call(story: Story) -> str:
    calls = await story.walk("list_all_vapi_calls", limit=500)
    return next(
        call["id"]
        for call in calls
        if call["status"] == "ended" and call["endedReason"] == "customer-ended-call"
    )


async def _outputs_of(story: Story, call_id: str) -> Any:
    call = await story.ok("get_single_vapi_call_by_id", id=call_id)
    return call["artifact"].get("structuredOutputs") or {}


async def keep_a_scorecard(story: Story, output_id: str, assistant_id: str) -> None:
    """Rate by an extracted value, change the points, delete both."""
    condition = {"type": "comparator", "comparator": "=", "value": True, "points": 60}
    metrics = [{"structuredOutputId": output_id, "conditions": [condition]}]
    made = await story.create(SCORECARD, name="Manners", metrics=metrics)
    better = [{**metrics[0], "conditions": [{**condition, "points": 100}]}]
    await story.update(SCORECARD, made["id"], metrics=better, assistantIds=[assistant_id])
    await story.delete(SCORECARD, made["id"])
    await story.delete(OUTPUT, output_id)


async def start_an_eval(story: Story, assistant_id: str) -> tuple[str, str]:
    """Script a test and run it; return the ids of the eval and of the run."""
    script: list[dict[str, Any]] = [
        {"role": "user", "content": "When does the bakery open?"},
        {"role": "assistant", "judgePlan": {"type": "regex", "content": "at (six|seven)"}},
    ]
    made = await story.create(EVAL, name="Hours", messages=script)
    await story.update(EVAL, made["id"], name="Opening hours", description="One question.")
    run = await story.ok(
        "create_a_vapi_eval_run",
        evalId=made["id"],
        target={"type": "assistant", "assistantId": assistant_id},
    )
    assert run["status"] == "queued"
    runs = await story.walk("list_all_vapi_eval_runs", evalId=made["id"])
    assert [one["id"] for one in runs] == [run["id"]]
    return made["id"], run["id"]


async def see_an_eval_end(story: Story, eval_id: str, run_id: str) -> None:
    """Wait for a run's judgement, then delete the run and the eval."""
    run = await story.until(
        lambda run: run["status"] == "ended", "get_single_vapi_eval_run_by_id", id=run_id
    )
    assert run["endedReason"] == "mockConversation.done"
    [result] = run["results"]
    assert result["status"] == "pass"
    assert "opens at seven" in result["messages"][-1]["content"]
    await story.delete(RUN, run_id)
    await story.delete(EVAL, eval_id)
