"""The official conformance suite against the product, and against its layers around fixtures."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path

import orjson
import pytest
import yaml

from tests.conformance.app import fixture_app
from tests.conformance.harness import Found, examine
from tests.support.e2e.connecting import command

_BASELINES = Path(__file__).parent / "baselines"

# The tools of the suite log and sample, which the SDK still offers to the handshake era.
pytestmark = pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning")

# What the suite runs but does not score, and the product does not have: it resumes no streams,
# and offers no tasks.
_UNSCORED = {
    "2025-11-25": ["server-sse-polling"],
    "2026-07-28": [
        "tasks-capability-negotiation",
        "tasks-dispatch-and-envelope",
        "tasks-lifecycle",
        "tasks-mrtr-composition",
        "tasks-mrtr-input",
        "tasks-request-headers",
        "tasks-request-state-removal",
        "tasks-required-task-error",
        "tasks-wire-fields",
    ],
}

lanes = pytest.mark.parametrize("is_fast", [True, False], ids=["fast lane", "SDK's lane"])


@pytest.fixture(scope="module")
def demo() -> Generator[str]:
    with command(["demo", "--port", "0", "--json"]) as (_, line):
        yield orjson.loads(line)["servers"][0]["url"]


@pytest.mark.parametrize("revision", ["2025-11-25", "2026-07-28"])
async def test_the_product_fails_nothing_but_what_calls_fixtures(
    demo: str, tmp_path: Path, revision: str
) -> None:
    required = ["--requirements", revision]
    found = await examine(demo, tmp_path, *required, *_expecting(f"plain-{revision}"))
    _passes(found, failing=_listed(f"plain-{revision}"))


async def test_the_product_fails_nothing_else_in_the_released_suite(
    demo: str, tmp_path: Path
) -> None:
    expected = _expecting("plain-2025-11-25")
    found = await examine(demo, tmp_path, "--suite", "all", *expected, version="0.1")
    _passes(found, failing=_listed("plain-2025-11-25"))


@lanes
async def test_all_of_2026_07_28_passes_through_the_products_layers(
    tmp_path: Path, *, is_fast: bool
) -> None:
    async with fixture_app(is_fast=is_fast) as app:
        found = await examine(app.url, tmp_path, "--requirements", "2026-07-28")
    _passes(found, failing=_UNSCORED["2026-07-28"])
    assert (len(found.scenarios), found.passed) == (50, 165)
    assert (app.fast > 0) is is_fast


@lanes
async def test_all_of_2025_11_25_passes_through_the_products_layers_with_sessions(
    tmp_path: Path, *, is_fast: bool
) -> None:
    async with fixture_app(is_fast=is_fast, has_sessions=True) as app:
        found = await examine(app.url, tmp_path, "--requirements", "2025-11-25")
    _passes(found, failing=_UNSCORED["2025-11-25"])
    assert (len(found.scenarios), found.passed) == (33, 79)
    assert (app.fast > 0) is is_fast


@lanes
async def test_what_needs_no_session_of_2025_11_25_passes_as_the_product_serves_it(
    tmp_path: Path, *, is_fast: bool
) -> None:
    required = ["--requirements", "2025-11-25", *_expecting("stateless-2025-11-25")]
    async with fixture_app(is_fast=is_fast) as app:
        found = await examine(app.url, tmp_path, *required)
    _passes(found, failing=_listed("stateless-2025-11-25"))
    assert (app.fast > 0) is is_fast


async def test_the_released_suite_passes_through_the_products_layers_with_sessions(
    tmp_path: Path,
) -> None:
    async with fixture_app(is_fast=True, has_sessions=True) as app:
        found = await examine(app.url, tmp_path, "--suite", "all", version="0.1")
    _passes(found, failing=_UNSCORED["2025-11-25"])
    assert (len(found.scenarios), found.passed) == (32, 44)


def _expecting(baseline: str) -> list[str]:
    return ["--expected-failures", str(_BASELINES / f"{baseline}.yml")]


def _listed(baseline: str) -> list[str]:
    return yaml.safe_load((_BASELINES / f"{baseline}.yml").read_text())["server"]


def _passes(found: Found, *, failing: Sequence[str]) -> None:
    """Assert that the suite is content, and that all but these scenarios are without a fault."""
    assert sorted(found.failures) == sorted(failing), found.failures
    assert found.code == 0, found.output
