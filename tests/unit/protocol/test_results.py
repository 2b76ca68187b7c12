from __future__ import annotations

import base64
from typing import Any

import orjson
import pytest

from vapi_mcp.invocation.result import Block, ToolResult
from vapi_mcp.protocol.calls.result_models import model_of
from vapi_mcp.protocol.results import answer_of, with_note

AUDIO = Block("audio", b"RIFF", "audio/wav")
CAPTURE = Block("blob", b"\xd4\xc3", "application/vnd.tcpdump.pcap", "vapi://calls/x/pcap")


def test_bytes_follow_the_text_and_the_notes() -> None:
    result = model_of(answer_of(ToolResult("{}", ("n",), blocks=(AUDIO, CAPTURE))))
    assert [block.type for block in result.content] == ["text", "text", "audio", "resource"]
    content = result.model_dump(mode="json", by_alias=True, exclude_none=True)["content"]
    assert content[2] == {
        "type": "audio",
        "data": base64.b64encode(b"RIFF").decode(),
        "mimeType": "audio/wav",
    }
    assert content[3]["resource"] == {
        "uri": "vapi://calls/x/pcap",
        "mimeType": "application/vnd.tcpdump.pcap",
        "blob": base64.b64encode(b"\xd4\xc3").decode(),
    }


def test_what_is_for_the_client_itself_stays_beside_the_texts() -> None:
    result = ToolResult('{"a":1}', meta={"view": {"turns": []}})

    answer = answer_of(result)

    assert answer.wire() == {
        "_meta": {"view": {"turns": []}},
        "content": [{"text": '{"a":1}', "type": "text"}],
        "isError": False,
    }
    assert model_of(answer).meta == {"view": {"turns": []}}
    noted: Any = with_note(answer.wire(), "late")
    assert noted["_meta"] == {"view": {"turns": []}}


@pytest.mark.parametrize("notes", [(), ("n",)])
@pytest.mark.parametrize("blocks", [(), (AUDIO,)])
def test_a_late_note_joins_the_others_before_any_bytes(
    notes: tuple[str, ...], blocks: tuple[Block, ...]
) -> None:
    result = model_of(answer_of(ToolResult('{"notes":[]}', notes, blocks=blocks)))
    sent = with_note(result.model_dump(mode="json", by_alias=True), "late")
    assert isinstance(sent, dict)
    kinds = [block["type"] for block in sent["content"]]
    assert kinds == ["text", "text", *(["audio"] if blocks else [])]
    assert orjson.loads(sent["content"][1]["text"]) == {"notes": [*notes, "late"]}
