"""A key ring in a file of the data directory, read again when the file changes."""

from __future__ import annotations

import logging
import os
import stat
import time
from pathlib import Path
from uuid import uuid4

from vapi_mcp.errors import ConfigurationError
from vapi_mcp.security.keyring import Key, KeyRing, new_key, parse_keys

_NAME = "encryption.keys"
_SETTING = "VAPI_MCP_ENCRYPTION_KEYS"
_LOOK_AGAIN_SECONDS = 1.0

logger = logging.getLogger(__name__)


def load_keyring(setting: str | None, directory: Path | None, *, may_make: bool) -> KeyRing:
    """Return the ring of the setting, else that of the data directory's key file.

    may_make: whether a missing key file is made; say no where sealed data is there already.

    Raises:
        ConfigurationError: There are no keys, or others can read the file.
    """
    if directory is not None:
        _check_directory(directory)
    if setting:
        return KeyRing(parse_keys(setting, _SETTING))
    if directory is None:
        raise ConfigurationError(
            f"no keys to encrypt Vapi keys: set {_SETTING} or a data directory"
        )
    path = directory / _NAME
    if may_make and not path.exists():
        _make(path)
    return FileKeyRing(path)


def _check_directory(directory: Path) -> None:
    """Check the permissions of an existing data directory.

    Raises:
        ConfigurationError: Others may write in it, so they could put files in place of ours.
    """
    if os.name != "posix" or not directory.is_dir():
        return
    mode = stat.S_IMODE(directory.stat().st_mode)
    if mode & 0o022:
        raise ConfigurationError(f"{directory} can be written by other users; run chmod 700 on it")
    if mode & 0o055:
        logger.warning("%s can be read by other users; run chmod 700 on it", directory)


class FileKeyRing(KeyRing):
    """The keys of a file; a running process sees a changed file within a second.

    While the file cannot be read, the keys stay as they were.

    Raises:
        ConfigurationError: At the start, the file is missing, open to others, or holds no keys.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(_read(path))
        self._modified = path.stat().st_mtime_ns
        self._looked = time.monotonic()

    @property
    def keys(self) -> tuple[Key, ...]:
        """The keys in the file; the first one encrypts."""
        if time.monotonic() - self._looked >= _LOOK_AGAIN_SECONDS:
            self._looked = time.monotonic()
            self._look_again()
        return self._keys

    def _look_again(self) -> None:
        try:
            modified = self.path.stat().st_mtime_ns
            if modified != self._modified:
                self._keys, self._modified = _read(self.path), modified
        except (OSError, ConfigurationError):
            return


def write_keys(path: Path, keys: list[str]) -> None:
    """Replace a key file in one step, for good; no reader ever sees half of it.

    One process at a time may do it. What one that was killed left behind goes, too.
    """
    fresh = _written_beside(path, keys)
    if os.name == "posix" and path.exists():
        # Root may rotate for a service that runs as another user.
        os.chown(fresh, path.stat().st_uid, -1)
    fresh.replace(path)
    for left in path.parent.glob(f".{path.name}.*"):
        left.unlink()
    _settle(path.parent)


def _make(path: Path) -> None:
    """Make a key file with one fresh key, unless another process is faster."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = _written_beside(path, [new_key()])
        try:
            os.link(fresh, path)
        except FileExistsError:
            return
        finally:
            fresh.unlink()
        _settle(path.parent)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be created: {error.strerror}") from error


def _written_beside(path: Path, keys: list[str]) -> Path:
    fresh = path.with_name(f".{path.name}.{uuid4().hex}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write("\n".join(keys) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return fresh


def _settle(directory: Path) -> None:
    """Have a directory's names survive a power cut: what is sealed next needs the key."""
    if os.name != "posix":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path) -> tuple[Key, ...]:
    try:
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise ConfigurationError(f"{path} can be read by other users; run chmod 600 on it")
        return parse_keys(path.read_text("ascii"), str(path))
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"{path} is missing, and the database beside it needs it; restore it or set {_SETTING}"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from error
