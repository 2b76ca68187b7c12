"""A real nginx with the config that docs/deploy.md prints."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import socket
from collections.abc import AsyncGenerator, Sequence
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
    async with running(directory, port, _configured(text or printed(), directory, port, upstream)):
        yield


class Nginx:
    """A running nginx, whose config can be changed."""

    def __init__(self, process: asyncio.subprocess.Process, config: Path) -> None:
        self._process = process
        self._config = config

    async def use(self, config: str) -> None:
        """Go on with another config; it is in force for all connections when this returns."""
        before = self._workers()
        self._config.write_text(config)
        self._process.send_signal(signal.SIGHUP)
        async with asyncio.timeout(30):
            # nginx tells nobody when it is done.
            while before & self._workers() or not self._workers():  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.02)

    def _workers(self) -> set[str]:
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        return set(children.read_text().split())


@asynccontextmanager
async def running(directory: Path, port: int, config: str) -> AsyncGenerator[Nginx]:
    """Run nginx with a config that listens on a port."""
    path = directory / "nginx.conf"
    path.write_text(config)
    process = await asyncio.create_subprocess_exec(
        executable(), "-p", str(directory), "-c", str(path), "-e", str(directory / "start.log")
    )
    try:
        async with asyncio.timeout(20):
            await _answers(port, process)
        yield Nginx(process, path)
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


def example(directory: Path, port: int, replicas: Sequence[str]) -> str:
    """Return the config of `deploy/` for these replicas (host and port, or with ` down`)."""
    text = (Path("deploy") / "nginx.conf").read_text()
    text = text.replace("listen 8443", f"listen 127.0.0.1:{port}")
    for name, place in zip(("replica-1:8080", "replica-2:8080"), replicas, strict=True):
        text = text.replace(name, place)
    text = text.replace("/dev/stdout", f"{directory}/access.log")
    text = text.replace("/dev/stderr", f"{directory}/error.log")
    text = text.replace("allow 10.0.0.0/8", "allow 127.0.0.1")
    return _in_directory(text.replace("http {\n", f"http {{\n{_places(directory)}", 1), directory)


def _configured(text: str, directory: Path, port: int, upstream: int) -> str:
    text = text.replace("127.0.0.1:8080", f"127.0.0.1:{upstream}")
    text = text.replace("listen 443 ssl", f"listen 127.0.0.1:{port}")
    text = re.sub(r"^ *ssl_certificate.*\n", "", text, flags=re.MULTILINE)
    text = text.replace("/var/log/nginx", str(directory))
    text = f"events {{}}\nhttp {{\n{_places(directory)}{text}}}\n"
    return _in_directory(text, directory)


def _places(directory: Path) -> str:
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    return "".join(f"{kind}_temp_path {directory}/{kind};\n" for kind in kinds)


def _in_directory(text: str, directory: Path) -> str:
    user = "user root;\n" if os.geteuid() == 0 else ""
    return f"{user}daemon off;\nworker_processes 1;\npid {directory}/nginx.pid;\n{text}"


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
