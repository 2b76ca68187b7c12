"""The table of ended reasons covers Vapi's enum, each value once."""

from __future__ import annotations

import pytest

from vapi_mcp.specs.facts.facts import load_facts
from vapi_mcp.specs.tools.ended_reasons import class_of, ended_reason, load_ended_reasons

FILE = load_ended_reasons()
REASONS = list(dict.fromkeys(load_facts().schemas["Call"]["properties"]["endedReason"]["enum"]))


def test_every_value_of_the_enum_belongs_to_one_family() -> None:
    families = {
        reason: [family.reasons for family in FILE.families if family.has(reason)]
        for reason in REASONS
    }
    assert {reason: found for reason, found in families.items() if len(found) != 1} == {}


def test_every_form_of_the_table_stands_for_a_value_of_the_enum() -> None:
    forms = [(family, form) for family in FILE.families for form in family.reasons]
    unused = [
        form
        for family, form in forms
        if not any(family.model_copy(update={"reasons": (form,)}).has(each) for each in REASONS)
    ]
    assert unused == []


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("customer-busy", "no_contact"),
        ("voicemail", "no_contact"),
        ("assistant-ended-call", "normal"),
        ("exceeded-max-duration", "limit"),
        ("silence-timed-out", "limit"),
        ("pipeline-error-openai-429-exceeded-quota", "technical"),
        (
            "call.in-progress.error-providerfault-outbound-sip-480-temporarily-unavailable",
            "no_contact",
        ),
        ("call.start.error-subscription-concurrency-limit-reached", "limit"),
        # Values that Vapi may add.
        ("customer-ended-call-by-sms", "normal"),
        ("customer-unreachable", "no_contact"),
        ("exceeded-max-cost", "limit"),
        ("pipeline-error-newcomer-llm-failed", "technical"),
        ("something-else", "technical"),
    ],
)
def test_a_value_has_its_class(reason: str, kind: str) -> None:
    assert class_of(reason) == kind


def test_a_value_says_who_is_to_blame_and_what_to_do() -> None:
    reason = "call.in-progress.error-vapifault-openai-llm-failed"
    blame = "The failure is on Vapi's side; such calls are usually not charged."
    assert ended_reason(reason).as_dict() == {
        "endedReason": reason,
        "endedReasonClass": "technical",
        "class": "something broke, or is set up wrong",
        "meaning": f"The language model gave no answer. {blame}",
        "advice": "Read the call's log; check the model of the assistant, and add fallbackModels.",
        "source": "https://docs.vapi.ai/calls/call-ended-reason",
    }
