import json
from typing import Any

import pytest

from tests.clients.verdicts import LABELS, judged
from tests.support.registry import NAMES

_FIRST = '{"id":"b335254f-7946-42d8-9d74-01b7e44f9978"}'
_SECOND = '{"id":"ef04be3c-f6db-4705-b117-b09088402b60"}'
_THIRD = '{"id":"02b2cfaa-6c87-4b35-81ea-cb59e290e9a7"}'
_NOTE = '{"notes":["No item has no_such_field; the keys are id"]}'
_UPDATE = '{"dry_run":true,"method":"PATCH","body":{"name":"Ada"}}'
_RIGHT = {
    "a": f'{{"result":[{_FIRST},{_SECOND}]}}',
    "b": f'{{"result":[{_FIRST},{_SECOND}]}} {_NOTE}',
    "c": '{"message":"Vapi says: Assistant with id 0 not found."}',
    "d": '{"dry_run":true,"body":{"model":{"model":"gpt-4o"},"name":"Ada"}}',
    "e": f'{{"result":[{_FIRST},{_SECOND},{_THIRD}]}}',
    "e2": _UPDATE,
    "e3": _UPDATE,
    "f": '{"artifact":"mono-recording","url":"http://127.0.0.1/media/x"} UklGRg',
    "g": '{"output":[{"role":"assistant","content":"Good evening."}]}',
}


def _lines(**other: Any) -> dict[str, dict[str, Any]]:
    right = {label: {"call": label, "answer": text} for label, text in _RIGHT.items()}
    return {"tools": {"call": "tools", "count": len(NAMES)}, **right, **other}


@pytest.mark.parametrize("seen_by_the_caller", [str, json.dumps, repr])
def test_right_answers_hold_in_every_form(seen_by_the_caller: Any) -> None:
    answers = {label: {"answer": seen_by_the_caller(text)} for label, text in _RIGHT.items()}
    verdict = judged(_lines(**answers), "2025-11-25")
    assert (verdict.failed, verdict.notes, verdict.sound) == ((), "kept", "kept")


@pytest.mark.parametrize("label", LABELS)
def test_an_empty_answer_is_not_right(label: str) -> None:
    assert judged(_lines(**{label: {"answer": "[]"}}), "").failed == (label,)


@pytest.mark.parametrize("label", [label for label in LABELS if label != "c"])
def test_a_right_text_that_was_raised_is_not_right(label: str) -> None:
    assert judged(_lines(**{label: {"raised": _RIGHT[label]}}), "").failed == (label,)


def test_a_null_that_was_sent_on_is_not_right() -> None:
    sent = '{"dry_run":true,"method":"PATCH","body":{"name":"Ada","voice":null}}'
    assert judged(_lines(e3={"answer": sent}), "").failed == ("e3",)


def test_a_dropped_second_text_is_recorded_and_no_failure() -> None:
    verdict = judged(_lines(b={"answer": _RIGHT["a"]}), "")
    assert (verdict.failed, verdict.notes) == ((), "dropped")


@pytest.mark.parametrize(
    ("line", "sound"),
    [
        ({"answer": _RIGHT["f"], "is_text": True}, "base64 as text"),
        ({"answer": _RIGHT["f"].removesuffix("UklGRg")}, "dropped"),
        ({"answer": _RIGHT["f"].replace("UklGRg", "saved to x.wav")}, "saved to a file"),
        ({"raised": "NotImplementedError: audio"}, "answer lost"),
    ],
)
def test_the_fate_of_a_sound_is_recorded(line: dict[str, Any], sound: str) -> None:
    assert judged(_lines(f=line), "").sound == sound


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ({"raised": f"ToolError: {_RIGHT['c']}"}, "raised"),
        ({"answer": f"CallToolResult(is_error=True, {_RIGHT['c']})"}, "marked"),
        ({"answer": _RIGHT["c"]}, "plain text"),
    ],
)
def test_the_way_of_an_error_is_recorded(line: dict[str, Any], error: str) -> None:
    assert judged(_lines(c=line), "").error == error


def test_a_client_that_cannot_connect_fails_everything() -> None:
    verdict = judged({"connection": {"raised": "OSError: no"}}, "")
    assert (verdict.tools, verdict.failed, verdict.answers) == (
        None,
        LABELS,
        {"connection": "OSError: no"},
    )
