"""The memory of a process that loads much at its start and keeps it."""

from __future__ import annotations

import gc
import sys

# Fewer and later collections: what is loaded at start never becomes garbage.
_THRESHOLDS = (50_000, 50, 100)
# With its own command line httpx loads rich and pygments: 5 MB, and a twentieth of a second.
_UNUSED = "httpx._main"


def load_sparingly() -> None:
    """Load and collect no more than needed, from before the imports of a command."""
    # To Python this is a module that cannot be loaded, and httpx does without it.
    sys.modules.setdefault(_UNUSED, None)  # pyright: ignore[reportArgumentType, reportCallIssue] - its type knows modules only
    collect_rarely()


def collect_rarely() -> None:
    """Make collections rare: they cost a tenth of a start."""
    gc.set_threshold(*_THRESHOLDS)


def settle_memory() -> None:
    """Take what is loaded out of the garbage collector's sight; call it once, after start.

    What is garbage by then stays as well: a collection would find some thousand small objects, for
    a fifteenth of a start.
    """
    gc.freeze()
    collect_rarely()


def keep_loaded() -> None:
    """Take what was loaded late out of its sight; nothing is held up meanwhile."""
    gc.freeze()
