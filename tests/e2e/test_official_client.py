"""Vapi's own client over a real socket, through every resource it knows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, cast

import httpx
import pytest

from tests.support.official_client import ApiError, Vapi
from tests.support.sandbox import AUTHORIZED, KEY, HandClock, fresh_world, listening
from vapi_mcp.sandbox.app import create_sandbox
from vapi_mcp.sandbox.state.snapshot import StateSnapshot
from vapi_mcp.specs.facts.facts import load_facts

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ONCE: Any = {"max_retries": 0}


class Bench:
    """A seeded sandbox that listens, its clock, and Vapi's client."""

    def __init__(
        self, url: str, clock: HandClock, world: StateSnapshot, http: httpx.Client
    ) -> None:
        self.url = url
        self.clock = clock
        self.world = world
        # The client's generated types are wider than any one test needs to know.
        self.vapi = cast("Any", Vapi(token=KEY, base_url=url, httpx_client=http))

    def some(self, kind: str, **wanted: Any) -> dict[str, Any]:
        return next(
            item
            for item in self.world.resources[kind].values()
            if all(item.get(name) == value for name, value in wanted.items())
        )


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    clock, world = HandClock(NOW), fresh_world(7, NOW)
    app = create_sandbox(facts=load_facts(), world=world, clock=clock)
    with listening(app) as url, httpx.Client(follow_redirects=True) as http:
        yield Bench(url, clock, world, http)


def test_assistants_live_a_whole_life(bench: Bench) -> None:
    assistants = bench.vapi.assistants
    model = {"provider": "openai", "model": "gpt-4o", "messages": []}
    made = assistants.create(name="Ava", first_message="Hi", model=model)
    assert assistants.get(made.id).first_message == "Hi"
    assert assistants.update(made.id, first_message="Hello").first_message == "Hello"
    assert made.id in [assistant.id for assistant in assistants.list(limit=1000)]
    assert assistants.delete(made.id).id == made.id
    with pytest.raises(ApiError) as raised:
        assistants.get(made.id, request_options=ONCE)
    assert raised.value.status_code == 404


def test_a_wrong_key_is_refused(bench: Bench) -> None:
    with httpx.Client() as http:
        stranger = cast("Any", Vapi(token="public", base_url=bench.url, httpx_client=http))
        with pytest.raises(ApiError) as raised:
            stranger.assistants.list(request_options=ONCE)
    assert raised.value.status_code == 401
    assert raised.value.body["message"].startswith("Invalid Key. Hot tip")


def test_squads_live_a_whole_life(bench: Bench) -> None:
    squads = bench.vapi.squads
    members = [{"assistant_id": bench.some("assistant")["id"]}]
    made = squads.create(name="Line", members=members)
    assert squads.get(made.id).members[0].assistant_id == members[0]["assistant_id"]
    assert squads.update(made.id, name="Other", members=members).name == "Other"
    assert made.id in [squad.id for squad in squads.list()]
    assert squads.delete(made.id).id == made.id


def test_tools_live_a_whole_life(bench: Bench) -> None:
    tools = bench.vapi.tools
    made = tools.create(request={"type": "function", "function": {"name": "look_up"}})
    assert tools.get(made.id).function.name == "look_up"
    changed = tools.update(made.id, request={"type": "function", "async": True})
    assert changed.async_ is True
    assert made.id in [tool.id for tool in tools.list()]
    assert tools.delete(made.id).id == made.id


def test_phone_numbers_live_a_whole_life(bench: Bench) -> None:
    numbers = bench.vapi.phone_numbers
    made = numbers.create(request={"provider": "vapi", "numberDesiredAreaCode": "628"})
    assert made.number.startswith("+1628")
    changed = numbers.update(made.id, request={"provider": "vapi", "name": "Vestibule"})
    assert changed.name == "Vestibule"
    assert numbers.get(made.id).name == "Vestibule"
    assert made.id in [number.id for number in numbers.list()]
    page = numbers.phone_number_controller_find_all_paginated(search="vestib")
    assert [number.id for number in page.results] == [made.id]
    assert page.metadata.total_items == 1
    assert numbers.delete(made.id).id == made.id


