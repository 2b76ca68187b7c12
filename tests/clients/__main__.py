"""Runs real MCP clients against the demo and writes docs/clients.md: `make clients [ONLY=name]`.

Each client is installed in an environment of its own, one after the other.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.clients import page
from tests.clients.environment import Environment, NotInstalledError
from tests.clients.table import Client, chosen
from tests.clients.target import Target, running_target
from tests.clients.verdicts import Line, Verdict, judged

_HERE = Path(__file__).parent
_SECONDS = 300


def main(names: list[str]) -> int:
    """Run the clients and write their rows; 1 when one does less than it is known to do."""
    went_well = True
    with running_target() as target:
        for client in chosen(names):
            went_well &= _run(client, target)
    return 0 if went_well else 1


def _run(client: Client, target: Target) -> bool:
    environment = Environment(
        client.folder or client.name.lower().replace(" ", "-"), client.runtime, client.packages
    )
    try:
        environment.install()
    except NotInstalledError as error:
        _tell(f"{client.name}: not installed, {error}")
        page.write({client.name: page.not_installed(client, str(error))})
        return False
    verdicts = {name: _verdict(client, environment, target, name) for name in client.transports}
    page.write({client.name: page.rows_of(client, verdicts)})
    return all(page.is_expected(client, name, verdict) for name, verdict in verdicts.items())


def _verdict(client: Client, environment: Environment, target: Target, transport: str) -> Verdict:
    with target.opened(transport, with_null=client.takes_null) as (told, wire):
        lines = _lines(client, environment, told)
    verdict = judged(lines, wire.version)
    _tell(
        f"{client.name}, {transport}: {verdict.tools} tools, {verdict.protocol}, "
        f"failed {verdict.failed}, notes {verdict.notes}, error {verdict.error}, "
        f"sound {verdict.sound}"
    )
    for label in verdict.answers if verdict.tools is None else verdict.failed:
        _tell(f"    {label}: {verdict.answers[label][:600]}")
    return verdict


def _lines(client: Client, environment: Environment, told: Mapping[str, Any]) -> dict[str, Line]:
    """Return what the driver printed, by label."""
    suffix, folder = (".py", "python") if environment.is_python else (".mjs", "javascript")
    # Node looks for packages beside the script.
    for script in (_HERE / folder).glob(f"*{suffix}"):
        shutil.copy(script, environment.folder)
    command = [environment.program, f"driver{suffix}", client.adapter]
    output = _output(command, environment, json.dumps(told))
    said: dict[str, Line] = {}
    for text in output.splitlines():
        # Clients print too, and a driver that ran out of time may leave half a line.
        with suppress(ValueError, LookupError, TypeError):
            line = json.loads(text)
            said[line["call"]] = line
    return said


def _output(command: list[str], environment: Environment, given: str) -> str:
    """Run a driver, bounded in time, with all that it starts."""
    home = str(environment.folder)
    log = (environment.folder / "log").open("w", encoding="utf-8")
    with (
        log,
        subprocess.Popen(  # noqa: S603 - our own list of clients
            command,
            cwd=environment.folder,
            # Nothing of a client lands in the user's home.
            env={**environment.variables, "HOME": home, "PWD": home},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        ) as driver,
    ):
        try:
            return driver.communicate(given, timeout=_SECONDS)[0]
        except subprocess.TimeoutExpired as error:
            late = error.stdout
            return late.decode() if isinstance(late, bytes) else late or ""
        finally:
            # What a client started goes with it.
            with suppress(ProcessLookupError):
                os.killpg(driver.pid, signal.SIGKILL)


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
