"""Redaction of names and texts."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

STARS = "***"

# What is looked at of one text; of the rest, only the length is told.
_LOOKED_AT = 1000
_LONGEST_NAME = 100

_SECRET_PARTS = (
    "secret",
    "password",
    "passwd",
    "passphrase",
    "token",
    "credential",
    "authorization",
    "apikey",
    "privatekey",
    "accesskey",
    "signature",
    "bearer",
    "cookie",
    "confirmationcode",
)
_SECRET_WORDS = frozenset({"key", "keys", "auth", "pass", "pwd", "pin", "jwt", "otp", "cvv"})
_PHONE_WORDS = frozenset({"number", "numbers", "phone", "mobile", "msisdn", "caller", "callee"})
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")

# In this order: what follows a marker goes first, then what is known by its own look.
_PATTERNS = (
    (re.compile(r"-----BEGIN [^-]{1,60}-----.*?(?:-----END [^-]{1,60}-----|\Z)", re.DOTALL), STARS),
    (re.compile(r"(authorization[\"']?\s{0,3}[=:]\s{0,3})[^\r\n]+", re.IGNORECASE), rf"\1{STARS}"),
    (re.compile(r"\b(bearer|basic)\s+[^\s\"',;]+", re.IGNORECASE), rf"\1 {STARS}"),
    (
        re.compile(
            r"((?:key|secret|password|passwd|credential|authorization|signature"
            # Numbers of tokens are no secrets.
            r"|token(?!s[\"']?\s{0,3}[=:]\s{0,3}\d{1,9}\b))s?"
            r"[\w.-]{0,40}[\"']?\s{0,3}[=:]\s{0,3}[\"']?)[^\s\"'&,;}]+",
            re.IGNORECASE,
        ),
        rf"\1{STARS}",
    ),
    (re.compile(r"://[^\s/@]+@"), f"://{STARS}@"),
    (re.compile(r"vm[aos]_[0-9A-Za-z]+"), STARS),
    (re.compile(r"eyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?"), STARS),
    (re.compile(r"(?:sk|pk|rk|xox[a-z]|gh[a-z])[-_][0-9A-Za-z_-]{12,}"), STARS),
    (re.compile(r"(?:AKIA|AIza)[0-9A-Za-z_-]{12,}"), STARS),
)
# Without any of these no pattern above can match, nor the one below: most texts are let go by that.
_MARKS = (
    *("+", "=", ":", "-----", "bearer", "basic", "vms_", "vma_", "vmo_", "eyj", "sk-", "sk_"),
    *("pk-", "pk_"),
    *("rk-", "rk_", "xox", "gh", "akia", "aiza"),
)
# In short texts one pass for all is faster, in long ones a pass for each.
_SHORT = 64
_MARK = re.compile("|".join(map(re.escape, _MARKS)))
_PHONE = re.compile(r"\+[1-9](?:[ ().\-\u2010-\u2015]{0,2}\d){6,}")
_DIGITS = re.compile(r"\d(?:[ ().-]{0,2}\d){6,}")
_COUNTRY = re.compile(r"1|7|20|27|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3}")


@dataclass(frozen=True, slots=True)
class NameKind:
    """The kind of value that a name stands for.

    phone: a phone number, and not the id of one. count: how many of something (`maxTokens`).
    """

    secret: bool
    phone: bool
    headers: bool
    count: bool


def kind_of(name: str) -> NameKind:
    """Return the kind of a name; a text too long for a name counts as a secret's."""
    return _kind_of(name) if len(name) <= _LONGEST_NAME else _UNREAD


_UNREAD = NameKind(secret=True, phone=False, headers=False, count=False)


@lru_cache(maxsize=2048)
def _kind_of(name: str) -> NameKind:
    words = {word.lower() for word in _WORD.findall(name)}
    squeezed = "".join(c for c in name.lower() if c.isalnum())
    return NameKind(
        secret=any(part in squeezed for part in _SECRET_PARTS) or bool(_SECRET_WORDS & words),
        phone=bool(_PHONE_WORDS & words) and not {"id", "ids"} & words,
        headers="headers" in words,
        count="tokens" in words,
    )


def concealed(text: str, most: int, secrets: Collection[str] = ()) -> str:
    """Return a text without secrets and control characters, of about `most` characters.

    Phone numbers keep their country code and last two digits. secrets: what must not be in it,
    besides whatever looks like a secret.
    """
    if is_harmless(text, most, secrets):
        return text
    head = text[:_LOOKED_AT]
    if head != text:
        # The last word may be half a secret, which no pattern knows.
        head = head.rsplit(None, 1)[0] if len(head.split(None, 1)) > 1 else ""
    clean = _printable(without_secrets(head, secrets))
    if len(clean) <= most and head == text:
        return clean
    return f"{clean[:most]}… ({len(text):,} characters)"


def is_harmless(text: str, most: int, secrets: Collection[str] = ()) -> bool:
    """Return whether `concealed` would return a text as it is; False where that takes a look."""
    if len(text) > most or len(text) > _SHORT or not text.isprintable():
        return False
    for secret in secrets:
        if secret and secret in text:
            return False
    return _MARK.search(text.casefold()) is None


def without_digits(text: str) -> str:
    """Return a text whose phone numbers, written in any way, keep their last two digits."""
    return _DIGITS.sub(lambda found: f"{STARS}{found.group()[-2:]}", text)


def without_secrets(text: str, secrets: Collection[str] = ()) -> str:
    """Return a text of any length without `secrets` and texts that look like secrets."""
    for secret in filter(None, secrets):
        text = text.replace(secret, STARS)
    folded = text.casefold()
    if not _is_marked(folded):
        return text
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return _PHONE.sub(_masked, text)


def _is_marked(folded: str) -> bool:
    if len(folded) <= _SHORT:
        return _MARK.search(folded) is not None
    return any(mark in folded for mark in _MARKS)


def _masked(found: re.Match[str]) -> str:
    digits = "".join(c for c in found.group() if c.isdecimal())
    country = _COUNTRY.match(digits)
    return f"+{country.group() if country else ''}{STARS}{digits[-2:]}"


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)
