from __future__ import annotations

from typing import Any

import pytest

from tests.support.sandbox import Driver, drive


async def _run(sandbox: Driver, judged: Any, **rest: Any) -> Any:
    """Run an eval with one question and one judged answer; return the ended run."""
    tool = {"type": "function", "function": {"name": "look_up"}}
    prompt = [{"role": "system", "content": "We open at nine on weekdays."}]
    model = {"provider": "openai", "model": "gpt-4o", "messages": prompt, "tools": [tool]}
    assistant = await sandbox.assistant(model=model)
    question = {"role": "user", "content": "When do you open?"}
    definition = {
        "type": "chat.mockConversation",
        "messages": [question, {"role": "assistant", "judgePlan": judged}, *rest.get("more", [])],
    }
    target = {"type": "assistant", "assistantId": assistant["id"]}
    run = await sandbox.ok(
        "POST", "/eval/run", {"type": "eval", "eval": definition, "target": target}
    )
    sandbox.clock.forward(10)
    return await sandbox.ok("GET", f"/eval/run/{run['id']}")


async def test_a_run_is_queued_then_running_then_ended() -> None:
    async with drive() as sandbox:
        messages: Any = [{"role": "user", "content": "Hi"}]
        saved = await sandbox.ok(
            "POST", "/eval", {"type": "chat.mockConversation", "messages": messages}
        )
        target = {"type": "assistant", "assistantId": (await sandbox.assistant())["id"]}
        body = {"type": "eval", "evalId": saved["id"], "target": target}
        made = await sandbox.ok("POST", "/eval/run", body)
        path = f"/eval/run/{made['id']}"
        seen = [made["status"]]
        for seconds in (0.5, 1, 3, 1):
            sandbox.clock.forward(seconds)
            seen.append((await sandbox.ok("GET", path))["status"])
        ended = await sandbox.ok("GET", path)
        listed = await sandbox.ok("GET", f"/eval/run?evalId={saved['id']}")
        assert await sandbox.ok("DELETE", path) == ended
    assert seen == ["queued", "queued", "running", "running", "ended"]
    assert ended["endedReason"] == "mockConversation.done"
    assert (ended["startedAt"], ended["endedAt"]) == (
        "2026-11-20T12:00:01.000Z",
        "2026-11-20T12:00:05.000Z",
    )
    assert listed["results"] == [ended]


@pytest.mark.parametrize(
    ("judged", "status"),
    [
        ({"type": "regex", "content": "(?i)NINE"}, "pass"),
        ({"type": "regex", "content": "ten"}, "fail"),
        ({"type": "regex", "content": "("}, "fail"),
        ({"type": "exact", "content": "At nine."}, "fail"),
        ({"type": "exact", "content": "", "toolCalls": [{"name": "look_up"}]}, "pass"),
        ({"type": "exact", "content": "", "toolCalls": [{"name": "refund"}]}, "fail"),
        ({"type": "ai", "model": {"provider": "openai", "model": "gpt-4o"}}, "pass"),
    ],
)
async def test_answers_are_judged_by_their_plan(judged: Any, status: str) -> None:
    if judged["type"] == "ai":
        judged["model"]["messages"] = [{"role": "system", "content": "Pass or fail?"}]
    async with drive() as sandbox:
        run = await _run(sandbox, judged)
    (result,) = run["results"]
    assert result["status"] == status
    assert [message["role"] for message in result["messages"]] == ["user", "assistant"]


async def test_a_failure_can_end_the_conversation() -> None:
    more = [{"role": "user", "content": "And then?"}]
    async with drive() as sandbox:
        going = await _run(sandbox, {"type": "regex", "content": "ten"}, more=more)
    assert len(going["results"][0]["messages"]) == 3


async def test_a_target_that_is_gone_is_an_error_of_the_run() -> None:
    async with drive() as sandbox:
        assistant = await sandbox.assistant()
        definition = {
            "type": "chat.mockConversation",
            "messages": [{"role": "user", "content": "Hi"}],
        }
        target = {"type": "assistant", "assistantId": assistant["id"]}
        run = await sandbox.ok(
            "POST", "/eval/run", {"type": "eval", "eval": definition, "target": target}
        )
        await sandbox.ok("DELETE", f"/assistant/{assistant['id']}")
        sandbox.clock.forward(10)
        ended = await sandbox.ok("GET", f"/eval/run/{run['id']}")
    assert (ended["endedReason"], ended["results"]) == ("error", [])


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "target should not be empty"),
        ({"type": "eval", "target": {"type": "assistant"}}, "Need One Of `evalId`, `eval`."),
        (
            {"type": "eval", "evalId": "x", "target": {"type": "assistant"}},
            "Couldn't Get Eval. `evalId` x Does Not Exist.",
        ),
        ({"type": "load", "target": {"type": "assistant"}}, "type must be one of the following"),
    ],
)
async def test_runs_that_make_no_sense_are_refused(body: Any, message: str) -> None:
    async with drive() as sandbox:
        said = await sandbox.refused("POST", "/eval/run", body)
    assert (said if isinstance(said, str) else said[0]).startswith(message)
