"""The peers' packages, each installed into a folder of its own, never into this environment."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

FASTMCP = "fastmcp==4.1.2"
VAPI = "@vapi-ai/mcp-server@0.0.11"
# The interpreter comes from its package as well, so that every run has the same one.
NODE = "node@22"

_LONGEST_SECONDS = 300
_VAPI_HOST = "'https://api.vapi.ai'", '"https://api.vapi.ai"'


@dataclass(frozen=True, slots=True)
class Vapi:
    """Vapi's own server: the interpreter, and the module it runs."""

    node: Path
    module: Path


def install_fastmcp(folder: Path) -> Path:
    """Return the Python of an environment that has FastMCP.

    Raises:
        RuntimeError: It could not be installed.
    """
    python = folder / "fastmcp" / "bin" / "python"
    if not python.exists():
        _run(sys.executable, "-m", "venv", str(folder / "fastmcp"))
    _run(str(python), "-m", "pip", "install", "--quiet", FASTMCP)
    return python


def install_vapi(folder: Path) -> Vapi:
    """Return Vapi's own server, whose client takes its base URL from VAPI_BASE_URL here.

    The package has no setting for it, so the one constant that names Vapi's host is replaced.

    Raises:
        RuntimeError: It could not be installed, or the constant is not where it was.
    """
    place = folder / "vapi"
    place.mkdir(parents=True, exist_ok=True)
    flags = ("--no-audit", "--no-fund", "--silent", "--prefix", str(place))
    _run("npm", "install", *flags, VAPI, NODE)
    modules = place / "node_modules"
    point_at_loopback(modules / "@vapi-ai" / "server-sdk")
    node = modules / "node" / "bin" / "node"
    return Vapi(node, modules / "@vapi-ai" / "mcp-server" / "dist" / "index.js")


def point_at_loopback(package: Path) -> None:
    """Have each copy of the client's constant read the environment; nothing else may name Vapi.

    Raises:
        RuntimeError: No file has the constant.
    """
    found = [path for path in package.rglob("environments.*js") if _is_pointed(path)]
    if not found:
        raise RuntimeError("the client's base URL is not where it was; it would ask Vapi itself")


def _is_pointed(path: Path) -> bool:
    text = path.read_text()
    for constant in _VAPI_HOST:
        text = text.replace(constant, "process.env.VAPI_BASE_URL")
    path.write_text(text)
    return "process.env.VAPI_BASE_URL" in text


def _run(*command: str) -> None:
    try:
        subprocess.run(  # noqa: S603 - our own command
            command, check=True, capture_output=True, text=True, timeout=_LONGEST_SECONDS
        )
    except FileNotFoundError:
        raise RuntimeError(f"{command[0]} is not installed") from None
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"{' '.join(command[:3])} took too long") from None
    except subprocess.CalledProcessError as error:
        raise RuntimeError(f"{' '.join(command[:3])}: {error.stderr[-300:]}") from None
