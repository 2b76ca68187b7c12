"""The peers are asked on loopback only, with a document that they read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.peers.installing import point_at_loopback
from tests.bench.peers.openapi import acceptable, openapi_document


def test_document_has_every_operation_with_references_that_resolve() -> None:
    document = openapi_document("http://127.0.0.1:1")
    operations = [each for path in document["paths"].values() for each in path.values()]
    assert len(operations) == 137
    found = document["paths"]["/assistant/{id}"]["get"]
    assert found["operationId"] == "AssistantController_findOne"
    assert [(each["name"], each["in"]) for each in found["parameters"]] == [("id", "path")]
    names = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert set(_references(document)) <= names


def test_document_for_fastmcp_has_no_empty_enum() -> None:
    schema = {"anyOf": [{"type": "string", "enum": []}, {"enum": ["a"]}]}
    assert acceptable({"openapi": "3.0.0", "schema": schema}) == {
        "openapi": "3.1.0",
        "schema": {"anyOf": [{"type": "string"}, {"enum": ["a"]}]},
    }


def test_client_of_vapis_server_takes_its_base_url_from_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "dist" / "environments.js"
    file.parent.mkdir()
    file.write_text('exports.Vapi = { Default: "https://api.vapi.ai" };')
    point_at_loopback(tmp_path)
    point_at_loopback(tmp_path)
    assert file.read_text() == "exports.Vapi = { Default: process.env.VAPI_BASE_URL };"


def test_a_client_whose_base_url_is_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "environments.js").write_text("exports.Vapi = fromElsewhere();")
    with pytest.raises(RuntimeError, match="not where it was"):
        point_at_loopback(tmp_path)


def _references(value: object) -> list[str]:
    match value:
        case {"$ref": str(name), **rest}:
            return [name, *_references(rest)]
        case dict():
            return [each for part in value.values() for each in _references(part)]
        case list():
            return [each for part in value for each in _references(part)]
        case _:
            return []
