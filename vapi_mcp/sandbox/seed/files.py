"""Files of a fresh sandbox."""

from __future__ import annotations

from typing import Any

from vapi_mcp.sandbox.seed.draws import SeededRandom
from vapi_mcp.sandbox.seed.texts import knowledge

# A scan whose upload broke off: a header and nothing to read.
_BROKEN_SCAN = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nstream\n"

# Key: the file's name, its type, what it is for.
_FILES = {
    "handbook": ("practice-handbook.md", "text/markdown", "assistant"),
    "policies": ("support-policies.md", "text/markdown", "assistant"),
    "manual": ("luma-manual.txt", "text/plain", "assistant"),
    "terms": ("renewal-terms.txt", "text/plain", "assistant"),
    "menu": ("carta-casa-almendra.csv", "text/csv", "knowledge-base-v2"),
    "scan": ("scan-0231.pdf", "application/pdf", "knowledge-base-v2"),
}


def seed_file_contents(draws: SeededRandom) -> dict[str, bytes]:
    """Return file id -> content."""
    return {draws.id_of("file", key): _content(key) for key in _FILES}


def seed_files(draws: SeededRandom) -> list[dict[str, Any]]:
    """Return six files; the scan failed to be read."""
    return [_file(draws, key) for key in _FILES]


def _file(draws: SeededRandom, key: str) -> dict[str, Any]:
    name, mimetype, purpose = _FILES[key]
    stamp = draws.stamped("file", key, 75)
    path = f"{draws.org_id}/{stamp['id']}"
    content = _content(key)
    file = stamp | {
        "object": "file",
        "status": "failed" if key == "scan" else "done",
        "name": name,
        "originalName": name,
        "bytes": len(content),
        "purpose": purpose,
        "mimetype": mimetype,
        "key": f"{path}-{name}",
        "path": path,
        "bucket": "vapi-files",
        "url": f"https://storage.vapi.ai/{path}-{name}",
        "metadata": {"uploadedBy": "operations@example.com"},
    }
    if key != "scan":
        file["parsedTextUrl"] = f"https://storage.vapi.ai/{path}-parsed.txt"
        file["parsedTextBytes"] = len(content)
    return file


def _content(key: str) -> bytes:
    return _BROKEN_SCAN if key == "scan" else knowledge(_FILES[key][0])
