"""Results of calls as the SDK's models."""

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

from vapi_mcp.invocation.result import Block
from vapi_mcp.protocol.results import Answer


def model_of(answer: Answer) -> CallToolResult:
    """Return what a client gets of a call."""
    texts: list[ContentBlock] = [TextContent(text=text) for text in answer.texts]
    return CallToolResult(
        content=[*texts, *map(_block, answer.blocks)],
        structured_content=answer.structure,
        is_error=answer.is_error,
        _meta=None if answer.meta is None else dict(answer.meta),
    )


def blob(uri: str, block: Block) -> BlobResourceContents:
    """Return bytes as the content of a resource."""
    data = base64.b64encode(block.data).decode()
    return BlobResourceContents(uri=uri, mime_type=block.media_type, blob=data)


def _block(block: Block) -> ContentBlock:
    if block.kind == "audio":
        data = base64.b64encode(block.data).decode()
        return AudioContent(data=data, mime_type=block.media_type)
    return EmbeddedResource(resource=blob(block.uri or "", block))
