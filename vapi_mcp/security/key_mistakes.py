"""Mistakes in a pasted Vapi key that show without a request to Vapi."""

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
            "has quotation marks around it; remove them",
        ),
        (
            r"(?:export )?VAPI_\w+ *=.*",
            "is a whole assignment; give only the key after the =",
        ),
        (
            r"(?:authorization: *)?(?:bearer|basic|token)[ :].*",
            "begins with the name of a scheme; give the key only, without Bearer",
        ),
        (
            r"\$\{.*\}|\$\w+|\{\{.*\}\}|\{\w+\}|%\w+%|\$env:\w+",
            "is the name of a variable without its value; give the key itself",
        ),
        (
            _PLACEHOLDER,
            "is the placeholder of an example; give your private key (dashboard, API Keys)",
        ),
        (
            r".*[^!-~].*",
            (
                "holds characters that a key cannot have, such as a space or a line end; copy "
                "it again"
            ),
        ),
    )
)


def key_mistake(key: str) -> str | None:
    """Return what is wrong with a key and how to mend it, or None; the key is not quoted."""
    return next((mistake for pattern, mistake in _MISTAKES if pattern.fullmatch(key)), None)
