from dataclasses import replace

from tests.clients import page
from tests.clients.table import CLIENTS
from tests.clients.verdicts import Verdict
from tests.support.registry import NAMES

_CLIENT = replace(CLIENTS[0], packages="mcp==2.3.0", known="Take the link.", losses=())
_GOOD = Verdict(len(NAMES), "2025-11-25", (), "kept", "marked", "kept")


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip("|").split("|")]


def test_transports_that_went_alike_share_a_row() -> None:
    rows = page.rows_of(
        _CLIENT, {"http": _GOOD, "sse": replace(_GOOD, failed=("f",)), "stdio": _GOOD}
    )
    assert [(_cells(row)[1], _cells(row)[8], _cells(row)[10]) for row in rows] == [
        ("http, stdio", "works", "Take the link."),
        ("sse", "**fails**", ""),
    ]


def test_a_known_loss_is_no_failure() -> None:
    lossy = replace(_CLIENT, losses=("f",))
    row = page.rows_of(lossy, {"http": replace(_GOOD, failed=("f",))})[0]
    assert _cells(row)[4:9] == ["all but f", "kept", "marked", "kept", "works with a loss"]


def test_a_known_transport_is_expected_not_to_connect() -> None:
    lost = replace(_CLIENT, losses=("stdio",))
    assert page.is_expected(lost, "stdio", Verdict())
    assert not page.is_expected(lost, "http", Verdict())
    assert _cells(page.rows_of(lost, {"stdio": Verdict()})[0])[8] == "**does not connect**"


def test_a_client_that_makes_no_calls_has_to_list_all_tools() -> None:
    scanner = replace(_CLIENT, makes_calls=False)
    listed = Verdict(len(NAMES), "2025-11-25")
    rows = page.rows_of(scanner, {"http": listed, "sse": replace(listed, tools=85)})
    assert [_cells(row)[3:9] for row in rows] == [
        ["86", "-", "-", "-", "-", "lists"],
        ["85", "-", "-", "-", "-", "**fails**"],
    ]
    assert page.is_expected(scanner, "http", listed)
    assert not page.is_expected(scanner, "sse", replace(listed, tools=85))


def test_a_client_that_is_not_installed_has_a_row_with_the_reason() -> None:
    row = page.not_installed(_CLIENT, "it needs Python 3.13")[0]
    assert _cells(row)[8:] == ["not run", _cells(row)[9], "Not installed: it needs Python 3.13"]


def test_rows_of_clients_that_did_not_run_stay() -> None:
    first, second = CLIENTS[0].name, CLIENTS[1].name
    measured = f"| **{second}** `x` | old |\n| **{first}** `x` | old |\n| **gone** `x` | old |"
    lines = page.merged(measured, {first: [f"| **{first}** `x` | new |"]}).splitlines()
    assert lines[2:] == [f"| **{first}** `x` | new |", f"| **{second}** `x` | old |"]
