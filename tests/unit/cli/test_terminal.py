"""What others wrote does not steer a terminal, and goes through a pipe as it is."""

from __future__ import annotations

import io
import sys

import orjson
import pytest

from vapi_mcp.admin.requests import NewAccount, NewApiToken, NewServer
from vapi_mcp.admin.validation_errors import validated
from vapi_mcp.cli.tables import print_object, print_rows
from vapi_mcp.cli.terminal import escaped, say
from vapi_mcp.errors import AdminError

# A C1 control that begins a command, a direction override, both separators, DEL, BEL.
STEERING = ["\x9b2J", "\u202egnp.exe", "\u2066", "\u2028", "\u2029", "\x7f", "\x07", "\U000e0001"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("text", STEERING)
def test_json_on_a_terminal_is_the_same_json_of_printable_characters(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", terminal := Terminal())
    print_object({"name": text}, as_json=True)
    print_rows([{"name": text}], ("name",), as_json=True)
    one, several, _ = terminal.getvalue().split("\n")
    assert one.isprintable()
    assert orjson.loads(one) == {"name": text}
    assert orjson.loads(several) == [{"name": text}]


def test_what_is_printable_stays_in_any_language() -> None:
    text = '{\n  "name": "Zoë, 山田 🙂"\n}'
    assert escaped(text) == text


def test_a_pipe_gets_every_character_as_it_is(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    for text in STEERING:
        say(text, nl=False)
        say(text.encode(), nl=False)
    assert capfdbinary.readouterr().out.decode() == "".join(text * 2 for text in STEERING)


@pytest.mark.parametrize("text", STEERING[:-1])
@pytest.mark.parametrize(
    ("order", "rest"), [(NewAccount, {"api_key": "k"}), (NewServer, {}), (NewApiToken, {})]
)
def test_no_name_may_hold_what_steers_a_terminal(
    order: type[NewAccount | NewServer | NewApiToken], rest: dict[str, str], text: str
) -> None:
    with pytest.raises(AdminError, match="control characters or characters that change"):
        validated(order, {"name": f"a{text}", **rest})
