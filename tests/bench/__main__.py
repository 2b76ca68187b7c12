"""`make bench`: what the server costs, against a floor, on this machine, now."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys

import uvloop

from tests.bench.report import PAGE, rendered, write
from tests.bench.rounds import Outcome, Plan, run
from tests.bench.rows import CELLS

_FULL = Plan(rounds=5, seconds=0.7)
_QUICK = Plan(rounds=1, seconds=0.25, cells=[cell for cell in CELLS if cell.at_once <= 16])


def main() -> None:
    """Measure, print the tables and, after a full run, write them into the docs."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="20 seconds; writes nothing")
    is_quick: bool = parser.parse_args().quick
    try:
        outcome = uvloop.run(_measured(_QUICK if is_quick else _FULL))
    except asyncio.CancelledError:
        sys.exit("ended before it was done; nothing was written")
    print(rendered(outcome))
    if not is_quick:
        write(outcome)
        print(f"\nwritten to docs/{PAGE.name}", file=sys.stderr)


async def _measured(plan: Plan) -> Outcome:
    # Told to end, it must end what it started first.
    task = asyncio.current_task()
    assert task
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await run(plan, lambda text: print(text, file=sys.stderr))


if __name__ == "__main__":
    main()
