"""A policy in a JSON file, as a command reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from vapi_mcp.cli.policy_file import read_policy
from vapi_mcp.cli.usage import UsageError


def test_the_words_of_a_policy_file_are_returned_as_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    path.write_text('{"daily_calls": 3}')
    assert read_policy(path) == {"daily_calls": 3}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{daily_calls: 3}", "policy.json is not JSON"),
        ("[]", "policy.json must hold one JSON object, as docs/writes.md shows"),
    ],
)
def test_a_file_that_holds_no_policy_is_refused_by_name(
    tmp_path: Path, content: str, told: str
) -> None:
    path = tmp_path / "policy.json"
    path.write_text(content)
    with pytest.raises(UsageError, match=told):
        read_policy(path)


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"policy\.json cannot be read: No such file"):
        read_policy(tmp_path / "policy.json")
