from __future__ import annotations

from typing import Any

import pytest

from tests.support.sandbox import drive

ELEVEN = "/provider/11labs/pronunciation-dictionary"
CARTESIA = "/provider/cartesia/pronunciation-dictionary"
RULE = {"stringToReplace": "Vapi", "type": "alias", "alias": "vah-pee"}


async def test_a_dictionary_of_11labs_gets_a_new_version_with_each_change() -> None:
    async with drive() as sandbox:
        made = await sandbox.ok("POST", ELEVEN, {"name": "Names", "rules": [RULE]})
        other = {**RULE, "stringToReplace": "MCP"}
        changed = await sandbox.ok("PATCH", f"{ELEVEN}/{made['id']}", {"rules": [other]})
        assert await sandbox.ok("GET", f"{ELEVEN}/{made['id']}") == changed
        assert await sandbox.ok("DELETE", f"{ELEVEN}/{made['id']}") == changed
    assert made["resourceId"] == made["resource"]["id"]
    assert made["resource"]["rules"] == [RULE]
    assert changed["resource"]["rules"] == [other]
    assert changed["resource"]["versionId"] != made["resource"]["versionId"]


async def test_dictionaries_are_kept_apart_by_provider() -> None:
    item = {"text": "Vapi", "alias": "vah-pee"}
    async with drive() as sandbox:
        eleven = await sandbox.ok("POST", ELEVEN, {"name": "A", "rules": [RULE]})
        cartesia = await sandbox.ok("POST", CARTESIA, {"name": "B", "items": [item]})
        for path, found in ((ELEVEN, eleven), (CARTESIA, cartesia)):
            assert (await sandbox.ok("GET", path))["results"] == [found]
            query = f"?resourceId={found['resourceId']}"
            assert (await sandbox.ok("GET", path + query))["metadata"]["totalItems"] == 1
        assert (await sandbox.ask("GET", f"{CARTESIA}/{eleven['id']}")).status_code == 404
    assert "versionId" not in cartesia["resource"]


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        (ELEVEN, {"rules": [RULE]}, "name should not be empty"),
        (ELEVEN, {"name": "A"}, "rules should not be empty"),
        (ELEVEN, {"name": "A", "items": []}, "property items should not exist"),
        (
            ELEVEN,
            {"name": "A", "rules": [{**RULE, "type": "song"}]},
            "rules.0.type must be one of the following values: phoneme, alias",
        ),
        (
            ELEVEN,
            {"name": "A", "rules": [{**RULE, "type": "phoneme"}]},
            "rules.0.phoneme must be a string",
        ),
        (CARTESIA, {"name": "A", "items": [{"text": "x"}]}, "items.0.alias must be a string"),
    ],
)
async def test_dictionaries_that_say_too_little_are_refused(
    path: str, body: Any, message: str
) -> None:
    async with drive() as sandbox:
        assert (await sandbox.refused("POST", path, body))[0] == message
