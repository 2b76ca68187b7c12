"""One story that calls every tool, the same one over every transport."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.support.e2e.chapters import calls, figures, judgement, own, simulated, talks, team
from tests.support.e2e.story import Call, Story
from tests.support.registry import ALL_NAMES, NAMES


async def tell_everything(call: Call, *, path: Path | None = None) -> None:
    """Call every tool in a sensible order and check what comes back.

    path: a file on the server's machine, where a caller may name one.
    """
    story = Story(call)
    tool = await team.keep_a_tool(story)
    assistant = await team.keep_an_assistant(story, tool)
    # What takes seconds begins early and ends late.
    eval_, run = await judgement.start_an_eval(story, assistant)
    files = await team.keep_files(story, path)
    squad = await team.keep_a_squad(story, assistant)
    number = await team.keep_a_number(story, assistant)
    placed = await calls.place_a_call(story, assistant, number)
    campaign = await calls.start_a_campaign(story, assistant, number)
    await calls.schedule_a_call(story, assistant, number)
    await talks.chat(story, assistant)
    await talks.keep_a_session(story, squad, assistant)
    output = await judgement.extract_a_value(story)
    await judgement.keep_a_scorecard(story, output, assistant)
    await calls.open_artifacts(story)
    await figures.count_calls(story)
    await team.keep_dictionaries(story)
    await team.drop_files(story, files)
    await calls.see_a_call_end(story, placed)
    await calls.see_a_campaign_end(story, campaign)
    await judgement.see_an_eval_end(story, eval_, run)
    for noun, id_ in (
        (team.NUMBER, number),
        (team.SQUAD, squad),
        (team.ASSISTANT, assistant),
        (team.TOOL, tool),
    ):
        await story.delete(noun, id_)
    assert story.called == set(NAMES)


async def tell_the_rest(call: Call) -> None:
    """Call every tool that only the full catalogue has."""
    story = Story(call)
    run, simulation = await simulated.start_a_run(story)
    base = await simulated.keep_a_knowledge_base(story)
    await simulated.keep_a_board(story)
    await simulated.see_campaign_summaries(story)
    await own.take_changes_back(story)
    await own.control_calls(story)
    await own.wait_for_others(story)
    await simulated.see_a_run_end(story, run, simulation)
    await simulated.drop_a_knowledge_base(story, base)
    assert story.called >= set(ALL_NAMES) - set(NAMES)


def assert_all_listed(names: Sequence[str], expected: Sequence[str] = NAMES) -> None:
    """Check a `tools/list`: every name, in the order of the specs."""
    assert tuple(names) == expected
