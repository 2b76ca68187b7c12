"""Artifacts as files of this machine, for a client that runs on it."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Generator, Iterable
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from vapi_mcp.errors import ArtifactUnavailable, InvalidArguments

_MOST_BYTES = 4 * 1024**3


def target_of(asked: str, own_name: str) -> Path:
    """Return the file that `save_to` means: itself, or one of our naming in that directory.

    A file keeps the suffix of what it holds, so that no bytes of a call become a program or the
    settings of one; one that is there is never written over.

    Raises:
        InvalidArguments: It is there already, or could not be made.
    """
    try:
        path = Path(asked).expanduser()
        path = path / own_name if path.is_dir() or asked.endswith("/") else path
        suffix = Path(own_name).suffix
        if path.suffix.lower() != suffix:
            raise InvalidArguments(f"save_to must be a directory, or a file that ends in {suffix}.")
        if not path.parent.is_dir():
            raise InvalidArguments(f"save_to: there is no directory {str(path.parent)!r}.")
        if path.exists() or path.is_symlink():
            raise _is_there(path)
        return path.resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise _unwritable(asked, error) from error


async def save(head: bytes, rest: AsyncIterator[bytes], path: Path) -> dict[str, Any]:
    """Write bytes to a new file as they arrive; return its path, size and SHA-256.

    Raises:
        InvalidArguments: The file cannot be written.
        ArtifactUnavailable: The bytes broke off; nothing is left of them.
    """
    digest, size = hashlib.sha256(head), len(head)
    # What is written waits for a network, hardly ever for a disk: no thread is worth it.
    with _new_file(path) as file:
        file.write(head)
        async for chunk in rest:
            size += len(chunk)
            if size > _MOST_BYTES:
                raise ArtifactUnavailable(f"It has over {_MOST_BYTES:,} bytes.", status=502)
            file.write(chunk)
            digest.update(chunk)
    return {"path": str(path), "size_bytes": size, "sha256": digest.hexdigest()}


def parts_of(path: Path, places: Iterable[int], size: int) -> list[bytes]:
    """Return so many bytes of a saved file from each place; none where it cannot be read."""
    parts: list[bytes] = []
    with suppress(OSError), path.open("rb") as file:
        for place in places:
            file.seek(place)
            parts.append(file.read(size))
    return parts


@contextmanager
def _new_file(path: Path) -> Generator[BinaryIO]:
    """Hold a file open that was not there; nothing is left of it when writing fails."""
    try:
        with path.open("xb") as file:
            try:
                yield file
            except BaseException:
                path.unlink(missing_ok=True)
                raise
    except FileExistsError:
        raise _is_there(path) from None
    except OSError as error:
        raise _unwritable(str(path), error) from error


def _is_there(path: Path) -> InvalidArguments:
    return InvalidArguments(
        f"save_to: {str(path)!r} exists already and was not changed; give another name."
    )


def _unwritable(path: str, error: Exception) -> InvalidArguments:
    why = getattr(error, "strerror", None) or "not a path"
    return InvalidArguments(f"save_to {path[:200]!r} cannot be written: {why}.")
