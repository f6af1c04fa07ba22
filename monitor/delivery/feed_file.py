"""Feed file: developments as a file that feed readers and web pages follow, Atom or JSON Feed 1.1.

In:  a channel with the path of its file; a Delivery.
Out: the file with the alert in it, under its id; what stood there under that id is replaced in place.
Not here: serving it (any web server), the words (alerting/), the forms themselves (feed_atom.py, feed_json.py).

The file holds its own state. It is written whole and put in place at once, so a reader never sees half of one; a file
that this program did not write is left as it is.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from monitor.delivery import feed_atom, feed_json
from monitor.delivery.feed_item import FeedItem, ForeignFileError, item_of
from monitor.delivery.wire import Wire
from monitor.model.delivery import Channel, Delivery, NotSent, Receipt, Sent

ITEMS_MAX: Final = 200  # newest; at ten alerts a day three weeks, in under 1 MB
SIZE_MAX: Final = 32 * 1024 * 1024  # bytes; ours are a tenth of it at most
_JSON = ".json"


class FeedFile:
    """One file that alerts are written into."""

    secrets: tuple[str, ...] = ()

    def __init__(self, channel: Channel) -> None:
        self._path = Path(os.path.realpath(channel.url))  # a link stays a link: what it points to is replaced
        self._title = f"news-monitor: {channel.name}"
        self._form = feed_json if self._path.suffix.lower() == _JSON else feed_atom

    def carry(self, delivery: Delivery, wire: Wire) -> Receipt:
        """Put the alert into the file."""
        try:
            with _alone(self._path.parent):
                held = _read(self._path)
                items = self._form.read(held) if held is not None else ()
                body = self._form.write(self._title, _with(items, item_of(delivery.alert)))
                if body != held:
                    _replace(self._path, body)
        except ForeignFileError:
            reason = f"{self._path.name} is no feed that this program wrote; it was left as it is: move it away"
            return NotSent(reason=reason)
        except OSError as exc:
            return NotSent(reason=f"{self._path.name} cannot be written: {(exc.strerror or 'unknown error').lower()}")
        return Sent()


def _with(items: tuple[FeedItem, ...], item: FeedItem) -> tuple[FeedItem, ...]:
    """Return the items with this one: in the place it has, else first; the oldest make room."""
    if any(each.id == item.id for each in items):
        return tuple(item.after(each) if each.id == item.id else each for each in items)
    return (item, *items)[:ITEMS_MAX]


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other processes of ours from writing into the folder meanwhile."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
        os.fsync(handle)  # the new name, too, is on the disk
    finally:
        os.close(handle)


def _read(path: Path) -> bytes | None:
    """Return what the file holds, None where there is none. Raises ForeignFileError, OSError."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    with os.fdopen(handle, "rb") as file:
        if not path.is_file():
            raise ForeignFileError
        held = file.read(SIZE_MAX + 1)
    if len(held) > SIZE_MAX:
        raise ForeignFileError
    return held


def _replace(path: Path, body: bytes) -> None:
    """Write the file beside its place, then put it there."""
    beside = path.with_name(f".{path.name}.new")
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o666  # a web server may read it, as the umask allows
    with suppress(FileNotFoundError):
        beside.unlink()  # of a run that was killed
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        with suppress(OSError):
            beside.unlink()
