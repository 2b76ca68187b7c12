"""The examples of arguments: each has to be taken, and stands where its argument is looked up."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.support.invocation import ID, REGISTRY, ResultInvoker, granted
from tests.support.sandbox import Driver, drive
from tests.support.upstream import ScriptedUpstream
from vapi_mcp.errors import InvalidArguments
from vapi_mcp.invocation.arguments.check import check_arguments
from vapi_mcp.invocation.messages import UpstreamRequest, UpstreamResponse
from vapi_mcp.protocol.discovery import Discovery
from vapi_mcp.registry.registry import Registry
from vapi_mcp.registry.schema_paths import describe_part
from vapi_mcp.registry.scope import EVERYTHING
from vapi_mcp.specs.tools.examples import Example

EXAMPLES = [
    (tool.name, example, number)
    for tool in REGISTRY.in_scope()
    for example in tool.spec.examples
    for number in range(len(example.values))
]
each_example = pytest.mark.parametrize(
    ("name", "example", "number"),
    EXAMPLES,
    ids=[f"{name}-{e.path}-{e.beside.get('type', '')}-{n}" for name, e, n in EXAMPLES],
)


def whole(name: str, example: Example, number: int) -> dict[str, Any]:
    """Return an example as a whole call."""
    own = {"id": ID} if "id" in REGISTRY.tools[name].arguments else {}
    own |= {"input": "Hello"} if name == "create_a_vapi_chat" else {}
    beside = {key: value for key, value in example.beside.items() if name.startswith("create_")}
    given = {**own, **beside, **example.arguments(example.values[number])}
    return {key: each for key, each in given.items() if key in REGISTRY.tools[name].arguments}


def asked_of(driver: Driver) -> ScriptedUpstream:
    async def answer(request: UpstreamRequest) -> UpstreamResponse:
        found = await driver.client.request(
            request.method,
            request.path,
            content=request.body,
            headers={"content-type": "application/json"},
        )
        return UpstreamResponse(found.status_code, dict(found.headers), found.content)

    return ScriptedUpstream(answer)


@each_example
def test_the_argument_check_has_nothing_to_say_of_an_example(
    name: str, example: Example, number: int
) -> None:
    tool = REGISTRY.find(name)
    assert check_arguments(tool, whole(name, example, number), REGISTRY.facts).notes == ()


@pytest.mark.parametrize(
    ("name", "example", "number"),
    [each for each in EXAMPLES if each[0].startswith("create_")],
    ids=[f"{n}-{e.path}-{e.beside.get('type', '')}-{i}" for n, e, i in EXAMPLES if "create_" in n],
)
async def test_the_simulated_vapi_takes_an_example(
    name: str, example: Example, number: int
) -> None:
    async with drive() as driver:
        arguments = whole(name, example, number)
        if example.path.startswith("assistantOverrides"):
            arguments["assistantId"] = (await driver.assistant())["id"]
        if name == "create_a_vapi_call":
            arguments["phoneNumberId"] = (await driver.number())["id"]
            arguments["customer"] = {"number": "+14155550123"}
        invoker = ResultInvoker(asked_of(driver))
        made = await invoker.invoke(REGISTRY.find(name), arguments, granted())
    assert "id" in orjson.loads(made.text)


def test_an_example_names_tools_that_exist() -> None:
    known = {each for tool in REGISTRY.in_scope() for e in tool.spec.examples for each in e.tools}
    assert known <= set(REGISTRY.tools)


def test_the_schema_of_an_argument_has_its_examples() -> None:
    shown = described("create_a_vapi_tool", "destinations")["examples"]
    assert [each["type"] for each in shown] == ["handoff"] * 2 + ["transferCall"] * 2
    assert "examples" not in described("create_a_vapi_tool", "function")
    assert described("create_a_vapi_call", "assistantOverrides")["examples"] == [
        {"assistantOverrides": {"variableValues": each}} for each in variable_values()
    ]


def test_the_schema_of_a_choice_has_examples_of_it_first() -> None:
    shown = described("create_a_vapi_assistant", "voice[cartesia]")["examples"]
    assert [each["voice"]["provider"] for each in shown] == ["cartesia", "vapi"]


def test_the_whole_schema_says_which_arguments_have_examples() -> None:
    assert described("create_a_vapi_assistant", "")["examples_at"] == ["hooks", "voice"]
    assert "examples_at" not in described("list_all_vapi_calls", "")


def test_get_tool_schema_shows_examples_too() -> None:
    arguments = {"tool_names": ["create_a_vapi_eval"], "path": "messages"}
    answer = Discovery(REGISTRY).look_up("get_tool_schema", arguments, EVERYTHING)
    assert len(orjson.loads(answer.text)["schema"]["examples"]) == 2


async def test_an_error_about_an_argument_shows_a_pair_of_its_kind() -> None:
    error = await refused("create_a_vapi_tool", type="handoff", destinations="Billing")
    assert error["examples"] == [
        {"type": "handoff", "destinations": each} for each in values_of("handoff")
    ]
    error = await refused("create_a_vapi_assistant", voice="azure")
    assert [each["voice"]["provider"] for each in error["examples"]] == ["vapi", "11labs"]
    error = await refused("create_a_vapi_assistant", hooks=1)
    assert len(error["examples"]) == 2


async def test_an_error_about_another_argument_shows_no_examples() -> None:
    assert "examples" not in await refused("create_a_vapi_assistant", name=["Ava"], model=3)


async def refused(name: str, /, **arguments: Any) -> dict[str, Any]:
    invoker = ResultInvoker(ScriptedUpstream(UpstreamResponse(200, {}, b"{}")))
    with pytest.raises(InvalidArguments) as raised:
        await invoker.invoke(REGISTRY.find(name), arguments, granted())
    return raised.value.as_dict()


def described(name: str, path: str, registry: Registry = REGISTRY) -> dict[str, Any]:
    return describe_part(registry.find(name), path, registry.facts)


def variable_values() -> list[Any]:
    return list(REGISTRY.find("create_a_vapi_call").spec.examples[0].values)


def values_of(kind: str) -> list[Any]:
    tool = REGISTRY.find("create_a_vapi_tool")
    return next(e.values for e in tool.spec.examples if e.beside.get("type") == kind)
