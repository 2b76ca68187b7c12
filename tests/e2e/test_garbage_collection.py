"""The garbage collector during a start."""

from __future__ import annotations

import subprocess
import sys

from tests.support.e2e.connecting import ROOT, environment

# A start allocates enough for hundreds of collections by Python's own thresholds.
_MOST = 30
_COUNTING = """
import gc, sys
from vapi_mcp.cli.main import main
sys.argv = ["vapi-mcp", "tools", "list", "--json"]
before = sum(each["collections"] for each in gc.get_stats())
try:
    main()
except SystemExit as end:
    assert not end.code
import vapi_mcp.cli.commands.serve
print(sum(each["collections"] for each in gc.get_stats()) - before, file=sys.stderr)
"""


def test_a_start_collects_garbage_a_few_times_and_no_more() -> None:
    ended = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", _COUNTING],
        check=True,
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert 0 <= int(ended.stderr) < _MOST
