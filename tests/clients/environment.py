"""Installs each client in a folder of its own, below the user's cache."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from platformdirs import user_cache_path

_CACHE = user_cache_path("vapi-mcp-clients")
_SECONDS = 600
_NODES = {"node22": "node@22.23.3", "node24": "node@24.21.0"}


class NotInstalledError(Exception):
    """A client cannot be installed here; the message has the reason."""


class Environment:
    """A folder with the packages of one client, and the program that runs them."""

    def __init__(self, name: str, runtime: str, packages: str) -> None:
        """Point at a folder; `install` fills it.

        runtime: "3.11" for Python, "node22" for Node.
        packages: as pip or npm take them, with a blank between two.
        """
        self.folder = _CACHE / name
        self._runtime = runtime
        self._packages = packages
        self.is_python = runtime not in _NODES

    @property
    def program(self) -> str:
        if self.is_python:
            return str(self.folder / "bin" / "python")
        return str(_node_folder(self._runtime) / "node")

    @property
    def variables(self) -> Mapping[str, str]:
        """The environment of a process that finds this client's programs first."""
        places = [self.folder / "node_modules" / ".bin", _node_folder(self._runtime)]
        if self.is_python:
            places = [self.folder / "bin"]
        path = os.pathsep.join([*map(str, places), os.environ["PATH"]])
        quiet = {
            "DO_NOT_TRACK": "1",
            "OTEL_SDK_DISABLED": "true",
            "CREWAI_TRACING_ENABLED": "false",
        }
        return {**os.environ, **quiet, "PATH": path, "PYTHONPATH": ""}

    def install(self) -> None:
        """Install the packages, unless exactly these are there.

        Raises:
            NotInstalledError: An installer failed.
        """
        stamp = self.folder / "installed"
        if stamp.exists() and stamp.read_text(encoding="utf-8") == self._packages:
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        for command in self._commands():
            reason = _failure(command, self.variables)
            if reason and "venv" in command:
                raise NotInstalledError(f"it needs Python {self._runtime}, which is not here")
            if reason:
                raise NotInstalledError(reason)
        stamp.write_text(self._packages, encoding="utf-8")

    def _commands(self) -> Sequence[Sequence[str]]:
        specs = self._packages.split()
        if self.is_python:
            uv = str(Path(sys.executable).parent / "uv")
            made = [uv, "venv", "--quiet", "--clear", "--python", self._runtime, str(self.folder)]
            return made, [uv, "pip", "install", "--quiet", "--python", self.program, *specs]
        if self.folder.name not in _NODES:
            Environment(self._runtime, self._runtime, _NODES[self._runtime]).install()
        npm = ["npm", "install", "--loglevel=error", "--no-audit", "--no-fund", "--prefix"]
        return ([*npm, str(self.folder), *specs],)


def _node_folder(runtime: str) -> Path:
    return _CACHE / runtime / "node_modules" / "node" / "bin"


def _failure(command: Sequence[str], variables: Mapping[str, str]) -> str | None:
    """Run an installer and return why it failed, if it did."""
    offline = {**variables, "UV_PYTHON_DOWNLOADS": "never"}
    try:
        done = subprocess.run(  # noqa: S603 - our own list of clients
            command, check=False, timeout=_SECONDS, capture_output=True, text=True, env=offline
        )
    except subprocess.TimeoutExpired:
        return f"its installation took over {_SECONDS} s"
    except OSError:
        return f"{Path(command[0]).name} cannot be started"
    if not done.returncode:
        return None
    return ((done.stderr or done.stdout).strip().splitlines() or ["no reason given"])[0][:200]