def test_calls_live_a_whole_life(bench: Bench) -> None:
    calls = bench.vapi.calls
    number = bench.some("phone-number", provider="twilio")
    made = calls.create(
        assistant_id=bench.some("assistant")["id"],
        phone_number_id=number["id"],
        customer={"number": "+14155550123"},
    )
    assert made.status == "queued"
    assert made.monitor.control_url.endswith("/control")
    assert calls.update(made.id, name="First").name == "First"
    bench.clock.forward(120)
    ended = calls.get(made.id)
    assert ended.status == "ended"
    assert ended.artifact.transcript.startswith("AI: ")
    assert ended.cost == ended.cost_breakdown.total > 0
    assert made.id in [call.id for call in calls.list(phone_number_id=number["id"])]
    assert httpx.get(ended.artifact.presigned_mono_url).content[:4] == b"RIFF"
    assert calls.delete(made.id).id == made.id


def test_batch_calls_report_what_went_wrong(bench: Bench) -> None:
    batch = bench.vapi.calls.create(
        assistant_id=bench.some("assistant")["id"],
        phone_number_id=bench.some("phone-number", provider="twilio")["id"],
        customers=[{"number": "+14155550123"}, {"number": "0800"}],
    )
    assert [len(batch.results), len(batch.errors)] == [1, 1]
    assert batch.errors[0].customer.number == "0800"


@pytest.mark.parametrize(
    "artifact", ["mono_recording", "stereo_recording", "customer_recording", "assistant_recording"]
)
def test_recordings_are_found_behind_redirects(bench: Bench, artifact: str) -> None:
    calls = bench.world.resources["call"].values()
    recorded = next(c for c in calls if (c.get("artifact") or {}).get("recordingUrl"))
    path = f"{bench.url}/call/{recorded['id']}/{artifact.replace('_', '-')}"
    redirect = httpx.get(path, headers=AUTHORIZED)
    assert redirect.status_code == 302
    assert httpx.get(redirect.headers["Location"]).headers["Content-Type"] == "audio/wav"
    # The client follows by itself and leaves its key behind, as the storage has another host.
    raw = bench.vapi.calls.with_raw_response
    download = getattr(raw, f"call_artifact_controller_{artifact}_download")
    assert download(recorded["id"], request_options=ONCE).headers["content-type"] == "audio/wav"


def test_chats_live_a_whole_life(bench: Bench) -> None:
    chats = bench.vapi.chats
    assistant_id = bench.some("assistant")["id"]
    made = chats.create(assistant_id=assistant_id, input="When do you open?", stream=False)
    assert "When do you open?" in made.output[0].content
    after = chats.create(previous_chat_id=made.id, input="And on Sunday?", stream=False)
    assert [message.role for message in after.messages] == ["user", "assistant", "user"]
    assert chats.get(made.id).id == made.id
    assert chats.list(previous_chat_id=made.id).results[0].id == after.id
    answer = chats.create_response(assistant_id=assistant_id, input="Hello there", stream=False)
    assert answer.output[0].content[0].text
    assert chats.delete(made.id).id == made.id


def test_sessions_live_a_whole_life(bench: Bench) -> None:
    sessions = bench.vapi.sessions
    made = sessions.create(assistant_id=bench.some("assistant")["id"], name="Visit")
    assert made.expiration_seconds == 86400
    bench.vapi.chats.create(session_id=made.id, input="Hi", stream=False)
    assert len(sessions.get(made.id).messages) == 2
    assert sessions.update(made.id, status="completed").status == "completed"
    assert sessions.list(name="Visit").results[0].id == made.id
    assert sessions.delete(made.id).id == made.id


def test_campaigns_live_a_whole_life(bench: Bench) -> None:
    campaigns = bench.vapi.campaigns
    made = campaigns.campaign_controller_create(
        name="Autumn",
        assistant_id=bench.some("assistant")["id"],
        phone_number_id=bench.some("phone-number", provider="twilio")["id"],
        customers=[{"number": "+14155550123"}, {"number": "+14155550124"}],
    )
    assert made.status == "in-progress"
    bench.clock.forward(120)
    ended = campaigns.campaign_controller_find_one(made.id)
    assert (ended.status, ended.calls_counter_ended) == ("ended", 2)
    found = campaigns.campaign_controller_find_all(status="ended").results
    assert made.id in [campaign.id for campaign in found]
    assert campaigns.campaign_controller_remove(made.id).id == made.id


def test_a_scheduled_campaign_can_be_changed_and_cancelled(bench: Bench) -> None:
    campaigns = bench.vapi.campaigns
    made = campaigns.campaign_controller_create(
        name="Winter",
        assistant_id=bench.some("assistant")["id"],
        phone_number_id=bench.some("phone-number", provider="twilio")["id"],
        customers=[{"number": "+14155550123"}],
        schedule_plan={"earliest_at": "2027-01-01T00:00:00Z"},
    )
    assert campaigns.campaign_controller_update(made.id, name="Spring").name == "Spring"
    assert campaigns.campaign_controller_update(made.id, status="cancelled").status == "cancelled"


