"""`make soak`: tenants beside each other for as long as you like, and what became of them."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import orjson

from tests.faults.ending import run_to_the_end
from tests.faults.soak.report import figures, rendered
from tests.faults.soak.run import Plan, run


def main() -> None:
    """Run, print the report, and end with 1 where something was wrong."""
    given = _arguments()
    plan = Plan(
        seconds=given.minutes * 60,
        rate=given.rate,
        large_lists=given.lists,
        workers=given.workers,
    )
    outcome = run_to_the_end(run(plan))
    print(rendered(outcome))
    if given.json:
        told = {"ended": datetime.now(UTC).isoformat(), "plan": asdict(plan), **figures(outcome)}
        Path(given.json).write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2))
    sys.exit(1 if outcome.faults else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0, help="how long (default: 60)")
    parser.add_argument("--rate", type=float, default=20.0, help="requests a second (default: 20)")
    parser.add_argument("--workers", type=int, default=1, help="worker processes (default: 1)")
    parser.add_argument("--lists", action="store_true", help="each list of calls has 2 MB")
    parser.add_argument("--json", metavar="FILE", help="where the figures go as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
