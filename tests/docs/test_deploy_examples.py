"""The examples in `deploy/`: valid by their schemas, and true to this service."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml
from check_jsonschema.builtin_schemas import get_builtin_schema

from tests.support.docs_pages import fences, text_of
from vapi_mcp.settings import Settings

DEPLOY = Path("deploy")
SETTINGS = {f"VAPI_MCP_{name.upper()}" for name in Settings.model_fields}
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
MANIFESTS: list[dict[str, Any]] = list(yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text()))


def test_the_compose_file_is_valid() -> None:
    jsonschema.validate(COMPOSE, get_builtin_schema("vendor.compose-spec"))


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda manifest: manifest["kind"])
def test_the_manifest_is_valid(manifest: dict[str, Any]) -> None:
    version = kubernetes_validate.latest_version()
    kubernetes_validate.validate(manifest, version, strict=True)


def test_every_setting_that_an_example_names_exists() -> None:
    named = {
        name
        for path in DEPLOY.iterdir()
        for name in re.findall(r"VAPI_MCP_[A-Z_]+", path.read_text())
    }
    assert named <= SETTINGS
    assert {"VAPI_MCP_DATABASE_URL", "VAPI_MCP_ENCRYPTION_KEYS"} <= named


def test_containers_write_only_where_the_image_does_and_have_a_minute_to_end() -> None:
    [deployment] = [each for each in MANIFESTS if each["kind"] == "Deployment"]
    pod = deployment["spec"]["template"]["spec"]
    [container] = pod["containers"]
    replica = COMPOSE["services"]["replica-1"]
    assert [mount["name"] for mount in container["volumeMounts"]] == ["tmp", "data"]
    assert (pod["terminationGracePeriodSeconds"], replica["stop_grace_period"]) == (60, "60s")
    assert container["securityContext"]["readOnlyRootFilesystem"] is replica["read_only"] is True
    assert str(pod["securityContext"]["runAsUser"]) in Path("Dockerfile").read_text()


def test_the_ingress_offers_the_paths_of_clients_alone() -> None:
    [ingress] = [each for each in MANIFESTS if each["kind"] == "Ingress"]
    paths = [each["path"] for each in ingress["spec"]["rules"][0]["http"]["paths"]]
    assert paths == ["/mcp", "/sse", "/messages", "/media", "/.well-known"]


def test_the_proxy_of_the_compose_file_is_the_printed_one() -> None:
    example = (DEPLOY / "nginx.conf").read_text()
    printed = "\n".join(fences(text_of("docs/deploy.md"), "nginx"))
    for directive in ("map $request_uri", "location", "proxy_", "client_"):
        wanted = {line for line in _lines(printed) if line.startswith(directive)}
        missing = wanted - set(_lines(example))
        assert {line for line in missing if "/vapi" not in line and "oauth-" not in line} == set()


def _lines(text: str) -> list[str]:
    plain = (line.partition("#")[0].strip() for line in text.splitlines())
    return [" ".join(line.split()) for line in plain]
