"""`make bench`: what the server costs, against a floor and its peers, on this machine, now."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import orjson
import uvloop

from tests.bench.outcome import Extras, Outcome, run
from tests.bench.page import PAGE
from tests.bench.report import as_json, rendered, write
from tests.bench.rounds import Plan
from tests.support.stores import postgresql

_FULL = Plan(rounds=5, seconds=0.4)
_QUICK = Plan(rounds=1, seconds=0.1, starts=1, growth=1.0, at_once=(1, 16))


def main() -> None:
    """Measure, print the tables and, after a full run, write them into the docs."""
    given = _arguments()
    plan = _plan(given)
    try:
        with _extras(given) as extras:
            outcome = uvloop.run(_measured(plan, extras))
    except asyncio.CancelledError:
        sys.exit("ended before it was done; nothing was written")
    print(rendered(outcome))
    if given.json:
        given.json.write_bytes(orjson.dumps(as_json(outcome), option=orjson.OPT_INDENT_2))
    if given.write or not given.quick:
        write(outcome)
        print(f"\nwritten to docs/{PAGE.name}", file=sys.stderr)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="25 seconds; writes no page")
    parser.add_argument("--write", action="store_true", help="write the page after --quick, too")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")
    parser.add_argument(
        "--previous", type=Path, metavar="DIR", help="a checkout or environment to compare with"
    )
    parser.add_argument(
        "--growth", type=float, metavar="SECONDS", help="of lists of 2 MB; 600 for ten minutes"
    )
    parser.add_argument("--rounds", type=int, help="instead of 5")
    return parser.parse_args()


def _plan(given: argparse.Namespace) -> Plan:
    plan = _QUICK if given.quick else _FULL
    changes = {"growth": given.growth, "rounds": given.rounds}
    return replace(plan, **{key: value for key, value in changes.items() if value is not None})


@contextmanager
def _extras(given: argparse.Namespace) -> Generator[Extras]:
    """Give what the run measures besides. BENCH_PEERS_DIR keeps the peers for the next run."""
    with ExitStack() as stack:
        peers = None
        if os.environ.get("BENCH_PEERS") == "1":
            kept = os.environ.get("BENCH_PEERS_DIR")
            peers = Path(kept or stack.enter_context(tempfile.TemporaryDirectory())).absolute()
        url = ""
        if not given.quick:
            url = stack.enter_context(postgresql()).another("bench")
        yield Extras(given.previous, peers, url)


async def _measured(plan: Plan, extras: Extras) -> Outcome:
    # Told to end, it must end what it started first.
    task = asyncio.current_task()
    assert task
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await run(plan, lambda text: print(text, file=sys.stderr), extras)


if __name__ == "__main__":
    main()
