"""A new field of the audit log is one line of its table, and a migration."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import orjson

from vapi_mcp.store.migrating import revisions

ROOT = Path(__file__).parents[2]
TABLE = Path("vapi_mcp/audit/entry.py")
MIGRATIONS = Path("vapi_mcp/store/migrations/versions")
_AFTER_THE_TABLE = "\n\n\nFIELDS = "
_LINE = (
    '\n    mood: Annotated[str | None, Logged(Filter("Such as glad.", option=Option(14, "--mood", '
    '"Only in this mood.")), description="How it felt.", column=13, revision="0099")] = None'
)
_MIGRATION = f"""
import sqlalchemy as sa
from alembic import op

revision = "0099"
down_revision = "{revisions()[-1]}"


def upgrade() -> None:
    op.add_column("audit_log", sa.Column("mood", sa.Text))
"""


def test_one_line_and_a_migration_make_a_field_of_the_log(tmp_path: Path) -> None:
    _copy_with_the_field(tmp_path)
    assert orjson.loads(_probed(tmp_path)) == {
        "rows": True,
        "memory": [True, False],
        "wire": "glad",
        "answer": "glad",
        "parameters": ["Such as glad."],
        "schema": {"anyOf": [{"type": "string"}, {"type": "null"}], "description": "How it felt."},
        "option": [["--mood", "TEXT", "Only", "in", "this", "mood."]],
        "table": ["mood", "glad"],
        "docs": ["| `mood` | string | `mood` | `--mood` | How it felt. |"],
    }


def _copy_with_the_field(place: Path) -> None:
    """Copy the package, and change the copy as a developer does who adds a field."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "vapi_mcp", place / "vapi_mcp", ignore=ignored)
    (place / "tool_specs").symlink_to(ROOT / "tool_specs")
    table, end, rest = (place / TABLE).read_text("utf-8").partition(_AFTER_THE_TABLE)
    assert end
    (place / TABLE).write_text(table + _LINE + end + rest, "utf-8")
    (place / MIGRATIONS / "r0099_mood.py").write_text(_MIGRATION, "utf-8")


def _probed(place: Path) -> str:
    paths = {
        "PYTHONPATH": os.pathsep.join((str(place), str(ROOT))),
        "VAPI_MCP_DATA_DIR": str(place / "data"),
    }
    ran = subprocess.run(
        [sys.executable, "-m", "tests.support.new_log_field"],
        cwd=place,
        env={**os.environ, **paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout
