"""The tools and their pipeline, for one client or for the command line."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vapi_mcp.invocation.writes.records import OpenRecords
from vapi_mcp.registry.registry import Registry, build_registry
from vapi_mcp.settings import Settings
from vapi_mcp.specs.facts.facts import Facts, load_facts
from vapi_mcp.specs.tools.loader import load_specs
from vapi_mcp.upstream.late import LateUpstream

if TYPE_CHECKING:
    from vapi_mcp.invocation.invoker import Invoker


@dataclass(frozen=True, slots=True)
class Runtime:
    """The tools and the pipeline that runs them."""

    facts: Facts
    registry: Registry
    upstream: LateUpstream

    def invoker_with(self, open_records: OpenRecords) -> Invoker:
        """Return the pipeline for one client, with records for its keys, limits and codes."""
        # A client that starts this process waits for the list of tools, not for this.
        from vapi_mcp.invocation.invoker import Invoker  # noqa: PLC0415
        from vapi_mcp.invocation.writes.pipeline import WritePipeline  # noqa: PLC0415

        writes = WritePipeline(self.registry, open_records)
        return Invoker(self.upstream, self.registry, writes)

    @property
    def invoker(self) -> Invoker:
        """The pipeline without anything around it, for one call or one client."""
        from vapi_mcp.invocation.writes.pipeline import no_records  # noqa: PLC0415

        return self.invoker_with(no_records)


def build_runtime(settings: Settings, *, local_files: bool = False) -> Runtime:
    """Load the specs and prepare the pipeline; nothing is sent yet.

    Raises:
        SpecError: The installation's specs are broken.
    """
    facts = load_facts()
    upstream = LateUpstream(
        max_answer_bytes=settings.max_answer_bytes, allow_private=settings.allow_private_upstream
    )
    specs = load_specs()
    registry = build_registry(specs.tools, facts, synonyms=specs.synonyms, local_files=local_files)
    return Runtime(facts, registry, upstream)


@asynccontextmanager
async def running(settings: Settings, *, local_files: bool = False) -> AsyncGenerator[Runtime]:
    """Yield a runtime and close its connections afterwards."""
    runtime = build_runtime(settings, local_files=local_files)
    async with runtime.upstream:
        yield runtime
