"""What callers say, in many scripts, and what is no language at all: texts to count tokens of."""

from __future__ import annotations

import base64
import random
from collections.abc import Mapping
from pathlib import Path

import orjson

TRANSCRIPTS: Mapping[str, str] = orjson.loads(
    Path(__file__).with_name("transcripts.json").read_bytes()
)


def gibberish(seed: int = 5, size: int = 6000) -> Mapping[str, str]:
    """Return texts that hold no words, the same ones for the same seed."""
    draw = random.Random(seed)  # noqa: S311 - repeatable, not secret
    noise = draw.randbytes(size)
    uuids = (f"{draw.getrandbits(128):032x}" for _ in range(size // 37))
    return {
        "base64": base64.b64encode(noise).decode(),
        "base32": base64.b32encode(noise).decode(),
        "base85": base64.b85encode(noise).decode(),
        "hexadecimal": noise.hex(),
        "UUIDs": " ".join(f"{u[:8]}-{u[8:12]}-{u[12:16]}-{u[16:20]}-{u[20:]}" for u in uuids),
        "digits": "".join(str(draw.randrange(10)) for _ in range(size)),
        "decimals": ",".join(f"{draw.uniform(-9, 9):.6f}" for _ in range(size // 9)),
        "letters": "".join(chr(draw.randrange(97, 123)) for _ in range(size)),
        "punctuation": "".join(
            draw.choice("!#$%&()*+,-./:;<=>?@[]^_`{|}~\"'\\") for _ in range(size)
        ),
        "spaced": " ".join(chr(draw.randrange(33, 127)) for _ in range(size // 2)),
    }
