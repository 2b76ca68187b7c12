"""Knowledge bases of a fresh sandbox, and the files that each searches."""

from __future__ import annotations

from typing import Any

from vapi_mcp.sandbox.seed.draws import SeededRandom

Part = dict[str, Any]

# Key: name, description, and the key of its file.
_BASES = {
    "menu": ("Menu", "Dishes and prices.", "menu"),
    "practice": ("Practice", "What the practice tells its patients.", "handbook"),
}


def seed_knowledge_kinds(draws: SeededRandom, files: list[Part]) -> dict[str, list[Part]]:
    """Return two knowledge bases, each with one of the uploaded files."""
    by_id = {file["id"]: file for file in files}
    return {
        "knowledge-base": [
            draws.stamped("knowledge-base", key, 60) | {"name": name, "description": description}
            for key, (name, description, _) in _BASES.items()
        ],
        "knowledge-base-file": [
            _attached(draws, key, by_id[draws.id_of("file", file)])
            for key, (_, _, file) in _BASES.items()
        ],
    }


def _attached(draws: SeededRandom, key: str, file: Part) -> Part:
    return draws.stamped("knowledge-base-file", key, 60) | {
        "knowledgeBaseV2Id": draws.id_of("knowledge-base", key),
        "fileId": file["id"],
        "fileName": file["name"],
        "mimetype": file["mimetype"],
        "bytes": file["bytes"],
        "status": "ready",
    }
