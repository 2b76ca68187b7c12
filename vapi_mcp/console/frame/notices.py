"""Notices of changes that were made, by the key that a redirect carries."""

from __future__ import annotations

from collections.abc import Mapping

NOTICES: Mapping[str, str] = {
    "session-ended": "The session has ended.",
    "grant-deleted": "The grant is deleted; its client has to sign in again.",
    "token-deleted": "The API token is deleted; it opens nothing any more.",
    "keys-rotated": "All stored Vapi keys are encrypted with a new key.",
    "account-linked": "Vapi took the key: the account is linked. Now give it a server.",
    "account-changed": "The account is changed.",
    "account-deleted": "The account is deleted, with its servers and their API tokens.",
    "key-changed": "Vapi took the new key. It is used from now on.",
    "change-restored": "The change is taken back.",
    "server-changed": "The server is changed; its clients see it with their next request.",
    "server-deleted": "The server is deleted; its URL opens nothing any more.",
}
