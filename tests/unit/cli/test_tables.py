"""Secrets, ids and names reach whoever has to copy them, whole."""

from __future__ import annotations

import os

import pytest

from vapi_mcp.cli.tables import print_object, print_rows
from vapi_mcp.security.tokens import new_token

ID = "5f6c2c8e-1d1c-4b0e-9a53-0c7b3c1f5a10"
COLUMNS = ("id", "name", "expires_at", "created_at")
MOMENT = "2027-01-31T12:00:00.5Z"
ROW = {"id": ID, "name": "Reception of the practice", "expires_at": None, "created_at": MOMENT}


@pytest.fixture
def at_terminal(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> int:
    monkeypatch.setattr("vapi_mcp.cli.tables.is_at_terminal", lambda: True)
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((request.param, 24)))
    return request.param


@pytest.mark.parametrize("at_terminal", [60, 100], indirect=True)
def test_secret_url_is_one_line_however_narrow_the_terminal_is(
    at_terminal: int, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"https://mcp.example.com/mcp/{new_token()}"
    print_object({"id": ID, "name": "x" * 120, "url": url}, as_json=False)
    assert capsys.readouterr().out.splitlines() == [
        f"id    {ID}",
        f"name  {'x' * 120}",
        f"url   {url}",
    ]
    assert at_terminal < 120


@pytest.mark.parametrize("at_terminal", [100], indirect=True)
def test_table_that_fits_stands_as_a_table(
    at_terminal: int, capsys: pytest.CaptureFixture[str]
) -> None:
    print_rows([ROW], COLUMNS, as_json=False)
    header, row = capsys.readouterr().out.splitlines()
    assert header.split() == list(COLUMNS)
    assert row == f"{ID}  Reception of the practice  -           2027-01-31 12:00:00Z"
    assert len(row) <= at_terminal


@pytest.mark.parametrize("at_terminal", [60], indirect=True)
def test_table_that_cannot_stand_side_by_side_is_a_block_a_row(
    at_terminal: int, capsys: pytest.CaptureFixture[str]
) -> None:
    print_rows([ROW], COLUMNS, as_json=False)
    assert capsys.readouterr().out.splitlines() == [
        f"id          {ID}",
        "name        Reception of the practice",
        "expires_at  -",
        f"created_at  {MOMENT}",
        "",
    ]
    assert at_terminal


@pytest.mark.parametrize("at_terminal", [90], indirect=True)
def test_moments_fold_before_names_do(at_terminal: int, capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([ROW], COLUMNS, as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= at_terminal
    assert [line.split()[0] for line in lines] == ["id", ID, "12:00:00Z"]
    assert "Reception of the practice" in lines[1]


def test_pipe_gets_everything_with_tabs_between(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([ROW | {"name": "n" * 2000}], COLUMNS, as_json=False)
    print_object({"url": "u" * 2000, "of": None, "n": 1}, as_json=False)
    assert capsys.readouterr().out.splitlines() == [
        "\t".join(COLUMNS),
        f"{ID}\t{'n' * 2000}\t-\t{MOMENT}",
        f"url\t{'u' * 2000}",
        "n\t1",
    ]


@pytest.mark.parametrize("at_terminal", [60], indirect=True)
def test_inner_objects_stand_a_key_a_line_for_people(
    at_terminal: int, capsys: pytest.CaptureFixture[str]
) -> None:
    config = {"methods": ["read"], "only": {"assistants": [ID]}, "tags": None, "policy": {}}
    print_object({"id": ID, "config": config}, as_json=False)
    assert at_terminal
    assert capsys.readouterr().out.splitlines() == [
        f"id                      {ID}",
        'config.methods          ["read"]',
        f'config.only.assistants  ["{ID}"]',
        "config.policy           {}",
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("vapi_mcp.cli.tables.is_at_terminal", lambda: False)
        print_object({"config": {"methods": ["read"]}}, as_json=False)
    assert capsys.readouterr().out == 'config\t{"methods":["read"]}\n'
