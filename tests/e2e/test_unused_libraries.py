"""Libraries that come along with others and that nothing here uses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.e2e.connecting import ROOT, environment

_LOOKING = """
import sys
from vapi_mcp.cli.main import main
place, sys.argv = sys.argv[1], ["vapi-mcp", "--version"]
try:
    main()
except SystemExit as end:
    assert not end.code
import vapi_mcp.cli.commands.serve, vapi_mcp.upstream.client
from vapi_mcp.store.sql.engine import make_engine
from pathlib import Path
make_engine(Path(place))
unused = ("rich", "pygments", "sqlalchemy.orm")
print([name for name in unused if name in sys.modules], file=sys.stderr)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession
from vapi_mcp.store import async_sql
assert (AsyncConnection, AsyncEngine) == (async_sql.AsyncConnection, async_sql.AsyncEngine)
"""


def test_a_server_loads_neither_an_orm_nor_the_command_lines_of_its_libraries(
    tmp_path: Path,
) -> None:
    ended = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", _LOOKING, str(tmp_path)],
        check=True,
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.stderr == "[]\n"
