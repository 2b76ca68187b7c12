from __future__ import annotations

import base64
import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from vapi_mcp.accounts.records import EVERYTHING, Server, ServerConfig
from vapi_mcp.errors import ConfigurationError
from vapi_mcp.registry.scope import scope_of
from vapi_mcp.security import keyfile
from vapi_mcp.security.keyfile import FileKeyRing, load_keyring, write_keys
from vapi_mcp.security.keyring import KeyRing, derived_key, new_key, parse_keys
from vapi_mcp.security.signing import Signer
from vapi_mcp.security.tokens import API_PREFIX, is_well_formed, new_token

OLD, NEW = new_key(), new_key()
IS_ROOT = os.name == "posix" and os.geteuid() == 0


def ring(*keys: str) -> KeyRing:
    return KeyRing(parse_keys(",".join(keys), "the test"))


@given(st.binary(), st.text())
def test_a_derived_key_is_that_of_hkdf(secret: bytes, purpose: str) -> None:
    info = purpose.encode()
    expected = HKDF(algorithm=SHA256(), length=32, salt=b"vapi-mcp", info=info).derive(secret)
    assert derived_key(secret, purpose) == expected


def test_a_mark_is_known_to_rings_with_its_key_and_to_no_other() -> None:
    mark = ring(OLD, NEW).mark()
    assert (ring(NEW, OLD).knows(mark), ring(OLD).knows(mark)) == (True, True)
    assert (ring(NEW).knows(mark), ring(OLD).knows(mark[:-1])) == (False, False)
    assert OLD not in mark


@given(st.text())
def test_what_is_sealed_opens_for_its_owner_and_field_only(secret: str) -> None:
    sealed = ring(OLD).seal(secret, "account-1", "api_key")
    assert ring(OLD).open(sealed, "account-1", "api_key") == secret
    assert ring(OLD).open(sealed, "account-2", "api_key") is None
    assert ring(OLD).open(sealed, "account-1", "other") is None
    assert ring(NEW).open(sealed, "account-1", "api_key") is None


@given(st.data())
def test_a_changed_seal_does_not_open(data: st.DataObject) -> None:
    head, _, body = ring(OLD).seal("secret", "a", "f").rpartition(".")
    raw = bytearray(base64.b64decode(body))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    assert ring(OLD).open(f"{head}.{base64.b64encode(raw).decode()}", "a", "f") is None
    place = data.draw(st.integers(0, len(head) - 1))
    other = data.draw(st.sampled_from("g.é").filter(lambda c: c != head[place]))
    assert ring(OLD).open(f"{head[:place]}{other}{head[place + 1 :]}.{body}", "a", "f") is None


@given(st.text())
def test_nothing_else_opens(text: str) -> None:
    assert ring(OLD).open(text, "a", "f") is None


def test_one_secret_never_looks_the_same_twice() -> None:
    assert ring(OLD).seal("secret", "a", "f") != ring(OLD).seal("secret", "a", "f")


def test_the_first_key_seals_and_all_of_them_open() -> None:
    both = ring(NEW, OLD)
    old = ring(OLD).seal("secret", "a", "f")
    assert both.open(old, "a", "f") == "secret"
    assert not both.is_current(old)
    fresh = both.seal("secret", "a", "f")
    assert both.is_current(fresh)
    assert ring(OLD).open(fresh, "a", "f") is None


def test_a_ring_signs_with_its_first_key_and_checks_with_all() -> None:
    old = Signer(ring(OLD), "links").sign(b"payload", "x")
    both = Signer(ring(NEW, OLD), "links")
    assert both.open(old, "x") == b"payload"
    assert Signer(ring(OLD), "links").open(both.sign(b"payload", "x"), "x") is None
    assert Signer(ring(OLD), "cursors").open(old, "x") is None


def test_a_key_is_read_in_both_alphabets_of_base64() -> None:
    secret = b"\xfb\xff" * 16
    plain, safe = base64.b64encode(secret).decode(), base64.urlsafe_b64encode(secret).decode()
    assert plain != safe
    assert parse_keys(plain, "x") == parse_keys(safe, "x")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the setting holds no key"),
        (f"{OLD}, not*base64", "key 2 of the setting is not 32 random bytes"),
        (base64.b64encode(b"short").decode(), "key 1 of the setting is not 32 random bytes"),
        (f"{OLD},{NEW},{OLD}", "the same key twice"),
    ],
    ids=["nothing", "no base64", "too short", "twice"],
)
def test_wrong_keys_are_refused_without_showing_them(text: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told) as caught:
        parse_keys(text, "the setting")
    assert OLD not in str(caught.value)
    assert "not*base64" not in str(caught.value)
    assert OLD not in repr(parse_keys(OLD, "x"))


def test_a_key_file_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    first = load_keyring(None, directory, may_make=True)
    again = load_keyring(None, directory, may_make=True)
    (path,) = directory.iterdir()
    assert again.keys == first.keys
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_keyring(NEW, directory, may_make=True).keys == parse_keys(NEW, "x")


@pytest.mark.skipif(not IS_ROOT, reason="only root can give a file away")
def test_a_key_file_stays_its_owners_when_root_replaces_it(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    write_keys(path, [OLD])
    os.chown(path, 12345, -1)
    write_keys(path, [NEW])
    assert (path.stat().st_uid, stat.S_IMODE(path.stat().st_mode)) == (12345, 0o600)


def test_a_key_file_that_others_can_read_stops_the_start(tmp_path: Path) -> None:
    load_keyring(None, tmp_path, may_make=True)
    (path,) = tmp_path.iterdir()
    path.chmod(0o640)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        load_keyring(None, tmp_path, may_make=True)


def test_a_lost_key_file_stops_the_start_and_is_not_made_anew(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="restore it or set VAPI_MCP_ENCRYPTION_KEYS"):
        load_keyring(None, tmp_path, may_make=False)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ConfigurationError, match="no keys to encrypt"):
        load_keyring(None, None, may_make=True)


def test_a_running_process_sees_a_changed_key_file_and_survives_a_broken_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(keyfile.time, "monotonic", lambda: now)
    path = tmp_path / "keys"
    write_keys(path, [OLD])
    running = FileKeyRing(path)
    write_keys(path, [NEW, OLD])
    assert running.keys == parse_keys(OLD, "x")
    now = 1.0
    assert running.keys == parse_keys(f"{NEW},{OLD}", "x")
    path.write_text("broken")
    now = 2.0
    assert running.keys == parse_keys(f"{NEW},{OLD}", "x")


def test_tokens_of_one_kind_are_not_of_the_other() -> None:
    api, server = new_token(API_PREFIX), new_token()
    assert is_well_formed(api, API_PREFIX)
    assert is_well_formed(server)
    assert not is_well_formed(api)
    assert not is_well_formed(server, API_PREFIX)
    assert not is_well_formed(API_PREFIX + server.removeprefix("vms_"), API_PREFIX)


def test_a_server_says_its_scope_once_from_flags_or_config() -> None:
    scope = scope_of(methods=["READ"], tags=["calls"])
    flags = Server("1", "n", "a", scope)
    assert flags.config == ServerConfig(methods=("read",), tags=("calls",))
    configured = Server("1", "n", "a", config=ServerConfig(methods=("READ",), tags=("calls",)))
    assert flags.scope == configured.scope == scope
    assert Server("1", "n", "a").scope == EVERYTHING
