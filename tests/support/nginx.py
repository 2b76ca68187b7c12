"""A real nginx with the config that docs/deploy.md prints."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from tests.support.docs_pages import fences, text_of

_SBIN = "/usr/sbin:/usr/local/sbin"


def executable() -> str:
    """Return where nginx is; a run of all tests has to have one."""
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:{_SBIN}")
    if found is None:
        assert "TESTS_NEED_NGINX" not in os.environ, "install nginx"
        pytest.skip("there is no nginx here")
    return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def printed() -> str:
    """Return the page's first config: a proxy in front of one process."""
    return next(
        block for block in fences(text_of("docs/deploy.md"), "nginx") if "server {" in block
    )


def printed_under_a_path() -> str:
    """Return the same config with what the page prints for a host that others use too."""
    instead = next(
        block for block in fences(text_of("docs/deploy.md"), "nginx") if "/vapi/" in block
    )
    clients = re.compile(r"^    location ~ \^/\(mcp.*?^    \}\n", re.MULTILINE | re.DOTALL)
    return clients.sub(lambda _: instead, printed(), count=1)


@asynccontextmanager
async def proxying(
    directory: Path, port: int, upstream: int, text: str | None = None
) -> AsyncGenerator[None]:
    """Run nginx with a printed config: another port, no TLS, logs in a directory."""
    config = directory / "nginx.conf"
    config.write_text(_configured(text or printed(), directory, port, upstream))
    process = await asyncio.create_subprocess_exec(
        executable(), "-p", str(directory), "-c", str(config), "-e", str(directory / "start.log")
    )
    try:
        async with asyncio.timeout(20):
            await _answers(port, process)
        yield
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


def _configured(text: str, directory: Path, port: int, upstream: int) -> str:
    text = text.replace("127.0.0.1:8080", f"127.0.0.1:{upstream}")
    text = text.replace("listen 443 ssl", f"listen 127.0.0.1:{port}")
    text = re.sub(r"^ *ssl_certificate.*\n", "", text, flags=re.MULTILINE)
    text = text.replace("/var/log/nginx", str(directory))
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"{kind}_temp_path {directory}/{kind};\n" for kind in kinds)
    user = "user root;\n" if os.geteuid() == 0 else ""
    return (
        f"{user}daemon off;\nworker_processes 1;\npid {directory}/nginx.pid;\n"
        f"events {{}}\nhttp {{\n{places}{text}}}\n"
    )


async def _answers(port: int, process: asyncio.subprocess.Process) -> None:
    while True:
        assert process.returncode is None, "nginx did not start"
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            await asyncio.sleep(0.02)
            continue
        writer.close()
        await writer.wait_closed()
        return
