"""Errors that teach, and the guards against what breaks in practice: one test for each failure."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.support.invocation import ResultInvoker
from tests.support.upstream import ScriptedUpstream
from vapi_mcp.accounts.records import Account, Grant, Server
from vapi_mcp.errors import InvalidArguments, ToolError, UnknownTool
from vapi_mcp.invocation.answers.tokens import estimate_tokens
from vapi_mcp.invocation.failures.transport_errors import timed_out
from vapi_mcp.invocation.messages import ArtifactLink, UpstreamRequest, UpstreamResponse
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.registry.registry import build_registry
from vapi_mcp.registry.schema_paths import part_schema
from vapi_mcp.registry.scope import EVERYTHING, Scope
from vapi_mcp.security.credential import Credential
from vapi_mcp.specs.facts.facts import load_facts
from vapi_mcp.specs.facts.reference import reference_page
from vapi_mcp.specs.tools.loader import load_specs

FACTS = load_facts()
REGISTRY = build_registry(load_specs().tools, FACTS, local_files=True)
ACCOUNT = Account("acc", "Acme", Credential("sk-secret"), "https://api.eu.vapi.ai")
ID = "5f6c2c8e-1d1c-4b0e-9a53-0c7b3c1f5a10"
NUMBER_ID = "0e0f7b61-5d5c-4f0c-8a3e-9d1a3d6c2b11"
MODEL = {
    "provider": "openai",
    "model": "gpt-4.1",
    "temperature": 0.2,
    "messages": [{"role": "system", "content": "You are kind."}],
    "toolIds": ["t1", "t2"],
}
SAVED = {
    "id": ID,
    "model": MODEL,
    "voice": {"provider": "11labs", "voiceId": "sarah", "stability": 0.5},
}
UPDATE = "update_a_vapi_assistant_by_id"
CALL = {
    "assistantId": ID,
    "phoneNumberId": NUMBER_ID,
    "customer": {"number": "+14155550123"},
}


def response(body: Any, status: int = 200) -> UpstreamResponse:
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    return UpstreamResponse(status, {"content-type": "application/json"}, raw)


class Vapi:
    """An upstream that answers by `METHOD /path`, and whatever else it is sent with `{}`."""

    def __init__(self, **answers: Any) -> None:
        self.upstream = ScriptedUpstream(self._answer)
        self.scope = EVERYTHING
        self.answers: dict[str, Any] = {
            f"GET /assistant/{ID}": response(SAVED),
            f"GET /phone-number/{NUMBER_ID}": response({"provider": "twilio", "number": "+1"}),
            "POST /call": response({"id": ID, "status": "queued"}, 201),
            **answers,
        }

    async def _answer(self, request: UpstreamRequest) -> Any:
        answer = self.answers.get(f"{request.method} {request.path}", response({}))
        if isinstance(answer, Exception):
            raise answer
        return answer

    def sent(self, method: str) -> list[Any]:
        bodies = [each.body for each in self.upstream.requests if each.method == method]
        return [orjson.loads(body) for body in bodies if body]

    async def call(self, tool: str, /, **arguments: Any) -> ToolResult:
        invoker = ResultInvoker(self.upstream)
        grant = Grant(ACCOUNT, Server("srv", "all", "acc", self.scope))
        return await invoker.invoke(REGISTRY.find(tool), arguments, grant)

    async def refuses(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        with pytest.raises(ToolError) as caught:
            await self.call(tool, **arguments)
        return caught.value.as_dict()


# -- The sixteen failures of practice ------------------------------------------------------


async def test_01_a_part_of_a_model_is_refused_with_what_would_be_lost() -> None:
    vapi = Vapi()
    error = await vapi.refuses(UPDATE, id=ID, model={"temperature": 0.9})
    assert error["would_be_lost"] == {
        "model.provider": '"openai"',
        "model.model": '"gpt-4.1"',
        "model.messages": '[{"role":"system","content":"You are kind."}]',
        "model.toolIds": '["t1","t2"]',
    }
    assert 'nested: "merge"' in error["message"]
    assert 'nested: "replace"' in error["message"]
    assert vapi.sent("PATCH") == []


async def test_01_merging_keeps_the_rest_with_one_read_and_one_write() -> None:
    vapi = Vapi()
    result = await vapi.call(UPDATE, id=ID, nested="merge", model={"temperature": 0.9})
    assert vapi.sent("PATCH") == [{"model": {**MODEL, "temperature": 0.9}}]
    assert [each.method for each in vapi.upstream.requests] == ["GET", "PATCH"]
    told = "Merged into the saved model: changed model.temperature: 0.2 → 0.9."
    assert result.notes == (f"{told} All other parts of them are sent unchanged.",)


async def test_01_replacing_sends_what_was_given() -> None:
    vapi = Vapi()
    await vapi.call(UPDATE, id=ID, nested="replace", model={"temperature": 0.9})
    assert vapi.sent("PATCH") == [{"model": {"temperature": 0.9}}]
    assert [each.method for each in vapi.upstream.requests] == ["GET", "PATCH"]


async def test_01_an_update_that_loses_nothing_goes_through() -> None:
    vapi = Vapi()
    await vapi.call(UPDATE, id=ID, model={**MODEL, "temperature": 0.9})
    assert vapi.sent("PATCH") == [{"model": {**MODEL, "temperature": 0.9}}]


async def test_01_another_provider_loses_only_what_it_has_room_for() -> None:
    vapi = Vapi()
    await vapi.call(UPDATE, id=ID, voice={"provider": "vapi", "voiceId": "Elliot"})
    assert vapi.sent("PATCH") == [{"voice": {"provider": "vapi", "voiceId": "Elliot"}}]
    error = await vapi.refuses(
        UPDATE, id=ID, model={"provider": "anthropic", "model": "claude-sonnet-4-20250514"}
    )
    assert error["would_be_lost"].keys() == {"model.temperature", "model.messages", "model.toolIds"}


async def test_01_merging_into_another_provider_leaves_out_what_it_cannot_take() -> None:
    vapi = Vapi()
    await vapi.call(UPDATE, id=ID, nested="merge", voice={"provider": "vapi", "voiceId": "Elliot"})
    assert vapi.sent("PATCH") == [{"voice": {"provider": "vapi", "voiceId": "Elliot"}}]


async def test_01_a_null_leaves_the_saved_part_where_it_is() -> None:
    vapi = Vapi()
    model = {"temperature": 0.9, "toolIds": None}
    result = await vapi.call(UPDATE, id=ID, nested="merge", model=model)
    assert vapi.sent("PATCH") == [{"model": {**MODEL, "temperature": 0.9}}]
    assert result.notes[0].startswith("null means left out: model.toolIds.")


async def test_01_nothing_is_changed_when_the_saved_object_cannot_be_read() -> None:
    vapi = Vapi(**{f"GET /assistant/{ID}": timed_out(30, writes=False)})
    error = await vapi.refuses(UPDATE, id=ID, model={"temperature": 0.9})
    assert "nothing was changed" in error["hint"]
    gone = Vapi(**{f"GET /assistant/{ID}": response({"message": "Not Found"}, 404)})
    error = await gone.refuses(UPDATE, id=ID, nested="merge", model={"temperature": 0.9})
    assert error["next_call"] == {"tool": "list_all_vapi_assistants", "arguments": {}}
    assert (vapi.sent("PATCH"), gone.sent("PATCH")) == ([], [])


async def test_01_a_dry_run_shows_the_merged_request() -> None:
    vapi = Vapi()
    result = await vapi.call(
        UPDATE, id=ID, nested="merge", dry_run=True, model={"temperature": 0.9}
    )
    assert orjson.loads(result.text)["body"] == {"model": {**MODEL, "temperature": 0.9}}
    assert vapi.sent("PATCH") == []


async def test_01_nested_says_merge_or_replace_and_nothing_else() -> None:
    error = await Vapi().refuses(UPDATE, id=ID, nested="both", model={})
    assert "merge, replace" in error["message"]
    assert error["details"] == [{"argument": "nested", "problem": "'both' is not an allowed value"}]


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("create_a_vapi_assistant", {"model": {"systemPrompt": "x"}}, "is now model.messages"),
        ("create_a_vapi_call", {"assistantOverride": {}}, "did you mean assistantOverrides"),
        ("create_a_vapi_call", {"variableValues": {}}, "assistantOverrides.variableValues"),
        ("update_a_vapi_call_by_id", {"id": ID, "status": "ended"}, "status is set by Vapi"),
    ],
)
async def test_02_names_that_vapi_ignores_or_that_change_who_is_reached_are_refused(
    tool: str, arguments: dict[str, Any], told: str
) -> None:
    vapi = Vapi()
    error = await vapi.refuses(tool, **arguments)
    assert told in error["message"]
    assert error["documentation"].startswith("https://docs.vapi.ai/api-reference/")
    assert vapi.upstream.requests == []


async def test_02_what_vapi_sets_itself_is_left_out_with_a_note() -> None:
    vapi = Vapi()
    echoed = {"orgId": "o", "createdAt": "2026-01-01T00:00:00Z", "isServerUrlSecretSet": False}
    result = await vapi.call(UPDATE, id=ID, name="Ann", **echoed)
    assert vapi.sent("PATCH") == [{"name": "Ann"}]
    assert result.notes == (
        "createdAt, isServerUrlSecretSet and orgId are set by Vapi and were left out",
    )
    member = {"assistantId": ID, "id": "x"}
    await vapi.call("create_a_vapi_squad", members=[member])
    assert vapi.sent("POST") == [{"members": [{"assistantId": ID}]}]
    assert "id" in member


async def test_02_a_call_that_is_sent_back_is_not_dialled_again() -> None:
    vapi = Vapi()
    error = await vapi.refuses("create_a_vapi_call", **CALL, id=ID)
    assert "id is set by Vapi" in error["message"]
    assert vapi.upstream.requests == []


async def test_02_vapis_own_complaints_are_led_back_to_arguments() -> None:
    said = {
        "statusCode": 400,
        "error": "Bad Request",
        "message": [
            "model.messages.0.property contnt should not exist",
            "property serverUrl should not exist",
            "voice.provider must be one of the following values: vapi, 11labs",
        ],
    }
    vapi = Vapi(**{"POST /assistant": response(said, 400)})
    model = {"provider": "openai", "model": "gpt-4.1", "messages": [{"contnt": "x"}]}
    error = await vapi.refuses(
        "create_a_vapi_assistant", model=model, serverUrl="https://example.com"
    )
    unknown, moved, wrong = error["details"]
    assert unknown == {
        "argument": "model.messages[0].contnt",
        "problem": "is unknown to Vapi; did you mean content?",
    }
    assert moved == {"argument": "serverUrl", "problem": "is now server.url"}
    assert wrong["argument"] == "voice.provider"
    assert "cartesia" in wrong["schema"]["enum"]
    assert error["documentation"] == "https://docs.vapi.ai/api-reference/assistants/create"
    assert error["truto_is_remote_error"] is True


def refused(*complaints: str) -> Vapi:
    """An upstream that refuses every assistant with these complaints."""
    said = {"statusCode": 400, "error": "Bad Request", "message": list(complaints)}
    known = {to: response(said, 400) for to in ("POST /assistant", f"PATCH /assistant/{ID}")}
    return Vapi(**known)


def unknown(*names: str, at: str = "") -> list[str]:
    return [f"{at}property {name} should not exist" for name in names]


async def test_02_what_a_tool_knows_is_listed_once_for_all_unknown_names() -> None:
    vapi = refused(*unknown("zzza", "zzzb", "zzzc"))
    error = await vapi.refuses("create_a_vapi_assistant", zzza=1, zzzb=2, zzzc=3)
    first, *rest = [each["problem"] for each in error["details"]]
    assert first.startswith("is not an argument of create_a_vapi_assistant; it takes name, ")
    assert rest == ["is not an argument of create_a_vapi_assistant"] * 2


async def test_02_what_an_object_has_is_listed_once_for_all_its_kind() -> None:
    at = "model.messages.{}."
    names = [*unknown("zzza", at=at.format(0)), *unknown("zzzb", "zzzc", at=at.format(1))]
    messages = [{"zzza": 1}, {"zzzb": 2, "zzzc": 3}]
    model = {"provider": "openai", "model": "gpt-4.1", "messages": messages}
    error = await refused(*names).refuses("create_a_vapi_assistant", model=model)
    first, *rest = [each["problem"] for each in error["details"]]
    assert first.startswith("is unknown to Vapi; model.messages[0] has ")
    assert rest == ["is unknown to Vapi"] * 2


async def test_02_a_list_that_the_first_unknown_name_does_not_need_comes_with_the_next() -> None:
    error = await refused(*unknown("serverUrl", "zzza", "zzzb")).refuses(
        "create_a_vapi_assistant", serverUrl="https://example.com", zzza=1, zzzb=2
    )
    moved, listed, plain = [each["problem"] for each in error["details"]]
    assert moved == "is now server.url"
    assert "; it takes " in listed
    assert plain == "is not an argument of create_a_vapi_assistant"


@pytest.mark.parametrize(
    "complaint",
    [*unknown("zzz", "serverUrl"), *unknown("zzz", at="model.messages.4."), *unknown("a", at="b.")],
)
async def test_02_nothing_is_said_of_a_property_that_was_not_sent(complaint: str) -> None:
    model = {"provider": "openai", "model": "gpt-4.1", "messages": [{"content": "x"}]}
    error = await refused(complaint).refuses("create_a_vapi_assistant", name="x", model=model)
    assert error["message"] == f"Vapi says: {complaint}"
    assert "details" not in error


async def test_02_what_was_merged_in_or_read_from_a_text_counts_as_sent() -> None:
    vapi = refused("model.property zzz should not exist")
    merged = await vapi.refuses(UPDATE, id=ID, nested="merge", model={"temperature": 0.9})
    text = orjson.dumps({**MODEL, "zzz": 1}).decode()
    read = await vapi.refuses(UPDATE, id=ID, nested="replace", model=text)
    assert [each["details"][0]["argument"] for each in (merged, read)] == ["model.zzz"] * 2


async def test_03_numbers_are_e164_or_an_example_is_shown() -> None:
    vapi = Vapi()
    error = await vapi.refuses(
        "create_a_vapi_call", **CALL | {"customer": {"number": "4155550123"}}
    )
    assert "+14155550123" in error["message"]
    await vapi.call("create_a_vapi_call", **CALL | {"customer": {"number": "+1 (415) 555-0123"}})
    assert [each["customer"] for each in vapi.sent("POST")] == [{"number": "+14155550123"}]
    trunk = {"number": "1234", "numberE164CheckEnabled": False}
    await vapi.call("create_a_vapi_call", **CALL | {"customer": trunk})
    assert vapi.sent("POST")[-1]["customer"] == trunk


async def test_04_a_number_that_only_takes_calls_does_not_dial() -> None:
    line = {"provider": "vapi", "sipUri": "sip:a@sip.vapi.ai"}
    vapi = Vapi(**{f"GET /phone-number/{NUMBER_ID}": response(line)})
    error = await vapi.refuses("create_a_vapi_call", **CALL)
    assert "cannot dial out" in error["message"]
    assert error["next_call"] == {
        "tool": "list_all_vapi_phone_numbers",
        "arguments": {"fields": ["id", "name", "provider", "number"]},
    }
    assert vapi.sent("POST") == []


async def test_04_a_number_that_does_not_exist_does_not_dial() -> None:
    vapi = Vapi(**{f"GET /phone-number/{NUMBER_ID}": response({"message": "no"}, 404)})
    error = await vapi.refuses("create_a_vapi_call", **CALL)
    assert "not a number of this account" in error["message"]
    assert vapi.sent("POST") == []


async def test_04_a_vapi_number_is_noted_to_dial_inside_the_us() -> None:
    line = {"provider": "vapi", "number": "+14155550100"}
    vapi = Vapi(**{f"GET /phone-number/{NUMBER_ID}": response(line)})
    inside = await vapi.call("create_a_vapi_call", **CALL)
    abroad = await vapi.call("create_a_vapi_call", **CALL | {"customer": {"number": "+4930123456"}})
    assert not any("inside the US" in note for note in inside.notes)
    assert any("inside the US" in note for note in abroad.notes)


async def test_04_a_number_that_cannot_be_looked_at_is_left_to_vapi() -> None:
    vapi = Vapi(**{f"GET /phone-number/{NUMBER_ID}": timed_out(5, writes=False)})
    await vapi.call("create_a_vapi_call", **CALL)
    assert vapi.sent("POST") == [CALL]


async def test_05_a_refused_key_names_kind_organisation_and_region() -> None:
    said = {"message": "Invalid Key. Hot tip, …", "statusCode": 401}
    error = await Vapi(**{"GET /assistant": response(said, 401)}).refuses(
        "list_all_vapi_assistants"
    )
    for cause in ("private key", "organisation", "https://api.eu.vapi.ai", "https://api.vapi.ai"):
        assert cause in error["hint"]
    assert "This account uses https://api.eu.vapi.ai" in error["hint"]
    assert "next_call" not in error


async def test_06_a_call_that_timed_out_is_sent_once_and_says_where_to_look() -> None:
    vapi = Vapi(**{"POST /call": timed_out(30, writes=True)})
    error = await vapi.refuses("create_a_vapi_call", **CALL)
    assert len(vapi.sent("POST")) == 1
    assert error["next_call"]["tool"] == "list_all_vapi_calls"
    known = {"assistantId", "phoneNumberId", "createdAtGe", "createdAtLe", "fields"}
    assert error["next_call"]["arguments"].keys() == known
    assert error["next_call"]["compare"]["customer.number"] == "+14155550123"
    assert error["hint"].startswith("It may have been done. Not before ")
    assert error["hint"].endswith("call again with an idempotency_key.")


async def test_07_a_list_says_whether_it_goes_on() -> None:
    items = [{"id": str(n), "createdAt": "2026-01-01T00:00:00.000Z"} for n in range(3)]
    result = await Vapi(**{"GET /call": response(items)}).call("list_all_vapi_calls", limit=2)
    envelope = orjson.loads(result.text)
    assert envelope["result_count"] == len(envelope["result"])
    assert envelope["next_cursor"]


async def test_08_a_recording_is_a_fresh_link_and_never_its_name() -> None:
    name = "https://storage.vapi.ai/hipaa-recordings/x.wav"
    link = ArtifactLink("https://s3.example/x.wav?sig", "audio/wav", 4, None)
    vapi = Vapi(
        **{
            f"GET /call/{ID}": response({"id": ID, "artifact": {"recordingUrl": name}}),
            f"GET /call/{ID}/mono-recording": link,
        }
    )
    shown = await vapi.call("get_single_vapi_call_by_id", id=ID)
    assert any("list_all_vapi_mono_recordings" in note for note in shown.notes)
    fetched = await vapi.call("list_all_vapi_mono_recordings", id=ID)
    assert orjson.loads(fetched.text)["url"] == link.url


async def test_09_a_chat_response_streams_only_when_asked() -> None:
    vapi = Vapi(**{"POST /chat/responses": response({"id": "r", "output": []})})
    await vapi.call("create_a_vapi_chat_response", input="hi", assistantId=ID)
    assert vapi.sent("POST")[0]["stream"] is False


async def test_10_values_newer_than_the_facts_pass_with_a_note() -> None:
    vapi = Vapi()
    model = {"provider": "openai", "model": "gpt-99"}
    result = await vapi.call("create_a_vapi_assistant", model=model)
    assert vapi.sent("POST") == [{"model": model}]
    assert any("'gpt-99' is not among the documented" in note for note in result.notes)


async def test_11_a_list_that_is_replaced_says_what_is_gone() -> None:
    members = [{"assistantId": "a"}, {"assistantId": "b"}]
    squad = {"id": ID, "members": members}
    vapi = Vapi(**{f"GET /squad/{ID}": response(squad)})
    result = await vapi.call("update_a_vapi_squad_by_id", id=ID, members=members[:1])
    assert result.notes[-1] == "members is replaced whole: 2 items before, 1 item now; gone: b."
    away = Vapi(**{f"GET /squad/{ID}": timed_out(30, writes=False)})
    result = await away.call("update_a_vapi_squad_by_id", id=ID, members=members[:1])
    assert result.notes[-1] == "members replaces the whole saved list."


async def test_11_a_list_that_is_replaced_says_what_its_items_lose() -> None:
    members = [{"assistantId": "a", "assistantDestinations": [{"assistantName": "B"}]}]
    vapi = Vapi(**{f"GET /squad/{ID}": response({"id": ID, "members": members})})
    result = await vapi.call("update_a_vapi_squad_by_id", id=ID, members=[{"assistantId": "a"}])
    assert result.notes[-1] == (
        "members is replaced whole: 1 item before, 1 item now; a loses assistantDestinations."
    )


async def test_11_a_list_inside_of_an_object_says_so_too() -> None:
    result = await Vapi().call(UPDATE, id=ID, model={**MODEL, "toolIds": ["t2"]})
    assert result.notes[-1] == (
        "model.toolIds is replaced whole: 2 items before, 1 item now; gone: t1."
    )


async def test_12_variable_values_arrive_as_they_were_given() -> None:
    vapi = Vapi()
    overrides = {"variableValues": {"name": "Ann", "deep": {"id": 1, "serverUrl": "x"}}}
    await vapi.call("create_a_vapi_call", **CALL, assistantOverrides=overrides)
    assert vapi.sent("POST")[0]["assistantOverrides"] == overrides


async def test_13_answers_that_fit_no_schema_are_answers() -> None:
    odd = {"id": 7, "status": ["new"], "customer": "Ann"}
    result = await Vapi(**{f"GET /call/{ID}": response(odd)}).call(
        "get_single_vapi_call_by_id", id=ID
    )
    assert orjson.loads(result.text) == odd


async def test_14_a_list_of_calls_comes_without_their_transcripts() -> None:
    item = {"id": ID, "createdAt": "2026-01-01T00:00:00.000Z", "artifact": {"transcript": "x" * 9}}
    result = await Vapi(**{"GET /call": response([item])}).call("list_all_vapi_calls")
    assert "artifact" not in orjson.loads(result.text)["result"][0]


async def test_15_queued_is_said_not_to_be_connected() -> None:
    result = await Vapi().call("create_a_vapi_call", **CALL)
    assert any("Queued is not connected" in note for note in result.notes)
    answer = {"results": [{"id": ID}], "errors": [{"error": "no"}], "subscriptionLimits": {}}
    batch = Vapi(**{"POST /call": response(answer, 201)})
    several = {**CALL, "customers": [{"number": "+14155550123"}]}
    del several["customer"]
    result = await batch.call("create_a_vapi_call", **several)
    assert "1 refused and not called: see errors." in result.notes


async def test_16_paths_and_methods_are_the_tools_own() -> None:
    vapi = Vapi()
    await vapi.call(UPDATE, id=ID, name="Ann")
    request = vapi.upstream.requests[-1]
    assert (request.method, request.path) == ("PATCH", f"/assistant/{ID}")


# -- What every error brings ---------------------------------------------------------------


async def test_an_id_that_leads_nowhere_names_the_list_in_scope() -> None:
    missing = response({"message": "Not Found", "statusCode": 404}, 404)
    vapi = Vapi(**{f"GET /eval/run/{ID}": missing})
    error = await vapi.refuses("get_single_vapi_eval_run_by_id", id=ID)
    assert error["next_call"] == {"tool": "list_all_vapi_eval_runs", "arguments": {}}
    vapi.scope = Scope(tools=frozenset({"get_single_vapi_eval_run_by_id"}))
    assert "next_call" not in await vapi.refuses("get_single_vapi_eval_run_by_id", id=ID)


async def test_a_refused_argument_shows_what_it_has_to_be() -> None:
    error = await Vapi().refuses("create_a_vapi_call", customer="Ann", schedulePlan=1)
    shown = {each["argument"]: each["schema"] for each in error["details"]}
    assert "number" in shown["customer"]["properties"]
    assert shown["schedulePlan"]["required"] == ["earliestAt"]


async def test_a_schema_too_long_to_show_says_where_it_is_whole() -> None:
    error = await Vapi().refuses("create_a_vapi_session", assistant=1)
    assert error["details"][0]["schema"] == {"type": "object", "path": "assistant"}
    assert error["whole_schema"] == "vapi://schema/create_a_vapi_session?path=assistant"


def test_names_of_what_is_gone_lead_to_what_serves_now() -> None:
    with pytest.raises(UnknownTool, match="no blocks any more.*create_a_vapi_squad"):
        REGISTRY.find("list_all_vapi_blocks")
    with pytest.raises(UnknownTool, match="each call has its own: list_all_vapi_call_logs"):
        REGISTRY.find("list_all_vapi_logs")
    only_lists = Scope(methods=frozenset({"list"}))
    with pytest.raises(UnknownTool) as caught:
        REGISTRY.find("list_all_vapi_blocks", only_lists)
    assert "create_a" not in str(caught.value)


def test_new_places_exist_and_old_names_do_not() -> None:
    for moved in FACTS.moved.properties:
        objects = [
            schema["properties"]
            for schema in FACTS.schemas.values()
            if moved.beside in schema.get("properties", {})
            and moved.was not in schema["properties"]
        ]
        assert objects, f"{moved.was}: nothing has {moved.beside} and lacks it"
        if moved.now:
            tools = [each for each in REGISTRY.tools.values() if _leads(each, moved.now)]
            answers = any(_exists(properties, moved.now) for properties in objects)
            assert tools or answers, f"{moved.now} is nowhere"


def _leads(tool: Any, path: str) -> bool:
    try:
        part_schema(tool, path, FACTS)
    except InvalidArguments:
        return False
    return True


def _exists(properties: Any, path: str) -> bool:
    first, _, rest = path.partition(".")
    if first not in properties:
        return False
    if not rest:
        return True
    inside = FACTS.variants(properties[first])
    return any(_exists(each.get("properties", {}), rest) for each in inside)


def test_tools_named_for_what_is_gone_exist() -> None:
    for resource in FACTS.moved.resources.values():
        assert set(resource.tools) <= REGISTRY.tools.keys()


def test_every_tool_has_a_page_of_its_own() -> None:
    tools = [tool for tool in REGISTRY.tools.values() if tool.spec.own is None]
    pages = {reference_page(tool.operation, tool.spec.page) for tool in tools}
    assert len(pages) == len(tools)


async def test_the_longest_refusal_fits_a_small_budget() -> None:
    wrong = {name: 1 if name != "name" else [] for name in REGISTRY.tools[UPDATE].arguments}
    error = await Vapi().refuses(UPDATE, **wrong, **{f"zz{n}": 1 for n in range(200)})
    assert estimate_tokens(orjson.dumps(error).decode()) < 4_000
    said = {"message": [f"model.property x{n} should not exist" for n in range(900)]}
    vapi = Vapi(**{f"PATCH /assistant/{ID}": response(said, 400)})
    error = await vapi.refuses(UPDATE, id=ID, name="x")
    assert estimate_tokens(orjson.dumps(error).decode()) < 2_500
