"""The tools that stand for no operation: waiting, restoring, the control of running calls."""

from __future__ import annotations

import re
from typing import Any

from tests.support.e2e.story import Story

# Somebody who answers, and talks for twenty seconds or more.
PERSON = "+14155550123"
BUSY = "+14155550191"


async def control_calls(story: Story) -> None:
    """Call two people; speak to one and hang up, hand the other on, and see both calls end."""
    first, second = [await _talking(story) for _ in range(2)]
    said = await story.ok("say_in_a_vapi_call", id=first, content="One moment, please.")
    assert said == {"id": first, "sent": {"type": "say", "content": "One moment, please."}}
    await story.ok("end_a_vapi_call", id=first)
    over = await story.ok("wait_for_a_vapi_call", id=first)
    assert (over["status"], over["endedReason"]) == ("ended", "manually-canceled")
    call = await story.ok("get_single_vapi_call_by_id", id=first)
    assert "AI: One moment, please." in call["artifact"]["transcript"]
    there = {"type": "number", "number": "+14155550199"}
    await story.ok("transfer_a_vapi_call", id=second, destination=there)
    over = await story.ok("wait_for_a_vapi_call", id=second)
    assert over["endedReason"] == "assistant-forwarded-call"
    error = await story.refused("end_a_vapi_call", 409, id=second)
    assert error["message"].startswith("This call has ended")


async def _talking(story: Story) -> str:
    placed = await story.ok("create_a_vapi_call", **await _who(story), customer={"number": PERSON})
    read = "get_single_vapi_call_by_id"
    await story.until(lambda call: call["status"] == "in-progress", read, id=placed["id"])
    return placed["id"]


async def _who(story: Story) -> dict[str, str]:
    (assistant, *_) = await story.walk("list_all_vapi_assistants", limit=1000)
    numbers = await story.walk("list_all_vapi_phone_numbers", fields=["id", "provider"])
    line = next(each["id"] for each in numbers if each["provider"] == "twilio")
    return {"assistantId": assistant["id"], "phoneNumberId": line}


async def wait_for_others(story: Story) -> None:
    """Wait for a campaign to end, and for what has ended already."""
    people = [{"number": BUSY}]
    made = await story.ok(
        "create_a_vapi_campaign",
        name="Short",
        **await _who(story),
        customers=people,
        understood=True,
    )
    done = await story.ok("wait_for_a_vapi_campaign", id=made["id"])
    assert (done["status"], done["callsCounterEnded"]) == ("ended", 1)
    assert (await story.ok("wait_for_a_vapi_v2_campaign", id=made["id"]))["status"] == "ended"
    for name, listed in (
        ("wait_for_a_vapi_eval_run", "list_all_vapi_eval_runs"),
        ("wait_for_a_vapi_simulation_run", "list_all_vapi_simulation_runs"),
        ("wait_for_a_vapi_file", "list_all_vapi_files"),
    ):
        found = await story.ok(listed, limit=1, where={"status": ["ended", "done"]})
        (known,) = found["result"]
        told = await story.ok(name, id=known["id"], seconds=5)
        assert (told["id"], told["status"]) == (known["id"], known["status"])


async def take_changes_back(story: Story) -> None:
    """Rename an assistant and take it back; delete it and create it again."""
    made = await story.ok("create_a_vapi_assistant", name="Mila", firstMessage="Hello.")
    changed = await story.tell("update_a_vapi_assistant_by_id", id=made["id"], name="Milo")
    await story.ok("restore_a_vapi_change", id=_change_in(changed.notes))
    assert (await story.ok("get_single_vapi_assistant_by_id", id=made["id"]))["name"] == "Mila"
    gone = await story.tell("delete_a_vapi_assistant_by_id", id=made["id"])
    again = await story.ok("restore_a_vapi_change", id=_change_in(gone.notes))
    assert again["id"] != made["id"]
    found: Any = await story.ok("get_single_vapi_assistant_by_id", id=again["id"])
    assert (found["name"], found["firstMessage"]) == ("Mila", "Hello.")


def _change_in(notes: tuple[str, ...]) -> str:
    found = re.search(
        r"vapi-change-\w+(?=, restorable .* by restore_a_vapi_change)", " ".join(notes)
    )
    assert found is not None, notes
    return found[0]