def test_files_live_a_whole_life(bench: Bench) -> None:
    files = bench.vapi.files
    made = files.create(file=("menu.txt", b"Soup\n", "text/plain"), purpose="assistant")
    assert (made.status, made.bytes) == ("processing", 5)
    bench.clock.forward(3)
    assert files.get(made.id).status == "done"
    assert files.update(made.id, name="Menu").name == "Menu"
    assert made.id in [file.id for file in files.list(purpose="assistant")]
    assert files.delete(made.id).id == made.id


def test_structured_outputs_live_a_whole_life(bench: Bench) -> None:
    outputs = bench.vapi.structured_outputs
    made = outputs.structured_output_controller_create(name="Happy", schema={"type": "boolean"})
    get = outputs.structured_output_controller_find_one
    assert get(made.id).name == "Happy"
    changed = outputs.structured_output_controller_update(
        made.id, schema_override="true", schema={"type": "number"}
    )
    assert changed.schema_.type == "number"
    found = outputs.structured_output_controller_find_all(name="Happy")
    assert [output.id for output in found.results] == [made.id]
    call = bench.some("call", status="ended")
    run = outputs.structured_output_controller_run(
        structured_output_id=made.id, call_ids=[call["id"]]
    )
    assert "1 call" in run.message
    written = bench.vapi.calls.get(call["id"]).artifact.structured_outputs
    assert written[made.id]["name"] == "Happy"
    assert outputs.structured_output_controller_remove(made.id).id == made.id


def test_insights_live_a_whole_life(bench: Bench) -> None:
    insights = bench.vapi.insight
    query = {"type": "vapiql-json", "table": "call", "column": "id", "operation": "count"}
    body = {"type": "pie", "name": "Ends", "groupBy": "endedReason", "queries": [query]}
    made = insights.insight_controller_create(request=body)
    assert insights.insight_controller_find_one(made.id).group_by == "endedReason"
    renamed = insights.insight_controller_update(made.id, request={"type": "pie", "name": "Why"})
    assert renamed.name == "Why"
    assert insights.insight_controller_find_all(id=made.id).metadata.total_items == 1
    run = insights.insight_controller_run(made.id)
    assert run.insight_id == made.id
    assert insights.insight_controller_preview(request=body).org_id == made.org_id
    assert insights.insight_controller_remove(made.id).id == made.id


def test_evals_live_a_whole_life(bench: Bench) -> None:
    evals = bench.vapi.eval
    judged = {"role": "assistant", "judgePlan": {"type": "regex", "content": "open"}}
    messages = [{"role": "user", "content": "When do you open?"}, judged]
    made = evals.eval_controller_create(
        type="chat.mockConversation", name="Hours", messages=messages
    )
    assert evals.eval_controller_get(made.id).name == "Hours"
    assert evals.eval_controller_update(made.id, name="Opening").name == "Opening"
    assert evals.eval_controller_get_paginated(id=made.id).metadata.total_items == 1
    target = {"type": "assistant", "assistantId": bench.some("assistant")["id"]}
    run_id = evals.eval_controller_run(type="eval", eval_id=made.id, target=target)["id"]
    bench.clock.forward(10)
    run = evals.eval_controller_get_run(run_id)
    assert (run.status, run.ended_reason) == ("ended", "mockConversation.done")
    assert run.results[0].status == "pass"
    assert evals.eval_controller_get_runs_paginated(id=run_id).results[0].id == run_id
    assert evals.eval_controller_remove_run(run_id).id == run_id
    assert evals.eval_controller_remove(made.id).id == made.id


def test_scorecards_live_a_whole_life(bench: Bench) -> None:
    cards = bench.vapi.observability_scorecard
    outputs = bench.world.resources["structured-output"].values()
    output = next(o for o in outputs if o["schema"]["type"] == "boolean")
    condition = {"type": "comparator", "comparator": "=", "value": True, "points": 100}
    metrics = [{"structuredOutputId": output["id"], "conditions": [condition]}]
    made = cards.scorecard_controller_create(name="Care", metrics=metrics)
    assert cards.scorecard_controller_get(made.id).metrics[0].structured_output_id == output["id"]
    assert cards.scorecard_controller_update(made.id, name="Kind").name == "Kind"
    assert cards.scorecard_controller_get_paginated(id=made.id).metadata.total_items == 1
    assert cards.scorecard_controller_remove(made.id).id == made.id


