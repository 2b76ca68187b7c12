"""The tools of the suite that answer one content, and its resources and prompts."""

from __future__ import annotations

import base64
from typing import Any

import orjson
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.prompts.base import UserMessage
from mcp_types import (
    AudioContent,
    Completion,
    CompletionArgument,
    CompletionContext,
    ElicitResult,
    EmbeddedResource,
    ImageContent,
    InputRequiredResult,
    PromptReference,
    ResourceTemplateReference,
    TextContent,
    TextResourceContents,
)

from tests.conformance.questions import text_question

_PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5E"
    "rkJggg=="
)
_SILENCE = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA="


def add_contents(server: MCPServer[Any]) -> None:
    """Add them to a server, under the names that the suite asks for."""
    _add_tools(server)
    _add_resources(server)
    _add_prompts(server)
    server.completion()(_complete)


def _image() -> ImageContent:
    return ImageContent(data=_PIXEL, mime_type="image/png")


def _resource(uri: str, text: str, kind: str = "text/plain") -> EmbeddedResource:
    return EmbeddedResource(resource=TextResourceContents(uri=uri, mime_type=kind, text=text))


def _add_tools(server: MCPServer[Any]) -> None:
    @server.tool()
    def test_image_content() -> list[ImageContent]:
        return [_image()]

    @server.tool()
    def test_audio_content() -> list[AudioContent]:
        return [AudioContent(data=_SILENCE, mime_type="audio/wav")]

    @server.tool()
    def test_embedded_resource() -> list[EmbeddedResource]:
        return [_resource("test://embedded-resource", "This is an embedded resource content.")]

    @server.tool()
    def test_multiple_content_types() -> list[TextContent | ImageContent | EmbeddedResource]:
        return [
            TextContent(text="Multiple content types test:"),
            _image(),
            _resource("test://mixed-content-resource", '{"test": "data"}', "application/json"),
        ]


def _add_resources(server: MCPServer[Any]) -> None:
    @server.resource("test://static-text", mime_type="text/plain")
    def static_text() -> str:
        return "This is the content of the static text resource."

    @server.resource("test://static-binary", mime_type="image/png")
    def static_binary() -> bytes:
        return base64.b64decode(_PIXEL)

    @server.resource("test://template/{id}/data", mime_type="application/json")
    def template(id: str) -> str:  # noqa: A002 - the suite's own name
        return orjson.dumps({"id": id, "templateTest": True, "data": f"Data for ID: {id}"}).decode()

    @server.resource("test://watched-resource", mime_type="text/plain")
    def watched() -> str:
        return "Watched resource content"


def _add_prompts(server: MCPServer[Any]) -> None:
    @server.prompt()
    def test_simple_prompt() -> list[UserMessage]:
        return [_said("This is a simple prompt for testing.")]

    @server.prompt()
    def test_prompt_with_arguments(arg1: str, arg2: str) -> list[UserMessage]:
        return [_said(f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'")]

    @server.prompt()
    def test_prompt_with_embedded_resource(resourceUri: str) -> list[UserMessage]:  # noqa: N803 - the suite's own name
        embedded = _resource(resourceUri, "Embedded resource content for testing.")
        return [UserMessage(content=embedded), _said("Please process the resource above.")]

    @server.prompt()
    def test_prompt_with_image() -> list[UserMessage]:
        return [UserMessage(content=_image()), _said("Please analyze the image above.")]

    @server.prompt()
    async def test_input_required_result_prompt(
        ctx: Context,
    ) -> list[UserMessage] | InputRequiredResult:
        given = (ctx.input_responses or {}).get("user_context")
        if not isinstance(given, ElicitResult) or not given.content:
            asked = text_question("What context should the prompt use?", "context")
            return InputRequiredResult(input_requests={"user_context": asked})
        return [_said(f"Use the following context: {given.content.get('context')}")]


def _said(text: str) -> UserMessage:
    return UserMessage(content=TextContent(text=text))


async def _complete(
    ref: PromptReference | ResourceTemplateReference,
    argument: CompletionArgument,
    context: CompletionContext | None,
) -> Completion:
    del ref, context
    return Completion(values=[f"{argument.value}..."], total=1, has_more=False)
