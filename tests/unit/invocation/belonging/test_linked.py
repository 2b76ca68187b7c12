"""What lists the assistants that use it: structured outputs and scorecards."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.invocation.belonging.conftest import Client

LINKED = [
    ("/structured-output", "structured_output", "structuredOutputIds"),
    ("/observability/scorecard", "observability_scorecard", "scorecardIds"),
]
BOTH = {"name": "Summary", "assistantIds": ["a-globex", "a-acme"], "workflowIds": ["w-globex"]}


@pytest.fixture(params=LINKED, ids=[name for _, name, _ in LINKED])
def linked(acme: Client, request: pytest.FixtureRequest) -> tuple[Client, str, str]:
    """Return a client whose assistant uses one with globex, and one alone; globex has a third."""
    base, name, key = request.param
    here = acme.organisation
    here.add(base, {"id": "l-both", **BOTH})
    here.add(base, {"id": "l-acme", "name": "Ours", "assistantIds": ["a-acme"]})
    here.add(base, {"id": "l-globex", "name": "globex", "assistantIds": ["a-globex"]})
    uses: dict[str, list[str]] = {"a-acme": ["l-both", "l-acme"], "a-globex": ["l-both"]}
    for named, ids in uses.items():
        here.objects["/assistant"][named]["artifactPlan"] = {key: ids}
    return acme, name, key


async def test_what_others_use_too_is_read_with_the_own_assistants_alone(
    linked: tuple[Client, str, str],
) -> None:
    acme, name, _ = linked
    read = await acme.ask(f"get_single_vapi_{name}_by_id", id="l-both")
    listed = (await acme.ask(f"list_all_vapi_{name}s"))["result"]

    assert read["name"] == "Summary"
    assert read["assistantIds"] == ["a-acme"]
    assert {each["id"] for each in listed} == {"l-both", "l-acme"}
    assert "globex" not in str([read, listed])


@pytest.mark.parametrize("is_linked_back", [True, False])
async def test_what_others_use_too_is_not_changed(
    linked: tuple[Client, str, str], *, is_linked_back: bool
) -> None:
    acme, name, _ = linked
    if not is_linked_back:
        acme.organisation.objects["/assistant"]["a-globex"].pop("artifactPlan")
    answers = [
        await acme.ask(f"update_a_vapi_{name}_by_id", id="l-both", name="x", dry_run=dry)
        for dry in (False, True)
    ] + [await acme.ask(f"delete_a_vapi_{name}_by_id", id="l-both")]

    assert [each["statusCode"] for each in answers] == [403, 403, 403]
    assert "globex" not in str(answers)
    assert not [each for each in acme.organisation.asked if not each.startswith("GET ")]


async def test_what_is_used_alone_is_changed(linked: tuple[Client, str, str]) -> None:
    acme, name, _ = linked
    await acme.ask(f"update_a_vapi_{name}_by_id", id="l-acme", name="Renamed")

    assert "Renamed" in str(acme.organisation.objects)


async def test_what_an_own_assistant_does_not_use_is_not_there(
    linked: tuple[Client, str, str],
) -> None:
    acme, name, key = linked
    acme.organisation.objects["/assistant"]["a-acme"].pop("artifactPlan")
    answers = [
        await acme.ask(f"get_single_vapi_{name}_by_id", id=each)
        for each in ("l-both", "l-globex", "l-none")
    ]
    referring = await acme.ask("create_a_vapi_assistant", artifactPlan={key: ["l-both"]})

    assert [each["statusCode"] for each in answers] == [404, 404, 404]
    assert referring["statusCode"] == 400


async def test_what_others_use_too_can_be_used_by_another_assistant(
    linked: tuple[Client, str, str],
) -> None:
    acme, _, key = linked
    made: dict[str, Any] = await acme.ask("create_a_vapi_assistant", artifactPlan={key: ["l-both"]})

    assert made["artifactPlan"] == {key: ["l-both"]}


async def test_what_names_others_elsewhere_is_not_shown(linked: tuple[Client, str, str]) -> None:
    acme, name, _ = linked
    for shelf in ("/structured-output", "/observability/scorecard"):
        for each in acme.organisation.objects.get(shelf, {}).values():
            each["description"] = "a-globex"

    assert (await acme.ask(f"get_single_vapi_{name}_by_id", id="l-both"))["statusCode"] == 404
