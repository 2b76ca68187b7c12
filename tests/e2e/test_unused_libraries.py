"""Libraries that come along with others and that nothing here uses."""

from __future__ import annotations

import subprocess
import sys

from tests.support.e2e.connecting import ROOT, environment

_LOOKING = """
import sys
from vapi_mcp.cli.main import main
sys.argv = ["vapi-mcp", "--version"]
try:
    main()
except SystemExit as end:
    assert not end.code
import vapi_mcp.upstream.client
print([name for name in ("rich", "pygments", "click") if name in sys.modules], file=sys.stderr)
"""


def test_the_client_of_vapi_loads_no_command_line_of_its_library() -> None:
    ended = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", _LOOKING],
        check=True,
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.stderr == "[]\n"
