"""A request's body is validated once, and its model reaches the use case."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.admin_api import ACCOUNTS, an_account, made, staged
from tests.support.stores import Memory
from vapi_mcp.admin.requests import RequestModel
from vapi_mcp.http.admin_api.operations import OPERATIONS

BODIES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "NewAccount": ("POST", ACCOUNTS, {"name": "Acme", "api_key": "k"}),
    "AccountChanges": ("PATCH", "{account}", {"name": "New"}),
    "NewServer": ("POST", "{account}/mcp", {"name": "s"}),
    "ServerChanges": ("PATCH", "{account}/mcp/{server}", {"config": {"methods": ["read"]}}),
    "NewApiToken": ("POST", "/api-token", {"name": "t"}),
}
MODELS = [operation.body for operation in OPERATIONS if operation.body]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
async def test_a_body_is_validated_once(
    model: type[RequestModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    method, path, body = BODIES[model.__name__]
    validate, validated = model.model_validate, list[Any]()

    def counted(given: Any) -> RequestModel:
        validated.append(given)
        return validate(given)

    async with staged(Memory()) as stage, stage.as_admin() as client:
        account = await an_account(client)
        server = await made(client, f"{account}/mcp", name="s")
        monkeypatch.setattr(model, "model_validate", counted)
        there = path.format(account=account, server=server["id"])
        response = await client.request(method, there, json=body)
    assert response.is_success, response.text
    assert validated == [body]