def test_provider_resources_live_a_whole_life(bench: Bench) -> None:
    resources = bench.vapi.provider_resources
    place = {"provider": "11labs", "resource_name": "pronunciation-dictionary"}
    # The client sends no body here, so the creation goes by hand.
    rule = {"stringToReplace": "Vapi", "type": "alias", "alias": "vah-pee"}
    path = f"{bench.url}/provider/11labs/pronunciation-dictionary"
    body = {"name": "Names", "rules": [rule]}
    made = httpx.post(path, json=body, headers=AUTHORIZED).json()
    get = resources.provider_resource_controller_get_provider_resource
    assert get(**place, id=made["id"]).resource["name"] == "Names"
    changed = httpx.patch(f"{path}/{made['id']}", json={"rules": []}, headers=AUTHORIZED).json()
    assert changed["resource"]["versionId"] != made["resource"]["versionId"]
    page = resources.provider_resource_controller_get_provider_resources_paginated(
        **place, resource_id=made["resourceId"]
    )
    assert [item.id for item in page.results] == [made["id"]]
    delete = resources.provider_resource_controller_delete_provider_resource
    assert delete(**place, id=made["id"]).id == made["id"]


def test_analytics_count_the_calls(bench: Bench) -> None:
    count = {"operation": "count", "column": "id", "alias": "calls"}
    answer = bench.vapi.analytics.get(
        queries=[{"table": "call", "name": "all", "operations": [count]}]
    )
    assert answer[0].name == "all"
    assert answer[0].result[0]["calls"] > 0


# kind -> (list by the client, path of the list without the client)
_LISTS: dict[str, tuple[str, str]] = {
    "assistant": ("assistants.list", "/assistant"),
    "squad": ("squads.list", "/squad"),
    "call": ("calls.list", "/call"),
    "tool": ("tools.list", "/tool"),
    "phone-number": ("phone_numbers.list", "/phone-number"),
    "chat": ("chats.list", "/chat"),
    "session": ("sessions.list", "/session"),
    "campaign": ("campaigns.campaign_controller_find_all", "/campaign"),
    "structured-output": (
        "structured_outputs.structured_output_controller_find_all",
        "/structured-output",
    ),
    "insight": ("insight.insight_controller_find_all", "/reporting/insight"),
    "eval": ("eval.eval_controller_get_paginated", "/eval"),
    "eval-run": ("eval.eval_controller_get_runs_paginated", "/eval/run"),
    "scorecard": (
        "observability_scorecard.scorecard_controller_get_paginated",
        "/observability/scorecard",
    ),
}


@pytest.mark.parametrize("kind", sorted(_LISTS))
def test_every_seeded_object_is_listed_and_served(bench: Bench, kind: str) -> None:
    method, path = _LISTS[kind]
    group, name = method.split(".")
    parsed = getattr(getattr(bench.vapi, group), name)(limit=1000)
    found = {item.id for item in getattr(parsed, "results", parsed)}
    seeded = set(fresh_world(7, NOW).resources[kind])
    assert seeded
    assert seeded <= found
    with httpx.Client(base_url=bench.url, headers=AUTHORIZED) as http:
        for object_id in sorted(seeded):
            assert http.get(f"{path}/{object_id}").json()["id"] == object_id


def test_every_seeded_file_is_listed_and_served(bench: Bench) -> None:
    seeded = fresh_world(7, NOW).resources["file"]
    assert seeded
    for file_id, file in seeded.items():
        assert file_id in [found.id for found in bench.vapi.files.list(purpose=file["purpose"])]
        assert bench.vapi.files.get(file_id).id == file_id


@pytest.mark.parametrize("provider", ["11labs", "cartesia"])
def test_every_seeded_dictionary_is_listed_and_served(bench: Bench, provider: str) -> None:
    resources = bench.vapi.provider_resources
    place = {"provider": provider, "resource_name": "pronunciation-dictionary"}
    seeded = fresh_world(7, NOW).resources["provider-resource"]
    wanted = {key for key, item in seeded.items() if item["provider"] == provider}
    page = resources.provider_resource_controller_get_provider_resources_paginated(**place)
    assert wanted
    assert wanted <= {item.id for item in page.results}
    for object_id in wanted:
        get = resources.provider_resource_controller_get_provider_resource
        assert get(**place, id=object_id).id == object_id
