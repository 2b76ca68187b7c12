"""Style sheets, scripts and pictures, each at a URL that changes with its content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

_FOLDER = Path(__file__).parent.parent / "static"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_HEADERS: Mapping[str, str] = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Assets:
    """The files of `static/`, read once."""

    def __init__(self) -> None:
        files = sorted(each for each in _FOLDER.iterdir() if each.suffix in _TYPES)
        self._files = {each.name: each.read_bytes() for each in files}
        self._marks = {n: hashlib.sha256(b).hexdigest()[:12] for n, b in self._files.items()}

    def path(self, name: str) -> str:
        """Return the path of a file below `/console`."""
        return f"/static/{self._marks[name]}/{name}"

    async def serve(self, request: Request) -> Response:
        """Answer a request for a file; an older mark gives the file as it is now, uncached."""
        name = request.path_params["name"]
        if name not in self._files:
            raise HTTPException(404)
        is_current = request.path_params["mark"] == self._marks[name]
        media_type = _TYPES[Path(name).suffix]
        return Response(
            self._files[name], headers=_HEADERS if is_current else {}, media_type=media_type
        )
