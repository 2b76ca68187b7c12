"""Error answers with the bodies Vapi gives them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

INVALID_KEY = (
    "Invalid Key. Hot tip, you may be using the private key instead of the public key, "
    "or vice versa."
)


class Refusal(Exception):
    """Ends the handling of a request with this status and JSON body."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body


def refusal(status: HTTPStatus, message: str | list[str]) -> Refusal:
    """Build the usual NestJS body: `{message, error, statusCode}`."""
    body = {"message": message, "error": status.phrase, "statusCode": status.value}
    return Refusal(status.value, body)


def bad_request(message: str | list[str]) -> Refusal:
    """Refuse with 400: a list for findings in a body or query, a sentence for a broken rule."""
    return refusal(HTTPStatus.BAD_REQUEST, message)


def not_found(noun: str, object_id: str) -> Refusal:
    """Refuse with 404 because no object has this id."""
    return refusal(HTTPStatus.NOT_FOUND, f"{noun} with id {object_id} not found.")


def no_route(method: str, path: str) -> Refusal:
    """Refuse with the 404 of a path that no route serves."""
    return refusal(HTTPStatus.NOT_FOUND, f"Cannot {method} {path}")


def unauthorized() -> Refusal:
    """Refuse a missing or foreign key."""
    return refusal(HTTPStatus.UNAUTHORIZED, INVALID_KEY)


def pinned(noun: str) -> Refusal:
    """Refuse to delete what another object pins; this body has no `statusCode`."""
    code = f"{noun}_pinned"
    message = f"This {noun} has a version that is pinned elsewhere; remove the pin, then delete it."
    return Refusal(HTTPStatus.CONFLICT, {"error": code, "message": message})
