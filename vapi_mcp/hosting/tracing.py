"""Whether something in this process collects spans."""

from __future__ import annotations

import os
import sys

_LIBRARY = "opentelemetry.trace"
_NAMED_PROVIDER = "OTEL_PYTHON_TRACER_PROVIDER"


def is_traced() -> bool:
    """Return whether spans are collected, which only the SDK's server makes."""
    if _LIBRARY not in sys.modules and _NAMED_PROVIDER not in os.environ:
        return False  # nobody set it up, and loading it takes long
    from opentelemetry.trace import ProxyTracerProvider, get_tracer_provider  # noqa: PLC0415 - loaded when it is used

    return not isinstance(get_tracer_provider(), ProxyTracerProvider)
