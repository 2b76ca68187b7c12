"""`vapi-mcp completion`: completion for a shell."""

from __future__ import annotations

from typing import Annotated, Literal

import typer
from typer.completion import (
    get_completion_script,  # pyright: ignore[reportPrivateImportUsage] - no other name is public
)


def completion(
    shell: Annotated[Literal["bash", "zsh", "fish"], typer.Argument(help="The shell.")],
) -> None:
    """Print the script that completes commands and options in a shell.

    bash reads it from ~/.bashrc, zsh from ~/.zshrc after compinit, fish from
    ~/.config/fish/completions/vapi-mcp.fish.
    """
    typer.echo(
        get_completion_script(prog_name="vapi-mcp", complete_var="_VAPI_MCP_COMPLETE", shell=shell)
    )
