from __future__ import annotations

from typing import Any

import pytest

from tests.support.sandbox import HOST, ORG, drive
from vapi_mcp.sandbox.calls.lifecycle import FATES
from vapi_mcp.sandbox.state.snapshot import StateSnapshot


async def test_a_call_is_queued_then_rings_then_talks_then_ends() -> None:
    async with drive() as sandbox:
        call = await sandbox.call()
        path = f"/call/{call['id']}"
        seen = [call["status"]]
        for seconds in (0.5, 1, 2, 1, 70):
            sandbox.clock.forward(seconds)
            seen.append((await sandbox.ok("GET", path))["status"])
        ended = await sandbox.ok("GET", path)
    assert seen == ["queued", "queued", "ringing", "ringing", "in-progress", "ended"]
    assert call["type"] == "outboundPhoneCall"
    assert call["monitor"] == {
        "listenUrl": f"ws://vapi.test/{call['id']}/listen",
        "controlUrl": f"{HOST}/{call['id']}/control",
    }
    assert ended["endedReason"] in ("customer-ended-call", "assistant-ended-call")
    assert ended["startedAt"] == "2026-11-20T12:00:04.000Z"
    assert ended["endedAt"] == ended["updatedAt"]


async def test_an_ended_call_tells_what_was_said_and_what_it_cost() -> None:
    async with drive() as sandbox:
        assistant = await sandbox.assistant(firstMessage="Hi {{name}}, this is Ava.")
        customer = {"number": "+14155550123", "name": "Bo"}
        call = await sandbox.ended_call(assistantId=assistant["id"], customer=customer)
    artifact, costs = call["artifact"], call["costs"]
    assert call["messages"] == artifact["messages"]
    assert call["messages"][0]["message"] == "Hi Bo, this is Ava."
    assert artifact["transcript"].startswith("AI: Hi Bo, this is Ava.\nUser: ")
    assert len(artifact["transcript"].splitlines()) == len(call["messages"])
    assert call["analysis"]["successEvaluation"] == "true"
    assert {line["type"] for line in costs} == {
        "transport",
        "transcriber",
        "model",
        "voice",
        "vapi",
    }
    parts = call["costBreakdown"]
    lines = sum(line["cost"] for line in costs)
    assert call["cost"] == parts["total"]
    assert parts["analysisCostBreakdown"]["summary"] + lines == pytest.approx(call["cost"])


async def test_reading_late_and_reading_often_show_the_same_call() -> None:
    world = StateSnapshot(ORG)
    async with drive(world) as often:
        path = f"/call/{(await often.call())['id']}"
        async with drive(StateSnapshot.load(world.dump())) as late:
            for _ in range(60):
                often.clock.forward(2)
                await often.ok("GET", path)
            late.clock.forward(120)
            seen = await often.ok("GET", path)
            assert await late.ok("GET", path) == seen
    assert seen["status"] == "ended"


@pytest.mark.parametrize(("digits", "fate"), sorted(FATES.items()))
async def test_some_numbers_have_a_known_fate(digits: str, fate: tuple[str, float]) -> None:
    async with drive() as sandbox:
        call = await sandbox.ended_call(customer={"number": f"+1415555{digits}"})
    assert call["endedReason"] == fate[0]
    assert ("startedAt" in call) == (fate[1] > 0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"assistantId": None}, "Need One Of `assistantId`, `assistant`, "),
        ({"assistant": {}}, "`assistantId` And `assistant` Are Mutually Exclusive."),
        ({"assistantId": "x"}, "Couldn't Get Assistant. `assistantId` x Does Not Exist."),
        ({"phoneNumberId": None}, "Need One Of `phoneNumberId`, `phoneNumber`."),
        ({"phoneNumberId": "x"}, "Couldn't Get Phone Number. `phoneNumberId` x Does"),
        ({"customer": None}, "Need One Of `customer`, `customerId`, `customers`."),
        ({"customers": []}, "`customer` And `customers` Are Mutually Exclusive."),
        ({"customer": None, "customers": []}, "customers should not be empty"),
        ({"customer": None, "customerId": "x"}, "Couldn't Get Customer."),
        ({"assistantId": None, "workflowId": "x"}, "Couldn't Get Workflow."),
        ({"customer": {"number": "0800"}}, "customer.number must be a valid phone number in the"),
        ({"schedulePlan": {}}, "schedulePlan.earliestAt should not be empty"),
        ({"schedulePlan": {"earliestAt": "soon"}}, "schedulePlan.earliestAt must be a valid ISO"),
    ],
)
async def test_calls_that_make_no_sense_are_refused(change: Any, message: str) -> None:
    async with drive() as sandbox:
        body = {
            "assistantId": (await sandbox.assistant())["id"],
            "phoneNumberId": (await sandbox.number())["id"],
            "customer": {"number": "+14155550123"},
        }
        said = await sandbox.refused("POST", "/call", {**body, **change})
    assert (said if isinstance(said, str) else said[0]).startswith(message)


async def test_a_web_call_needs_no_number() -> None:
    async with drive() as sandbox:
        assistant_id = (await sandbox.assistant())["id"]
        body = {"assistantId": assistant_id, "transport": {"provider": "daily"}}
        call = await sandbox.ok("POST", "/call", body)
        sandbox.clock.forward(1)
        running = await sandbox.ok("GET", f"/call/{call['id']}")
    assert call["type"] == "webCall"
    assert call["transport"]["callUrl"].startswith(HOST)
    assert running["status"] == "in-progress"


