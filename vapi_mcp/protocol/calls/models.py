"""Results as the SDK's models, for what its server answers."""

from __future__ import annotations

import base64

from mcp_types import (
    AudioContent,
    BlobResourceContents,
    CallToolResult,
    ContentBlock,
    EmbeddedResource,
    TextContent,
)

from vapi_mcp.accounts.records import Notes
from vapi_mcp.errors import ToolError
from vapi_mcp.invocation.result import Block, ToolResult
from vapi_mcp.protocol.results import Answer, answer_of, refused


def model_of(answer: Answer) -> CallToolResult:
    """Return an answer as the SDK's model."""
    texts: list[ContentBlock] = [TextContent(text=text) for text in answer.texts]
    return CallToolResult(
        content=[*texts, *map(_block, answer.blocks)],
        structured_content=answer.structure,
        is_error=answer.is_error,
    )


def success(
    result: ToolResult, notes: Notes = "block", *, structured: bool = False
) -> CallToolResult:
    """Return a finished call."""
    return model_of(answer_of(result, notes, structured=structured))


def refusal(error: ToolError) -> CallToolResult:
    """Return a failure."""
    return model_of(refused(error))


def blob(uri: str, block: Block) -> BlobResourceContents:
    """Return bytes as the content of a resource."""
    data = base64.b64encode(block.data).decode()
    return BlobResourceContents(uri=uri, mime_type=block.media_type, blob=data)


def _block(block: Block) -> ContentBlock:
    if block.kind == "audio":
        data = base64.b64encode(block.data).decode()
        return AudioContent(data=data, mime_type=block.media_type)
    return EmbeddedResource(resource=blob(block.uri or "", block))
