"""Laws over the ready-made workflows, and what a broken file is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support import tokens
from tests.support.app import registry
from vapi_mcp.errors import InvalidArguments, SpecError
from vapi_mcp.registry.prompts import broken_prompt_rules, in_scope, render_prompt
from vapi_mcp.registry.scope import EVERYTHING, FULL, scope_of
from vapi_mcp.specs.tools.prompts import Prompt, load_prompts

PROMPTS = {prompt.name: prompt for prompt in load_prompts()}
each_prompt = pytest.mark.parametrize("prompt", PROMPTS.values(), ids=lambda prompt: prompt.name)

SOUND = """\
---
title: Look at a call
description: A prompt that reads one call and tells what became of it.
arguments:
  call: {description: Id of the call., suggest: {tool: list_all_vapi_calls, keys: [id]}}
---
Look at the call {{call}}.

## get_single_vapi_call_by_id
{"id": "{{call}}", "fields": ["id"]}
Read it.
"""


def written(folder: Path, text: str) -> Prompt:
    """Return the one prompt of a directory that holds this text alone."""
    (folder / "prompts").mkdir()
    (folder / "prompts" / "look.md").write_text(text, "utf-8")
    [prompt] = load_prompts(folder)
    return prompt


def filled(prompt: Prompt, **given: str) -> dict[str, str]:
    """Return arguments for a prompt: those given, and something for each that is required."""
    needed = (name for name, argument in prompt.arguments.items() if argument.default is None)
    return {**dict.fromkeys(needed, "x"), **given}


def test_the_workflows_are_these_five_and_one_needs_the_full_catalogue() -> None:
    core = ["compare_assistants", "debug_call", "grade_calls", "set_up_campaign"]
    assert list(PROMPTS) == [*core, "try_change"]
    assert [each.name for each in in_scope(PROMPTS.values(), registry(), EVERYTHING)] == core


def test_prompts_and_tools_agree() -> None:
    assert broken_prompt_rules(PROMPTS.values(), registry()) == []


@each_prompt
def test_docs_name_the_prompt_and_its_arguments(prompt: Prompt) -> None:
    page = (Path(__file__).parents[3] / "docs" / "workflows.md").read_text("utf-8")
    [row] = [line for line in page.splitlines() if line.startswith(f"| `{prompt.name}` |")]
    named = re.findall(r"(\*\*)?`(\w+)`", row.rsplit(" | ", 1)[1])
    required = {name: argument.default is None for name, argument in prompt.arguments.items()}
    assert {name: bool(stars) for stars, name in named} == required


@each_prompt
def test_prompt_costs_less_than_a_thousand_tokens(prompt: Prompt) -> None:
    text = render_prompt(prompt, filled(prompt), registry(), FULL)
    assert 200 <= tokens.count(text) <= 1_000
    assert "{{" not in text


@each_prompt
def test_prompt_goes_with_any_tool_that_it_cannot_do_without(prompt: Prompt) -> None:
    for step in prompt.steps:
        if step.tool is None:
            continue
        is_needed = any(each.tool == step.tool and not each.is_optional for each in prompt.steps)
        without = scope_of(exclude_tools=[step.tool], catalogue="full")
        assert (prompt in in_scope(PROMPTS.values(), registry(), without)) is not is_needed


@each_prompt
def test_prompt_names_no_tool_out_of_scope(prompt: Prompt) -> None:
    needed = [step.tool for step in prompt.steps if step.tool and not step.is_optional]
    scope = scope_of(tools=needed, catalogue="full")
    text = render_prompt(prompt, filled(prompt), registry(), scope)
    named = {name for name in registry().tools if name in text.split()}
    assert named == set(needed)
    assert f"\n\n## 1. {needed[0]}\n" in text


def test_steps_are_counted_without_those_that_are_left_out() -> None:
    scope = scope_of(exclude_tools=["list_all_vapi_assistants"])
    text = render_prompt(PROMPTS["grade_calls"], {"assistant": "a"}, registry(), scope)
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings[0] == "## 1. list_all_vapi_calls"
    assert headings[-2:] == ["## 5. list_all_vapi_mono_recordings", "## Answer"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "assistant is required: Name or id"),
        ({"assistant": " "}, "assistant is required"),
        ({"assistant": "a", "cals": "3"}, "takes no 'cals'; it takes assistant, calls, "),
        ({"assistant": "a", "calls": "many"}, "calls is a whole number, 1 to 50"),
        ({"assistant": "a", "calls": "51"}, "calls is a whole number, 1 to 50"),
        ({"assistant": "a" * 20_001}, "assistant must be at most 20,000 characters"),
    ],
)
def test_argument_that_does_not_fit_is_refused_in_words(given: dict[str, str], told: str) -> None:
    with pytest.raises(InvalidArguments, match=told):
        render_prompt(PROMPTS["grade_calls"], given, registry(), EVERYTHING)


def test_value_with_quotes_stays_inside_its_json() -> None:
    text = render_prompt(PROMPTS["debug_call"], {"call": 'a"}\n'}, registry(), EVERYTHING)
    assert '\n{"id":"a\\"}","inline":true' in text


def test_sound_file_is_read(tmp_path: Path) -> None:
    prompt = written(tmp_path, SOUND)
    assert broken_prompt_rules([prompt], registry()) == []
    assert render_prompt(prompt, {"call": "c1"}, registry(), EVERYTHING) == (
        "Look at the call c1.\n\n## 1. get_single_vapi_call_by_id\n"
        '{"id":"c1","fields":["id"]}\nRead it.'
    )


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("get_single_vapi_call_by_id", "get_single_vapi_cal_by_id", "there is no such tool"),
        ('"fields"', '"feilds"', "feilds breaks the rule 'unknown'"),
        ('"id": "{{call}}", ', "", "id breaks the rule 'required'"),
        ('["id"]', '[{"a": 1}]', r"fields\[0\] breaks the rule 'type'"),
        ("Read it.", "Then list_all_vapi_chats.", "its text names list_all_vapi_chats"),
        ("call {{call}}", "call {{id}}", "{{id}} is used, but no argument"),
        ("{{call}}", "it", "{{call}} is never used"),
        ("keys: [id]", "keys: [title]", "list_all_vapi_calls is no list of title"),
        ("call_by_id\n", "call_by_id (optional)\n", "every step is optional"),
    ],
)
def test_prompt_that_does_not_fit_the_tools_is_found(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    prompt = written(tmp_path, SOUND.replace(old, new))
    problems = broken_prompt_rules([prompt], registry())
    assert any(told.replace("\\", "") in problem for problem in problems), problems
    assert all(problem.startswith("prompts/look.md: ") for problem in problems)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("---\ntitle", "title", "look.md must begin with its facts"),
        ("title:", "titel:", "look.md: title: Field required"),
        ("title:", "title: a\ntitle:", "the key 'title' is given twice"),
        ('{"id": "{{call}}"', '{"id: "{{call}}"', "its first line is the JSON of a call"),
    ],
)
def test_file_that_breaks_the_form_is_refused(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    with pytest.raises(SpecError, match=told):
        written(tmp_path, SOUND.replace(old, new, 1))
