from __future__ import annotations

from pathlib import Path

from vapi_mcp.sandbox.calls.lifecycle import FATES
from vapi_mcp.sandbox.faults.injection import FAULTS, HEADER, MAGIC_PREFIX

PAGE = (Path(__file__).parents[3] / "docs" / "sandbox.md").read_text()


def test_every_fault_is_documented_with_its_id() -> None:
    assert MAGIC_PREFIX in PAGE
    assert HEADER in PAGE.lower()
    rows = {tuple(cell.strip(" `") for cell in row.split("|")[1:3]) for row in PAGE.splitlines()}
    assert {(name, code or "") for name, (code, _) in FAULTS.items()} <= rows


def test_every_number_with_a_fate_is_documented() -> None:
    for digits, (reason, _) in FATES.items():
        assert any(f"`{digits}`" in row and reason in row for row in PAGE.splitlines())
