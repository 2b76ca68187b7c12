"""Metrics as Prometheus reads them."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

Samples = dict[tuple[str, ...], float]


def samples_of(text: str) -> Samples:
    """Return what a text tells: by name without our prefix, then by the values of its labels."""
    return {
        (sample.name.removeprefix("vapi_mcp_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
