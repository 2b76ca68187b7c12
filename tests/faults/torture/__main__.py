"""`make torture`: kill -9 during writes, and what became of each of them."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

import orjson

from tests.faults.ending import run_to_the_end
from tests.faults.torture.run import Plan, run


def main() -> None:
    """Run, print the counts, and end with 1 where something was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.torture", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200, help="how often (default: 200)")
    parser.add_argument("--seed", type=int, default=9, help="of the moments (default: 9)")
    parser.add_argument("--json", metavar="FILE", help="where the counts go as JSON")
    given = parser.parse_args()
    toll = run_to_the_end(run(Plan(given.rounds, seed=given.seed)))
    counts = asdict(toll)
    for name, number in counts.items():
        print(f"{name.replace('_', ' ')}: {number}")
    print(f"FAILED: {', '.join(toll.faults)}" if toll.faults else "nothing was wrong")
    if given.json:
        Path(given.json).write_bytes(orjson.dumps(counts, option=orjson.OPT_INDENT_2))
    sys.exit(1 if toll.faults else 0)


if __name__ == "__main__":
    main()
