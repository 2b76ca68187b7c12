"""Mistakes of a pasted Vapi key that are seen without asking Vapi."""

from __future__ import annotations

import re

_QUOTES = "\"'`\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}"
_PLACEHOLDER = (
    r"<.*>|\[.*\]|\.{3}|\N{HORIZONTAL ELLIPSIS}|x{4,}|\*{4,}"
    r"|(?:your|my)[ _-](?:vapi[ _-])?(?:private|secret)?[ _-]?(?:api[ _-])?key"
    r"|vapi[ _-](?:api|private)[ _-]key|replace[ _-]me|change[ _-]?me|vapi_token"
)
# The first pattern that fits the whole key says what is wrong with it.
_MISTAKES = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), mistake)
    for pattern, mistake in (
        ("", "is empty; paste the private key (dashboard, API Keys)"),
        (
            rf"[{_QUOTES}].*|.*[{_QUOTES}]",
            "has quotation marks around it that belong to no key; take them away",
        ),
        (
            r"(?:export )?VAPI_\w+ *=.*",
            "holds a whole assignment; only the text after the = is the key",
        ),
        (
            r"(?:authorization: *)?(?:bearer|basic|token)[ :].*",
            "begins with the name of a scheme; give the key alone, without Bearer",
        ),
        (
            r"\$\{.*\}|\$\w+|\{\{.*\}\}|\{\w+\}|%\w+%|\$env:\w+",
            "is the name of a variable that was not filled in; write the key itself in its place",
        ),
        (
            _PLACEHOLDER,
            "is the placeholder of an example; put your private key (dashboard, API Keys) there",
        ),
        (
            r".*[^!-~].*",
            "holds characters that no key has, such as a blank or a line end; copy it again",
        ),
    )
)


def key_mistake(key: str) -> str | None:
    """Return what is wrong with a key and how to mend it, or None; the key is not quoted."""
    return next((mistake for pattern, mistake in _MISTAKES if pattern.fullmatch(key)), None)
