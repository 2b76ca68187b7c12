"""Simulations of a fresh sandbox: callers, what they want, and runs that have ended."""

from __future__ import annotations

from itertools import repeat
from typing import Any

from vapi_mcp.sandbox.seed.draws import SeededRandom

Part = dict[str, Any]

_CALLERS = {
    "impatient": ("Impatient Ida", "You are in a hurry. You interrupt, and ask for short answers."),
    "confused": ("Confused Carl", "You mix things up, and ask for everything to be repeated."),
}
# Key: name, instructions, and the structured output that has to be true.
_SCENARIOS = {
    "booking": (
        "Book an appointment",
        "Ask for an appointment next week. Take the first time that is offered.",
        "resolved",
    ),
    "refund": (
        "Ask for a refund",
        "Say that the order arrived broken. Ask for a refund. Ask how long it takes.",
        "resolved",
    ),
}
_SIMULATIONS = {
    "booking-impatient": ("booking", "impatient", "front-desk"),
    "refund-confused": ("refund", "confused", "support"),
}
_SUITES = {
    "release": ("Before each release", ("booking-impatient", "refund-confused")),
    "smoke": ("Smoke test", ("booking-impatient",)),
}
_PROVIDER = {"provider": "openai", "model": "gpt-4.1-mini"}


def seed_simulation_kinds(draws: SeededRandom, assistant_id: str) -> dict[str, list[Part]]:
    """Return two objects or more of each kind that simulations have."""
    runs = [_run(draws, key, assistant_id) for key in _SIMULATIONS]
    return {
        "simulation-personality": [_personality(draws, key) for key in _CALLERS],
        "simulation-scenario": [_scenario(draws, key) for key in _SCENARIOS],
        "simulation": [_simulation(draws, key) for key in _SIMULATIONS],
        "simulation-suite": [_suite(draws, key) for key in _SUITES],
        "simulation-run": runs,
        "simulation-run-item": list(map(_item, repeat(draws), _SIMULATIONS, runs)),
    }


def _personality(draws: SeededRandom, key: str) -> Part:
    name, words = _CALLERS[key]
    model = {**_PROVIDER, "messages": [{"role": "system", "content": words}]}
    return draws.stamped("simulation-personality", key, 40) | {
        "name": name,
        "assistant": {"name": name, "model": model, "firstMessage": "Hello?"},
    }


def _scenario(draws: SeededRandom, key: str) -> Part:
    name, instructions, output = _SCENARIOS[key]
    check = {
        "structuredOutputId": draws.id_of("structured-output", output),
        "comparator": "=",
        "value": True,
        "required": True,
    }
    return draws.stamped("simulation-scenario", key, 40) | {
        "name": name,
        "instructions": instructions,
        "evaluations": [check],
    }


def _simulation(draws: SeededRandom, key: str) -> Part:
    scenario, personality, path = _SIMULATIONS[key]
    return draws.stamped("simulation", key, 35) | {
        "name": f"{_SCENARIOS[scenario][0]}, {_CALLERS[personality][0]}",
        "scenarioId": draws.id_of("simulation-scenario", scenario),
        "personalityId": draws.id_of("simulation-personality", personality),
        "path": path,
    }


def _suite(draws: SeededRandom, key: str) -> Part:
    name, members = _SUITES[key]
    return draws.stamped("simulation-suite", key, 30) | {
        "name": name,
        "simulationIds": [draws.id_of("simulation", member) for member in members],
        "targetAssignments": [],
    }


def _run(draws: SeededRandom, key: str, assistant_id: str) -> Part:
    stamp = draws.stamped("simulation-run", key, 9)
    begun = stamp["createdAt"]
    counts = dict.fromkeys(("failed", "running", "queued", "canceled"), 0)
    return stamp | {
        "status": "ended",
        "endedReason": "completed",
        "queuedAt": begun,
        "startedAt": begun,
        "endedAt": stamp["updatedAt"],
        "simulations": [{"type": "simulation", "simulationId": draws.id_of("simulation", key)}],
        "target": {"type": "assistant", "assistantId": assistant_id},
        "iterations": 1,
        "itemCounts": {"total": 1, "passed": 1, **counts},
    }


def _item(draws: SeededRandom, key: str, run: Part) -> Part:
    scenario, personality, _ = _SIMULATIONS[key]
    output = _SCENARIOS[scenario][2]
    result = {
        "structuredOutputId": draws.id_of("structured-output", output),
        "name": output,
        "extractedValue": True,
        "expectedValue": True,
        "comparator": "=",
        "passed": True,
        "required": True,
    }
    return draws.stamped("simulation-run-item", key, 9) | {
        "createdAt": run["createdAt"],
        "updatedAt": run["updatedAt"],
        "runId": run["id"],
        "simulationId": draws.id_of("simulation", key),
        "scenarioId": draws.id_of("simulation-scenario", scenario),
        "personalityId": draws.id_of("simulation-personality", personality),
        "status": "passed",
        "queuedAt": run["queuedAt"],
        "startedAt": run["startedAt"],
        "completedAt": run["endedAt"],
        "iterationNumber": 1,
        "metadata": {"call": _talk(scenario)},
        "results": {"evaluations": [result], "passed": True},
    }


def _talk(scenario: str) -> Part:
    said = _SCENARIOS[scenario][1]
    messages = [
        {"role": "assistant", "content": "Hello, how can I help?"},
        {"role": "user", "content": said},
    ]
    return {"transcript": f"AI: Hello, how can I help?\nUser: {said}", "messages": messages}
