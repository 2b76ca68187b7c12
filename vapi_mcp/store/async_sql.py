"""SQLAlchemy's engine for asyncio, without its ORM: that takes 8 MB and a twelfth of a start."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from typing import TYPE_CHECKING, Any

__all__ = ["AsyncConnection", "AsyncEngine", "create_async_engine"]

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

_PACKAGE = "sqlalchemy.ext.asyncio"


def _engine() -> Any:
    """Return the package's module of engines; the rest of it loads when something imports it."""
    spec = find_spec(_PACKAGE)
    if _PACKAGE in sys.modules or spec is None:
        return import_module(f"{_PACKAGE}.engine")
    # It stands for the package meanwhile, and is not run.
    sys.modules[_PACKAGE] = module_from_spec(spec)
    try:
        return import_module(f"{_PACKAGE}.engine")
    finally:
        del sys.modules[_PACKAGE]


if not TYPE_CHECKING:
    _loaded = _engine()
    AsyncConnection, AsyncEngine = _loaded.AsyncConnection, _loaded.AsyncEngine
    create_async_engine = _loaded.create_async_engine
