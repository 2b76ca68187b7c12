from pathlib import Path

import pytest

from tests.clients.table import CLIENTS, chosen
from tests.clients.target import without_null
from tests.clients.verdicts import LABELS

_HERE = Path(__file__).parent


def test_each_client_has_an_adapter() -> None:
    places = {True: "python/{}.py", False: "javascript/{}.mjs"}
    paths = [places[c.runtime.startswith("3")].format(c.adapter) for c in CLIENTS]
    assert [path for path in paths if not (_HERE / path).exists()] == []


def test_versions_are_exact() -> None:
    specs = [spec for client in CLIENTS for spec in client.packages.split()]
    assert [spec for spec in specs if "==" not in spec and "@" not in spec[1:]] == []


def test_a_loss_is_a_call_or_a_transport_and_has_its_reason() -> None:
    lossy = [client for client in CLIENTS if client.losses]
    assert [c.name for c in lossy if not c.known] == []
    assert [c.name for c in lossy if not set(c.losses) <= {*LABELS, *c.transports}] == []


def test_one_client_can_be_chosen_by_name() -> None:
    assert [client.name for client in chosen(["FastMCP"])] == ["fastmcp"]
    with pytest.raises(SystemExit, match="no client is called nobody; there are mcp Client,"):
        chosen(["nobody"])


def test_a_client_that_refuses_null_gets_calls_without_it() -> None:
    assert without_null([["e", "tool", {"limit": None, "name": "Ada"}]]) == [
        ["e", "tool", {"name": "Ada"}]
    ]
