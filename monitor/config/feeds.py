"""Feeds: single ones, folders, and all that an OPML file lists.

In:  the section `feeds`, the OPML files it names.
Out: Feed nouns in the file's order; what cannot be one goes to Problems.
Not here: asking whether a feed answers (sources/).
"""

import itertools
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from monitor.config.document import Key
from monitor.config.resolve import Work
from monitor.config.schema import FeedIn
from monitor.config.sections import validate
from monitor.config.urls import place_of, split_url, url_fault
from monitor.errors import MonitorError, ParseError
from monitor.model.feed import Feed
from monitor.sources.folders import read_plain
from monitor.sources.opml import read_opml

MAX_OPML_BYTES = 10 * 1024 * 1024


@dataclass(slots=True)
class Seen:
    """Feeds so far, with their lines: a name or an address may stand once only."""

    names: dict[str, int] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)


def feeds(work: Work, section: list[Any]) -> tuple[Feed, ...]:
    """Return the feeds in the file's order, those of OPML files in their place."""
    seen = Seen()
    read = [
        (("feeds", i), validate(FeedIn, v, ("feeds", i), work.document, work.problems)) for i, v in enumerate(section)
    ]
    made = {key: _own_feed(work, key, entry, seen) for key, entry in read if entry and entry.opml is None}
    found: list[Feed] = []
    for key, entry in read:
        if entry and entry.opml is not None:
            found.extend(_opml_feeds(work, key, entry, seen))
        elif feed := made.get(key):
            found.append(feed)
    return tuple(found)


def _own_feed(work: Work, key: Key, read: FeedIn, seen: Seen) -> Feed | None:
    if (read.url is None) == (read.folder is None):
        work.fault(key, "a feed needs exactly one of url, folder and opml")
        return None
    usable = _check_url(work, (*key, "url"), read.url) if read.url is not None else _check_folder(work, key, read)
    name = read.name or _name_from(read, work)
    line = work.document.value_mark(key).line
    if name in seen.names:
        message = f"another feed is called {name!r} already, in line {seen.names[name]}"
        work.fault((*key, "name"), message if read.name else f"{message}; give this one a name")
    seen.names.setdefault(name, line)
    if not usable:
        return None
    at, place = ("url", place_of(read.url)) if read.url is not None else ("folder", str(work.at(read.folder or "")))
    if place in seen.places:
        work.fault((*key, at), f"stands twice; the first one is in line {seen.places[place]}")
    seen.places.setdefault(place, line)
    return _feed(work, read, name=name, url=read.url)


def _feed(work: Work, read: FeedIn, *, name: str, url: str | None) -> Feed:
    return Feed(
        name=name,
        url=url,
        folder=str(work.at(read.folder)) if read.folder is not None else None,
        outlet=read.outlet,
        every=read.every or work.every,
        languages=read.languages,
        first_poll=read.first_poll,
        allow_private=work.allow_private if read.allow_private is None else read.allow_private,
    )


def _opml_feeds(work: Work, key: Key, read: FeedIn, seen: Seen) -> list[Feed]:
    if read.url is not None or read.folder is not None or read.name is not None:
        work.fault(key, "beside opml there is no url, folder or name: the file lists its own")
        return []
    at = (*key, "opml")
    path = work.at(read.opml or "")
    try:
        listed = read_opml(_bytes(path))
    except OSError as error:
        work.fault(at, f"{path.name} cannot be read: {(error.strerror or 'unknown error').lower()}")
        return []
    except MonitorError as error:
        work.fault(at, f"{path.name}: {error}")
        return []
    line = work.document.value_mark(key).line
    usable, passed_over = unique_feeds(((feed.name, feed.url) for feed in listed), seen, line=line)
    for sentence in passed_over:
        work.warn(at, sentence)
    return [_feed(work, read, name=name, url=url) for name, url in usable]


def unique_feeds(
    listed: Iterable[tuple[str, str]], seen: Seen | None = None, *, line: int = 0
) -> tuple[list[tuple[str, str]], list[str]]:
    """Return (name, url) of the feeds that can be used, no name and no url twice; and a sentence for each other one.

    seen: names and urls that are taken already; grows by those returned, noted under `line`.
    """
    seen = Seen() if seen is None else seen
    usable, passed_over = [], []
    for name, url in listed:
        fault = url_fault(url) or ("its url stands twice" if place_of(url) in seen.places else None)
        if fault:
            passed_over.append(f"{name[:80]!r} is passed over: {fault}")
            continue
        own_name = free_name(name, url, seen.names)
        seen.names[own_name] = line
        seen.places[place_of(url)] = line
        usable.append((own_name, url))
    return usable, passed_over


def free_name(name: str, url: str, taken: Container[str]) -> str:
    """Return a name for an OPML feed that none of `taken` has: its own, else with the host, else with a number too."""
    host = urlsplit(url).hostname or ""
    plain = "".join(c if c.isprintable() else " " for c in name).strip()[:60].strip() or host
    if plain not in taken:
        return plain
    with_host = f"{plain} {host}"[:90]
    if with_host not in taken:
        return with_host
    return next(f"{with_host} {n}" for n in itertools.count(2) if f"{with_host} {n}" not in taken)


def _check_url(work: Work, key: Key, url: str) -> bool:
    fault = url_fault(url)
    if fault:
        work.fault(key, fault)
    return fault is None


def _check_folder(work: Work, key: Key, read: FeedIn) -> bool:
    is_folder = work.at(read.folder or "").is_dir()
    if not is_folder:
        work.fault((*key, "folder"), f"there is no folder {read.folder!r}")
    return is_folder


def _name_from(read: FeedIn, work: Work) -> str:
    if read.url is not None:
        parts = split_url(read.url)
        return (parts.hostname if parts else None) or "feed"
    return work.at(read.folder or "").name or "folder"


def _bytes(path: Path) -> bytes:
    held = read_plain(path, MAX_OPML_BYTES + 1)
    if len(held) > MAX_OPML_BYTES:
        raise ParseError("larger than 10 MiB")
    return held
