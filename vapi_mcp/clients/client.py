"""One MCP client: the place and format of its config, and its limits."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import orjson

# Short, because clients put it before every tool's name.
NAME = "vapi"

Config: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Process:
    """How a client on this machine starts a server of its own."""

    command: str
    args: tuple[str, ...]
    env: Mapping[str, str]

    def entry(self) -> Config:
        """Return it in the words that nearly all clients share."""
        entry: Config = {"command": self.command, "args": list(self.args)}
        return {**entry, "env": dict(self.env)} if self.env else entry

    def words(self, flag: str) -> str:
        """Return it for a shell: environment by `flag`, then `--` and the command."""
        given = [word for pair in self.env.items() for word in (flag, "=".join(pair))]
        return shlex.join([*given, "--", self.command, *self.args])


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One client.

    file: where the config goes; None where a form is filled in. key: what holds the servers there.
    by_url, by_process: a server's entry, each None where the client cannot do it. adding_url,
    adding_process: a command that does the same. form: what to click, for a URL. with_token: an
    entry that also sends a second token, None where the client sends no headers. by_header:
    whether the server's token goes into a header, since the client prints or changes URLs.
    is_remote: whether it connects from the internet and so needs a public https address.
    asks_for_secrets: whether it asks its user instead of keeping secrets in the file. program: an
    entry as lines of a program, where that is its file. fields: an entry as the fields of a form.
    sign_in: what to click for a server that requires a second token. limits: what bites.
    """

    title: str
    file: str | None = None
    key: str = "mcpServers"
    by_url: Callable[[str], Config] | None = None
    by_process: Callable[[Process], Config] | None = Process.entry
    adding_url: Callable[[str], str] | None = None
    adding_process: Callable[[Process], str] | None = None
    form: str | None = None
    with_token: Callable[[Config, str], Config] | None = None
    by_header: bool = False
    is_remote: bool = False
    is_toml: bool = False
    asks_for_secrets: bool = False
    program: Callable[[Config], str] | None = None
    fields: Callable[[Config], str] | None = None
    sign_in: str | None = None
    limits: str = ""

    def shown(self, config: Config) -> str:
        """Return a config as its file holds it."""
        if self.program:
            return self.program(config[self.key][NAME])
        if self.is_toml:
            return _toml(config[self.key][NAME], f"{self.key}.{NAME}")
        return orjson.dumps(config, option=orjson.OPT_INDENT_2).decode()


def _toml(table: Config, name: str) -> str:
    """Return a table whose texts and lists of texts read the same in JSON."""
    plain = {key: value for key, value in table.items() if not isinstance(value, dict)}
    inner = [_toml(value, f"{name}.{key}") for key, value in table.items() if key not in plain]
    lines = [f"{key} = {orjson.dumps(value).decode()}" for key, value in plain.items()]
    return "\n".join([f"[{name}]", *lines, *inner])
