"""The objects that a server is kept to."""

import pytest

from vapi_mcp.accounts.only import Only
from vapi_mcp.accounts.records import Server, ServerConfig
from vapi_mcp.store.sql.rows import server_from, server_values

GIVEN = {"assistants": ["b", "a", "a"], "metadata": {"client": "acme", "area": "north"}}


def test_only_reads_json_in_one_order() -> None:
    assert Only.of(GIVEN) == Only(
        assistants=("a", "b"), metadata=(("area", "north"), ("client", "acme"))
    )
    assert Only.of(GIVEN).as_json == {
        "assistants": ["a", "b"],
        "metadata": {"area": "north", "client": "acme"},
    }


def test_only_that_names_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="name at least one"):
        Only.of({"assistants": []})


def test_servers_of_one_client_share_what_they_create_and_others_do_not() -> None:
    metadata = (("client", "acme"),)
    by_ids = Only(assistants=("a",))

    assert Only(metadata=metadata).owner("s1") == Only(("a",), metadata=metadata).owner("s2")
    assert (by_ids.owner("s1"), by_ids.owner("s2")) == ("s1", "s2")


def test_a_store_keeps_what_a_server_is_kept_to() -> None:
    server = Server("s", "acme", "account", config=ServerConfig(only=Only.of(GIVEN)))

    assert server_from(server_values(server)) == server
