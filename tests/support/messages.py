"""The messages that a user or a model can be shown, as they stand in the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import vapi_mcp

PACKAGE = Path(vapi_mcp.__file__).parent
SNAPSHOT = Path(__file__).parents[1] / "unit" / "messages.txt"
_NOT_SHOWN = ("sandbox/seed/", "sandbox/media/", "store/migrations/")
_COMMANDS = "cli/commands/"
_OPERATION = re.compile(r"(GET|POST|PATCH|PUT|DELETE|\{method\}) [/{]")


def all_messages() -> str:
    """Return the messages of every module under its path, those of the sandbox last."""
    paths = [path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py")]
    shown = [path for path in paths if not path.startswith(_NOT_SHOWN)]
    sections = [
        f"{path}\n" + "".join(f"  {message}\n" for message in found)
        for path in sorted(shown, key=lambda path: (path.startswith("sandbox/"), path))
        if (found := messages_of(path, (PACKAGE / path).read_text("utf-8")))
    ]
    return "\n".join(sections)


def messages_of(path: str, source: str) -> list[str]:
    """Return the messages of one module in order, a line each, with placeholders as `{name}`.

    A message is text with a space and a letter. Docstrings are none, but for those of commands,
    which their `--help` shows; neither is what goes to logs, into SQL or into a pattern.
    """
    tree = ast.parse(source)
    command = Path(path).stem if path.startswith(_COMMANDS) else None
    templates = _Templates(command).of(tree)
    return [text.strip().replace("\n", "\\n") for text in templates if _is_prose(text)]


def _is_prose(template: str) -> bool:
    words = "".join(_outside_braces(template))
    return " " in words and any(map(str.islower, words)) and not _OPERATION.match(template)


def _outside_braces(template: str) -> Iterator[str]:
    depth = 0
    for character in template:
        depth += (character == "{") - (character == "}")
        if not depth:
            yield character


class _Templates:
    def __init__(self, command: str | None) -> None:
        self._command = command

    def of(self, node: ast.AST) -> Iterator[str]:
        """Return the texts below a node in the order of the code."""
        match node:
            case ast.Constant(value=str() as text):
                yield text
            case ast.JoinedStr(values=parts):
                yield "".join(map(_part, parts))
                for part in parts:
                    if isinstance(part, ast.FormattedValue):
                        yield from self.of(part.value)
            case ast.Expr(value=ast.Constant()):
                pass
            case ast.Call() if not _is_shown(node):
                pass
            case _:
                if isinstance(node, ast.FunctionDef) and self._is_command(node):
                    yield ast.get_docstring(node) or ""
                for child in ast.iter_child_nodes(node):
                    yield from self.of(child)

    def _is_command(self, function: ast.FunctionDef) -> bool:
        decorators = [ast.unparse(each) for each in function.decorator_list]
        return self._command is not None and (
            function.name == self._command or any(".command(" in each for each in decorators)
        )


def _is_shown(call: ast.Call) -> bool:
    called = ast.unparse(call.func)
    return not called.startswith(("logger.", "re.", "op.")) and called not in ("text", "cast")


def _part(part: ast.expr) -> str:
    if isinstance(part, ast.Constant):
        return str(part.value)
    assert isinstance(part, ast.FormattedValue)
    return f"{{{_name(part.value)}}}"


def _name(value: ast.expr) -> str:
    match value:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=inner) | ast.Subscript(value=inner) | ast.Await(value=inner):
            return _name(inner)
        case _:
            return "…"
