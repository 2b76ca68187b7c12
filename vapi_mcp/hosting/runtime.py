"""The tools and their pipeline, for one client or for the command line."""

from __future__ import annotations

import gc
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from vapi_mcp.invocation.invoker import Invoker
from vapi_mcp.invocation.writes.pipeline import WritePipeline, no_records
from vapi_mcp.invocation.writes.records import OpenRecords
from vapi_mcp.registry.registry import Registry, build_registry
from vapi_mcp.settings import Settings
from vapi_mcp.specs.facts.facts import Facts, load_facts
from vapi_mcp.specs.tools.loader import load_specs
from vapi_mcp.upstream.client import UpstreamClient

# Fewer and later collections: what was loaded at start never becomes garbage.
_GC_THRESHOLDS = (50_000, 50, 100)


@dataclass(frozen=True, slots=True)
class Runtime:
    """The tools and the pipeline that runs them."""

    facts: Facts
    registry: Registry
    upstream: UpstreamClient

    def invoker_with(self, open_records: OpenRecords) -> Invoker:
        """Return the pipeline for one client, with records for its keys, limits and codes."""
        writes = WritePipeline(self.registry, open_records)
        return Invoker(self.upstream, self.registry, writes)

    @property
    def invoker(self) -> Invoker:
        """The pipeline without anything around it, for one call or one client."""
        return self.invoker_with(no_records)


def build_runtime(settings: Settings, *, local_files: bool = False) -> Runtime:
    """Load the specs and prepare the pipeline; nothing is sent yet.

    Raises:
        SpecError: The installation's specs are broken.
    """
    facts = load_facts()
    upstream = UpstreamClient(
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


def settle_memory() -> None:
    """Exempt the loaded objects from garbage collection; call it once, after the start."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)
