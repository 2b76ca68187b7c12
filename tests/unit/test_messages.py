"""A changed message is a visible diff: messages.txt holds every one."""

from __future__ import annotations

import textwrap

from tests.support.messages import SNAPSHOT, all_messages, messages_of

_REFUSAL = textwrap.dedent(
    '''
    """A module."""

    def refuse(hours: Hours) -> str:
        """Return a refusal."""
        logger.warning("this goes to the log")
        if re.match(r"a pattern", hours.name):
            return f"{_join(hours.days)}: calls are allowed " f"until {hours.end:%H:%M}"
        return "no calls"
    '''
)


def test_every_message_is_the_one_in_the_snapshot() -> None:
    kept = SNAPSHOT.read_text("utf-8")
    assert all_messages() == kept, "run `python -m tests.support.snapshots` and read the diff"


def test_templates_are_collected_and_docstrings_logs_and_patterns_are_not() -> None:
    found = messages_of("invocation/writes/policy/hours.py", _REFUSAL)
    assert found == ["{_join}: calls are allowed until {end}", "no calls"]


def test_changed_words_of_a_template_change_what_is_collected() -> None:
    reworded = _REFUSAL.replace("allowed", "permitted")
    found = messages_of("invocation/writes/policy/hours.py", reworded)
    assert found == ["{_join}: calls are permitted until {end}", "no calls"]


def test_the_docstring_of_a_command_is_its_help() -> None:
    source = textwrap.dedent(
        '''
        @app.command("list")
        def list_() -> None:
            """List the accounts."""

        def _show() -> None:
            """Print one account."""
        '''
    )
    assert messages_of("cli/commands/account.py", source) == ["List the accounts."]
    assert messages_of("cli/tables.py", source) == []


def test_the_snapshot_holds_refusals_notes_errors_and_helps() -> None:
    kept = SNAPSHOT.read_text("utf-8")
    paths = {line for line in kept.splitlines() if line and not line.startswith(" ")}
    assert paths >= {
        "admin/validation_errors.py",
        "cli/commands/serve.py",
        "http/errors.py",
        "invocation/meanings/caveats.py",
        "invocation/arguments/check.py",
        "invocation/failures/guidance.py",
        "invocation/preflight/caller_number.py",
        "invocation/writes/policy/calling_hours.py",
        "sandbox/requests/validation.py",
        "settings.py",
    }
