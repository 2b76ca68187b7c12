from __future__ import annotations

from typing import Any

import pytest

from tests.support.sandbox import Driver, drive


async def _output(sandbox: Driver, **fields: Any) -> Any:
    body = {"name": "Done", "schema": {"type": "boolean"}, **fields}
    return await sandbox.ok("POST", "/structured-output", body)


async def test_the_top_level_type_changes_only_with_the_override() -> None:
    async with drive() as sandbox:
        path = f"/structured-output/{(await _output(sandbox))['id']}"
        change: Any = {"schema": {"type": "string"}}
        for query in ("", "?schemaOverride=false", "?schemaOverride=1"):
            assert "Needs `schemaOverride=true`" in await sandbox.refused(
                "PATCH", path + query, change
            )
        changed = await sandbox.ok("PATCH", f"{path}?schemaOverride=true", change)
        same: Any = {"schema": {"type": "string", "description": "Why"}, "conditions": None}
        assert (await sandbox.ok("PATCH", path, same))["schema"] == same["schema"]
    assert changed["schema"] == {"type": "string"}


async def test_null_clears_the_conditions() -> None:
    async with drive() as sandbox:
        output = await _output(sandbox, conditions=[{"type": "minMessages", "count": 3}])
        cleared = await sandbox.ok(
            "PATCH", f"/structured-output/{output['id']}", {"conditions": None}
        )
    assert "conditions" in output
    assert "conditions" not in cleared


async def test_a_preview_leaves_the_call_as_it_is() -> None:
    async with drive() as sandbox:
        call, output = await sandbox.ended_call(), await _output(sandbox)
        body = {"callIds": [call["id"]], "structuredOutputId": output["id"]}
        preview = await sandbox.ok(
            "POST", "/structured-output/run", {**body, "previewEnabled": True}
        )
        after = await sandbox.ok("GET", f"/call/{call['id']}")
    assert preview == {output["id"]: {"name": "Done", "result": True}}
    assert after == call


async def test_a_run_writes_this_one_value_into_each_call() -> None:
    async with drive() as sandbox:
        calls = [await sandbox.ended_call() for _ in range(2)]
        first, second = await _output(sandbox), await _output(sandbox, name="Other")
        for output in (first, second):
            body = {"callIds": [c["id"] for c in calls], "structuredOutputId": output["id"]}
            answer = await sandbox.ok("POST", "/structured-output/run", body)
            assert set(answer) == {"workflowId", "message"}
        for call in calls:
            artifact = (await sandbox.ok("GET", f"/call/{call['id']}"))["artifact"]
            assert set(artifact["structuredOutputs"]) == {first["id"], second["id"]}
            assert artifact["structuredOutputsLastUpdatedAt"] == "2026-11-20T12:04:00.000Z"


async def test_a_condition_that_is_not_met_skips_the_run() -> None:
    unmet = {"type": "endedReason", "operator": "oneOf", "values": ["voicemail"]}
    async with drive() as sandbox:
        call = await sandbox.ended_call()
        transient: Any = {"name": "T", "schema": {"type": "string"}, "conditions": [unmet]}
        preview = await sandbox.ok(
            "POST",
            "/structured-output/run",
            {"callIds": [call["id"]], "structuredOutput": transient, "previewEnabled": True},
        )
    (skipped,) = preview["skipped"].values()
    assert skipped == {"name": "T", "unmetCondition": unmet}


@pytest.mark.parametrize(
    ("kind", "pattern", "result"),
    [
        ("boolean", "hi there", False),
        ("boolean", "/HI THERE/i", True),
        ("string", r"order (\d+)", "42"),
        ("number", r"\d+", 42),
        ("array", r"\d+", ["42", "7"]),
        ("string", "nothing", None),
    ],
)
async def test_a_regex_output_reads_the_transcript(kind: str, pattern: str, result: Any) -> None:
    async with drive() as sandbox:
        assistant = await sandbox.assistant(
            firstMessage="Hi There, about order 42, part 7.", endCallMessage="Bye."
        )
        call = await sandbox.ended_call(assistantId=assistant["id"])
        transient: Any = {"name": "R", "type": "regex", "regex": pattern, "schema": {"type": kind}}
        preview = await sandbox.ok(
            "POST",
            "/structured-output/run",
            {"callIds": [call["id"]], "structuredOutput": transient, "previewEnabled": True},
        )
    assert next(iter(preview.values()))["result"] == result


async def test_a_model_output_has_the_shape_of_its_schema() -> None:
    schema: Any = {
        "type": "object",
        "properties": {
            "mood": {"type": "string", "enum": ["good", "bad"]},
            "score": {"type": "integer"},
            "day": {"type": "string", "format": "date"},
            "tags": {"type": "array", "items": {"type": "string"}},
        },
    }
    async with drive() as sandbox:
        call, output = await sandbox.ended_call(), await _output(sandbox, schema=schema)
        preview = await sandbox.ok(
            "POST",
            "/structured-output/run",
            {
                "callIds": [call["id"]],
                "structuredOutputId": output["id"],
                "previewEnabled": True,
            },
        )
    result = preview[output["id"]]["result"]
    assert result["mood"] in ("good", "bad")
    assert isinstance(result["score"], int)
    assert result["day"] == "2026-11-26"
    assert all(isinstance(tag, str) for tag in result["tags"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"callIds": []}, "callIds should not be empty"),
        ({"callIds": ["x"]}, "Couldn't Get Call. `callIds` x Does Not Exist."),
        ({"structuredOutputId": None}, "Need One Of `structuredOutputId`, `structuredOutput`."),
        ({"structuredOutputId": "x"}, "Couldn't Get Structured Output."),
        ({"callIds": 2, "previewEnabled": True}, "`callIds` Must Contain Exactly 1 Call"),
        ({"callIds": 101}, "callIds must contain no more than 100 elements"),
    ],
)
async def test_runs_that_make_no_sense_are_refused(change: Any, message: str) -> None:
    async with drive() as sandbox:
        call, output = await sandbox.ended_call(), await _output(sandbox)
        body = {"callIds": [call["id"]], "structuredOutputId": output["id"], **change}
        if isinstance(body["callIds"], int):
            body["callIds"] = [call["id"]] * body["callIds"]
        said = await sandbox.refused("POST", "/structured-output/run", body)
    assert (said if isinstance(said, str) else said[0]).startswith(message)


async def test_a_regex_that_cannot_be_read_is_refused() -> None:
    async with drive() as sandbox:
        body: Any = {"name": "R", "type": "regex", "schema": {"type": "string"}}
        missing = await sandbox.refused("POST", "/structured-output", body)
        broken = await sandbox.refused("POST", "/structured-output", {**body, "regex": "("})
    assert missing == "`regex` Is Required When `type` Is regex."
    assert broken.startswith("`regex` Is Not A Valid Expression")
