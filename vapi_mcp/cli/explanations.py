"""The help of commands: names of values, summaries, examples."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperCommand

from vapi_mcp.cli.examples import EXAMPLES
from vapi_mcp.plain_words import in_plain_words

# What stands for the framework's names of types; choices are shown as they are.
_WORDS = {"str": "TEXT", "int": "NUMBER", "int range": "NUMBER", "float": "NUMBER", "path": "PATH"}


class ExplainedCommand(TyperCommand):
    """A command whose help can be read without knowing the framework."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words of a command; what is wrong with them is told in words of the help."""
        try:
            return super().parse_args(ctx, args)
        except typer.BadParameter as error:
            error.message = in_plain_words(error.message)
            if error.param is not None and _is_argument(error.param):
                [(_, word)] = _named([error.param])
                error.param_hint = f"'{word}'"
            raise

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the words of the usage line."""
        arguments = [each for each in self.get_params(ctx) if _is_argument(each)]
        words = [word if each.required else f"[{word}]" for each, word in _named(arguments)]
        return [self.options_metavar or "", *words]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments and the options, each with its meaning."""
        shown: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
        parameters: list[Any] = [*self.get_params(ctx)]
        for parameter in parameters:
            if _is_argument(parameter):
                [(_, word)] = _named([parameter])
                shown["Arguments"].append((word, parameter.help or ""))
                continue
            if parameter.metavar is None:
                parameter.metavar = _word(parameter.display_type(ctx))
            if record := parameter.get_help_record(ctx):
                shown["Options"].append(record)
        for title, records in shown.items():
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the examples."""
        name = ctx.command_path.partition(" ")[2]
        with formatter.section("Examples"):
            for example in EXAMPLES.get(name, ()):
                formatter.write(f"  vapi-mcp {example}\n")


def summarised(group: Any) -> Any:
    """Return a group of commands whose list shows the first sentence of each to its end."""
    for command in group.commands.values():
        command.short_help = " ".join((command.help or "").split("\n\n")[0].split())
    return group


def _named(arguments: list[Any]) -> list[tuple[Any, str]]:
    return [(each, each.metavar or each.name.upper()) for each in arguments]


def _is_argument(parameter: Any) -> bool:
    return parameter.param_type_name == "argument"


def _word(shown: str | None) -> str | None:
    if shown is None:
        return None
    plain = shown.strip("<>")
    return _WORDS.get(plain, plain)
