"""The report of a run, as JSON and as text."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from tests.faults.soak.run import Outcome
from tests.faults.soak.slopes import settled, slope

_MIB = 1024 * 1024
_HOUR = 3600


def figures(outcome: Outcome) -> dict[str, Any]:
    """Return the figures of a run; slopes are of its second half."""
    tally, late = outcome.tally, settled(outcome.samples)
    first, last = outcome.samples[0], outcome.samples[-1]
    return {
        "asked": tally.asked.total(),
        "asked_by_kind": dict(sorted(tally.asked.items())),
        "answered": tally.answered,
        "mixups": tally.mixups,
        "lost": tally.lost,
        "refused": tally.refused,
        "audit_rows": outcome.rows,
        "writes_done_twice": outcome.doubled,
        "writes_answered_and_not_done": outcome.missing,
        "cpu_seconds": outcome.cpu_seconds,
        "resident_mib": [first.resident / _MIB, last.resident / _MIB],
        "resident_mib_per_hour": slope([(s.seconds / _HOUR, s.resident / _MIB) for s in late]),
        "descriptors": [first.descriptors, last.descriptors],
        "descriptors_per_hour": slope([(s.seconds / _HOUR, s.descriptors) for s in late]),
        "examples": tally.examples,
        "samples": [asdict(each) for each in outcome.samples],
    }


def rendered(outcome: Outcome) -> str:
    """Return the report that a person reads."""
    told = figures(outcome)
    memory, files = told["resident_mib"], told["descriptors"]
    plan, faults = outcome.plan, ", ".join(outcome.faults)
    return f"""\
{plan.seconds / 60:g} minutes, {plan.tenants} tenants with {plan.servers} servers each, \
{plan.rate:g} requests a second{", lists of 2 MB" if plan.large_lists else ""}
asked {told["asked"]}, answered {told["answered"]}, audit rows {told["audit_rows"]}
mix-ups {told["mixups"]}, lost {told["lost"]}, refused {told["refused"]}
writes done twice {told["writes_done_twice"]}, answered and not done \
{told["writes_answered_and_not_done"]}
memory {memory[0]:.1f} to {memory[1]:.1f} MiB; slope of the second half \
{told["resident_mib_per_hour"]:+.2f} MiB an hour
descriptors {files[0]} to {files[1]}; slope {told["descriptors_per_hour"]:+.2f} an hour
processor time of the server {told["cpu_seconds"]:.1f} s
{"".join(f"{each}{chr(10)}" for each in told["examples"])}\
{f"FAILED: {faults}" if faults else "nothing was wrong"}"""
