"""Put file: write a file that a user named, whole or not at all.

In:  a path and bytes.
Out: the file; nothing else is ever written to, whatever the path leads to.
Not here: what is written (diff_page.py), the configuration (config/edit.py).
"""

import os
import stat
import tempfile
from pathlib import Path
from typing import Final

from monitor.errors import MonitorError

_MODE: Final = 0o666  # less what the user's umask takes away, as for any new file


class FileError(MonitorError):
    """A file cannot be written as asked; the words say which and why."""


def why_not(path: Path) -> str | None:
    """Return why a file cannot be written there, as far as can be told beforehand."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return None if path.parent.is_dir() else "cannot be written: there is no such folder"
    except OSError as exc:
        return f"cannot be written: {_words(exc)}"
    if stat.S_ISDIR(mode):
        return "is a folder; name a file"
    if stat.S_ISLNK(mode):
        return "is a link, and what it leads to is left alone; name the file itself"
    return None if stat.S_ISREG(mode) else "is no plain file; name another one"


def put_file(path: Path, content: bytes) -> None:
    """Write a file in place of what was there, at once: a reader has the old one or the new. Raises FileError."""
    if reason := why_not(path):
        raise FileError(f"{path}: {reason}")
    try:
        _put(path, content)
    except OSError as exc:
        raise FileError(f"{path}: cannot be written: {_words(exc)}") from exc


def _put(path: Path, content: bytes) -> None:
    handle, made = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".new")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(handle, _mode(path))
            os.fsync(handle)
        Path(made).replace(path)  # of a link that came there meanwhile, the link itself is replaced
    finally:
        Path(made).unlink(missing_ok=True)


def _mode(path: Path) -> int:
    """Return the protection of what is there, or that of a new file."""
    try:
        return stat.S_IMODE(path.lstat().st_mode)
    except FileNotFoundError:
        mask = os.umask(0o077)
        os.umask(mask)
        return _MODE & ~mask


def _words(exc: OSError) -> str:
    return (exc.strerror or str(exc)).lower()
