"""Changing the configuration file from a command: feeds put in and taken out.

In:  the file's path, feeds to add, the name of one to remove.
Out: the file changed as asked and in no other byte; or an error by name, and the file as it was.
Not here: where in the text a feed stands (feed_list.py), telling a daemon (service/control.py).

The new text is read by the loader before it takes the old one's place, in one step: whoever reads the file meanwhile
sees the old one or the new one, whole.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from monitor.config.config import Config
from monitor.config.document import Document, Problems, read_document
from monitor.config.feed_list import EditError, with_feeds, without_feed
from monitor.config.load import MAX_BYTES, load_config
from monitor.config.schema import FeedIn
from monitor.config.sections import validate
from monitor.config.urls import url_fault
from monitor.errors import ConfigError, MonitorError, StateInUseError, UsageError
from monitor.model.feed import Feed
from monitor.sources.folders import read_plain
from monitor.sources.opml import MAX_OPML_BYTES, read_opml

LOCK_WAIT_S: Final = 10.0  # for another command that edits: it reads the file twice, 3 s for 10,000 feeds
LOCK_PAUSE_S: Final = 0.05
ATTEMPTS: Final = 3  # where an editor saves the file in mid-change
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFeed:
    """A feed in the words of the file; what is None or False is left out."""

    name: str
    url: str | None = None
    folder: str | None = None  # as it shall stand in the file
    outlet: str | None = None
    every: str | None = None
    first_poll: str | None = None
    allow_private: bool = False

    def pairs(self) -> list[tuple[str, str | bool]]:
        """Return the keys and values as they shall stand."""
        words = {
            "name": self.name,
            "url": self.url,
            "folder": self.folder,
            "outlet": self.outlet,
            "every": self.every,
            "first_poll": self.first_poll,
            "allow_private": self.allow_private,
        }
        return [(key, value) for key, value in words.items() if value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """What the file said, and what it says now."""

    before: Config
    after: Config


def check_feed(feed: NewFeed) -> None:
    """Check what a command line says of a feed. Raises UsageError naming the options, all at once."""
    values = dict(feed.pairs())
    problems = Problems(file="")
    validate(FeedIn, values, (), Document(data=values, keys={}, values={}), problems)
    faults = [line.partition(" ")[2] for line in problems.lines]
    fault = url_fault(feed.url) if feed.url is not None else None
    if fault:
        faults.append(f"url: {fault}")
    if faults:
        raise UsageError("\n".join(f"--{line}" for line in faults).replace("--url: ", ""))


def add_feeds(path: Path, feeds: Sequence[NewFeed], *, dry_run: bool = False) -> Edited:
    """Put feeds at the end of the file's list `feeds`.

    dry_run: find out whether it would work, and change nothing.
    Raises ConfigError: the file has problems, or would have; EditError; StateInUseError: others edit it right now.
    """
    listed = [feed.pairs() for feed in feeds]
    asked = [(feed.name, feed.url) for feed in feeds]

    def is_right(before: Config, after: Config) -> bool:
        return [(feed.name, feed.url) for feed in after.feeds[len(before.feeds) :]] == asked and (
            after.feeds[: len(before.feeds)] == before.feeds
        )

    return _edit(path, lambda text, _: with_feeds(text, listed), is_right, dry_run=dry_run)


def remove_feed(path: Path, name: str, *, dry_run: bool = False) -> Edited:
    """Take a feed out of the file's list `feeds`.

    Raises UsageError: no feed has this name; EditError: it stands in another file; and what add_feeds raises.
    """

    def change(text: str, config: Config) -> str:
        feed = next((feed for feed in config.feeds if feed.name == name), None)
        if feed is None:
            raise UsageError(f"there is no feed named {name!r}; `monitor feed list` shows them all")
        return without_feed(text, _index(text, path, feed))

    def is_right(before: Config, after: Config) -> bool:
        # An OPML file may list the same address: then that feed comes in where this one goes.
        kept = {feed for feed in before.feeds if feed.name != name}
        return kept <= set(after.feeds)

    return _edit(path, change, is_right, dry_run=dry_run)


def _index(text: str, path: Path, feed: Feed) -> int:
    """Return where in the list a feed stands. Raises EditError: in no place of this file."""
    document = read_document(text, Problems(file=str(path)), environ=os.environ)
    listed = document.data["feeds"] if document else []
    folder = path.absolute().parent
    for index, entry in enumerate(listed):
        if feed.url is not None and entry.get("url") == feed.url:
            return index
        if feed.folder is not None and entry.get("folder") and _at(folder, entry["folder"]) == feed.folder:
            return index
    for entry in listed:
        if feed.url is not None and entry.get("opml") and _lists(Path(_at(folder, entry["opml"])), feed.url):
            raise EditError(f"feed {feed.name!r} comes from {_at(folder, entry['opml'])}; take it out of that file")
    raise EditError(f"feed {feed.name!r} does not stand in {path} itself; change it by hand")


def _at(folder: Path, given: str) -> str:
    return os.path.normpath(folder / given)


def _lists(opml: Path, url: str) -> bool:
    with contextlib.suppress(OSError, MonitorError):
        return any(feed.url == url for feed in read_opml(read_plain(opml, MAX_OPML_BYTES)))
    return False


def _edit(
    path: Path, change: Callable[[str, Config], str], is_right: Callable[[Config, Config], bool], *, dry_run: bool
) -> Edited:
    real = Path(os.path.realpath(path))
    for _ in range(ATTEMPTS):
        with _locked(real.parent):
            edited = _attempt(path, real, change, is_right, dry_run=dry_run)
        if edited is not None:
            return edited
    raise StateInUseError(f"{path}: somebody else changes it right now; this command changed nothing. Try again")


def _attempt(
    path: Path,
    real: Path,
    change: Callable[[str, Config], str],
    is_right: Callable[[Config, Config], bool],
    *,
    dry_run: bool,
) -> Edited | None:
    """Return what came of it, or None where the file was changed by somebody else in the meantime."""
    held = _held(real)
    before = load_config(path)
    if held is None:
        return None
    mark = _BOM if held.startswith(_BOM) else b""
    written = mark + change(held.decode("utf-8-sig"), before).encode()
    try:
        with _staged(written, real) as staged:
            after = _checked(written, staged, path)
            if not (is_right(before, after) and _rest(before) == _rest(after)):
                raise EditError(f"{path}: not safely changed by a program; change it by hand")
            if _held(real) != held:
                return None
            if not dry_run:
                staged.replace(real)
                _sync(real.parent)
    except OSError as error:
        raise EditError(f"{path} cannot be written: {(error.strerror or str(error)).lower()}") from error
    return Edited(before=before, after=after)


def _held(real: Path) -> bytes | None:
    try:
        return read_plain(real, MAX_BYTES + 1)
    except (OSError, ValueError, MonitorError):  # the loader says which of them, in its own words
        return None


def _checked(written: bytes, staged: Path, path: Path) -> Config:
    """Return the configuration that `path` would be. Raises ConfigError with the places as `path` will have them."""
    folder = path.absolute().parent
    with contextlib.ExitStack() as stack:
        if not folder.samefile(staged.parent):  # paths in the file are relative to the link, not to what it leads to
            staged = stack.enter_context(_temporary(written, folder, path.name))
        try:
            return replace(load_config(folder / staged.name), path=path)
        except ConfigError as error:
            place = str(folder / staged.name)
            raise ConfigError([str(path) + line.removeprefix(place) for line in error.problems]) from error


def _rest(config: Config) -> Config:
    """Return what a change of feeds leaves as it is."""
    return replace(config, feeds=(), path=None, warnings=(), channel_places=())


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep other commands from editing files of the folder; the lock ends with this process, however that ends."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise EditError(f"{folder} cannot be opened: {(error.strerror or str(error)).lower()}") from error
    try:
        _take(handle, folder)
        yield
    finally:
        os.close(handle)


def _take(handle: int, folder: Path) -> None:
    until = time.monotonic() + LOCK_WAIT_S
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise StateInUseError(f"{folder}: another command changes files here; try again in a moment") from None
            time.sleep(LOCK_PAUSE_S)
        except OSError:  # a file system without locks: the comparison before the change is what is left
            return
        else:
            return


@contextlib.contextmanager
def _staged(written: bytes, real: Path) -> Iterator[Path]:
    """Give a file beside `real` that holds `written` and is owned and protected as `real` is."""
    with _temporary(written, real.parent, real.name) as staged:
        old, new = real.stat(), staged.stat()
        if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
            os.chown(staged, old.st_uid, old.st_gid)
        shutil.copystat(real, staged)
        os.utime(staged)
        yield staged


@contextlib.contextmanager
def _temporary(written: bytes, folder: Path, name: str) -> Iterator[Path]:
    handle, made = tempfile.mkstemp(dir=folder, prefix=f".{name}.", suffix=".new")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(written)
            file.flush()
            os.fsync(handle)
        yield Path(made)
    finally:
        Path(made).unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