async def test_a_batch_places_what_it_can() -> None:
    async with drive() as sandbox:
        customers = [{"number": "+14155550123"}, {"number": "0800"}]
        batch = await sandbox.call(customer=None, customers=customers)
    assert [call["customer"] for call in batch["results"]] == customers[:1]
    assert batch["errors"][0]["customer"] == customers[1]
    assert "E.164" in batch["errors"][0]["error"]
    assert batch["subscriptionLimits"] == {
        "concurrencyBlocked": False,
        "concurrencyLimit": 10,
        "remainingConcurrentCalls": 9,
    }


async def test_a_scheduled_call_waits_for_its_time() -> None:
    async with drive() as sandbox:
        call = await sandbox.call(schedulePlan={"earliestAt": "2026-11-20T13:00:00Z"})
        sandbox.clock.forward(3599)
        waiting = await sandbox.ok("GET", f"/call/{call['id']}")
        sandbox.clock.forward(1)
        dialled = await sandbox.ok("GET", f"/call/{call['id']}")
    assert [call["status"], waiting["status"], dialled["status"]] == [
        "scheduled",
        "scheduled",
        "queued",
    ]


async def test_deleting_a_scheduled_call_cancels_it_and_again_erases_it() -> None:
    async with drive() as sandbox:
        call = await sandbox.call(schedulePlan={"earliestAt": "2026-11-20T13:00:00Z"})
        path = f"/call/{call['id']}"
        cancelled = await sandbox.ok("DELETE", path)
        assert (cancelled["status"], cancelled["endedReason"]) == (
            "ended",
            "scheduled-call-deleted",
        )
        assert await sandbox.ok("GET", path) == cancelled
        await sandbox.ok("DELETE", path)
        assert (await sandbox.ask("GET", path)).status_code == 404


async def test_an_assistant_deleted_before_dialling_fails_the_call() -> None:
    async with drive() as sandbox:
        assistant = await sandbox.assistant()
        plan = {"earliestAt": "2026-11-20T13:00:00Z"}
        call = await sandbox.call(assistantId=assistant["id"], schedulePlan=plan)
        await sandbox.ok("DELETE", f"/assistant/{assistant['id']}")
        sandbox.clock.forward(3700)
        failed = await sandbox.ok("GET", f"/call/{call['id']}")
    assert (failed["status"], failed["endedReason"]) == ("ended", "assistant-not-found")


@pytest.mark.parametrize(
    ("number", "customer", "reason"),
    [
        ({"sipUri": "sip:a@sip.vapi.ai"}, "+14155550123", "call.start.error-get-transport"),
        ({}, "+442079460000", "call.start.error-vapi-number-international"),
    ],
)
async def test_vapi_numbers_cannot_dial_everywhere(
    number: dict[str, str], customer: str, reason: str
) -> None:
    async with drive() as sandbox:
        line = await sandbox.number(provider="vapi", **number)
        call = await sandbox.ended_call(phoneNumberId=line["id"], customer={"number": customer})
    assert call["endedReason"] == reason


async def test_only_the_name_of_a_call_can_change() -> None:
    async with drive() as sandbox:
        call = await sandbox.call()
        path = f"/call/{call['id']}"
        assert (await sandbox.ok("PATCH", path, {"name": "First"}))["name"] == "First"
        assert await sandbox.refused("PATCH", path, {"status": "ended"}) == [
            "property status should not exist"
        ]


async def test_bulk_deletion_happens_later_and_ignores_the_path() -> None:
    async with drive() as sandbox:
        calls = [await sandbox.ended_call() for _ in range(3)]
        ids = [call["id"] for call in calls]
        answer = await sandbox.ok("DELETE", f"/call/{ids[0]}", {"ids": [*ids[1:], "nobody"]})
        assert answer["ids"] == [*ids[1:], "nobody"]
        assert (await sandbox.ask("GET", f"/call/{ids[1]}")).status_code == 200
        sandbox.clock.forward(5)
        left = [(await sandbox.ask("GET", f"/call/{id_}")).status_code for id_ in ids]
    assert left == [200, 404, 404]


async def test_lists_of_calls_filter_by_assistant_and_number() -> None:
    async with drive() as sandbox:
        first, second = await sandbox.call(), await sandbox.call()
        for name in ("id", "assistantId", "phoneNumberId"):
            found = await sandbox.ok("GET", "/call", params={name: first[name]})
            assert [call["id"] for call in found] == [first["id"]]
        assert len(await sandbox.ok("GET", "/call")) == 2
        assert second["id"] != first["id"]


async def test_structured_outputs_and_scorecards_are_filled_at_the_end() -> None:
    async with drive() as sandbox:
        body: Any = {"name": "Done", "schema": {"type": "boolean"}}
        output = await sandbox.ok("POST", "/structured-output", body)
        long = {"type": "minCallDuration", "seconds": 600}
        gated: Any = {"name": "Long", "schema": {"type": "string"}, "conditions": [long]}
        skipped = await sandbox.ok("POST", "/structured-output", gated)
        condition = {"type": "comparator", "comparator": "=", "value": True, "points": 40}
        metric = {"structuredOutputId": output["id"], "conditions": [condition]}
        card = await sandbox.ok(
            "POST", "/observability/scorecard", {"name": "Care", "metrics": [metric]}
        )
        plan = {
            "structuredOutputIds": [output["id"], skipped["id"]],
            "scorecardIds": [card["id"]],
        }
        assistant = await sandbox.assistant(artifactPlan=plan)
        call = await sandbox.ended_call(assistantId=assistant["id"])
    artifact = call["artifact"]
    assert artifact["structuredOutputs"] == {output["id"]: {"name": "Done", "result": True}}
    assert artifact["skippedStructuredOutputs"] == {
        skipped["id"]: {"name": "Long", "unmetCondition": long}
    }
    assert artifact["scorecards"] == {
        card["id"]: {
            "name": "Care",
            "score": 40,
            "scoreNormalized": 100,
            "metricPoints": {output["id"]: 40},
        }
    }
