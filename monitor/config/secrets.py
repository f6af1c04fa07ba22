"""Secrets: one line out of a file that only the operator may read.

In:  the path that the configuration names, the environment.
Out: the secret's text and a warning, or SecretError; the text never stands in a message.
Not here: what the secret is for.
"""

import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from monitor.errors import MonitorError, ParseError
from monitor.sources.folders import read_plain

MAX_BYTES = 16 * 1024  # the longest URL any channel takes is far below


class SecretError(MonitorError):
    """A secret's file cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A secret and what to think of the place it was found in."""

    text: str = field(repr=False)
    warning: str | None = None


def read_secret(path: Path, environ: Mapping[str, str]) -> Secret:
    """Return the one line that the secret's file holds, blanks around it cut.

    path: as the configuration names it, absolute. `$CREDENTIALS_DIRECTORY` is looked through first, for the file's
    name and for `monitor_` before it: systemd lays a folder of credentials out flat under such names.
    Raises SecretError: absent, unreadable, empty, no text, or more than one line.
    """
    folder = environ.get("CREDENTIALS_DIRECTORY")
    handed = [Path(folder) / path.name, Path(folder) / f"monitor_{path.name}"] if folder else []
    for place in handed:
        if place.is_file():
            return Secret(text=_one_line(place))
    return Secret(text=_one_line(path), warning=_too_open(path))


def _one_line(path: Path) -> str:
    try:
        held = read_plain(path, MAX_BYTES + 1)
        text = held.decode("utf-8").strip()
    except FileNotFoundError:
        raise SecretError("the file does not exist") from None
    except ParseError:
        raise SecretError("this is no plain file and was not opened") from None
    except OSError as error:
        raise SecretError(f"the file cannot be read: {(error.strerror or 'unknown error').lower()}") from None
    except UnicodeDecodeError:
        raise SecretError("the file holds no text") from None
    if not text or len(held) > MAX_BYTES or not text.isprintable():
        raise SecretError("the file must hold the secret in one line and nothing else")
    return text


def _too_open(path: Path) -> str | None:
    mode = stat.S_IMODE(path.stat().st_mode)
    return f"everyone on this machine can read it; chmod 600 {path.name}" if mode & stat.S_IROTH else None
