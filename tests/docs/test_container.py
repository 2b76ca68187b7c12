"""What can be held of the Dockerfile without an engine that builds it."""

from __future__ import annotations

import re
import shlex
from fnmatch import fnmatch
from typing import Any

import orjson

from tests.support.docs_pages import ROOT, text_of
from vapi_mcp.settings import Settings, load_settings

# The instructions, each on one line.
LINES = [
    line
    for line in re.sub(r"\\\n\s*", "", text_of("Dockerfile")).splitlines()
    if line and not line.startswith("#")
]
FINAL = LINES[max(n for n, line in enumerate(LINES) if line.startswith("FROM ")) :]


def _all(instruction: str, lines: list[str] = FINAL) -> list[str]:
    return [line.partition(" ")[2].strip() for line in lines if line.startswith(f"{instruction} ")]


def _environment() -> dict[str, str]:
    pairs = [word.partition("=") for line in _all("ENV") for word in shlex.split(line)]
    return {name: value for name, _, value in pairs}


def test_what_is_copied_is_there_and_let_through() -> None:
    ignored = text_of(".dockerignore").splitlines()
    assert ignored[0] == "*"
    let_through = [line[1:] for line in ignored if line.startswith("!")]
    sources = [
        source
        for line in _all("COPY", LINES)
        if "--from" not in line
        for source in line.split()[:-1]
    ]
    assert sources
    for source in sources:
        assert (ROOT / source).exists(), source
        assert any(fnmatch(source, pattern) for pattern in let_through), source


def test_only_locked_packages_are_installed() -> None:
    installs = [x for line in _all("RUN", LINES) for x in line.split("&&") if " install " in x]
    pips = [words for words in map(shlex.split, installs) if "pip" in words]
    assert len(pips) == 3
    for words in pips:
        if "-r" in words:
            assert "--require-hashes" in words
            lock = words[words.index("-r") + 1].removeprefix("/src/")
            assert text_of(lock).count("--hash=sha256:") > text_of(lock).count("==")
        else:
            assert words[-2:] == ["--no-deps", "/dist/*.whl"]
    assert any("--no-build-isolation" in line for line in _all("RUN", LINES))


def test_the_build_lock_holds_what_the_project_is_built_with() -> None:
    [wanted] = re.findall(r'requires = \["(\w+)[^"]*"\]', text_of("pyproject.toml"))
    locked = dict(
        re.findall(r"^(\w[\w-]*)==(\S+)", text_of("requirements-build.lock"), re.MULTILINE)
    )
    developed = dict(
        re.findall(r"^(\w[\w-]*)==(\S+)", text_of("requirements-dev.lock"), re.MULTILINE)
    )
    assert wanted in locked
    assert locked.items() <= developed.items()


def test_it_runs_as_a_user_who_is_not_root_and_owns_the_data() -> None:
    [user] = _all("USER")
    [setup] = _all("RUN")
    assert re.search(rf"useradd .*--uid (?!0\b)\d+ .*{user}\b", setup)
    [volume] = _all("VOLUME")
    assert f"--owner={user}" in setup
    assert setup.endswith(f"--mode=0700 {volume}")
    assert FINAL.index(f"USER {user}") < FINAL.index(f"VOLUME {volume}")


def test_its_environment_is_settings_that_load() -> None:
    given = {name: value for name, value in _environment().items() if name.startswith("VAPI_MCP_")}
    names: dict[str, Any] = {
        name.removeprefix("VAPI_MCP_").lower(): value for name, value in given.items()
    }
    assert names.keys() <= Settings.model_fields.keys()
    settings = load_settings(env_file=None, **names)
    [volume] = _all("VOLUME")
    assert (settings.host, str(settings.data_dir), settings.log_format) == (
        "0.0.0.0",
        volume,
        "json",
    )


def test_it_exposes_the_port_it_serves_and_checks_its_health_there() -> None:
    [exposed] = _all("EXPOSE")
    assert int(exposed) == Settings.model_fields["port"].default
    [check] = _all("HEALTHCHECK")
    command = orjson.loads(check.partition("CMD ")[2])
    assert command[:2] == ["python", "-c"]
    compile(command[2], "the health check", "exec")
    assert "/healthz" in command[2]
    assert f'"VAPI_MCP_PORT", {exposed}' in command[2]


def test_it_starts_the_command() -> None:
    [entry], [command] = _all("ENTRYPOINT"), _all("CMD")
    assert [*orjson.loads(entry), *orjson.loads(command)] == ["vapi-mcp", "serve"]
