from __future__ import annotations

from pathlib import Path

from tests.support.stores import Database
from vapi_mcp.accounts.clock import utc_now
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.accounts.records import Account, Server, ServerConfig
from vapi_mcp.hosting.bootstrap import keep_environment_server
from vapi_mcp.security.credential import Credential
from vapi_mcp.security.tokens import token_hash

ACCOUNT = Account("local", "Vapi", Credential("first-key"), "https://api.vapi.ai")
NEWER = Account("local", "Vapi", Credential("newer-key"), "https://api.vapi.ai")


async def test_server_of_the_environment_is_one_and_as_the_last_start_said(tmp_path: Path) -> None:
    async with Database(tmp_path).opened() as store:
        await keep_environment_server(store, ACCOUNT, ServerConfig(), "first")
        [account] = (await store.list_accounts(Window())).items
        await store.add_server(Server("made", "made by hand", account.id), "hash")
        config = ServerConfig(methods=("read",))
        await keep_environment_server(store, NEWER, config, "second")
        [account] = (await store.list_accounts(Window())).items
        servers = (await store.list_servers(account.id, Window(), utc_now())).items
        server, by_hand = sorted(servers, key=lambda s: s.name)
        assert by_hand.name == "made by hand"
        assert account.credential == NEWER.credential
        assert server.config == config
        assert await store.find_server(token_hash("first"), utc_now()) is None
        assert await store.find_server(token_hash("second"), utc_now()) == (server, account)


async def test_start_without_a_key_takes_the_server_of_an_earlier_one_away(tmp_path: Path) -> None:
    async with Database(tmp_path).opened() as store:
        await keep_environment_server(store, ACCOUNT, ServerConfig(), "token")
        await keep_environment_server(store, None, ServerConfig(), "token")
        assert (await store.list_accounts(Window())).items == ()
        assert await store.find_server(token_hash("token"), utc_now()) is None


async def test_media_links_outlive_a_restart_with_the_same_token_only(tmp_path: Path) -> None:
    epochs: list[int] = []
    async with Database(tmp_path).opened() as store:
        for token in ("first", "first", "second", "first"):
            await keep_environment_server(store, ACCOUNT, ServerConfig(), token)
            found = await store.find_server(token_hash(token), utc_now())
            assert found is not None
            epochs.append(found[0].links_epoch)
    first, same, second, again = epochs
    assert first == same == again != second
