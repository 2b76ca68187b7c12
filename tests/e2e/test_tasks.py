"""A client that takes tasks gets one of a tool that waits, and polls it to its end."""

from __future__ import annotations

import mcp
import pytest
from mcp.shared.exceptions import MCPError

from tests.support.e2e.connecting import Connection, answer_of, stdio_parameters
from tests.support.e2e.stack import small_world, stacked
from tests.support.task_client import TaskClient, ask
from vapi_mcp.accounts.records import ServerConfig

FULL = ServerConfig(catalogue="full")
FILE = {"text": "From seven.", "file_name": "a.txt"}
WAIT = "wait_for_a_vapi_file"


async def wait_by_task(client: mcp.Client, tasks: TaskClient) -> None:
    connection = Connection(client)
    made = await connection.call("create_a_vapi_file", **FILE)
    over = answer_of(await client.call_tool(WAIT, {"id": made.json["id"]}))
    assert over.json["status"] == "done"
    (task,) = tasks.tasks
    assert (task.status, task.status_message) == ("working", "processing")
    assert (tasks.states[0], tasks.states[-1]) == ("working", "completed")
    assert set(tasks.states) == {"working", "completed"}


async def test_a_wait_is_a_task_over_http() -> None:
    tasks = TaskClient()
    async with stacked(small_world(), config=FULL) as stack:
        url = stack.url("modern HTTP")
        async with mcp.Client(url, extensions=[tasks]) as client:
            offered = client.server_capabilities.extensions or {}
            assert offered["io.modelcontextprotocol/tasks"] == {}
            await wait_by_task(client, tasks)


async def test_a_wait_is_a_task_over_stdio() -> None:
    tasks = TaskClient()
    parameters = stdio_parameters("--catalogue", "full")
    async with mcp.Client(parameters, extensions=[tasks]) as client:
        await wait_by_task(client, tasks)


async def test_what_is_over_at_the_first_look_is_no_task() -> None:
    tasks = TaskClient()
    async with stacked(small_world(), config=FULL) as stack:
        url = stack.url("modern HTTP")
        async with mcp.Client(url) as plain, mcp.Client(url, extensions=[tasks]) as client:
            made = await Connection(plain).call("create_a_vapi_file", **FILE)
            await Connection(plain).call(WAIT, id=made.json["id"])
            over = answer_of(await client.call_tool(WAIT, {"id": made.json["id"]}))
    assert over.json["status"] == "done"
    assert tasks.tasks == []


async def test_a_client_without_the_extension_waits_in_the_call() -> None:
    async with stacked(small_world(), config=FULL) as stack:
        async with mcp.Client(stack.url("modern HTTP")) as client:
            made = await Connection(client).call("create_a_vapi_file", **FILE)
            over = await Connection(client).call(WAIT, id=made.json["id"])
    assert over.json["status"] == "done"


async def test_a_task_is_of_one_server_and_known_to_every_process() -> None:
    world, tasks = small_world(), TaskClient()
    async with stacked(world, config=FULL) as stack, stacked(world, config=FULL) as other:
        urls = [each.url("modern HTTP") for each in (stack, other)]
        async with mcp.Client(urls[0], extensions=[tasks]) as client, mcp.Client(urls[1]) as second:
            await wait_by_task(client, tasks)
            (task,) = tasks.tasks
            assert (await ask(second.session, "tasks/get", task.task_id)).status == "completed"
            for method in ("tasks/cancel", "tasks/update"):
                told = await ask(client.session, method, task.task_id)
                assert (told.result_type, told.status) == ("complete", None)


@pytest.mark.parametrize("method", ["tasks/get", "tasks/cancel", "tasks/update"])
async def test_a_task_that_is_not_there_is_refused(method: str) -> None:
    async with stacked(small_world(), config=FULL) as stack:
        async with mcp.Client(stack.url("modern HTTP")) as client:
            with pytest.raises(MCPError) as refusal:
                await ask(client.session, method, "made-up")
    assert refusal.value.error.message == (
        "there is no such task on this server, or its time is over"
    )
